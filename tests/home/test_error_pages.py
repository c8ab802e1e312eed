"""What goes wrong is said in the reader's words, and says what to do next."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import error_pages
from portal.app import create_app
from portal.kernel import errors
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from tests import people
from tests.conftest import HouseMaker

PERSON = "jane@example.org"
PROBLEMS = [
    errors.BadRequest,
    errors.Refused,
    errors.NotFound,
    errors.Conflict,
    errors.Gone,
    errors.TooLarge,
    errors.Invalid,
    errors.TooMany,
    errors.Busy,
]


@pytest.fixture
def raising(app: Flask) -> FlaskClient:
    """A browser before an app with an address that raises what it is asked for."""

    def raise_it(name: str) -> str:
        if name == "bug":
            raise RuntimeError(f"{PERSON} in its message")
        raise getattr(errors, name)(retry_after=120) if name == "TooMany" else getattr(errors, name)()

    app.add_url_rule("/raise/<name>", view_func=raise_it)
    return app.test_client()


@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_problem_has_its_page_in_each_language(raising: FlaskClient, problem: type[errors.Problem]) -> None:
    seen = set()
    for locale in LOCALES:
        answer = raising.get(f"/raise/{problem.__name__}", headers={"Accept-Language": locale})
        assert answer.status_code == problem.status
        assert f'<html lang="{locale}"' in answer.text
        found = re.search(r"<h1>(.+?)</h1>", answer.text)
        assert found is not None
        seen.add(found[1])
    assert len(seen) == len(LOCALES)


def test_a_page_that_needs_signing_in_leads_there_and_back(client: FlaskClient, house: House) -> None:
    answer = client.get("/data?tab=x")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=%2Fdata%3Ftab%3Dx")


def test_a_limit_says_when_to_come_back(raising: FlaskClient) -> None:
    answer = raising.get("/raise/TooMany")
    assert answer.headers["Retry-After"] == "120"
    assert "You can try again in 2 minutes." in answer.text


def test_a_bug_shows_a_number_and_neither_page_nor_log_repeats_its_message(
    raising: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = raising.get("/raise/bug")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert "RuntimeError" in caplog.text
    assert PERSON not in caplog.text + answer.text


def test_unknown_addresses_and_methods_are_pages_too(client: FlaskClient) -> None:
    assert "There is nothing here" in client.get("/nowhere").text
    answer = client.put("/promises", headers={"Accept-Language": "ca"})
    assert answer.status_code in (400, 405)


def test_a_form_without_its_token_does_nothing_and_gives_back_what_was_written(
    house: House, client: FlaskClient
) -> None:
    people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    typed = {
        "value": "Carrer de la Mar 3, <b>2n</b>",
        "password": "two words",
        "next": "/a b",
        "csrf_token": "of another",
    }
    answer = client.post("/language", data={"locale": "ca", **typed}, headers={"Referer": "http://localhost/data?a=1"})
    assert answer.status_code == 400
    assert "Carrer de la Mar 3, &lt;b&gt;2n&lt;/b&gt;" in answer.text
    assert "two words" not in answer.text
    assert 'href="/data?a=1"' in answer.text
    assert '<html lang="en"' in client.get("/").text


def test_the_page_to_open_again_is_never_somebody_elses(client: FlaskClient) -> None:
    answer = client.post("/language", headers={"Referer": "https://evil.example/trap"})
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("referrer", ["http://[", "http://x]/data", "//[::1"])
@pytest.mark.parametrize("origin", ["http://localhost", "https://portal.example"])
def test_a_referrer_that_is_no_address_is_passed_over(make_house: HouseMaker, referrer: str, origin: str) -> None:
    browser = create_app(make_house("sqlite", origin=origin)).test_client()
    sent = {"base_url": origin, "headers": {"Referer": referrer}}
    assert browser.post("/language", **sent).status_code == 400
    assert browser.head("/data", **sent).status_code == 303


@pytest.mark.parametrize("path", ["/", "/data", "/nowhere", "/api"])
def test_a_host_that_is_none_is_refused_without_a_page(app: Flask, path: str) -> None:
    app.testing = False
    assert app.test_client().get(path, headers={"Host": "a" * 300}).status_code == 400


def test_a_machine_is_answered_alike_whatever_host_it_names(client: FlaskClient) -> None:
    sent = [client.get("/api/v1/profile", headers={"Host": host}) for host in ("localhost", "a" * 300, "evil.example", "[")]
    assert {answer.status_code for answer in sent} == {401}
    assert len({answer.headers["WWW-Authenticate"] for answer in sent}) == 1


def test_no_address_leads_to_a_host_that_the_caller_named(client: FlaskClient) -> None:
    for path in ("/data//remove", "/sharing//stop", "/requests//block", "/static//css/freehold.css"):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.headers.get("Location", "")


def test_every_status_that_can_be_answered_has_words() -> None:
    assert {problem.status for problem in PROBLEMS} | {405, 415, 500} == set(error_pages.PAGES)
