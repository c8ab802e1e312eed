"""OAuth's own endpoints: pushed requests (RFC 9126), token, revocation (7009), introspection (7662), the public keys."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from flask import Response, g, json, request
from pydantic import BaseModel, ConfigDict, Field

from portal.audit.doors import Whole, do, reading, record_refusal, see, together, writing
from portal.kernel.facts import Fact
from portal.kernel.house import current_house
from portal.kernel.itself import itself
from portal.kernel.outgoing import Rules
from portal.kernel.unit import Unit
from portal.oauth import assertions, engine
from portal.oauth.engine import KeysWanted, OAuthAnswer, OAuthProblem, Proved, Sent
from portal.oauth.fetching import Unfetched, fetch
from portal.oauth.service.fetched import keep_fetched, may_fetch
from portal.oauth.service.pushing import LIFE, push_request
from portal.oauth.service.rates import OWN, PUSHED, RENEWALS
from vendor_api.operations import CLIENT, NOBODY, operation
from vendor_api.outgoing import encoded

log = logging.getLogger(__name__)
T = TypeVar("T")
_BODY = 64 * 1024


class Proving(BaseModel):
    """How a program with keys proves who it is; others send HTTP Basic."""

    client_id: str | None = None
    client_assertion_type: str | None = Field(None, description=assertions.TYPE)
    client_assertion: str | None = Field(None, description="A JWT signed with your key; aud is the issuer (RFC 7523)")


class TokenForm(Proving):
    """What the token endpoint takes."""

    grant_type: str = Field(description="authorization_code, refresh_token or client_credentials")
    code: str | None = None
    redirect_uri: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None
    scope: str | None = None
    resource: str | None = Field(None, description="The API, if you name it (RFC 8707)")


class TokenAnswer(BaseModel):
    """Tokens, what they are good for, and the grant they stand on."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    grant_id: str | None = None
    authorization_details: list[dict[str, Any]] | None = None


class PushedForm(Proving):
    """What the authorization endpoint takes. A customer number (``identifier``) is believed only when it comes here."""

    response_type: str = Field(description="code")
    redirect_uri: str
    code_challenge: str
    code_challenge_method: str = Field(description="S256")
    authorization_details: str = Field(description="JSON: which data, for which purpose, until when (RFC 9396)")
    state: str | None = None
    scope: str | None = None
    resource: str | None = Field(None, description="The API, if you name it (RFC 8707)")
    dpop_jkt: str | None = Field(None, description="The key that the code will be bound to (RFC 9449 section 10)")
    ui_locales: str | None = None
    acr_values: str | None = Field(None, description="How surely the customer has to be known (RFC 9470)")
    max_age: int | None = Field(None, description="Since how many seconds at most")
    grant_management_action: str | None = Field(None, description="create (the default), merge or replace")
    grant_id: str | None = Field(None, description="With merge and replace: the permission that is meant")


class PushedAnswer(BaseModel):
    """What stands for the request at ``/authorize``: once, for that many seconds, for this client."""

    request_uri: str
    expires_in: int


class OneToken(Proving):
    """The token that is meant."""

    token: str
    token_type_hint: str | None = None


class Introspected(BaseModel):
    """What a token is good for; of another client's, only that it is not active."""

    model_config = ConfigDict(extra="allow")
    active: bool


class OAuthError(BaseModel):
    """RFC 6749 section 5.2."""

    error: str
    error_description: str | None = None


class Nothing(BaseModel):
    """An empty object."""


class KeySet(BaseModel):
    """RFC 7517."""

    keys: list[dict[str, Any]]


_ERRORS = {400: OAuthError, 401: OAuthError, 413: OAuthError, 429: OAuthError, 503: OAuthError}


class _NothingDone(Exception):  # noqa: N818 - not an error: a unit that wrote nothing is left without a commit
    """Leaves a writing unit in which nothing happened."""


@operation(
    name="token",
    method="POST",
    path="/oauth/token",
    summary="Exchange a code, a refresh token or the client's own secret for tokens.",
    token=CLIENT,
    form=TokenForm,
    answers={200: TokenAnswer, **_ERRORS},
    quotas=(OWN, RENEWALS),
)
@do("oauth:token")
def token() -> Response:
    """The token endpoint. What it refuses is put on record once the unit is over."""
    form, proved = _proved(bound=True)
    answer, refusal = _changed(lambda unit: engine.token(unit, proved, form), proved)
    if refusal is not None:
        record_refusal(refusal)
    return _response(answer)


@operation(
    name="push",
    method="POST",
    path="/oauth/par",
    summary="Send an authorization request yourself, and the browser with its request_uri alone (RFC 9126).",
    token=CLIENT,
    form=PushedForm,
    answers={201: PushedAnswer, **_ERRORS},
    quotas=(PUSHED,),
)
@do("oauth:push")
def push() -> Response:
    """RFC 9126: what would be refused at ``/authorize`` is refused here, before anybody was sent anywhere."""
    form, sent = _form(), _sent()

    def look(fetched: bool) -> tuple[Proved, dict[str, str] | OAuthProblem]:
        with reading() as unit:
            proved = engine.authenticate_client(unit, form, sent, bound=sent.proof is not None, fetched=fetched)
            g.actor = unit.actor = engine.actor_of(proved.client)
            try:
                return proved, engine.check_pushed(unit, proved, form)
            except OAuthProblem as problem:
                return proved, problem

    proved, parameters = _with_keys(look)
    if isinstance(parameters, OAuthProblem):
        _use_up(proved)
        raise parameters
    with writing() as unit:
        proved.use_up(unit)
        uri, quota = push_request(unit, client_id=proved.client.id, parameters=parameters)
    return _response(OAuthAnswer(201, {"request_uri": uri, "expires_in": int(LIFE.total_seconds())}, quota.headers))


@operation(
    name="revoke",
    method="POST",
    path="/oauth/revoke",
    summary="End a token and whatever came of the same code.",
    token=CLIENT,
    form=OneToken,
    answers={200: Nothing, **_ERRORS},
)
@do("oauth:revoke")
def revoke() -> Response:
    """RFC 7009: 200 whether the token was the client's, another's or nobody's."""
    form, proved = _proved()
    answer, _ = _changed(lambda unit: (engine.revoke(unit, proved.client, form), None), proved)
    return _response(answer)


@operation(
    name="introspect",
    method="POST",
    path="/oauth/introspect",
    summary="What one of your own tokens is good for.",
    token=CLIENT,
    form=OneToken,
    answers={200: Introspected, **_ERRORS},
)
@do("oauth:introspect")
def introspect() -> Response:
    """RFC 7662, for the asking client's own tokens. Nothing changes but that an assertion is used up."""
    form, sent = _form(), _sent()

    def look(fetched: bool) -> tuple[Proved, OAuthAnswer]:
        with reading() as unit:
            proved = engine.authenticate_client(unit, form, sent, fetched=fetched)
            return proved, engine.introspect(unit, proved.client, form)

    proved, answer = _with_keys(look)
    g.actor = engine.actor_of(proved.client)
    _use_up(proved)
    return _response(answer)


@operation(
    name="jwks",
    method="GET",
    path="/oauth/jwks",
    summary="The public keys that our records and statements are signed with.",
    token=NOBODY,
    answers={200: KeySet},
    media="application/jwk-set+json",
)
@see("metadata:see")
def jwks(unit: Unit) -> Response:
    """The JWK Set."""
    response = Response(json.dumps(current_house().keys.jwks()), content_type="application/jwk-set+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _form() -> dict[str, str]:
    asked = itself(request)
    asked.max_content_length = _BODY
    if asked.query_string:
        # Addresses end up in logs and histories: nothing secret is taken from one.
        raise OAuthProblem(detail="Send everything in the body, nothing in the address.")
    if asked.mimetype != "application/x-www-form-urlencoded":
        raise OAuthProblem(detail="Send the body as application/x-www-form-urlencoded.")
    return engine.read_form(asked.get_data(cache=False))


def _sent() -> Sent:
    asked = itself(request)
    return Sent(asked.path, asked.environ.get("HTTP_AUTHORIZATION"), asked.environ.get("HTTP_DPOP"))


def _proved(*, bound: bool = False) -> tuple[dict[str, str], Proved]:
    """The form and who sent it. ``bound`` where programs with keys must show one."""
    form, sent = _form(), _sent()

    def prove(fetched: bool) -> Proved:
        with reading() as unit:
            return engine.authenticate_client(unit, form, sent, bound=bound, fetched=fetched)

    proved = _with_keys(prove)
    g.actor = engine.actor_of(proved.client)
    return form, proved


def _with_keys(work: Callable[[bool], T]) -> T:
    """Does the work, and once more where a program's address had to be read for it first, between units."""
    try:
        return work(False)
    except KeysWanted as wanted:
        _read_keys(wanted)
    return work(True)


def _read_keys(wanted: KeysWanted) -> None:
    """Reads a program's address, once a minute at most; where nothing comes of it, what was known is what is known."""
    with writing() as unit:
        if not may_fetch(unit, wanted.client_row):
            return
    try:
        keys = fetch(wanted.address, Rules.of(current_house().settings))
    except Unfetched as why:
        log.warning("keys of a program were not read: %s", why.reason)
        return
    with writing() as unit:
        keep_fetched(unit, client_row=wanted.client_row, address=wanted.address, keys=keys)


def _use_up(proved: Proved) -> None:
    if proved.uses:
        together(proved.use_up)


def _changed(
    work: Callable[[Unit], tuple[OAuthAnswer, Fact | None]], proved: Proved
) -> tuple[OAuthAnswer, Fact | None]:
    """Runs the work in a unit that is committed only where something happened, or something was used up."""
    outcome: list[tuple[OAuthAnswer, Fact | None]] = []

    def run(unit: Unit) -> None:
        proved.use_up(unit)
        outcome.append(work(unit))
        if not unit.facts and not proved.uses:
            raise _NothingDone

    with suppress(_NothingDone):
        together(run)
    return outcome[0]


def _response(answer: OAuthAnswer) -> Response:
    response = Whole(encoded(answer.body), status=answer.status, content_type="application/json")
    for name, value in answer.headers.items():
        response.headers.add(name, value)
    response.headers.add("Pragma", "no-cache")
    return response
