"""``/api/v1/orders``: taken in once, answered by lease, each answer on record before it leaves."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.audit.models import LogEntry
from portal.kernel import clock
from portal.kernel.house import House
from portal.links.reads import link_between
from portal.links.service import end, pause
from portal.orders.models import Order
from portal.orders.service import intake
from tests.oauth.cast import bearing, own_token
from tests.orders.cast import CARE, SUGGESTIONS, an_order, company, found, line, list_of, own, shared_with, tell
from vendor_api.idempotency import Run

PATH = "/api/v1/orders"


class Shop:
    """A company's program at work."""

    def __init__(self, app: Flask, house: House) -> None:
        self.app, self.house = app, house
        self.program = company(house, "Llibreria Far")
        self.client = app.test_client(use_cookies=False)
        self.token = own_token(self.client, self.program)

    def put(self, *orders: Any, key: str | None = "k-1", **more: Any) -> Any:
        """Tells orders."""
        headers = bearing(self.token, **({"Idempotency-Key": key} if key else {}))
        return self.client.post(PATH, json={"orders": list(orders)}, headers=headers, **more)

    def send(self, body: bytes, content_type: str = "application/json") -> Any:
        """Sends a body as it is."""
        headers = bearing(self.token, **{"Idempotency-Key": "raw", "Content-Type": content_type})
        return self.client.post(PATH, data=body, headers=headers)

    def get(self, path: str = PATH, **query: str) -> Any:
        """Reads with the company's own token."""
        return self.client.get(path, query_string=query, headers=bearing(self.token))


@pytest.fixture
def shop(app: Flask, house: House) -> Shop:
    """The shop on this engine."""
    return Shop(app, house)


def count(house: House) -> int:
    """How many orders there are."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(Order)).scalar_one()


def entries(house: House, event: str) -> list[Any]:
    """The log's entries of an event."""
    house.lead()
    with house.reading() as unit:
        statement = select(LogEntry.__table__).where(LogEntry.event == event).order_by(LogEntry.idx)
        return list(unit.connection.execute(statement))


def test_orders_are_taken_one_by_one_each_with_its_result(shop: Shop) -> None:
    answer = shop.put(an_order("1", "c"), {"number": "2", "customer": "c"}, an_order("3", "c", colour="red"))
    assert answer.status_code == 200
    first, second, third = answer.json["results"]
    assert first == {"number": "1", "outcome": "created"}
    assert (second["outcome"], second["reason"], second["field"]) == ("refused", "missing", "placed_at")
    assert (third["outcome"], third["reason"], third["field"]) == ("refused", "unknown-field", "colour")
    assert count(shop.house) == 1


def test_the_same_key_and_body_are_done_once_and_answered_alike(shop: Shop) -> None:
    order = an_order("1", "c")
    first, again = shop.put(order), shop.put(order)
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert shop.put(order, key="k-2").json["results"] == [{"number": "1", "outcome": "unchanged"}]
    assert len(entries(shop.house, "order.put")) == 1


def test_a_key_is_good_for_one_request_alone(shop: Shop) -> None:
    shop.put(an_order("1", "c"))
    answer = shop.put(an_order("2", "c"))
    assert (answer.status_code, answer.json["reason"]) == (422, "key-reused")
    assert count(shop.house) == 1


def test_without_a_key_nothing_is_taken(shop: Shop) -> None:
    answer = shop.put(an_order("1", "c"), key=None)
    assert (answer.status_code, answer.json["reason"]) == (400, "key-needed")
    assert count(shop.house) == 0


def test_a_request_that_was_cut_off_goes_on_where_it_stopped(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first fifty are committed, then the work falls; said again, the key finishes the rest and nothing twice."""
    orders = [an_order(str(n), f"c{n % 5}") for n in range(120)]
    real, calls = intake.prepare, []

    def falls(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the machine fell")
        return real(*args, **kwargs)

    monkeypatch.setattr(intake, "prepare", falls)
    shop.app.testing = False
    assert shop.put(*orders).status_code == 500
    assert count(shop.house) == 50
    answer = shop.put(*orders)
    assert answer.status_code == 200
    assert [result["outcome"] for result in answer.json["results"]] == ["created"] * 120
    assert [result["number"] for result in answer.json["results"]] == [str(n) for n in range(120)]
    assert len(entries(shop.house, "order.put")) == count(shop.house) == 120


def test_whoever_is_killed_in_between_goes_on_once_the_key_is_free(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """kill -9 lets go of nothing: the key is held for a minute, then the same request goes on where it stopped."""
    orders = [an_order(str(n), "c") for n in range(70)]
    real, calls = intake.prepare, []

    def dies(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(*args, **kwargs)

    monkeypatch.setattr(intake, "prepare", dies)
    shop.app.testing = False
    with monkeypatch.context() as killed:
        killed.setattr(Run, "__exit__", lambda *_: None)
        assert shop.put(*orders).status_code == 500
    waiting = shop.put(*orders)
    assert (waiting.status_code, waiting.json["reason"]) == (409, "in-progress")
    assert waiting.headers["Retry-After"]
    with clock.moved(timedelta(seconds=61)):
        answer = shop.put(*orders)
    assert [result["outcome"] for result in answer.json["results"]] == ["created"] * 70
    assert count(shop.house) == 70


def test_an_order_repeated_over_the_cut_is_still_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [an_order(str(n), "c") for n in range(60)] + [an_order("3", "c")]
    real, calls = intake.prepare, []

    def falls(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the machine fell")
        return real(*args, **kwargs)

    monkeypatch.setattr(intake, "prepare", falls)
    shop.app.testing = False
    shop.put(*orders)
    assert shop.put(*orders).json["results"][-1]["reason"] == "repeated"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "not-json"),
        (b"{", 400, "not-json"),
        (b'{"orders": [], "orders": []}', 400, "not-json"),
        (b'\xef\xbb\xbf{"orders": []}', 400, "not-json"),
        (b'{"orders": [NaN]}', 400, "not-json"),
        (b'{"orders": [' + b"[" * 3000, 400, "not-json"),
        (b'{"orders": []}', 422, "invalid"),
        (b'{"orders": {}}', 422, "invalid"),
        (b'{"orders": [7]}', 422, "invalid"),
        (b'{"order": [{}]}', 422, "invalid"),
        (json.dumps({"orders": [{}] * 501}).encode(), 422, "invalid"),
        (b'{"orders": ["' + b"x" * 5_000_000 + b'"]}', 413, "too-large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_nothing_is_done(
    shop: Shop, body: bytes, status: int, reason: str
) -> None:
    answer = shop.send(body)
    assert (answer.status_code, answer.json["reason"]) == (status, reason)
    assert answer.content_type == "application/problem+json"
    assert count(shop.house) == 0


def test_a_body_that_is_no_json_by_its_name_is_refused(shop: Shop) -> None:
    assert shop.send(b"{}", "text/plain").status_code == 415


def test_a_customers_token_writes_nothing(app: Flask, shop: Shop) -> None:
    tell(shop.house, shop.program.vendor_id, an_order("1", "c"))
    customer = found(shop.house, shop.program, "c", "ana@example.org")
    reader = shared_with(app, shop.program, customer)
    answer = reader.client.post(PATH, json={"orders": [an_order("2", "c")]}, headers=bearing(reader.token))
    assert (answer.status_code, answer.json["reason"]) == (403, "scope-needed")


def test_own_orders_are_read_back_with_all_that_was_told(shop: Shop) -> None:
    order = an_order("A/1 x", "c", line("Lamp", 100, category="Home", number="L"), promised_at="2026-03-05T00:00:00Z")
    shop.put(order)
    [read] = shop.get().json["orders"]
    assert read == {
        "number": "A/1 x",
        "customer": "c",
        "sub": read["sub"],
        "status": "OrderDelivered",
        "placed_at": "2026-03-01T10:00:00Z",
        "approved_at": None,
        "shipped_at": None,
        "delivered_at": None,
        "promised_at": "2026-03-05T00:00:00Z",
        "return_until": None,
        "guarantee_until": None,
        "seller_of_record": None,
        "channel": None,
        "total": {"amount": 100, "currency": "EUR"},
        "lines": [
            {
                "number": "L",
                "name": "Lamp",
                "quantity": 1,
                "unit_price": None,
                "amount": {"amount": 100, "currency": "EUR"},
                "status": "OrderDelivered",
                "category": "Home",
            }
        ],
        "promises": [{"promised_at": "2026-03-05T00:00:00Z", "told_at": read["updated_at"]}],
        "shipments": [],
        "version": 1,
        "updated_at": read["updated_at"],
        "etag": read["etag"],
    }
    one = shop.get(f"{PATH}/A/1%20x")
    assert {**one.json, "etag": one.headers["ETag"]} == read
    again = shop.client.get(f"{PATH}/A/1%20x", headers=bearing(shop.token, **{"If-None-Match": one.headers["ETag"]}))
    assert (again.status_code, again.data) == (304, b"")
    assert shop.get(f"{PATH}/B").status_code == shop.get(f"{PATH}/{'x' * 900}").status_code == 404


def test_own_orders_are_narrowed_and_paged(shop: Shop) -> None:
    shop.put(*(an_order(str(n), f"c{n % 2}", day=1 + n) for n in range(9)))
    assert [o["number"] for o in own(shop.app, shop.program).walk(customer="c1", limit="2")] == ["7", "5", "3", "1"]
    query = {"placed_from": "2026-03-03T00:00:00Z", "placed_before": "2026-03-05T00:00:00+00:00"}
    assert [o["number"] for o in shop.get(**query).json["orders"]] == ["3", "2"]
    assert shop.get(status="OrderCancelled").json == {"orders": [], "next": None}


def test_a_cursor_goes_on_with_its_own_list_alone(app: Flask, shop: Shop) -> None:
    shop.put(*(an_order(str(n), "c") for n in range(3)))
    cursor = shop.get(limit="1").json["next"]
    assert shop.get(cursor=cursor, limit="1").status_code == 200
    other = Shop.__new__(Shop)
    other.client, other.token = shop.client, own_token(shop.client, company(shop.house, "Casa Lumen"))
    for answer in (shop.get(cursor=cursor, customer="c"), shop.get(cursor="AAAA"), other.get(cursor=cursor)):
        assert (answer.status_code, answer.json["reason"]) == (400, "bad-cursor")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "51"},
        {"limit": "many"},
        {"basis": "law"},
        {"status": "Delivered"},
        {"placed_from": "2026-03-01"},
        {"placed_from": "2026-03-01T00:00:00"},
        {"placed_from": "0001-01-01T00:00:00+14:00"},
        {"placed_before": "9999-12-31T23:59:59-14:00"},
        {"cursor": "%"},
        {"colour": "red"},
        {"purpose": "DeliveryOfGoods"},
        {"sub": "x"},
        {"basis": "grant", "customer": "c"},
        {"basis": "grant"},
        {"purpose": "https://w3id.org/dpv#DeliveryOfGoods"},
    ],
)
def test_a_question_that_cannot_be_is_a_bad_request(shop: Shop, query: dict[str, str]) -> None:
    assert shop.get(**query).status_code == 400


class Sharing:
    """Three customers of a seller who share with a reader, for two purposes."""

    def __init__(self, app: Flask, house: House) -> None:
        self.house = house
        self.seller, self.reader = company(house, "Llibreria Far"), company(house, "Mercat Verd")
        tell(house, self.seller.vendor_id, *(an_order(str(n), f"c{n % 3}", day=1 + n) for n in range(7)))
        self.people = [found(house, self.seller, f"c{n}", f"p{n}@example.org") for n in range(3)]
        self.readers = [shared_with(app, self.reader, someone, CARE) for someone in self.people]
        self.own = own(app, self.reader)


@pytest.fixture
def sharing(app: Flask, house: House) -> Sharing:
    """The sharing on this engine."""
    return Sharing(app, house)


def test_a_customers_token_reads_that_customers_orders_alone(sharing: Sharing) -> None:
    assert [len(reader.walk()) for reader in sharing.readers] == [3, 2, 2]
    for reader in sharing.readers:
        assert len({order["sub"] for order in reader.walk()}) == 1


def test_the_companys_own_token_walks_all_of_them_page_by_page(sharing: Sharing) -> None:
    for limit in ("1", "2", "3", "50"):
        seen = sharing.own.walk(basis="grant", purpose=CARE, limit=limit)
        assert len({order["id"] for order in seen}) == len(seen) == 7
        subs = [order["sub"] for order in seen]
        assert len({sub for place, sub in enumerate(subs) if place == 0 or subs[place - 1] != sub}) == 3


def test_one_customer_is_named_by_what_the_company_calls_them(sharing: Sharing) -> None:
    sub = sharing.readers[1].walk()[0]["sub"]
    assert sharing.own.walk(basis="grant", sub=sub) == sharing.readers[1].walk()
    assert sharing.own.get(basis="grant", sub="nobody").status_code == 404


def test_each_customer_of_a_page_is_an_entry_of_one_request(sharing: Sharing) -> None:
    assert len(sharing.own.get(basis="grant", purpose=CARE).json["orders"]) == 7
    found_entries = [json.loads(entry.body) for entry in entries(sharing.house, "orders.disclosed")]
    assert len({entry["customer"] for entry in found_entries}) == len(found_entries) == 3
    assert len({entry["request"] for entry in found_entries}) == 1
    assert {entry["count"] for entry in found_entries} == {2, 3}
    assert {(entry["basis"], entry["purpose"], entry["outcome"]) for entry in found_entries} == {
        ("grant", CARE, "given")
    }
    assert not any(word in entry.body for entry in entries(sharing.house, "orders.disclosed") for word in (b"Thing",))


def test_a_purpose_without_orders_shows_none(app: Flask, sharing: Sharing) -> None:
    answer = sharing.readers[0].get(purpose=SUGGESTIONS)
    assert (answer.status_code, answer.json["reason"]) == (403, "no-grant")
    names_alone = shared_with(app, company(sharing.house, "Casa Lumen"), sharing.people[0], CARE, "profile.name")
    assert names_alone.get().status_code in (400, 403)


def test_a_cursor_outlives_the_end_of_the_customer_it_points_into(sharing: Sharing) -> None:
    first = sharing.own.get(basis="grant", purpose=CARE, limit="1").json
    sub = first["orders"][0]["sub"]
    someone = next(p for p, r in zip(sharing.people, sharing.readers, strict=True) if r.walk()[0]["sub"] == sub)
    with sharing.house.writing(someone) as unit:
        assert someone.customer_id is not None
        link = link_between(unit, someone.customer_id, sharing.reader.vendor_id)
        assert link is not None
        pause(unit, link_id=link.id)
    rest = sharing.own.walk(basis="grant", purpose=CARE, limit="1", cursor=first["next"])
    assert sub not in {order["sub"] for order in rest}
    assert len({order["sub"] for order in rest}) == 2


def test_a_pause_refuses_the_customers_token_with_its_reason(sharing: Sharing) -> None:
    someone = sharing.people[0]
    with sharing.house.writing(someone) as unit:
        assert someone.customer_id is not None
        link = link_between(unit, someone.customer_id, sharing.reader.vendor_id)
        assert link is not None
        pause(unit, link_id=link.id)
    answer = sharing.readers[0].get()
    assert (answer.status_code, answer.json["reason"]) == (403, "paused")


def test_open_orders_are_read_back_after_the_end(app: Flask, shop: Shop) -> None:
    shop.put(an_order("1", "c", status="OrderInTransit"), an_order("2", "c"))
    customer = found(shop.house, shop.program, "c", "ana@example.org")
    with shop.house.writing(customer) as unit:
        end(unit, link_id=list_of(shop.house, customer)[0].link_id)
    assert [order["number"] for order in shop.get().json["orders"]] == ["1"]
    assert (shop.get(f"{PATH}/1").status_code, shop.get(f"{PATH}/2").status_code) == (200, 404)
