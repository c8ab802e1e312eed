"""The pages on which a customer asks somebody to act for them: a proof first, an end always, and only one's own."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts.reads import delegations_of
from portal.kernel import clock
from portal.kernel.house import House
from tests import people
from tests.accounts.answers import same, statements
from tests.accounts.delegating import ANA, BRUNO
from tests.grants.cast import person, signed_in

FILLED = {"called": "Bruno", "email": BRUNO, "may_orders": "see", "may_data": "no", "until": "7"}


def test_somebody_is_asked_on_a_page_for_places_and_a_span(house: House, app: Flask) -> None:
    ana = person(house, ANA)
    client = signed_in(app, ana)
    assert people.post(client, "/account/delegates/new", **FILLED).location == "/account/delegates"
    with house.reading(ana) as unit:
        (one,) = delegations_of(unit, ana.customer_id or b"")
        left = one.ends_at - unit.at
    assert (one.called, one.email, one.areas, one.state) == ("Bruno", BRUNO, {"orders": "see"}, "invited")
    assert timedelta(days=7) <= left < timedelta(days=8)
    assert "Has not answered yet" in client.get("/account/delegates").text


def test_whoever_asks_does_not_learn_whether_the_address_has_an_account(house: House, app: Flask) -> None:
    person(house, BRUNO)
    client = signed_in(app, person(house, ANA))
    people.post(client, "/account/delegates/new", **{**FILLED, "email": "first.of.all@example.org"})
    with statements(house) as for_known:
        known = people.post(client, "/account/delegates/new", **FILLED)
    with statements(house) as for_unknown:
        unknown = people.post(client, "/account/delegates/new", **{**FILLED, "email": "nobody@example.org"})
    same(known, unknown)
    assert known.status_code == 303
    assert for_known == for_unknown
    people.do_jobs(house)
    subjects = {people.mails(house, email)[0]["Subject"] for email in (BRUNO, "nobody@example.org")}
    assert len(subjects) == 1, "they are written the same letter"
    page = client.get("/account/delegates").text
    assert (page.count("Has not answered yet"), page.count("Was asked at")) == (3, 3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"may_orders": "no"}, "Choose at least one place."),
        ({"email": ANA}, "This is your own address."),
        ({"email": "nobody"}, "Write an e-mail address such as"),
        ({"until": "day"}, "Choose a day from today on, within a year."),
        ({"until": "day", "day": "2020-01-01"}, "Choose a day from today on, within a year."),
        ({"until": "4000"}, "Choose one of the answers offered."),
        ({"may_orders": "own"}, "Choose one of the answers offered."),
    ],
)
def test_what_cannot_be_lent_is_said_beside_its_field(house: House, app: Flask, wrong: dict[str, str], said: str) -> None:
    client = signed_in(app, person(house, ANA))
    answer = people.post(client, "/account/delegates/new", **{**FILLED, **wrong})
    assert (answer.status_code, said in answer.text) == (422, True)


def test_lending_takes_a_fresh_proof(house: House, app: Flask) -> None:
    ana = person(house, ANA)
    client = signed_in(app, ana)
    token = people.csrf_of(client)
    with clock.moved(timedelta(minutes=11)):
        assert client.get("/account/delegates/new").location.startswith("/account/prove")
        sent = client.post("/account/delegates/new", data={"csrf_token": token, **FILLED})
    assert sent.status_code == 403
    with house.reading(ana) as unit:
        assert delegations_of(unit, ana.customer_id or b"") == []
