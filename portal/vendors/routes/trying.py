"""Try it: from a request to the first read with the sandbox, one step a page, each with its call and its real answer.

What a step needs from the one before is carried by the page's form: nothing of it is kept, and nothing stands in an address.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.grants.choices import everything
from portal.grants.details import TYPE_PATH, stored
from portal.grants.reads import request_of
from portal.grants.service import claim_request, give
from portal.kernel.errors import BadRequest, NotFound
from portal.kernel.house import current_house
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.oauth.levels import PROVED
from portal.oauth.reads.programs import programs_of_company
from portal.oauth.service import Known, issue_code, make_client
from portal.oauth.service.secrets import renew_secret
from portal.vendors.purposes import find as find_purpose
from portal.vendors.reads import VendorView, customers_of_sandbox, purposes_of
from portal.vendors.routes import blueprint
from portal.vendors.routes.made_up import CALLBACK, as_person, find, ground_of, name_of, twin_of
from portal.vendors.routes.own_calls import Answered, OwnCall

PROGRAM = "Try it"
"""What the walk's own program is called: each walk gives it another secret."""
CARRIED = ("client_id", "secret", "verifier", "request_uri", "code", "token", "purpose", "who")
_LONGEST = 400


@blueprint.get("/console/<slug>/try")
@see("console:see")
def try_it(unit: Unit, slug: str) -> str:
    """Where a walk begins: for which purpose, and with whom."""
    ground = ground_of(unit, slug)
    twin = ground.twin
    people = customers_of_sandbox(unit, twin.id) if twin else []
    purposes = sorted(purposes_of(unit, twin.id)) if twin else []
    return render_template(
        "vendors/try.html", staff=ground.staff, twin=twin, people=people, purposes=purposes, name_of=name_of
    )


@blueprint.post("/console/<slug>/try/ask")
@do("console:change")
def try_to_ask(slug: str) -> ResponseReturnValue:
    """Step 1: the program sends its request to us itself (RFC 9126)."""
    kept = _carried()
    with writing() as unit:
        twin = twin_of(unit, slug)
        find(unit, twin, kept["who"])
        details = _details(unit, twin, kept["purpose"])
        kept["client_id"], kept["secret"] = _program(unit, twin)
    kept["verifier"] = secrets.token_urlsafe(32)
    call = OwnCall("/oauth/par", form=_request(kept, details), pair=(kept["client_id"], kept["secret"]))
    answer = call.make()
    kept["request_uri"] = str(answer.value.get("request_uri", ""))
    return _step(slug, 1, kept, call, answer, goes_on=answer.status == 201)


def _details(unit: Unit, twin: VendorView, purpose: str) -> list[dict[str, Any]]:
    allowed = purposes_of(unit, twin.id).get(purpose)
    if allowed is None or find_purpose(purpose) is None:
        raise NotFound
    return [
        {
            "type": current_house().settings.origin + TYPE_PATH,
            "purpose": purpose,
            "datatypes": allowed.datatypes,
            "necessity": dict.fromkeys(allowed.may_require, "required"),
        }
    ]


def _program(unit: Unit, twin: VendorView) -> tuple[str, str]:
    for one in programs_of_company(unit, twin.id):
        if one.name == PROGRAM and not one.keyed:
            return one.client_id, renew_secret(unit, client_id=one.client_id)
    return make_client(unit, twin.id, PROGRAM, redirect_uris=(CALLBACK,))


def _request(kept: Mapping[str, str], details: list[dict[str, Any]]) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest()).rstrip(b"=").decode()
    return {
        "response_type": "code",
        "client_id": kept["client_id"],
        "redirect_uri": CALLBACK,
        "state": kept["verifier"][:8],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "authorization_details": json.dumps(details),
    }


@blueprint.post("/console/<slug>/try/consent")
@do("console:change")
def try_to_consent(slug: str) -> ResponseReturnValue:
    """Step 2: the made-up customer says yes to all of it, as if the browser had brought them there."""
    kept = _carried()
    query = {"client_id": kept["client_id"], "request_uri": kept["request_uri"]}
    with reading() as unit:
        person = find(unit, twin_of(unit, slug), kept["who"])
    call = OwnCall("/authorize", query=query)
    answer = call.make()
    if answer.status != 303 or not urlsplit(answer.location or "").path.startswith("/requests/"):
        return _step(slug, 2, kept, call, answer, goes_on=False)
    request_id = id_from(urlsplit(answer.location or "").path.split("/")[2])
    with as_person(person) as unit:
        claim_request(unit, request_id=request_id)
    with as_person(person) as unit:
        choices = everything(stored(request_of(unit, request_id).details))
        grant = give(unit, request_id=request_id, choices=choices)
        # As on the page, where what is sensitive is shared after a proof alone.
        back = issue_code(unit, request_id=request_id, grant=grant, known_as=Known(PROVED, unit.at))
    kept["code"] = dict(parse_qsl(urlsplit(back).query))["code"]
    return _step(slug, 2, kept, call, Answered(303, "", back), goes_on=True)


@blueprint.post("/console/<slug>/try/token")
@do("console:change")
def try_for_a_token(slug: str) -> ResponseReturnValue:
    """Step 3: the code against tokens."""
    kept = _carried()
    form = {
        "grant_type": "authorization_code",
        "code": kept["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": kept["verifier"],
    }
    call = OwnCall("/oauth/token", form=form, pair=(kept["client_id"], kept["secret"]))
    answer = call.make()
    kept["token"] = str(answer.value.get("access_token", ""))
    return _step(slug, 3, kept, call, answer, goes_on=answer.status == 200)


@blueprint.post("/console/<slug>/try/read")
@do("console:change")
def try_to_read(slug: str) -> ResponseReturnValue:
    """Step 4: the read. Pressed again, it is another read: by then the customer may have stopped."""
    kept = _carried()
    call = OwnCall("/api/v1/profile", query={"purpose": kept["purpose"]}, token=kept["token"])
    return _step(slug, 4, kept, call, call.make(), goes_on=True)


def _carried() -> dict[str, str]:
    kept = {name: request.form.get(name, "") for name in CARRIED}
    if not all(len(value) <= _LONGEST and value.isascii() and (value.isprintable() or not value) for value in kept.values()):
        raise BadRequest
    return kept


def _step(
    slug: str, number: int, kept: Mapping[str, str], call: OwnCall, answer: Answered, *, goes_on: bool
) -> ResponseReturnValue:
    with reading() as unit:
        ground = ground_of(unit, slug)
        if ground.twin is None:
            raise NotFound
        person = find(unit, ground.twin, kept["who"])
    browser = None
    if kept["request_uri"]:
        query = {"client_id": kept["client_id"], "request_uri": kept["request_uri"]}
        browser = f"{current_house().settings.origin}/authorize?{urlencode(query)}"
    return render_template(
        "vendors/try_step.html",
        staff=ground.staff,
        number=number,
        kept={name: value for name, value in kept.items() if value},
        call=call,
        answer=answer,
        goes_on=goes_on,
        browser=browser,
        name=name_of(person),
        who=person,
    )


