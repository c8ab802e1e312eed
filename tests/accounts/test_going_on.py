"""Where a sign-in leads: back to the page that was asked for, never to another site."""

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import service
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from tests import people

ANA = "ana@example.org"
AWAY = [
    "//evil.example", "///evil.example", "////evil.example/x", "\\\\evil.example", "/\\evil.example", "\\/evil.example",
    "https://evil.example", "https:evil.example", "https:/evil.example", "http:evil.example", "//evil.example/%2e%2e",
    "/%09/evil.example", "/\t/evil.example", "/\n/evil.example", "/%0a/evil.example", "/%0d%0aLocation:%20//evil.example",
    "\t//evil.example", " //evil.example", "/ /evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example",
    "/%2f/evil.example", "/%2Fevil.example", "/%5cevil.example", "/%5Cevil.example", "/%255cevil.example",
    "/%252fevil.example", "/..//evil.example", "/.//evil.example", "/a/..//evil.example", "/data/../../evil",
    "@evil.example", "/\u2028/evil.example", "/\x00/evil.example", "?next=//evil.example", "#//evil.example", "",
]  # fmt: skip


@pytest.mark.parametrize("target", AWAY)
def test_next_leads_nowhere_else(house: House, client: FlaskClient, target: str) -> None:
    page = client.get(f"/sign-in?next={quote(target, safe='')}")
    assert page.status_code == 200
    assert 'name="next" type="hidden" value=""' in page.text
    people.register(house, ANA)
    answer = people.sign_in(client, ANA, next=target)
    assert answer.location == "/"


@pytest.mark.parametrize("target", ["/data", "/requests/x?a=b&c=d", "/activity?week=2026-W10", "/data/profile.tastes?q=%C3%A9"])
def test_next_leads_back_to_a_page_of_ours(house: House, client: FlaskClient, target: str) -> None:
    people.register(house, ANA)
    assert people.sign_in(client, ANA, next=target).location == target


def test_an_officer_lands_at_the_desk_unless_they_were_going_somewhere(house: House, app: Flask) -> None:
    otto = people.officer(house)
    people.register(house, "ana@example.org")
    ana, officer = app.test_client(), app.test_client()
    assert people.sign_in(ana, "ana@example.org").location == "/"
    assert ana.get("/sign-in").location == "/"
    assert people.sign_in(app.test_client(), "otto@example.org", next="/orders").location == "/orders"
    assert people.sign_in(officer, "otto@example.org").location == "/desk"
    assert officer.get("/sign-in").location == "/desk"
    assert officer.get("/desk").status_code == 200
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=otto, role="operator")
    assert people.sign_in(app.test_client(), "otto@example.org").location == "/"


def test_a_page_for_people_who_signed_in_leads_through_sign_in_and_back(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    sent = client.get("/account/sessions")
    assert (sent.status_code, sent.location) == (303, "/sign-in?next=%2Faccount%2Fsessions")
    assert people.sign_in(client, ANA, next="/account/sessions").location == "/account/sessions"
    assert client.get("/sign-in?next=/account/password").location == "/account/password"


def test_an_old_link_leads_somebody_who_is_signed_in_home(house: House, client: FlaskClient) -> None:
    assert 'href="/register"' in client.get("/verify/of-long-ago").text
    people.register(house, ANA)
    people.sign_in(client, ANA)
    page = client.get("/verify/of-long-ago").text
    assert "there is nothing more to confirm" in page
    assert 'href="/register"' not in page
