"""What a program may ask of a browser: nothing is sent to an address that is not its own."""

import json
import random
import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.limits import charge
from portal.audit.search import Query, find
from portal.grants.routes.authorize import ASKED_FROM_HERE
from portal.kernel.house import House
from portal.oauth.redirects import allowed, problem_with
from tests import people
from tests.grants.cast import DELIVERY, detail, person, signed_in
from tests.oauth.cast import BACK, STATE, Program, answered, authorize_url, program, program_of
from tests.prove.sizes import size

LOCAL = "http://localhost:8001/callback?shop=1"


def mutations(address: str) -> Iterator[str]:
    """Addresses that look like a registered one and are another."""
    scheme, rest = address.split("://", 1)
    host, _, path = rest.partition("/")
    for userinfo in ("evil@", "evil:x@", "a@b@", f"{host}@", "%40", "evil%00@"):
        yield f"{scheme}://{userinfo}{host}/{path}"
    for other in ("evil.example", f"{host}.evil.example", f"evil{host}", f"{host}%2eevil.example", "xn--e1afmkfd.example"):
        yield f"{scheme}://{other}/{path}"
        yield f"{scheme}://{other}@{host}/{path}"
        yield f"{scheme}://{host}@{other}/{path}"
        yield f"{scheme}://{other}\\@{host}/{path}"
        yield f"{scheme}://{other}#@{host}/{path}"
    for tail in (";p", ";p=1", "?", "?a=1", "&a=1", "#", "#x", "/", "//", "/..", "/.", "/..;/", "%2f", "%00", "%0d%0a", " ",
                 "\t", "\\", "*", "..", ".html", "%23", "%3f", "é", "\u202e"):
        yield address + tail
        yield f"{scheme}://{host}/{tail}{path}"
        yield f"{scheme}://{host}/x/{tail}/{path}"
    for head in (" ", "\t", "%20", "\u00a0", "\\", "/", "//", "https:", "javascript:"):
        yield head + address
    for other in ("javascript", "JaVaScRiPt", "data", "http", "HTTPS", "ftp", "file", "custom", "view-source:https"):
        yield f"{other}://{rest}"
        yield f"{other}:{rest}"
    for port in (":80", ":443", ":8002", ":0", ":99999", ":", ":8001 ", ":+8001", ":٨"):
        yield f"{scheme}://{host.split(':')[0]}{port}/{path}"
        yield f"{scheme}://{host}{port}/{path}"
    for inner in ("../", "..%2f", "%2e%2e/", "..;/", ";/", "./", "//", "%2f", "%5c", "\\"):
        yield f"{scheme}://{host}/{inner}{path}"
        yield f"{scheme}://{host}/{path}/{inner}"
        yield f"{scheme}://{host}{inner}{path}"
    yield from (address.upper(), address.title(), address[:-1], address + address[-1], address.replace("/", "\\"),
                address.replace(":", "%3a", 1), quote(address, safe=""), address.replace("e", "%65"), f"//{rest}", rest, "",
                "null", "about:blank", f"[{address}]", f"{address}\n", f"{address}\r\nX: y", address.replace("o", "0"))  # fmt: skip
    yield from _random(address)


def _random(address: str) -> Iterator[str]:
    dice = random.Random(address)
    alphabet = "/:@?#;&=%.\\[]+ ~é\t0aZ*'\"<>"
    for _ in range(size(test=60, prove=1000)):
        characters = list(address)
        for _ in range(dice.randint(1, 3)):
            place = dice.randrange(len(characters))
            characters[place : place + dice.randint(0, 2)] = dice.choice(alphabet)
        yield "".join(characters)


@pytest.fixture
def shop(house: House) -> Program:
    """A program with two registered addresses."""
    return program(house, redirects=(BACK, LOCAL))


def ask(client: FlaskClient, house: House, made: Program, **changes: str | None) -> tuple[int, str | None]:
    """Status and address of the answer."""
    answer = client.get(authorize_url(house, made, **changes))
    return answer.status_code, answer.headers.get("Location")


def test_a_good_request_leads_to_the_page_that_asks(house: House, client: FlaskClient, shop: Program) -> None:
    for address in (BACK, LOCAL):
        status, location = ask(client, house, shop, redirect_uri=address)
        assert status == 303
        assert location is not None
        assert location.startswith("/requests/")


@pytest.mark.parametrize("signed_in_before", [True, False])
def test_what_a_company_asked_stands_in_the_record_under_the_customers_name(
    house: House, app: Flask, shop: Program, signed_in_before: bool
) -> None:
    ana = person(house)
    mine = signed_in(app, ana)
    asking = mine if signed_in_before else app.test_client()
    mine.get(asking.get(authorize_url(house, shop)).headers["Location"])
    house.lead()
    with house.reading() as unit:
        found = find(unit, Query(customer=ana.name)).lines
    asked = {line.event: line for line in found if line.asked}
    assert asked.keys() == ({"grant.requested"} if signed_in_before else set()) | {"request.opened"}
    for line in asked.values():
        assert (line.vendor, line.asked) == (shop.vendor_id, ("profile.address", "profile.email", "profile.name"))
        assert line.detail["purposes"] == [DELIVERY]
    people.officer(house)
    people.sign_in(desk := app.test_client(), "otto@example.org")
    [_, row] = re.findall(r"<tr>.*?</tr>", desk.get("/desk/entries?event=grant.requested").text, re.DOTALL)
    assert "a company, through somebody" in row
    assert "a customer" not in row


@pytest.mark.parametrize("registered", [BACK, LOCAL])
@pytest.mark.parametrize("wrong", [{}, {"response_type": "token"}, {"scope": "no:such"}, {"code_challenge": None}])
@pytest.mark.engines("sqlite")  # nothing here is decided by the database
def test_no_address_but_a_registered_one_is_accepted_or_followed(
    house: House, client: FlaskClient, shop: Program, registered: str, wrong: dict[str, str | None]
) -> None:
    tried = [address for address in dict.fromkeys(mutations(registered)) if address not in (BACK, LOCAL)]
    assert len(tried) >= 200
    for address in tried:
        status, location = ask(client, house, shop, redirect_uri=address, **wrong)
        assert (status, location) == (400, None), address


def test_only_a_loopback_address_registered_without_a_port_takes_any() -> None:
    registered = ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb", "http://127.0.0.1:9000/fixed"]
    for good in ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb", "http://[::1]:65535/cb", "http://localhost/cb"):
        assert allowed(good, registered)
    for bad in (
        "http://localhost:5000/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:05/cb",
        "http://127.0.0.1:5000/cb/",
        "http://127.0.0.1:5000@evil.example/cb",
        "http://127.0.0.1:5000/x/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:9001/fixed",
        "https://127.0.0.1:5000/cb",
    ):
        assert not allowed(bad, registered), bad


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScript://x", "data:text/html,x", "http://books.example/cb", "https://books.example/#x",
     "https://u@books.example/", "https://", "/cb", "", "https://bücher.example/", "HTTPS://books.example/", "ftp://x/",
     "http://localhost.evil.example/", "http://127.0.0.2/", "https://books.example/\\", "https://books.example:99999/"],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_is_never_registered(address: str) -> None:
    assert problem_with(address) is not None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "no:such"}, "invalid_scope"),
        ({"scope": "orders:write"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"authorization_details": None}, "invalid_request"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
        ({"authorization_details": "{"}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type":"other"}]'}, "invalid_authorization_details"),
        ({"authorization_details": "[" * 5000}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type":"x","type":"y"}]'}, "invalid_authorization_details"),
        ({"authorization_details": '["\\ud800"]'}, "invalid_authorization_details"),
        ({"authorization_details": "[NaN]"}, "invalid_authorization_details"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"prompt": "none"}, "consent_required"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
    ],
)
def test_an_error_that_the_program_may_know_goes_to_it_with_state_and_issuer(
    house: House, client: FlaskClient, shop: Program, changes: dict[str, str | None], error: str
) -> None:
    status, location = ask(client, house, shop, redirect_uri=LOCAL, **changes)
    assert status == 303
    assert location is not None
    assert location.startswith(LOCAL + "&")
    told = answered(location)
    assert (told["error"], told["state"], told["iss"]) == (error, STATE, house.settings.origin)
    assert "code" not in told


def test_what_a_company_may_not_ask_for_is_told_to_its_program(
    house: House, client: FlaskClient, shop: Program
) -> None:
    origin = house.settings.origin
    for wrong in (
        detail(house, datatypes=("profile.language",), required=()),
        detail(house, "https://w3id.org/dpv#SellDataToThirdParties"),
        detail(house, required=("profile.email",)),
        detail(house) | {"surprise": 1},
        detail(house) | {"locations": ["https://elsewhere.example"]},
        detail(house) | {"type": "https://elsewhere.example/rar"},
        detail(house, days=-1),
    ):
        answer = client.get(authorize_url(house, shop, wrong))
        told = answered(answer.headers["Location"])
        assert (told["error"], told["iss"]) == ("invalid_authorization_details", origin)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge"])
def test_a_parameter_that_stands_twice_or_holds_odd_bytes_goes_nowhere(
    house: House, client: FlaskClient, shop: Program, name: str
) -> None:
    good = authorize_url(house, shop, scope="profile:read")
    odd = ('"', "\\", "é", "\0", "\n", "\u202e")
    if name == "state":
        odd = odd[2:]
    for tail in (f"&{name}=x", f"&{name}={quote(BACK)}"):
        answer = client.get(good + tail)
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    for character in odd:
        answer = client.get(authorize_url(house, shop, **{name: f"x{character}x"}))
        assert (answer.status_code, answer.headers.get("Location")) == (400, None), repr(character)
    raw = good.replace(f"{name}=", f"{name}=%ff", 1)
    answer = client.get(raw)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_an_unknown_program_is_told_to_nobody(house: House, client: FlaskClient, shop: Program) -> None:
    for client_id in ("nobody", "", None, shop.client_id + "x", shop.client_id[:-1]):
        answer = client.get(authorize_url(house, shop, client_id=client_id))
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)
        assert "<script" not in answer.text or "evil" not in answer.text


def test_one_program_cannot_use_the_address_of_another(house: House, client: FlaskClient, shop: Program) -> None:
    other = program_of(house, shop.vendor_id, "Second till", ("https://till.example/back",))
    assert ask(client, house, other, redirect_uri=BACK) == (400, None)


def test_where_the_answer_goes_is_in_no_referrer_and_no_cache(
    house: House, client: FlaskClient, shop: Program
) -> None:
    answer = client.get(authorize_url(house, shop))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_scope_left_out_is_what_the_details_need(app: Flask, house: House, shop: Program) -> None:
    from portal.oauth.engine import validate_authorization

    both = json.dumps([detail(house, datatypes=("profile.name", "orders.line.category"))])
    for details, scope in ((None, "profile:read"), (both, "orders:read profile:read")):
        changes = {} if details is None else {"authorization_details": details}
        with app.test_request_context(authorize_url(house, shop, **changes)) as context, house.reading() as unit:
            assert validate_authorization(unit, context.request).scope == scope


def test_the_state_is_kept_to_the_letter(app: Flask, house: House, shop: Program) -> None:
    from portal.oauth.engine import validate_authorization

    for state in ('a"b\\c', "x" * 2048, " ", "&=%25+;"):
        with app.test_request_context(authorize_url(house, shop, state=state)) as context, house.reading() as unit:
            assert validate_authorization(unit, context.request).state == state
    with app.test_request_context("/authorize?" + urlencode({"state": "x" * 2049})) as context, house.reading() as unit:
        from portal.oauth.ask import PageError

        with pytest.raises(PageError):
            validate_authorization(unit, context.request)


def test_neighbours_in_one_ipv6_network_ask_as_one(house: House, client: FlaskClient, shop: Program) -> None:
    url = authorize_url(house, shop)
    with house.writing() as unit:
        for _ in range(ASKED_FROM_HERE.most - 1):
            charge(unit, ASKED_FROM_HERE, "2001:0db8:0000:0001::/64")
    asked = [client.get(url, environ_overrides={"REMOTE_ADDR": f"2001:db8:0:1:{n}::1"}) for n in range(3)]
    assert [answer.status_code for answer in asked] == [303, 429, 429]
    assert int(asked[1].headers["Retry-After"]) > 0
    assert client.get(url, environ_overrides={"REMOTE_ADDR": "2001:db8:0:2::1"}).status_code == 303
