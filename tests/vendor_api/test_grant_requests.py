"""``/api/v1/grant-requests``: a connected customer is asked without a browser, and only their word opens anything."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.grants.choices import everything
from portal.grants.details import stored
from portal.grants.reads import request_of
from portal.grants.service import ask, claim_request, give, refuse, revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.jobs import run_due
from portal.kernel.mail import newest_mails
from portal.kernel.unit import SYSTEM, Actor
from portal.links.service import block_vendor, ensure, prospect, set_number
from portal.vendors.things import ThingIds
from tests.grants.answering import opened
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, detail, person, signed_in
from tests.oauth.cast import Program, bearing, entries, own_token, program
from tests.oauth.racing import race
from tests.people import csrf_of
from tests.prove.sizes import size

PATH = "/api/v1/grant-requests"
ROUNDS = size(test=3, prove=200)


class Shop:
    """A company that asks, and a customer who is connected with it under its number 4711."""

    def __init__(self, app: Flask, house: House) -> None:
        self.app, self.house = app, house
        self.program: Program = program(house)
        self.client = app.test_client(use_cookies=False)
        self.ana = person(house, given_name="Ana", family_name="Puig", phone="+34600111222")
        self._keys = 0
        assert self.ana.customer_id is not None
        with house.writing(SYSTEM) as unit:
            link = ensure(unit, customer_id=self.ana.customer_id, vendor_id=self.program.vendor_id)
            set_number(unit, link_id=link.id, number="4711")

    @property
    def headers(self) -> dict[str, str]:
        """Of a request with a token of the company's own."""
        self._keys += 1
        return bearing(own_token(self.client, self.program), **{"Idempotency-Key": f"k-{self._keys}"})

    def ask(self, *details: Any, key: str | None = None, **more: Any) -> Any:
        """Asks customer 4711."""
        headers = self.headers | ({} if key is None else {"Idempotency-Key": key})
        sent = {"number": "4711", "authorization_details": list(details or [detail(self.house)]), **more}
        return self.client.post(PATH, json={name: value for name, value in sent.items() if value is not None}, headers=headers)

    def asked(self, *details: Any, **more: Any) -> dict[str, Any]:
        """What waits then."""
        answer = self.ask(*details, **more)
        assert answer.status_code == 202, answer.text
        return dict(answer.json)

    def look(self, id_: str) -> dict[str, Any]:
        """How it stands."""
        answer = self.client.get(f"{PATH}/{id_}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def withdraw(self, id_: str) -> Any:
        """Takes it back."""
        return self.client.delete(f"{PATH}/{id_}", headers=self.headers)

    def page_of(self, id_: str) -> str:
        """The customer's page of it."""
        things = ThingIds(self.house.keys, self.program.vendor_id)
        return f"/requests/{text_of(things.id_from('request', id_))}"

    def answer(self, id_: str, pressed: str, *items: str, actor: Actor | None = None, **more: str) -> Any:
        """The customer answers on the page, with these items ticked."""
        browser = signed_in(self.app, actor or self.ana)
        form = {**opened(browser, self.page_of(id_)), "answer": pressed, "items_0": list(items), **more}
        return browser.post(self.page_of(id_), data=form)

    def profile(self, purpose: str = DELIVERY) -> Any:
        """What the company's own token reads."""
        query = {"purpose": purpose}
        return self.client.get("/api/v1/profiles", query_string=query, headers=self.headers).json["profiles"]


def field_of(page: str, name: str) -> str:
    """The value of a hidden field."""
    return page.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0]


@pytest.fixture
def shop(app: Flask, house: House) -> Shop:
    """The shop on this engine."""
    return Shop(app, house)


def test_a_yes_on_the_page_lets_the_companys_own_token_read(shop: Shop, house: House) -> None:
    waiting = shop.asked()
    assert (waiting["state"], shop.profile()) == ("waiting", [])
    run_due(house)
    with house.reading() as unit:
        assert "asks you to share" in newest_mails(unit)[0].body
    assert shop.answer(waiting["id"], "share", "profile.name", "profile.email").status_code == 303
    granted = shop.look(waiting["id"])
    assert granted["state"] == "granted"
    [shared] = shop.profile()
    assert (shared["sub"], shared["profile"]["name"]) == (granted["sub"], "Ana Puig")
    grants = shop.client.get("/api/v1/grants", headers=shop.headers).json["grants"]
    assert [one["grant_id"] for one in grants] == [granted["grant_id"]]
    events = shop.client.get("/api/v1/changes", query_string={"start": "oldest"}, headers=shop.headers).json["events"]
    assert "grant.created" in [event["type"] for event in events]


def test_after_a_no_the_same_purpose_rests_for_thirty_days_and_another_does_not(shop: Shop) -> None:
    waiting = shop.asked()
    assert shop.answer(waiting["id"], "refuse", "profile.name").status_code == 303
    assert shop.look(waiting["id"])["state"] == "declined"
    refused = shop.ask()
    assert (refused.status_code, refused.json["reason"]) == (409, "cool-down")
    assert refused.json["fields"]["until"].startswith((clock.now() + timedelta(days=30)).strftime("%Y-%m-"))
    shop.asked(detail(shop.house, CARE, ("profile.email",), ()))
    with clock.moved(timedelta(days=29, hours=23)):
        assert shop.ask().json["reason"] == "cool-down"
    with clock.moved(timedelta(days=30, minutes=1)):
        shop.asked()


def test_the_same_asked_again_is_the_same_request_and_tells_nobody_twice(shop: Shop, house: House) -> None:
    assert shop.asked()["id"] == shop.asked()["id"]
    assert len(entries(house, "grant.requested")) == 1


def test_three_requests_wait_for_a_customer_at_most(shop: Shop) -> None:
    for purpose in (DELIVERY, CARE, SUGGESTIONS):
        shop.asked(detail(shop.house, purpose, ("profile.email",), ()))
    more = shop.ask(detail(shop.house, DELIVERY, ("profile.phone",), ()))
    assert (more.status_code, more.json["reason"]) == (409, "too-many-waiting")


def test_what_was_taken_back_says_so_on_the_customers_page_and_waits_no_more(app: Flask, shop: Shop, house: House) -> None:
    waiting = shop.asked()
    assert [shop.withdraw(waiting["id"]).status_code for _ in range(2)] == [204, 204]
    assert shop.look(waiting["id"])["state"] == "withdrawn"
    browser = signed_in(app, shop.ana)
    assert "took its request back" in browser.get(shop.page_of(waiting["id"])).text
    assert "asks you to share" not in browser.get("/").text
    run_due(house)
    with house.reading() as unit:
        assert not any("asks you to share" in mail.body for mail in newest_mails(unit))


def test_what_was_answered_cannot_be_taken_back(shop: Shop) -> None:
    waiting = shop.asked()
    shop.answer(waiting["id"], "share", "profile.name")
    assert shop.withdraw(waiting["id"]).json["reason"] == "already-answered"


def test_a_request_waits_for_thirty_days(shop: Shop) -> None:
    waiting = shop.asked()
    with clock.moved(timedelta(days=31)):
        assert shop.look(waiting["id"])["state"] == "expired"


def test_an_offer_that_was_told_can_be_taken_up_without_a_question_and_no_more_than_it(shop: Shop, house: House) -> None:
    asked = detail(house, DELIVERY, ("profile.name", "profile.email", "profile.phone"), ("profile.name",))
    waiting = shop.asked(asked)
    assert shop.answer(waiting["id"], "refuse", "profile.email", "profile.phone", tell="y").status_code == 303
    countered = shop.look(waiting["id"])
    assert countered["state"] == "countered"
    assert [one["datatypes"] for one in countered["offer"]] == [["profile.email", "profile.phone"]]
    more = shop.ask(detail(house, DELIVERY, ("profile.email", "profile.name"), ()), takes_up=waiting["id"])
    assert (more.status_code, more.json["reason"]) == (409, "more-than-offered")
    later = shop.ask(detail(house, DELIVERY, ("profile.email",), (), days=300), takes_up=waiting["id"])
    assert later.json["reason"] == "more-than-offered"
    assert shop.profile() == []
    less = {**detail(house, DELIVERY, ("profile.email",), ())}
    del less["expires_at"]
    taken = shop.ask(less, takes_up=waiting["id"])
    assert (taken.status_code, taken.json["state"]) == (200, "granted")
    assert shop.ask(less, takes_up=waiting["id"]).json["id"] == taken.json["id"]
    [shared] = shop.profile()
    assert shared["profile"] == {"email": "ana@example.org"}
    assert shop.look(waiting["id"])["grant_id"] == taken.json["grant_id"]
    over = shop.ask({**less, "datatypes": ["profile.phone"]}, takes_up=waiting["id"])
    assert (over.status_code, over.json["reason"]) == (410, "offer-over")


def test_what_was_taken_up_has_its_record_which_cites_what_the_customer_saw(app: Flask, shop: Shop, house: House) -> None:
    waiting = shop.asked()
    shop.answer(waiting["id"], "refuse", "profile.email", tell="y")
    offer = shop.look(waiting["id"])["offer"]
    taken = shop.ask(*offer, takes_up=waiting["id"]).json
    [given] = entries(house, "grant.given")
    [refused] = entries(house, "grant.refused")
    assert given["customer"] == refused["customer"] and given["actor"]["kind"] == "vendor"
    assert refused["detail"]["offered"] == ["profile.email"]
    assert given["detail"]["offered"] == refused["detail"]["request"]
    browser = signed_in(app, shop.ana)
    assert "took what you offered" in browser.get(shop.page_of(waiting["id"])).text
    page = browser.get(f"/records/{given['detail']['record']}")
    assert page.status_code == 200
    grant_id = ThingIds(house.keys, shop.program.vendor_id).id_from("grant", taken["grant_id"])
    with house.writing(shop.ana) as unit:
        revoke(unit, grant_id=grant_id)
    assert shop.profile() == []


def test_an_offer_that_was_not_told_stays_the_customers_own(shop: Shop) -> None:
    waiting = shop.asked()
    shop.answer(waiting["id"], "refuse", "profile.email")
    declined = shop.look(waiting["id"])
    assert declined["state"] == "declined" and "offer" not in declined
    taken = shop.ask(detail(shop.house, DELIVERY, ("profile.email",), ()), takes_up=waiting["id"])
    assert (taken.status_code, taken.json["reason"]) == (410, "offer-over")


def test_an_offer_can_be_taken_back_and_ends_by_itself(app: Flask, shop: Shop, house: House) -> None:
    waiting = shop.asked()
    shop.answer(waiting["id"], "refuse", "profile.email", tell="y")
    offer = shop.look(waiting["id"])["offer"]
    with clock.moved(timedelta(days=31)):
        assert shop.look(waiting["id"])["state"] == "declined"
        assert shop.ask(*offer, takes_up=waiting["id"]).json["reason"] == "offer-over"
    browser = signed_in(app, shop.ana)
    path = shop.page_of(waiting["id"])
    assert "Offer it no longer" in browser.get(path).text
    sent = {"csrf_token": csrf_of(browser, path)}
    assert browser.post(path + "/offer/take-back", data=sent).status_code == 303
    assert "Offer it no longer" not in browser.get(path).text
    assert shop.look(waiting["id"])["state"] == "declined"
    assert shop.ask(*offer, takes_up=waiting["id"]).json["reason"] == "offer-over"
    assert len(entries(house, "request.offer_taken_back")) == 1


@pytest.mark.parametrize("later", ["stop", "yes", "no", "block"])
def test_attack_an_offer_does_not_outlive_a_later_word_about_the_same_reason(shop: Shop, house: House, later: str) -> None:
    waiting = shop.asked()
    shop.answer(waiting["id"], "refuse", "profile.email", tell="y")
    offer = shop.look(waiting["id"])["offer"]
    with house.writing(shop.ana) as unit:
        asked = ask(unit, vendor_id=shop.program.vendor_id, details=[detail(house, DELIVERY, ("profile.name",), ())])
        claim_request(unit, request_id=asked.id)
    with house.writing(shop.ana) as unit:
        if later == "no":
            refuse(unit, request_id=asked.id)
        elif later == "block":
            block_vendor(unit, vendor_id=shop.program.vendor_id)
        else:
            grant = give(unit, request_id=asked.id, choices=everything(stored(request_of(unit, asked.id).details)))
    if later == "stop":
        with house.writing(shop.ana) as unit:
            revoke(unit, grant_id=grant.id)
    taken = shop.ask(*offer, takes_up=waiting["id"])
    assert taken.json["reason"] in ("offer-over", "blocked")
    assert [one["profile"] for one in shop.profile()] == ([{"name": "Ana Puig"}] if later == "yes" else [])


def test_what_is_shared_already_asks_nobody_and_what_is_wider_asks(shop: Shop) -> None:
    waiting = shop.asked()
    shop.answer(waiting["id"], "share", "profile.name", "profile.email")
    grant_id = shop.look(waiting["id"])["grant_id"]
    less = detail(shop.house, DELIVERY, ("profile.name",), (), days=10)
    assert shop.ask(less).json["reason"] == "already-given"
    assert shop.ask(less, grant_id=grant_id).json["reason"] == "not-wider"
    assert shop.ask(detail(shop.house, CARE, ("profile.name",), ()), grant_id=grant_id).json["reason"] == "not-wider"
    wider = detail(shop.house, DELIVERY, ("profile.name", "profile.email", "profile.phone"), ("profile.name",))
    again = shop.asked(wider, grant_id=grant_id)
    shop.answer(again["id"], "share", "profile.name", "profile.email", "profile.phone")
    assert sorted(shop.profile()[0]["profile"]) == ["email", "name", "phone"]


def test_whoever_is_not_connected_or_wants_no_requests_is_not_asked(shop: Shop, house: House) -> None:
    with house.writing() as unit:
        prospect(unit, vendor_id=shop.program.vendor_id, number="new")
    assert shop.ask(number="new").json["reason"] == "not-connected"
    assert shop.ask(number="nobody").status_code == 404
    with house.writing(shop.ana) as unit:
        block_vendor(unit, vendor_id=shop.program.vendor_id)
    blocked = shop.ask()
    assert (blocked.status_code, blocked.json["reason"]) == (403, "blocked")


def test_another_companys_requests_and_permissions_are_not_there(app: Flask, shop: Shop, house: House) -> None:
    waiting = shop.asked()
    other = program(house, "Floristería")
    headers = bearing(own_token(shop.client, other), **{"Idempotency-Key": "k"})
    assert shop.client.get(f"{PATH}/{waiting['id']}", headers=headers).status_code == 404
    assert shop.client.delete(f"{PATH}/{waiting['id']}", headers=headers).status_code == 404
    sent = {"sub": waiting["sub"], "authorization_details": [detail(house)]}
    assert shop.client.post(PATH, json=sent, headers=headers).status_code == 404
    assert shop.ask(grant_id="A" * 43).status_code == 404
    assert shop.ask(takes_up="A" * 43).status_code == 404


def test_each_look_at_a_request_is_on_record(shop: Shop, house: House) -> None:
    waiting = shop.asked()
    shop.look(waiting["id"])
    [entry] = entries(house, "request.told")
    assert entry["reason"] == "waiting" and entry["customer"]


def test_said_again_with_its_key_it_is_answered_with_the_same(shop: Shop) -> None:
    sent = detail(shop.house)
    first, again = shop.ask(sent, key="once"), shop.ask(sent, key="once")
    assert first.data == again.data and again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"number": None}, 422),
        ({"sub": "00000000-0000-4000-8000-000000000000"}, 422),
        ({"number": None, "sub": "00000000-0000-4000-8000-000000000000"}, 404),
        ({"number": None, "sub": "x" * 36}, 422),
        ({"number": 4711}, 422),
        ({"authorization_details": []}, 422),
        ({"authorization_details": "all"}, 422),
        ({"authorization_details": [{}]}, 400),
        ({"authorization_details": [{"type": "x", "datatypes": [], "purpose": "y"}]}, 400),
        ({"grant_id": "short"}, 422),
        ({"grant_id": "A" * 43, "takes_up": "A" * 43}, 422),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(shop: Shop, house: House, change: dict[str, Any], status: int) -> None:
    answer = shop.ask(**change)
    assert answer.status_code == status, answer.text
    assert entries(house, "grant.requested") == []


@pytest.mark.parametrize("change", [{"purpose": "https://w3id.org/dpv#Marketing"}, {"datatypes": ["profile.iban"]},
                                    {"necessity": {"profile.email": "required"}}, {"type": "https://else.example/x"},
                                    {"expires_at": 1}, {"expires_at": 99999999999}, {"actions": ["write"]}])  # fmt: skip
def test_attack_41_what_the_company_was_not_admitted_for_is_refused_as_at_authorize(
    shop: Shop, house: House, change: dict[str, Any]
) -> None:
    answer = shop.ask(detail(house) | change)
    assert (answer.status_code, answer.json["reason"]) == (400, "invalid-authorization-details")


@pytest.mark.slow
def test_asked_eight_times_at_once_it_is_one_request(app: Flask, shop: Shop, house: House) -> None:
    def made(turn: int) -> list[dict[str, Any]]:
        sent = {"number": "4711", "authorization_details": [detail(house, CARE, ("profile.email",), (), days=20 + turn)]}
        token = own_token(shop.client, shop.program)
        return [
            {"path": PATH, "method": "POST", "json": sent, "headers": bearing(token, **{"Idempotency-Key": f"{turn}-{one}"})}
            for one in range(8)
        ]

    ids = set()
    for answers in race(house, [made(turn) for turn in range(ROUNDS)]):
        assert {status for status, _ in answers} == {202}
        ids |= {body["id"] for _, body in answers}
    assert len(ids) == 1


@pytest.mark.slow
def test_an_offer_taken_up_eight_times_at_once_is_one_permission(app: Flask, shop: Shop, house: House) -> None:
    waiting = shop.asked()
    shop.answer(waiting["id"], "refuse", "profile.email", tell="y")
    sent = {"number": "4711", "authorization_details": shop.look(waiting["id"])["offer"], "takes_up": waiting["id"]}
    token = own_token(shop.client, shop.program)
    requests = [
        {"path": PATH, "method": "POST", "json": sent, "headers": bearing(token, **{"Idempotency-Key": str(one)})}
        for one in range(8)
    ]
    [answers] = race(house, [requests])
    assert {status for status, _ in answers} == {200}
    assert len({body["grant_id"] for _, body in answers}) == 1
    assert len(entries(house, "grant.given")) == 1
