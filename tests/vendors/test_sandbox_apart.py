"""A sandbox and whoever was made up for it reach nobody else: not by letters, not by questions, not by acting for them."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts.service import invite
from portal.kernel import clock
from portal.kernel.errors import Gone, NotFound
from portal.kernel.house import House
from portal.vendors.service import join_staff
from tests import people
from tests.customers.test_pages import text_of_page
from tests.grants.cast import person, signed_in
from tests.links.bringing import letters
from tests.oauth.cast import bearing, own_token
from tests.vendors.consoles import asked_to_join, at_work, staff
from tests.vendors.test_sandbox import Bench


@pytest.fixture
def bench(app: Flask, house: House) -> Bench:
    """A sandbox that was just begun."""
    return Bench(app, house)


def test_attack_a_sandbox_writes_to_no_real_person_and_asks_them_nothing(bench: Bench, app: Flask, house: House) -> None:
    sent = [{"number": "R-1", "email": "eva@example.org", "deliver": "mail"}, {"number": "R-2", "email": "eva@example.org"}]
    headers = bearing(own_token(bench.machine, bench.program), **{"Idempotency-Key": "k-1"})
    answer = bench.machine.post("/api/v1/invitations", json={"invitations": sent}, headers=headers)
    assert [one["state"] for one in answer.json["results"]] == ["invited", "held"]
    assert {letter.state for letter in letters(house)} == {"suppressed"}
    assert "/connect/" not in signed_in(app, person(house, "eva@example.org")).get("/").text


def test_attack_somebody_made_up_acts_for_nobody_and_writes_to_nobody(bench: Bench, house: House) -> None:
    ada, owner = bench.actor(), staff(house, bench.live, "owner@shop.example")
    asked, until = asked_to_join(house, bench.live, owner), clock.now() + timedelta(days=9)
    with house.writing(ada) as unit, pytest.raises(Gone):
        join_staff(unit, token=asked)
    with house.writing(ada) as unit, pytest.raises(NotFound):
        invite(unit, called="Eva", email="eva@example.org", areas={"data": "see"}, until=until)


def test_a_sandbox_has_no_staff_and_proposes_nothing(bench: Bench, app: Flask, house: House) -> None:
    owner = at_work(app, house, bench.live)
    here = f"/console/{bench.twin.slug}"
    page = owner.get(here).text
    for place in ("staff", "staff/new", "purposes", "purposes/DeliveryOfGoods"):
        assert owner.get(f"{here}/{place}").status_code == 404 and f"{here}/{place}" not in page
    for place, fields in (("staff/new", {"email": "eva@example.org", "rank": "owner"}), ("purposes/DeliveryOfGoods", {})):
        assert people.post(owner, f"{here}/{place}", here, **fields).status_code == 404


def test_attack_a_sandboxs_invitation_says_what_it_is_to_whoever_cannot_answer_it_and_not_whose(
    bench: Bench, app: Flask, house: House
) -> None:
    headers = bearing(own_token(bench.machine, bench.program), **{"Idempotency-Key": "k-1"})
    sent = {"invitations": [{"number": "R-1", "email": "eva@example.org", "deliver": "link"}]}
    answer = bench.machine.post("/api/v1/invitations", json=sent, headers=headers)
    path = answer.json["results"][0]["link"].partition("//")[2].partition("/")[2]
    eva = signed_in(app, person(house, "eva@example.org"))
    for client, status, what in ((app.test_client(), 200, "Sign in as one of"), (eva, 403, "Sign out, sign in as one of")):
        page = client.get(f"/{path}")
        assert page.status_code == status
        text = text_of_page(page)
        assert "This invitation is a sandbox's" in text
        assert what in text
        assert bench.live.name not in text
        assert "Yes, that is me" not in text
