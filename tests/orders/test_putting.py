"""Orders as companies tell them: made, changed, left alone, refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select, update

from portal.kernel.facts import Fact
from portal.kernel.house import House
from portal.kernel.unit import Unit
from portal.links.service import end
from portal.orders.models import Order, OrderLine
from portal.orders.service import hide, mark_gift, put_all
from portal.orders.shared import own_orders
from tests.grants.cast import person
from tests.oauth.cast import Program
from tests.orders.cast import an_order, company, found, join, line, list_of, outcomes, tell


@pytest.fixture
def seller(house: House) -> Program:
    """The company that tells orders."""
    return company(house, "Llibreria Far")


def rows(house: House, model: Any) -> int:
    """How many rows a table has."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(model)).scalar_one()


def read_back(house: House, seller: Program, **query: Any) -> list[dict[str, Any]]:
    """What the company reads of its own orders."""
    with house.reading() as unit:
        orders: list[dict[str, Any]] = own_orders(unit, seller.vendor_id, **query).value["orders"]
        return orders


def test_an_order_is_made_then_left_alone_then_changed(house: House, seller: Program) -> None:
    order = an_order("1", "c", line("Lamp", 100), line("Bulb", 50))
    assert outcomes(tell(house, seller.vendor_id, order)) == ["created"]
    assert outcomes(tell(house, seller.vendor_id, order)) == ["unchanged"]
    order["lines"][1]["status"] = "OrderReturned"
    assert outcomes(tell(house, seller.vendor_id, order)) == ["updated"]
    [read] = read_back(house, seller)
    assert read["version"] == 2
    assert read["status"] == "OrderDelivered"
    assert [one["status"] for one in read["lines"]] == ["OrderDelivered", "OrderReturned"]
    assert read["total"] == {"amount": 150, "currency": "EUR"}


def test_what_was_bought_lies_sealed(house: House, seller: Program) -> None:
    tell(house, seller.vendor_id, an_order("1", "c", line("Zygote lamp", category="Qliphoth")))
    with house.reading() as unit:
        raw = unit.connection.execute(select(OrderLine.__table__)).one()
    assert not any(word in bytes(value) for value in raw if isinstance(value, bytes) for word in (b"Zygote", b"Qliph"))
    assert raw.name[:1] == raw.category[:1] == b"\x01"
    [read] = read_back(house, seller)
    assert (read["lines"][0]["name"], read["lines"][0]["category"]) == ("Zygote lamp", "Qliphoth")


def test_a_line_is_never_lost_and_never_silently_removed(house: House, seller: Program) -> None:
    tell(house, seller.vendor_id, an_order("1", "c", line("Lamp"), line("Bulb")))
    assert outcomes(tell(house, seller.vendor_id, an_order("1", "c", line("Lamp")))) == ["line-missing"]
    assert [one["name"] for one in read_back(house, seller)[0]["lines"]] == ["Lamp", "Bulb"]


def test_news_without_lines_moves_every_line_that_is_not_settled(house: House, seller: Program) -> None:
    lines = (line("Lamp", 100, status="OrderInTransit"), line("Bulb", 50, status="OrderCancelled"))
    tell(house, seller.vendor_id, an_order("1", "c", *lines))
    news = {k: v for k, v in an_order("1", "c").items() if k not in ("lines", "currency")}
    assert outcomes(tell(house, seller.vendor_id, news)) == ["updated"]
    [read] = read_back(house, seller)
    assert [one["status"] for one in read["lines"]] == ["OrderDelivered", "OrderCancelled"]
    assert read["total"] == {"amount": 150, "currency": "EUR"}
    assert outcomes(tell(house, seller.vendor_id, {**news, "currency": "EUR", "total": 151})) == ["total-differs"]


def test_an_order_told_without_lines_can_be_told_with_them_later(house: House, seller: Program) -> None:
    bare = {k: v for k, v in an_order("1", "c", total=300).items() if k != "lines"}
    assert outcomes(tell(house, seller.vendor_id, bare, bare)) == ["created", "repeated"]
    whole = an_order("1", "c", line("Lamp", 200, number="A"), line("Bulb", 100, number="B"))
    assert outcomes(tell(house, seller.vendor_id, whole)) == ["updated"]
    [read] = read_back(house, seller)
    assert [(one["number"], one["name"]) for one in read["lines"]] == [("A", "Lamp"), ("B", "Bulb")]


def test_lines_told_later_of_a_hidden_order_are_hidden_too(house: House, seller: Program) -> None:
    bare = {k: v for k, v in an_order("1", "c", total=300).items() if k != "lines"}
    tell(house, seller.vendor_id, bare)
    customer = found(house, seller, "c", "ana@example.org")
    [order] = list_of(house, customer)
    with house.writing(customer) as unit:
        hide(unit, order_id=order.id, line_id=order.lines[0].id)
        mark_gift(unit, order_id=order.id, line_id=order.lines[0].id)
    whole = an_order("1", "c", line("Lamp", 200, number="A"), line("Bulb", 100, number="B"))
    assert outcomes(tell(house, seller.vendor_id, whole)) == ["updated"]
    [order] = list_of(house, customer)
    assert [(one.name, one.is_hidden, one.is_gift) for one in order.lines] == [
        ("Lamp", True, True),
        ("Bulb", True, True),
    ]


def test_a_line_added_beside_one_that_may_be_seen_may_be_seen(house: House, seller: Program) -> None:
    tell(house, seller.vendor_id, an_order("1", "c", line("Lamp"), line("Bulb")))
    customer = found(house, seller, "c", "ana@example.org")
    [order] = list_of(house, customer)
    with house.writing(customer) as unit:
        hide(unit, order_id=order.id, line_id=order.lines[0].id)
    tell(house, seller.vendor_id, an_order("1", "c", line("Lamp"), line("Bulb"), line("Shade")))
    assert [one.is_hidden for one in list_of(house, customer)[0].lines] == [True, False, False]


def test_an_order_cannot_go_to_another_customer(house: House, seller: Program) -> None:
    tell(house, seller.vendor_id, an_order("1", "c"))
    assert outcomes(tell(house, seller.vendor_id, an_order("1", "d"))) == ["customer-differs"]


def test_two_companies_may_use_the_same_numbers(house: House, seller: Program) -> None:
    other = company(house, "Casa Lumen")
    assert outcomes(tell(house, seller.vendor_id, an_order("1", "c"))) == ["created"]
    assert outcomes(tell(house, other.vendor_id, an_order("1", "c"))) == ["created"]
    assert len(read_back(house, seller)) == len(read_back(house, other)) == 1


def test_after_an_end_only_open_orders_are_told_and_read(house: House, seller: Program) -> None:
    on_its_way = an_order("1", "c", status="OrderInTransit")
    tell(house, seller.vendor_id, on_its_way, an_order("2", "c"))
    customer = found(house, seller, "c", "ana@example.org")
    with house.writing(customer) as unit:
        end(unit, link_id=list_of(house, customer)[0].link_id)
    results = tell(house, seller.vendor_id, an_order("3", "c"), an_order("2", "c"), on_its_way)
    assert outcomes(results)[:2] == ["not-connected", "not-connected"]
    assert [order["number"] for order in read_back(house, seller)] == ["1"]
    on_its_way["status"] = "OrderDelivered"
    assert outcomes(tell(house, seller.vendor_id, on_its_way)) == ["updated"]
    assert read_back(house, seller) == []


def test_found_orders_come_along_with_what_was_sealed_before(house: House, seller: Program) -> None:
    tell(house, seller.vendor_id, an_order("1", "c", line("Lamp")), an_order("2", "other", line("Bulb")))
    customer = found(house, seller, "c", "ana@example.org")
    [order] = list_of(house, customer)
    assert [one.name for one in order.lines] == ["Lamp"]
    assert order.vendor == "Llibreria Far"
    tell(house, seller.vendor_id, an_order("3", "c", line("Shade"), day=2))
    assert [one.number for one in list_of(house, customer)] == ["3", "1"]
    assert {one["customer"] for one in read_back(house, seller)} == {"c", "other"}


def test_two_numbers_of_one_person_lead_to_one_list(house: House, seller: Program) -> None:
    tell(house, seller.vendor_id, an_order("1", "c"), an_order("2", "d"))
    customer = found(house, seller, "c", "ana@example.org")
    join(house, seller, "d", customer)
    tell(house, seller.vendor_id, an_order("3", "d"), an_order("4", "c"))
    assert len(list_of(house, customer)) == 4
    assert {one["number"]: one["customer"] for one in read_back(house, seller)} == {
        "1": "c",
        "2": "d",
        "3": "d",
        "4": "c",
    }
    assert len({one["sub"] for one in read_back(house, seller)}) == 1


def test_a_prospects_orders_are_nobodys_but_their_sellers(house: House, seller: Program) -> None:
    tell(house, seller.vendor_id, an_order("1", "c"))
    assert list_of(house, person(house)) == []
    assert len(read_back(house, seller)) == 1
    assert read_back(house, company(house, "Casa Lumen")) == []


def test_many_orders_are_committed_fifty_at_a_time_and_go_on_after_a_fall(house: House, seller: Program) -> None:
    orders = [an_order(str(n), f"c{n % 7}") for n in range(120)]
    batches = iter(put_all(house.reading, house.writing, vendor_id=seller.vendor_id, orders=orders))
    assert len(next(iter(batches))) == 50
    assert rows(house, Order) == 50
    assert outcomes(tell(house, seller.vendor_id, *orders)) == ["unchanged"] * 50 + ["created"] * 70
    assert rows(house, Order) == rows(house, OrderLine) == 120


def test_a_unit_that_falls_writes_none_of_its_fifty(house: House, seller: Program) -> None:
    def fall(unit: Unit, results: Any) -> None:
        raise RuntimeError("the machine fell")

    batches = put_all(house.reading, house.writing, vendor_id=seller.vendor_id, orders=[an_order("1", "c")], note=fall)
    with pytest.raises(RuntimeError):
        list(batches)
    assert rows(house, Order) == rows(house, OrderLine) == 0


def test_a_bad_order_does_not_hold_up_the_others(house: House, seller: Program) -> None:
    results = tell(house, seller.vendor_id, an_order("1", "c"), {"number": "2"}, an_order("3", "c"))
    assert outcomes(results) == ["created", "missing", "created"]
    assert [result.number for result in results] == ["1", "2", "3"]


def test_the_same_order_told_by_many_at_once_is_one_order(house: House, seller: Program) -> None:
    orders = [[an_order(str(n), "c", line(f"Lamp {who}", 100)) for n in range(10)] for who in range(6)]
    with ThreadPoolExecutor(6) as pool:
        told = [outcomes(results) for results in pool.map(lambda some: tell(house, seller.vendor_id, *some), orders)]
    for n in range(10):
        assert sorted(results[n] for results in told)[0] == "created"
        assert sum(results[n] == "created" for results in told) == 1
    assert rows(house, Order) == rows(house, OrderLine) == 10


def test_each_order_told_is_an_entry_about_its_customer(house: House, seller: Program) -> None:
    noted: list[Fact] = []
    with pytest.MonkeyPatch.context() as patch:
        settle = Unit.settle
        patch.setattr(Unit, "settle", lambda unit: (settle(unit), noted.extend(unit.facts))[0])
        tell(house, seller.vendor_id, an_order("1", "c"), an_order("2", "d"))
    told = [fact for fact in noted if fact.EVENT == "order.put"]
    assert len(told) == 2
    assert len({fact.holder for fact in told}) == 2
    assert {fact.vendor for fact in told} == {seller.vendor_id}


def test_a_change_in_between_is_seen_and_prepared_again(house: House, seller: Program) -> None:
    order = an_order("1", "c", line("Lamp", 100))
    tell(house, seller.vendor_id, order)
    moved = []

    def writing() -> Any:
        if not moved:
            # Between the look at the order and its writing somebody else tells news.
            moved.append(1)
            with house.writing() as unit:
                unit.connection.execute(update(Order).values(version=Order.version + 1))
                unit.connection.info["written"].clear()
        return house.writing()

    order["lines"][0]["amount"] = 200
    results = [
        r for batch in put_all(house.reading, writing, vendor_id=seller.vendor_id, orders=[order]) for r in batch
    ]
    assert outcomes(results) == ["updated"]
    assert read_back(house, seller)[0]["total"] == {"amount": 200, "currency": "EUR"}
    assert (moved, read_back(house, seller)[0]["version"]) == ([1], 3)


def test_news_that_change_no_word_leave_the_words_as_they_stand_by_then(house: House, seller: Program) -> None:
    order = an_order("1", "c", line("Lamp", 100, category="Lamps"))
    tell(house, seller.vendor_id, order)
    # Meanwhile they may have been put under another key.
    with house.writing() as unit:
        unit.connection.execute(update(Order).values(words=b"under another key"))
        unit.connection.info["written"].clear()
    order["lines"][0]["status"] = "OrderReturned"
    assert outcomes(tell(house, seller.vendor_id, order)) == ["updated"]
    assert words(house) == b"under another key"


@pytest.mark.parametrize(
    "news", [{"name": "Torch"}, {"category": "Torches"}, {"name": None}], ids=["name", "category", "no name any more"]
)
def test_news_that_change_a_word_change_what_it_is_found_by(house: House, seller: Program, news: dict[str, Any]) -> None:
    order = an_order("1", "c", line("Lamp", 100, category="Lamps"))
    tell(house, seller.vendor_id, order)
    before = words(house)
    order["lines"][0] |= news
    tell(house, seller.vendor_id, order)
    assert words(house) not in (before, None)
    order["lines"].append(line("Bulb", 50))
    before = words(house)
    tell(house, seller.vendor_id, order)
    assert words(house) != before


def words(house: House) -> bytes | None:
    """What the order is found by."""
    with house.reading() as unit:
        found: bytes | None = unit.connection.execute(select(Order.words)).scalar_one()
        return found
