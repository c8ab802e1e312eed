"""Files of WooCommerce and Odoo taken in: nothing by halves, nothing twice; and the command."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.cli import cli
from portal.kernel.db import Base
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.links.reads.invitations import questions_of
from portal.links.service import connect, end
from portal.orders.importing import import_file
from tests.grants.cast import person
from tests.oauth.cast import Program
from tests.orders.cast import company, list_of
from tests.orders.shop_files import FILES, ODOO, WOO, sample
from tests.orders.test_putting import read_back


@pytest.fixture
def shop(house: House) -> Program:
    """The company whose files they are."""
    return company(house, "Botiga Inventada")


def everything(house: House) -> dict[str, list[Any]]:
    """Each row of each table but those of the log and of clocks."""
    house.lead()
    tables = [table for table in Base.metadata.sorted_tables if not table.name.startswith(("heartbeats", "log_"))]
    return {table.name: _rows(house, table) for table in tables}


def _rows(house: House, table: Any) -> list[str]:
    with house.reading() as unit:
        return sorted(map(repr, unit.connection.execute(select(table))))


def entries(house: House) -> int:
    """How many entries the log has."""
    house.lead()
    with house.reading() as unit:
        return len(unit.connection.execute(select(Base.metadata.tables["log_entries"].c.idx)).all())


@pytest.mark.parametrize(
    ("name", "new", "bad"),
    [("woocommerce.json", 20, 10), ("odoo.json", 9, 7), ("odoo_calls.json", 9, 5), ("odoo.csv", 9, 6)],
)
def test_a_file_comes_in_and_a_second_run_changes_nothing(
    house: House, shop: Program, name: str, new: int, bad: int, capsys: pytest.CaptureFixture[str]
) -> None:
    reading = WOO if name.startswith("woo") else ODOO
    assert import_file(house, SYSTEM, FILES / name, "Botiga Inventada", reading) == 1
    first = capsys.readouterr().out.splitlines()
    before, count = everything(house), entries(house)
    assert import_file(house, SYSTEM, FILES / name, "Botiga Inventada", reading) == 1
    second = capsys.readouterr().out.splitlines()
    assert everything(house) == before
    assert entries(house) == count
    rest = f"{bad} bad, 2 passed over that are no orders."
    assert first == [*first[:-1], f"{new} new, 0 changed, 0 as before, {rest}"]
    assert second == [*first[:-1], f"0 new, 0 changed, {new} as before, {rest}"]
    assert len(first) >= bad + 1
    assert len(read_back(house, shop, limit=50)) == new


def test_what_was_taken_in_reads_back_as_the_shop_has_it(house: House, shop: Program) -> None:
    import_file(house, SYSTEM, FILES / "woocommerce.json", "Botiga Inventada", WOO)
    orders = {order["number"]: order for order in read_back(house, shop, limit=50)}
    assert orders["1009"]["total"] == {"amount": 6270, "currency": "JPY"}
    assert orders["1007"]["status"] == "OrderReturned" and orders["1007"]["total"]["amount"] == 0
    assert orders["1008"]["status"] == "OrderDelivered" and orders["1008"]["total"]["amount"] == 9800
    assert [one["tracking"] for one in orders["1005"]["shipments"]] == ["PX00001111ES", "77"]
    assert orders["1005"]["customer"].startswith("guest-") and "convidada" not in orders["1005"]["customer"]
    assert orders["1015"]["customer"] == "guest-1015"


def test_a_bad_address_costs_the_order_nothing_and_is_named(
    house: House, shop: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    import_file(house, SYSTEM, FILES / "woocommerce.json", "Botiga Inventada", WOO)
    out = capsys.readouterr().out
    assert "the e-mail address is none: the order was taken without it" in out
    assert "nobody at home" not in out and "@" not in out


def test_whoever_proves_the_address_finds_their_orders_guests_too(house: House, shop: Program) -> None:
    import_file(house, SYSTEM, FILES / "woocommerce.json", "Botiga Inventada", WOO)
    for address, numbers in (("ona@example.org", {"1001", "1004", "1013"}), ("convidada@example.org", {"1005"})):
        customer = _proved(house, address)
        assert {order.number for order in list_of(house, customer)} == numbers


def test_news_of_the_shop_change_what_they_are_about_and_nothing_else(
    house: House, shop: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_file(house, SYSTEM, FILES / "woocommerce.json", "Botiga Inventada", WOO)
    orders = [order for order in sample("woocommerce.json") if order["number"] in ("1001", "1004", "1005")][:3]
    orders[0] |= {"status": "processing", "date_paid_gmt": "2026-02-10T09:00:00"}
    orders[2]["meta_data"][0]["value"].append({"tracking_provider": "seur", "tracking_number": "S3", "tracking_id": "third"})
    path = tmp_path / "tonight.json"
    path.write_text(json.dumps(orders))
    capsys.readouterr()
    assert import_file(house, SYSTEM, path, "Botiga Inventada", WOO) == 0
    assert capsys.readouterr().out == "0 new, 2 changed, 1 as before, 0 bad.\n"
    read = {order["number"]: order for order in read_back(house, shop, limit=50)}
    assert (read["1001"]["status"], read["1005"]["version"], len(read["1005"]["shipments"])) == ("OrderProcessing", 1, 3)


def test_a_parcel_that_cannot_be_told_any_more_is_named_and_holds_up_nothing(
    house: House, shop: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = next(order for order in sample("woocommerce.json") if order["number"] == "1004")
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([order]))
    import_file(house, SYSTEM, path, "Botiga Inventada", WOO)
    customer = _proved(house, "ona@example.org")
    with house.writing(customer) as unit:
        end(unit, link_id=list_of(house, customer)[0].link_id)
    parcel = {"id": 1, "key": "_wc_shipment_tracking_items", "value": [{"tracking_number": "1", "tracking_id": "1"}]}
    path.write_text(json.dumps([{**order, "status": "completed", "meta_data": [parcel]}]))
    capsys.readouterr()
    import_file(house, SYSTEM, path, "Botiga Inventada", WOO)
    out = capsys.readouterr().out
    assert "line 1: a parcel was not taken: The customer ended the connection with you." in out
    assert out.endswith("0 new, 1 changed, 0 as before, 0 bad.\n")


def _proved(house: House, address: str) -> Actor:
    """Somebody who proved this address, and says that what was found by it is theirs."""
    customer = person(house, address)
    with house.reading(customer) as unit:
        asked = questions_of(unit)
    for question in asked:
        with house.writing(customer) as unit:
            connect(unit, link_id=question.link_id)
    return customer


# The command


def command(house: House, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """What the command says."""
    house.close()
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)
    return CliRunner().invoke(cli, ["import", "orders", *arguments, "--vendor", "Botiga Inventada"])


def test_the_command_reads_a_shops_own_states(
    house: House, shop: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    order = next(order for order in sample("woocommerce.json") if order["status"] == "shipped")
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(order))
    done = command(house, monkeypatch, str(path), "--format", "woocommerce", "--status", "shipped=OrderInTransit")
    assert (done.exit_code, done.stdout) == (0, "1 new, 0 changed, 0 as before, 0 bad.\n")


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "prestashop"), "not one of 'timelines', 'woocommerce', 'odoo'"),
        (("--format", "woocommerce", "--status", "shipped"), "--status"),
        (("--format", "woocommerce", "--status", "shipped=Sent"), "OrderInTransit"),
        (("--status", "shipped=OrderInTransit"), "--format woocommerce or odoo"),
        (("--zone", "Europe/Madrid"), "--format odoo"),
        (("--format", "odoo", "--zone", "Madrid"), "no time zone"),
    ],
)
def test_a_slip_in_the_command_is_said_before_anything_is_read(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    path = tmp_path / "orders.json"
    path.write_text("[]")
    done = CliRunner().invoke(cli, ["import", "orders", str(path), "--vendor", "X", *arguments])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_the_files_hold_what_nobody_lives_behind() -> None:
    """Invented, and seen to be: addresses of example domains alone."""
    for path in FILES.iterdir():
        text = path.read_text()
        assert set(re.findall(r"@([\w.-]+\.\w+)", text)) <= {"example.org", "Exämple.org"}
        assert set(re.findall(r"https://([\w.-]+)", text)) <= {"botiga.example", "pep.example", "fluvia.example"}
    assert len(list(csv.reader(io.StringIO((FILES / "odoo.csv").read_text())))) > 20
