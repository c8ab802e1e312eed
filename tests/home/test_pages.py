"""The first page, the promises, language and appearance."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.app import create_app
from portal.audit.report import unseen
from portal.home.context import Reader, here_path
from portal.home.promises import PROMISES
from portal.kernel.house import House, use_house
from portal.kernel.unit import Actor
from tests import people
from tests.conftest import HouseMaker
from tests.house.words import sentences
from tests.vendors.consoles import at_work, company


def test_a_stranger_reads_in_one_page_what_this_is(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "You decide which companies read your data" in page.text
    assert 'href="/register"' in page.text


def test_a_newcomer_finds_what_to_do_before_any_company_has_joined(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    page = client.get("/").text
    assert "We do not know your name yet." in page
    assert page.count('<section class="card') == 1
    for place in ("/data", "/sharing", "/activity", "/orders"):
        assert f'href="{place}"' in page


def test_a_newcomer_is_told_how_a_company_comes_to_ask(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    page = client.get("/").text
    assert "Look for “Connect with Freehold” on a company's site;" in unescape(page)
    assert "its request then waits under Sharing and on this page." in page


def test_a_demonstration_leads_to_its_bookshop(make_house: HouseMaker) -> None:
    house = make_house("sqlite", demo=True)
    with use_house(house):
        page = create_app(house).test_client().get("/").text
    assert f'<a href="http://localhost:{house.settings.port + 1}">Go to its bookshop</a>' in page


@pytest.mark.parametrize("number", range(len(PROMISES)))
def test_every_promise_stands_with_what_it_does_not_cover(client: FlaskClient, number: int) -> None:
    page = client.get("/promises").text
    promise = PROMISES[number]
    for sentence in promise:
        assert str(sentence).replace("&", "&amp;").replace("'", "&#39;") in page


def test_the_readme_promises_in_the_words_of_the_page() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    titles = re.findall(r"^\d\. \*\*(.+?)\.?\*\*", readme.partition("## What it promises")[2], re.MULTILINE)
    assert titles == [str(promise.title) for promise in PROMISES]


def test_readme_page_of_promises_and_verification_say_alike_what_a_record_cannot_show_by_itself() -> None:
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    promised = readme.partition("The record proves itself.**")[2].partition(" 5. **")[0]
    for told in (promised, str(PROMISES[3].not_covered), unseen()):
        for thing in ("cut off", "anew", "elsewhere|somewhere else"):
            assert re.search(thing, told), (thing, told)


def test_the_readme_says_how_many_presses_a_stop_takes_and_where_reasons_stand() -> None:
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    assert "A customer stops it with two presses, the second of them to confirm" in readme
    assert "the read is there, with what was given. Opened by its time" in readme
    assert "the demonstration's own officers and staff, whose passwords it prints, are let off in it" in readme


def test_the_readmes_path_calls_things_as_the_pages_do_and_says_what_comes_first() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    path = " ".join(readme.partition("## The path")[2].partition("## ")[0].split())
    written = {form for sentence in sentences().values() for form in sentence.forms}
    for words in re.findall(r"\*\*(.+?)\*\*", path.partition("9. ")[0]):
        for part in words.split(" → "):
            plain = part.replace("…", "%(num)s").replace("Ana", "%(name)s").replace("Share with", "Share with %(company)s")
            assert plain in written | {"Connect with Freehold"}
    assert "What it requires comes ticked, nothing optional does." in path
    assert "in the menu at the top, which is called **Your account** until he has written his name" in path


def test_a_stranger_chooses_a_language_and_stays_on_the_page(client: FlaskClient) -> None:
    answer = people.post(client, "/language", page="/promises", locale="ca", next="/promises")
    assert (answer.status_code, answer.location) == (303, "/promises")
    page = client.get("/promises").text
    assert '<html lang="ca"' in page
    assert "Què et prometem" in page


def test_of_what_a_press_led_to_the_language_leads_back_to_the_page_of_the_press(app: Flask, client: FlaskClient) -> None:
    assert 'name="next" value="/check"' in people.post(client, "/check", text="nothing").text
    for path, back in (("/desk/verify", "/desk"), ("/check", "/check"), ("/account/no-such-place", "/")):
        with app.test_request_context(path, method="POST"):
            assert here_path() == back


def test_the_choice_of_language_reaches_the_account_so_that_mails_speak_it(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    people.post(client, "/language", page="/language", locale="ro", next="/language")
    with house.reading() as unit:
        account = unit.session.get(Account, account_id)
        assert account is not None
        assert account.locale == "ro"
    client.delete_cookie("language")
    assert '<html lang="ro"' in client.get("/").text


def test_dark_and_light_are_a_choice_and_without_one_the_device_decides(client: FlaskClient) -> None:
    assert "data-bs-theme" not in client.get("/").text
    people.post(client, "/theme", page="/language", theme="dark", next="/")
    assert 'data-bs-theme="dark"' in client.get("/").text
    people.post(client, "/theme", page="/language", theme="auto", next="/")
    assert "data-bs-theme" not in client.get("/").text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_a_choice_never_leads_away_from_the_portal(client: FlaskClient, elsewhere: str) -> None:
    answer = people.post(client, "/theme", page="/language", theme="dark", next=elsewhere)
    assert answer.location == "/"


@pytest.mark.parametrize(("path", "field"), [("/language", "locale"), ("/theme", "theme")])
def test_an_unknown_choice_changes_nothing(client: FlaskClient, path: str, field: str) -> None:
    answer = people.post(client, path, page="/language", **{field: "tlh"})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers or "tlh" not in answer.headers["Set-Cookie"]


def test_the_browsers_language_is_spoken_until_one_is_chosen(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept-Language": "es-MX,en;q=0.5"}).text
    assert '<html lang="es"' in page


def places(page: str) -> str:
    """The navigation of a page."""
    found = re.search(r'<nav class="places".+?</nav>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_an_officer_has_the_desk_among_the_places_lit_while_there(house: House, client: FlaskClient) -> None:
    people.officer(house)
    people.sign_in(client, "otto@example.org")
    for page, lit in (("/desk", "page"), ("/desk/entries", "true")):
        shown = places(client.get(page).text)
        assert shown.count(" aria-current=") == 1
        assert f'<a href="/desk" aria-current="{lit}">' in shown
        assert '<a href="/data">' in shown, "an officer is a customer too"
    assert '<a href="/desk">' in places(client.get("/data").text)


def test_somebody_of_a_company_has_its_console_among_the_places_lit_while_there(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    assert '<a href="/console" aria-current="true">' in places(client.get("/console/shop").text)
    assert '<a href="/console">' in places(client.get("/data").text)


def test_nobody_else_has_the_desk_among_the_places(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    assert 'href="/desk"' not in client.get("/").text


def test_whoever_is_no_customer_has_no_customers_places(app: Flask) -> None:
    actor = Actor("officer", id=b"o" * 16, session_id=b"s" * 16, roles=frozenset({"officer"}))
    officer = Reader(actor)
    with app.test_request_context("/desk"):
        app.preprocess_request()
        g.actor = actor
        places = app.jinja_env.get_template("_parts/frame.html").module.places("", "/desk", officer)  # type: ignore[attr-defined]
    assert re.findall(r'<a href="([^"]+)"', places) == ["/desk"]


@pytest.mark.parametrize("named", ["%00", "a%00b", "%ff", "..%2f..", "%0d%0aX:1", "a" * 3000, "%E2%80%AE"])
def test_a_way_that_names_no_company_leads_to_all_that_one_shares(house: House, client: FlaskClient, named: str) -> None:
    people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    answer = client.get(f"/sharing/with/{named}")
    assert answer.status_code == 404 or answer.headers["Location"] == "/sharing"
