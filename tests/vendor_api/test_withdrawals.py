"""``/api/v1/withdrawals`` and the console: what people without an account declared, told of, answered once, each look on record."""

from itertools import count
from typing import Any

import pytest
from flask import Flask

from portal.audit.words import EVENTS
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.orders.demands.guests.reads import guests_of
from tests import people
from tests.oauth.cast import bearing, own_token
from tests.orders.cast import an_order, company, found, own, tell
from tests.orders.guests import GUEST, Shop, letters
from tests.orders.test_pages import token_of
from tests.vendor_api.test_orders import entries
from tests.vendors.consoles import at_work


class Desk:
    """A company's program, and people without an account."""

    def __init__(self, app: Flask, house: House) -> None:
        self.shop = Shop(app, house)
        self.client = app.test_client(use_cookies=False)
        self.token = own_token(self.client, self.shop.seller)
        self.keys = count(1)

    def get(self, path: str = "/api/v1/withdrawals", **query: str) -> Any:
        """A read of the company's."""
        return self.client.get(path, query_string=query, headers=bearing(self.token))

    def answer(self, withdrawal: str, key: str | None = None, **said: Any) -> Any:
        """An answer of the company's, under a key of its own where none is named."""
        headers = bearing(self.token, **{"Idempotency-Key": key or f"b-{next(self.keys)}"})
        return self.client.post(f"/api/v1/withdrawals/{withdrawal}", json=said, headers=headers)


@pytest.fixture
def desk(app: Flask, house: House) -> Desk:
    """The desk on this engine."""
    return Desk(app, house)


def test_a_withdrawal_is_listed_read_and_answered_once_and_each_look_is_on_record(desk: Desk, house: House) -> None:
    desk.shop.declares(desk.shop.link(), "F-1", "One lamp.")
    [one] = desk.get().json["withdrawals"]
    assert (one["order"], one["words"], one["name"], one["email"]) == ("F-1", "One lamp.", "Gina Roca", GUEST)
    assert (one["state"], one["allowed_actions"], one["is_late"]) == ("receipt_sent", ["acknowledge"], False)
    assert desk.get(f"/api/v1/withdrawals/{one['id']}").json == one
    looks = entries(house, "withdrawal.disclosed")
    assert [look.outcome for look in looks] == ["given", "given"]
    assert all(word not in bytes(look.body).decode() for look in looks for word in ("Gina", "F-1", "lamp", GUEST))
    first = desk.answer(one["id"], key="a-1", action="acknowledge")
    assert first.json == {"id": one["id"], "state": "acknowledged_by_vendor", "allowed_actions": ["settle", "dispute"]}
    again = desk.answer(one["id"], key="a-1", action="acknowledge")
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    refused = desk.answer(one["id"], action="acknowledge")
    assert (refused.status_code, refused.json["reason"], set(refused.json["allowed_actions"])) == (
        *(409, "not-allowed"),
        {"settle", "dispute"},
    )
    assert desk.answer(one["id"], action="settle", words="Paid back.").json["allowed_actions"] == []
    assert desk.get(waiting="true").json["withdrawals"] == []
    assert len([mail for mail in letters(house) if "About your withdrawal" in mail["Subject"]]) == 2


def test_what_is_not_there_or_not_right_is_said_and_no_other_company_finds_it(app: Flask, house: House, desk: Desk) -> None:
    desk.shop.declares(desk.shop.link(), "F-1")
    [one] = desk.get().json["withdrawals"]
    assert desk.answer("x", action="acknowledge").status_code == 404
    assert desk.answer(one["id"], action="accept").status_code == 422
    assert desk.answer(one["id"], action="acknowledge", words="a" * 1001).status_code == 422
    other = own(app, company(house, "Casa Lumen"))
    assert other.get("/api/v1/withdrawals").json["withdrawals"] == []
    assert other.get(f"/api/v1/withdrawals/{one['id']}").status_code == 404


def test_pages_of_the_list_lose_and_repeat_nothing(desk: Desk) -> None:
    for number in range(5):
        desk.shop.declares(desk.shop.link(f"g{number}@example.org"), f"F-{number}")
    seen, cursor = [], {}
    while cursor is not None:
        page = desk.get(limit="2", **cursor).json
        seen += [one["order"] for one in page["withdrawals"]]
        cursor = None if page["next"] is None else {"cursor": page["next"]}
    assert seen == [f"F-{number}" for number in range(5)]


def test_the_feed_tells_of_it_without_a_value_and_of_one_about_an_order_as_of_any_other(desk: Desk, house: House) -> None:
    tell(house, desk.shop.vendor.id, an_order("1", "c"))
    found(house, desk.shop.seller, "c", "ana@example.org")
    before = {event["id"] for event in desk.get("/api/v1/changes").json["events"]}
    desk.shop.declares(desk.shop.link(), "F-1")
    desk.shop.declares(desk.shop.link("ana@example.org"), "1")
    alone, about = [event for event in desk.get("/api/v1/changes").json["events"] if event["id"] not in before]
    assert alone.keys() == {"id", "type", "at", "withdrawal_id"}
    assert about.keys() == {"id", "type", "at", "sub", "demand_id"}
    assert alone["type"] == about["type"] == "withdrawal.submitted"
    assert desk.get(f"/api/v1/withdrawals/{alone['withdrawal_id']}").json["order"] == "F-1"
    assert desk.get(f"/api/v1/demands/{about['demand_id']}").json["order"] == "1"
    assert [one.vendor for one in entries(house, "change.disclosed")] and "withdrawal." in EVENTS


def test_staff_find_their_own_address_see_what_waits_and_answer_once_with_words_that_are_kept(
    app: Flask, desk: Desk, house: House
) -> None:
    browser = at_work(app, house, desk.shop.vendor, "clerk@far.example")
    queue = f"/console/{desk.shop.vendor.slug}/asked/withdrawals"
    assert f"{house.settings.origin}/withdraw/{desk.shop.vendor.slug}<" in browser.get(queue).text
    desk.shop.declares(desk.shop.link(), "F-1", "One lamp.")
    assert "1 waits" in browser.get(f"/console/{desk.shop.vendor.slug}/asked").text
    waiting = browser.get(queue).text
    assert "F-1" not in waiting and "Gina" not in waiting
    assert entries(house, "withdrawal.disclosed") == []
    with house.reading() as unit:
        [one] = guests_of(unit, desk.shop.vendor.id, most=9)
    page = f"{queue}/{text_of(one.id)}"
    assert "One lamp." in browser.get(page).text and GUEST in browser.get(page).text
    assert len(entries(house, "withdrawal.disclosed")) == 2

    def press(action: str, seen: str, words: str = "") -> Any:
        data = {"csrf_token": token_of(browser, queue), "action": action, "seen": seen, "words": words}
        return browser.post(page, data=data)

    browser.get(page)
    for _twice in range(2):
        assert press("acknowledge", "receipt_sent", "We look into it.").status_code == 303
    late = press("dispute", "receipt_sent", "There is no such order.")
    assert late.status_code == 409 and "There is no such order." in late.text
    assert press("dispute", "acknowledged_by_vendor", "a" * 1001).status_code == 422
    assert press("shrug", "acknowledged_by_vendor").status_code == 400
    assert press("dispute", "acknowledged_by_vendor", "There is no such order.").status_code == 303
    people.do_jobs(house)
    assert len([mail for mail in letters(house) if "About your withdrawal" in mail["Subject"]]) == 2


def test_staff_of_others_and_of_other_duties_find_nothing_of_it(app: Flask, desk: Desk, house: House) -> None:
    desk.shop.declares(desk.shop.link(), "F-1")
    with house.reading() as unit:
        [one] = guests_of(unit, desk.shop.vendor.id, most=9)
    other = Shop(app, house, "Casa Lumen").vendor
    clerk = at_work(app, house, other, "clerk@lumen.example")
    for slug, status in ((other.slug, 404), (desk.shop.vendor.slug, 404)):
        assert clerk.get(f"/console/{slug}/asked/withdrawals/{text_of(one.id)}").status_code == status
    reader = at_work(app, house, desk.shop.vendor, "dev@far.example", "developer")
    assert reader.get(f"/console/{desk.shop.vendor.slug}/asked/withdrawals").status_code == 403
