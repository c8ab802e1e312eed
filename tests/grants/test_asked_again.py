"""A company that asks the same again: one request waits, and one answer is enough."""

from datetime import timedelta
from functools import partial

from flask import Flask
from sqlalchemy import select

from portal.grants import reads
from portal.grants.choices import everything
from portal.grants.details import stored
from portal.grants.models import Request
from portal.grants.service import claim_request, give, refuse, revoke, share_again
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor, Unit
from tests.grants.answering import field_of
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, given, person, signed_in
from tests.grants.test_at_once import at_once
from tests.oauth.cast import authorize_url, entries, program, program_of
from tests.prove.sizes import size


def waiting(house: House, actor: Actor) -> list[bytes]:
    """The requests that wait for somebody."""
    with house.reading(actor) as unit:
        return [one.id for one in reads.waiting_requests(unit)]


def state(house: House, request: Request) -> str:
    """Where a request stands."""
    with house.reading() as unit:
        return unit.session.scalars(select(Request.state).where(Request.id == request.id)).one()


def test_what_is_asked_again_takes_the_place_of_what_was_asked_before(house: House) -> None:
    vendor, ana = company(house), person(house)
    first = asked(house, vendor, ana)
    with clock.moved(timedelta(days=2)):
        second = asked(house, vendor, ana)
        assert waiting(house, ana) == [second.id]
        assert state(house, first) == "withdrawn"


def test_another_question_another_company_and_another_person_keep_their_requests(house: House) -> None:
    vendor, other, ana, joan = company(house), company(house, "Florista"), person(house), person(house, "joan@example.org")
    requests = [
        asked(house, vendor, ana),
        asked(house, vendor, ana, detail(house, datatypes=("profile.name", "profile.address"))),
        asked(house, vendor, ana, detail(house, required=("profile.name", "profile.address"))),
        asked(house, vendor, ana, detail(house, CARE)),
        asked(house, vendor, ana, detail(house, retention="P90D")),
        asked(house, other, ana),
    ]
    elsewhere = asked(house, vendor, joan)
    assert set(waiting(house, ana)) == {one.id for one in requests}
    assert waiting(house, joan) == [elsewhere.id]


def test_a_request_that_nobody_has_opened_takes_nobodys_place(house: House) -> None:
    vendor, ana = company(house), person(house)
    first, second = asked(house, vendor, ana), asked(house, vendor)
    assert waiting(house, ana) == [first.id]
    with house.writing(ana) as unit:
        claim_request(unit, request_id=second.id)
    assert waiting(house, ana) == [second.id]


def test_programs_of_one_company_ask_each_for_itself(app: Flask, house: House) -> None:
    ana = person(house, given_name="Ana")
    browser, shop = signed_in(app, ana), program(house)
    for client in (shop, program_of(house, shop.vendor_id, "Club")):
        for _ in range(2):
            browser.get(authorize_url(house, client), follow_redirects=True)
    assert len(waiting(house, ana)) == 2


def test_a_yes_clears_what_was_prepared_to_be_shared_again_for_the_same_reasons(house: House) -> None:
    vendor, ana = company(house), person(house)
    both = (detail(house), detail(house, CARE))
    grants = [given(house, ana, asked(house, vendor, ana, one)) for one in both]
    for grant in grants:
        with house.writing(ana) as unit:
            revoke(unit, grant_id=grant.id)
            share_again(unit, grant_id=grant.id)
    assert len(waiting(house, ana)) == 2
    given(house, ana, asked(house, vendor, ana, detail(house, DELIVERY, ("profile.name", "profile.phone"))))
    with house.reading(ana) as unit:
        (left,) = reads.waiting_requests(unit)
    assert [one["purpose"] for one in left.details] == [CARE]


def test_what_the_customer_prepared_never_takes_the_place_of_a_companys_question(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    asks = asked(house, vendor, ana)
    with house.writing(ana) as unit:
        again = share_again(unit, grant_id=grant.id)
    assert set(waiting(house, ana)) == {asks.id, again.id}
    with house.writing(ana) as unit:
        refuse(unit, request_id=again.id)
    assert waiting(house, ana) == []


def test_equal_requests_that_are_answered_at_once_wait_neither_for_each_other_nor_for_ever(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    for _ in range(size(test=3, prove=20)):
        own = asked(house, vendor, ana)
        with house.writing(ana) as unit:
            both = (own.id, share_again(unit, grant_id=grant.id).id)

        def answer(unit: Unit, one: bytes) -> str:
            details = stored(reads.request_of(unit, one).details)
            return give(unit, request_id=one, choices=everything(details)).state

        said = at_once(house, *[(ana, partial(answer, one=one)) for one in both])
        assert set(said) <= {"live", "already-answered"} and "live" in said
        assert waiting(house, ana) == []
        with house.reading(ana) as unit:
            assert [one.state for one in reads.grants_of(unit)].count("live") == 1


def test_the_older_page_says_what_happened_and_leads_to_the_newer(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house, given_name="Ana", family_name="Vila")
    first = asked(house, vendor, ana)
    browser = signed_in(app, ana)
    path = f"/requests/{text_of(first.id)}"
    token = field_of(browser.get(path).text, "csrf_token")
    second = asked(house, vendor, ana)
    page = browser.get(path).text
    assert "Another request took its place" in page and f"/requests/{text_of(second.id)}" in page
    for pressed in ("share", "preview", "refuse"):
        sent = {"csrf_token": token, "answer": pressed, "items_0": ["profile.name"], "until": "asked"}
        answer = browser.post(path, data=sent)
        assert answer.status_code == 303 and answer.location.endswith(path), pressed
    assert waiting(house, ana) == [second.id] and state(house, first) == "withdrawn"
    given(house, ana, second)
    assert "See what they ask" not in browser.get(path).text


def test_a_request_that_was_replaced_stands_in_the_record(house: House) -> None:
    vendor, ana = company(house), person(house)
    first, second = asked(house, vendor, ana), asked(house, vendor, ana)
    (entry,) = entries(house, "request.replaced")
    assert entry["detail"] == {"request": text_of(first.id), "by": text_of(second.id)}
