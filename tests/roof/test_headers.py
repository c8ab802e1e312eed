"""What every answer bears, page by page of the URL map, and whose forms are taken."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.accounts.models import Session
from portal.app import create_app
from portal.demo.cast import ANA as ANA_OF_THE_STORY
from portal.demo.cast import OFFICER, PASSWORD, SECOND_OFFICER, STAFF
from portal.demo.run import set_up
from portal.files.models import File
from portal.kernel.house import House, use_house
from portal.kernel.ids import text_of
from portal.orders.demands.reads import KIND
from tests import people
from tests.accounts import apps
from tests.journeys.once import CAREFUL, case_pages, one_time_pages, second_steps
from tests.roof.walking import walk
from tests.vendors.consoles import begin_sandbox
from vendor_api.errors import MACHINES

ANA = "ana@example.org"
STARTS = ("/", "/sign-in", "/register", "/reset", "/promises", "/language", "/register/sent", "/reset/sent")
WITH_LAST_DAYS = "/orders?q=lamp"
"""A list that begins with an order whose last days can go into a calendar."""
FOREIGN = ("cross-site", "same-site")


@pytest.fixture(scope="module")
def told(make_module_house: Callable[..., House]) -> Iterator[Flask]:
    """A portal in which every page has something to show."""
    house = make_module_house("sqlite", demo=True)
    with use_house(house):
        app = create_app(house)
        set_up(house, app)
        owner = app.test_client()
        people.sign_in(owner, STAFF[0].email, PASSWORD)
        begin_sandbox(owner, owner.get("/console").location.rpartition("/")[2])
        yield app


def _policy(answer: TestResponse) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def page_faults(answer: TestResponse) -> list[str]:
    """What an answer to a person lacks."""
    headers, policy = answer.headers, _policy(answer)
    wanted = {
        "nosniff": headers.get("X-Content-Type-Options") == "nosniff",
        "opener": headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "resource": headers.get("Cross-Origin-Resource-Policy") == "same-origin",
        "referrer": headers.get("Referrer-Policy") in ("same-origin", "no-referrer"),
        "permissions": "camera=()" in headers.get("Permissions-Policy", ""),
        "kept by nobody": headers.get("Cache-Control") == "no-store",
        "nothing by default": policy.get("default-src") == "'none'",
        "scripts of ours": policy.get("script-src") == "'self'",
        "styles of ours": policy.get("style-src") == "'self'",
        "no frame": policy.get("frame-ancestors") == "'none'",
        "no base": policy.get("base-uri") == "'none'",
        "no text becomes script": policy.get("require-trusted-types-for") == "'script'",
        "nobody makes such types": policy.get("trusted-types") == "'none'",
        "nothing unsafe": "unsafe" not in headers["Content-Security-Policy"],
        "once each": len({name.lower() for name, _ in headers if name != "Set-Cookie"})
        == len([name for name, _ in headers if name not in ("Set-Cookie", "Vary")]) + ("Vary" in headers),
    }
    return [name for name, holds in wanted.items() if not holds]


DOWNLOADS = (
    "/orders/added/<order>/files/<file>",
    "/messages/conversations/<ticket>/files/<file>",
    "/console/<slug>/conversations/<number>/files/<file>",
    "/orders/demands/<demand>/files/<file>",
    "/console/<slug>/asked/<demand>/files/<file>",
)
"""What people keep, given back as a file."""
PREVIEWS = (
    "/orders/added/<order>/files/<file>/preview",
    "/messages/conversations/<ticket>/files/<file>/preview",
    "/orders/demands/<demand>/files/<file>/preview",
)
"""Of pictures, shown on pages; what they bear is held in the tests of those rooms."""
TO_GUESTS = ("/ask/talk/<secret>/files/<file>",)
"""What a company sent a guest; held in the tests of guests."""
SINCE = (
    "/ask/talk/<secret>/since",
    "/messages/conversations/<ticket>/since",
    "/console/<slug>/conversations/<number>/since",
)
"""What an open conversation asks by itself; held in the tests of live ones."""


def download_faults(answer: TestResponse) -> list[str]:
    """What an answer that is to be saved lacks."""
    headers = answer.headers
    wanted = {
        "nosniff": headers.getlist("X-Content-Type-Options") == ["nosniff"],
        "saved": headers.get("Content-Disposition", "").startswith("attachment"),
        "can do nothing": headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"],
        "kept by nobody": headers.getlist("Cache-Control") == ["no-store"],
        "ours alone": headers.get("Cross-Origin-Resource-Policy") == "same-origin",
    }
    return [name for name, holds in wanted.items() if not holds]


def test_attack_74_every_page_of_the_map_bears_its_headers_and_is_kept_by_nobody(told: Flask) -> None:
    house: House = told.extensions["house"]
    faults: list[str] = []
    opened: set[str] = set()
    case = case_pages(house, ANA_OF_THE_STORY.email, OFFICER.email, SECOND_OFFICER.email)
    once = [*one_time_pages(house, ANA_OF_THE_STORY.email), *case, "/activity/delegates", "/activity/for-others", WITH_LAST_DAYS, _with_a_file(house)]
    for client, starts in (*_visitors(told, once), *_careful(told, house)):
        for rule, answer in walk(client, starts):
            opened.add(rule)
            found = download_faults(answer) if rule in DOWNLOADS else page_faults(answer)
            # The page that checks a signature leads to the keys, too, which are for programs.
            faults += [f"{rule}: {fault}" for fault in found if not rule.startswith(MACHINES)]
    assert faults == []
    pages = {rule.rule for rule in told.url_map.iter_rules() if "GET" in (rule.methods or ())}
    missed = {rule for rule in pages - opened if not rule.startswith((*MACHINES, "/static/"))}
    assert missed <= NOT_LED_TO, f"no link leads to {missed - NOT_LED_TO}"


def _with_a_file(house: House) -> str:
    """Something that was asked for with a file: the newest of what was asked has none."""
    with house.reading() as unit:
        kept = unit.connection.execute(select(File.thing_id).where(File.thing_kind == KIND)).scalars().first()
    assert kept is not None
    return f"/orders/demands/{text_of(kept)}"


def _visitors(app: Flask, once: list[str]) -> Iterator[tuple[FlaskClient, list[str]]]:
    for email in (None, ANA_OF_THE_STORY.email, OFFICER.email, STAFF[0].email):
        client = app.test_client()
        if email is not None:
            people.sign_in(client, email, PASSWORD)
        yield client, [*STARTS, *once]


def _careful(app: Flask, house: House) -> Iterator[tuple[FlaskClient, list[str]]]:
    """Somebody with a second step: before it; and after it, with another app and a passkey about to be added."""
    client, code = app.test_client(), second_steps(house)[0]
    apps.half_way(client, CAREFUL)
    yield client, ["/sign-in/second", "/sign-in/lost", "/sign-in/lost/sent"]
    assert apps.second(client, code).status_code == 303
    for kind in ("app", "passkey"):
        people.post(client, f"/account/factors/{kind}", page="/account/factors")
    pages = ("/account/factors/app", "/account/factors/passkey", "/account/factors", "/account/prove")
    yield client, list(pages)


NOT_LED_TO = {*PREVIEWS, *TO_GUESTS, *SINCE, "/sharing/with/<client_id>", "/desk/export.<form>", "/authorize", "/healthz", "/readyz"}
"""What other programs lead to; they are asked below."""


def test_attack_74_addresses_that_no_link_leads_to_bear_the_same(told: Flask) -> None:
    client = told.test_client()
    for path in ("/sharing/with/nobody", "/desk/export.csv", "/nowhere/at/all", "/sign-out", "/authorize?client_id=x", "/healthz", "/readyz"):
        assert page_faults(client.get(path)) == [], path


def test_attack_74_answers_to_machines_are_kept_by_nobody_and_can_do_nothing(told: Flask) -> None:
    client = told.test_client()
    for path in ("/api/v1/profile", "/api/v1/nothing", "/oauth/nothing"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert (headers["Referrer-Policy"], headers["Cross-Origin-Resource-Policy"]) == ("no-referrer", "same-origin")


def test_attack_74_signing_out_empties_the_browser(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    answer = people.post(client, "/sign-out", "/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/data").status_code == 303


def test_an_answer_that_lacks_a_header_is_caught(told: Flask) -> None:
    answer = told.test_client().get("/")
    answer.headers["Cache-Control"] = "public"
    answer.headers["Content-Security-Policy"] += "; script-src-elem 'unsafe-inline'"
    answer.headers.add("Referrer-Policy", "same-origin")
    assert page_faults(answer) == ["kept by nobody", "nothing unsafe", "once each"]


@pytest.mark.engines("sqlite")  # the same headers whatever the engine
def test_behind_https_browsers_come_no_other_way_and_cookies_are_of_this_host_alone(
    make_house: Callable[..., House], engine_name: str
) -> None:
    house = make_house(engine_name, origin="https://portal.example.org")
    people.register(house, ANA)
    with use_house(house):
        client = create_app(house).test_client()
        base = "https://portal.example.org"
        for path in ("/static/img/mark.svg", "/api/v1/profile"):
            assert client.get(path, base_url=base).headers["Strict-Transport-Security"] == "max-age=31536000"
        page = client.get("/sign-in", base_url=base)
    names = [cookie.partition("=")[0] for cookie in page.headers.getlist("Set-Cookie")]
    assert names == ["__Host-session"]
    assert all("Secure" in cookie and "Path=/" in cookie for cookie in page.headers.getlist("Set-Cookie"))


@pytest.mark.engines("sqlite")
def test_without_https_nothing_is_said_of_it(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers


def _sessions(house: House) -> int:
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(Session)).scalar_one()


@pytest.mark.engines("sqlite")  # the same forms whatever the engine
def test_attack_58_no_form_is_taken_without_its_token(app: Flask, client: FlaskClient, house: House) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    before = _sessions(house)
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()) and not rule.rule.startswith(MACHINES)]
    assert len(rules) > 20
    for rule in rules:
        if rule.rule == "/unsubscribe/<token>":
            # Mail programs press it (RFC 8058): what proves it is its own signed link.
            assert client.post("/unsubscribe/forged").status_code == 404
            continue
        path = re.sub(r"<int:\w+>", "1", re.sub(r"<(?!int:)[^>]+>", "A" * 22, rule.rule))
        for sent in ({"data": {}}, {"data": {"csrf_token": "forged"}}, {"json": {}}, {"data": "{}", "content_type": "text/plain"}):
            assert client.post(path, **sent).status_code == 400, rule.rule  # type: ignore[arg-type]
    assert _sessions(house) == before
    assert client.get("/data").status_code == 200


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("site", FOREIGN)
def test_attack_58_a_form_of_another_site_is_refused_though_it_bears_a_token(client: FlaskClient, site: str) -> None:
    form = {"csrf_token": people.csrf_of(client, "/language"), "theme": "dark"}
    assert client.post("/theme", data=form, headers={"Sec-Fetch-Site": site}).status_code == 400
    assert client.post("/theme", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


@pytest.mark.engines("sqlite")
def test_attack_58_where_a_browser_says_the_origin_alone_another_one_is_refused(client: FlaskClient) -> None:
    form = {"csrf_token": people.csrf_of(client, "/language"), "theme": "dark"}
    for origin in ("https://evil.example", "http://localhost.evil.example", "http://localhost:81"):
        assert client.post("/theme", data=form, headers={"Origin": origin}).status_code == 400
    for origin in ("http://localhost", "null"):
        assert client.post("/theme", data=form, headers={"Origin": origin}).status_code == 303


@pytest.mark.engines("sqlite")
def test_attack_58_cookies_do_not_travel_with_the_forms_of_others(client: FlaskClient) -> None:
    cookies = client.get("/sign-in").headers.getlist("Set-Cookie")
    assert cookies
    assert all("SameSite=Lax" in cookie and "HttpOnly" in cookie for cookie in cookies)


AWAY = ("//evil.example", "////evil.example", r"\\evil.example", r"/\evil.example", "/%09/evil.example", "https:evil.example",
        "/\t/evil.example", "https://evil.example", "/%5cevil.example", "/..//evil.example", "javascript:alert(1)", "%2f%2fevil.example")  # fmt: skip


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("target", AWAY)
def test_attack_59_no_form_and_no_link_leads_to_another_site(house: House, client: FlaskClient, target: str) -> None:
    people.register(house, ANA)
    for path, fields in (("/theme", {"theme": "dark"}), ("/language", {"locale": "ca"})):
        assert people.post(client, path, "/language", next=target, **fields).location == "/"
    assert people.sign_in(client, ANA, next=target).location == "/"
    assert client.get(f"/sign-in?next={quote(target, safe='')}").location == "/"
    for path in (target, f"/{target}", f"{target}/"):
        location = client.get("/", environ_overrides={"PATH_INFO": path}).location or "/"
        assert location.startswith("/") and not location.startswith("//")


def test_attack_71_a_page_from_before_another_person_signed_in_changes_nothing(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.register(house, "bo@example.org")
    people.sign_in(client, ANA)
    old = people.csrf_of(client, "/account")
    people.sign_in(client, "bo@example.org")
    answer = client.post("/data/profile.given_name", data={"csrf_token": old, "value": "Anastasia"})
    assert answer.status_code == 400
    assert "Anastasia" not in client.get("/data").text
    people.post(client, "/sign-out", "/")
    assert client.post("/data/profile.given_name", data={"csrf_token": old, "value": "Anastasia"}).status_code == 400
