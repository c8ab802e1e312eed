"""A company's console shows what it kept of what it promised: the command's own figures, of its own orders, for all its staff."""

import csv
import io
import re

import pytest
from flask import Flask

from portal.insights.reads import promises_kept
from portal.kernel.house import House
from portal.orders.maps.timelines import ZONE
from portal.vendors.ranks import RANKS
from portal.vendors.reads import VendorView
from tests.orders.cast import an_order, tell
from tests.vendors.consoles import at_work, company

PAGE = "/console/shop/promises"


@pytest.fixture
def shop(house: House) -> VendorView:
    """A company with three orders, one of which came late, and another company with one."""
    made, other = company(house), company(house, "Other")
    placed = "2026-04-01T01:00:00Z"
    late = an_order("1", "7", placed_at=placed, promised_at="2026-04-03T02:00:00Z", delivered_at="2026-04-03T05:00:00Z")
    soon = an_order("2", "7", placed_at=placed, approved_at=placed, shipped_at="2026-04-01T09:00:00Z")
    tell(house, made.id, late, soon, an_order("3", "8", placed_at="2026-03-01T12:00:00Z"))
    tell(house, other.id, an_order("9", "9", placed_at="2025-12-01T12:00:00Z"))
    return made


def lines(page: str) -> list[str]:
    """The table's, a line each, the newest month first."""
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in table.split("</tr>")[:-1]]


@pytest.mark.parametrize("rank", RANKS)
def test_everybody_of_a_company_sees_its_figures_and_no_others(app: Flask, house: House, shop: VendorView, rank: str) -> None:
    client = at_work(app, house, shop, rank=rank)
    assert lines(client.get(PAGE).text) == ["April 2026 2 1 50% 1 100% 0 1 50%", "March 2026 1 0 0% 0 0 0 0%"]


def test_another_zone_counts_other_days_and_months(app: Flask, house: House, shop: VendorView) -> None:
    client = at_work(app, house, shop)
    page = client.get(PAGE, query_string={"zone": ZONE.key}).text
    assert lines(page) == ["March 2026 3 1 33% 0 0% 1 1 33%"]


def test_the_file_holds_the_very_figures(app: Flask, house: House, shop: VendorView) -> None:
    answer = at_work(app, house, shop).get("/console/shop/promises.csv", query_string={"zone": ZONE.key})
    assert answer.content_type == "text/csv; charset=utf-8"
    with house.reading() as unit:
        months = promises_kept(unit, shop.id, ZONE)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["month"] for row in rows] == [one.month for one in months]
    assert [int(row["served_24h"]) for row in rows] == [one.served_24h for one in months]


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "Europe", "a" * 61, "\x00", "zone.tab", "/etc/localtime"])
def test_a_zone_that_there_is_not_is_said_beside_its_field(app: Flask, house: House, shop: VendorView, zone: str) -> None:
    client = at_work(app, house, shop)
    page = client.get(PAGE, query_string={"zone": zone})
    assert page.status_code == 422 and 'aria-invalid="true"' in page.text and "<table" not in page.text
    assert client.get("/console/shop/promises.csv", query_string={"zone": zone}).status_code == 404


def test_a_company_without_orders_reads_what_will_stand_there(app: Flask, house: House) -> None:
    assert "There are no orders yet" in at_work(app, house, company(house)).get(PAGE).text


def test_another_companys_figures_are_not_there(app: Flask, house: House, shop: VendorView) -> None:
    client = at_work(app, house, shop)
    for path in ("/console/other/promises", "/console/other/promises.csv"):
        assert client.get(path).status_code == 404


def test_promises_of_steps_stand_beside_those_of_orders_where_there_are_any(app: Flask, house: House, shop: VendorView) -> None:
    client = at_work(app, house, shop)
    assert "Steps done" not in client.get(PAGE).text
    kept, broken = ({"number": n, "name": n, "promised_at": "2026-04-03T00:00:00Z"} for n in "12")
    steps = [kept | {"done_at": "2026-04-03T20:00:00Z"}, broken, {"number": "3", "name": "3"}]
    claim = {"number": "4", "customer": "7", "status": "OrderProcessing", "placed_at": "2026-04-01T01:00:00Z", "steps": steps}
    tell(house, shop.id, claim)
    page = client.get(PAGE).text
    assert lines(page) == ["April 2026 3 1 33% 1 100% 0 1 33% 1 50% 1", "March 2026 1 0 0% 0 0 0 0% 0 0"]
    assert page.count("Steps done by the promised day") == 3, "the head, and each line where it is narrow"
    assert client.get("/console/shop/promises.csv").text.splitlines()[0] == "month,orders,delivered,delivered_by_promise,served_24h"
