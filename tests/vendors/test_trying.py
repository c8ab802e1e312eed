"""Try it: four steps on pages without script, each with the very call that was made and its real answer."""

import json
import re
import shlex
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.customers.catalogue import is_sensitive
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.vendors.routes.own_calls import OwnCall
from portal.vendors.service import allow_purpose
from tests import people
from tests.grants.cast import DELIVERY
from tests.oauth.cast import entries, program
from tests.plain_browser import Browser
from tests.promises.cast import Inside
from tests.vendors.test_sandbox import Bench

_PRE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)


@pytest.fixture
def bench(app: Flask, house: House) -> Bench:
    """A sandbox that was just begun."""
    return Bench(app, house)


def shown(page: Browser) -> list[str]:
    """The technical views of a page."""
    return [unescape(one) for one in _PRE.findall(page.source)]


def as_sent(machine: FlaskClient, curl: str) -> dict[str, object]:
    """Makes the call that a page shows, option by option."""
    words, form, headers, auth = shlex.split(curl.replace("\\\n", "")), [], {}, None
    options = iter(words[2:-1])
    for option in options:
        value = next(options)
        if option == "-u":
            auth = tuple(value.split(":"))
        elif option == "-H":
            headers.update([value.split(": ", 1)])
        else:
            assert option == "--data-urlencode"
            form.append(value.split("=", 1))
    url = urlsplit(words[-1])
    answer = machine.open(
        url.path, method="POST" if form else "GET", data=dict(form) or None, query_string=parse_qsl(url.query),
        headers=headers, auth=auth,
    )
    return answer.json


def test_the_walk_leads_from_a_request_to_the_first_read_and_each_call_is_the_one_that_was_made(
    bench: Bench, house: House
) -> None:
    page = Browser(Inside(bench.client)).open("/console/shop/try").press("Step 1: ask")
    curl, python, answer = shown(page)
    assert json.loads(answer)["request_uri"].startswith("urn:") and "requests.post" in python
    assert set(as_sent(bench.machine, curl)) == {"request_uri", "expires_in"}
    address, back = shown(page := page.press("Step 2: Ada Prova says yes"))
    assert "/authorize?" in address and "code=" in back
    curl, _, answer = shown(page := page.press("Step 3: get tokens"))
    assert json.loads(answer)["token_type"] == "Bearer"
    curl, python, answer = shown(page := page.press("Step 4: read"))
    assert json.loads(answer)["profile"]["name"] == "Ada Prova"
    assert as_sent(bench.machine, curl) == json.loads(answer)
    compile(python, "read.py", "exec")
    assert [one["mode"] for one in entries(house, "profile.disclosed")] == ["test", "test"]
    bench.press("event", what="stop", who="0")
    *_, answer = shown(page.press("Read once more"))
    assert json.loads(answer)["reason"] == "revoked"


def test_what_is_sensitive_is_read_too_as_after_a_proof_on_the_page(bench: Bench, house: House) -> None:
    with house.writing(SYSTEM) as unit:
        allow_purpose(unit, vendor_id=bench.twin.id, purpose=DELIVERY, datatypes=("profile.name", "profile.birth_date"))
    assert is_sensitive(["profile.birth_date"])
    page = Browser(Inside(bench.client)).open("/console/shop/try")
    for button in ("Step 1: ask", "Step 2: Ada Prova says yes", "Step 3: get tokens", "Step 4: read"):
        page = page.press(button)
    assert json.loads(shown(page)[-1])["profile"]["birth_date"] == "1990-05-17"


def test_what_the_walk_makes_stands_in_no_address(bench: Bench) -> None:
    page = Browser(Inside(bench.client)).open("/console/shop/try").press("Step 1: ask").press("Step 2: Ada Prova says yes")
    assert not [one for one in ("secret", "code=", "verifier") if one in page.address]


def test_attack_a_walk_cannot_answer_a_request_of_another_company(bench: Bench, app: Flask, house: House) -> None:
    other = program(house)
    fields = {"client_id": other.client_id, "request_uri": "urn:ietf:params:oauth:request_uri:x", "who": "0"}
    page = people.post(bench.client, "/console/shop/try/consent", "/console/shop/try", **fields).text
    assert "Begin again" in page and "What came back" in page
    assert not entries(house, "grant.given")


@pytest.mark.parametrize("step", ["ask", "consent", "token", "read"])
def test_fields_that_no_page_of_ours_sends_break_nothing(bench: Bench, step: str) -> None:
    for value in ("x" * 5000, "\x00", "é"):
        fields = {"who": "0", "purpose": DELIVERY, "client_id": value, "token": value, "code": value}
        answer = people.post(bench.client, f"/console/shop/try/{step}", "/console/shop/try", **fields)
        assert answer.status_code == 400


def test_a_call_is_made_to_our_own_api_and_nowhere_else(bench: Bench, app: Flask) -> None:
    call = OwnCall("//evil.example/api", query={"a": "b"})
    with app.test_request_context("/"), pytest.raises(ValueError, match="our own"):
        call.make()
