"""A company's file of order timelines: read as it is, bad rows listed, nothing taken twice or by halves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from portal.cli import cli
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.links.models import Link
from portal.orders.importing import import_file
from portal.orders.maps.timelines import read_rows
from portal.orders.models import Order, OrderLine
from portal.orders.service import hide
from tests.orders.cast import CARE, company, found, list_of, own, shared_with
from tests.prove.sizes import size

HEAD = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
    "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date"
)
ROW = "e481,9ef4,delivered,10/2/2017 10:56,10/2/2017 11:07,10/4/2017 19:55,10/10/2017 21:25,10/18/2017 0:00"


def a_file(*rows: str, head: str = HEAD) -> bytes:
    """A file of these rows, with the line ends of the real one."""
    return "\r\n".join((head, *rows, "")).encode()


def bad(*rows: str) -> list[tuple[int, str | None]]:
    """The lines of a file that cannot be read, and what is wrong with each."""
    return [(row.line, row.wrong) for row in read_rows(a_file(*rows)) if row.wrong is not None]


def test_a_row_is_read_with_its_times_as_the_company_wrote_them() -> None:
    [row] = read_rows(a_file(ROW))
    assert row.line == 2
    assert row.order == {
        "number": "e481",
        "customer": "9ef4",
        "status": "OrderDelivered",
        "placed_at": "2017-10-02T13:56:00+00:00",
        "approved_at": "2017-10-02T14:07:00+00:00",
        "shipped_at": "2017-10-04T22:55:00+00:00",
        # Summer time had begun in São Paulo by then.
        "promised_at": "2017-10-18T02:00:00+00:00",
        "delivered_at": "2017-10-11T00:25:00+00:00",
    }


def test_a_byte_order_mark_empty_lines_quotes_and_spaces_do_no_harm() -> None:
    quoted = ",".join(f'" {cell} "' for cell in ROW.split(","))
    plain = read_rows(a_file(ROW))[0].order
    for data in (b"\xef\xbb\xbf" + a_file(ROW), a_file("", ROW, ""), a_file(quoted), a_file(ROW).replace(b"\r", b"")):
        assert [row.order for row in read_rows(data)] == [plain]


def test_columns_may_stand_in_any_order_and_others_beside_them() -> None:
    head = "nothing,order_status,customer_id,order_id,order_purchase_timestamp"
    [row] = read_rows(a_file("x,shipped,c,o,7/24/2018 20:41", head=head))
    assert row.order == {
        "number": "o",
        "customer": "c",
        "status": "OrderInTransit",
        "placed_at": "2018-07-24T23:41:00+00:00",
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\xff\xfeo\x00", "UTF-16"),
        (a_file(ROW, head=HEAD.replace("customer_id", "client")), "no column customer_id"),
        (a_file(ROW, head=HEAD.replace("order_status", "order_st\xe4tus")), "no column order_status"),
        (a_file(ROW).replace(b",", b";"), "separated by semicolons"),
        (a_file(ROW).replace(b",", b"\t"), "separated by tabs"),
        (a_file(ROW, head=HEAD.replace("order_approved_at", "order_id")), "order_id stands there twice"),
        (a_file(ROW, '"never closed'), "Line 3: this is not CSV"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n", "no column order_id"),
    ],
)
def test_what_is_no_such_file_is_said_so(data: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_rows(data)
    assert said in (refused.value.detail or "")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("delivered", "arrived", "order_status: not one of created"),
        ("10/2/2017 10:56", "2 October 2017", "order_purchase_timestamp: not a time such as 7/24/2018 20:41 or 2018-"),
        ("10/2/2017 10:56", "2017-13-02 10:56", "order_purchase_timestamp: there is no such day or hour"),
        ("10/2/2017 10:56", "2017-W40", "order_purchase_timestamp: not a time such as"),
        ("10/2/2017 10:56", "13/2/2017 10:56", "order_purchase_timestamp: there is no such day or hour"),
        ("10/4/2017 19:55", "2/30/2017 19:55", "order_delivered_carrier_date: there is no such day or hour"),
        ("10/4/2017 19:55", "10/4/2017 24:00", "order_delivered_carrier_date: there is no such day or hour"),
        ("10/4/2017 19:55", "10/4/0000 9:00", "order_delivered_carrier_date: there is no such day or hour"),
        ("e481", "", "order_id: empty"),
        ("9ef4", " ", "customer_id: empty"),
        ("10/2/2017 10:56", "", "order_purchase_timestamp: empty"),
        (",10/18/2017 0:00", "", "7 cells instead of 8"),
        ("0:00", "0:00,more", "9 cells instead of 8"),
    ],
)
def test_a_bad_row_is_listed_with_its_line_and_what_is_wrong(before: str, after: str, said: str) -> None:
    [(line, wrong)] = bad(ROW, ROW.replace(before, after, 1))
    assert line == 3
    assert said in (wrong or "")


@pytest.mark.parametrize(
    "written",
    ["10/2/2017 10:56", "2017-10-02 10:56", "2017-10-02T10:56:00", "2017-10-02T13:56Z", "2017-10-02T15:56:00.000+02:00"],
)
def test_a_time_is_read_as_the_file_writes_it(written: str) -> None:
    [row] = read_rows(a_file(ROW.replace("10/2/2017 10:56", written, 1)))
    assert row.order is not None
    assert row.order["placed_at"] == "2017-10-02T13:56:00+00:00"


def test_bytes_that_are_no_text_spoil_their_own_row_alone() -> None:
    data = a_file(ROW, "BAD", ROW.replace("e481", "e482")).replace(b"BAD", ROW.encode().replace(b"9ef4", b"9\xe9f4"))
    rows = read_rows(data)
    assert [row.wrong for row in rows] == [None, "bytes that are not UTF-8", None]


def counted(house: House, model: type) -> int:
    """How many rows a table has."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(model)).scalar_one()


def test_good_rows_are_taken_and_bad_ones_listed(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    company(house, "Olist")
    path = tmp_path / "orders.csv"
    rows = [ROW, ROW.replace("delivered", "lost"), ROW.replace("e481", "e 482"), ROW, ROW.replace("e481", "e\u00e9")]
    path.write_bytes(a_file(*rows, ROW.replace("e481", "late").replace("10/2/2017 10:56", "1/1/2150 10:00")))
    assert import_file(house, SYSTEM, path, "olist") == 1
    out = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in out[:-1]] == ["line 3", "line 5", "line 6", "line 7"]
    assert out[1].startswith("line 5: order_id: This order stands twice")
    assert out[3].startswith("line 7: order_purchase_timestamp: ")
    assert out[-1] == "2 new, 0 changed, 0 as before, 4 bad."
    assert counted(house, Order) == counted(house, OrderLine) == 2


def test_a_company_that_was_never_let_in_is_not_found(house: House, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(a_file(ROW))
    with pytest.raises(NotFound) as problem:
        import_file(house, SYSTEM, path, "Nobody")
    assert "freehold vendor list" in (problem.value.detail or "")


def test_the_command_takes_a_file_in_and_says_what_is_wrong_with_another(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company(house, "Olist")
    house.close()
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)
    path = tmp_path / "orders.csv"
    path.write_bytes(a_file(ROW))
    done = CliRunner().invoke(cli, ["import", "orders", str(path), "--vendor", "Olist"])
    assert (done.exit_code, done.stdout) == (0, "1 new, 0 changed, 0 as before, 0 bad.\n")
    path.write_bytes(b"\x00\x01\x02")
    assert isinstance(CliRunner().invoke(cli, ["import", "orders", str(path), "--vendor", "Olist"]).exception, Invalid)


def test_the_real_file_comes_in_once_and_a_second_run_changes_nothing(
    house: House, real_orders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seller = company(house, "Olist")
    assert import_file(house, SYSTEM, real_orders, "Olist") == 0
    assert capsys.readouterr().out == "1000 new, 0 changed, 0 as before, 0 bad.\n"
    assert counted(house, Order) == counted(house, OrderLine) == counted(house, Link) == 1000
    before = _everything(house)
    assert import_file(house, SYSTEM, real_orders, "Olist") == 0
    assert capsys.readouterr().out == "0 new, 0 changed, 1000 as before, 0 bad.\n"
    assert _everything(house) == before
    with house.reading() as unit:
        row = unit.connection.execute(
            select(Order.__table__).where(Order.number == "e481f51cbdc54678b7cc49136f2d6af7")
        ).one()
    assert (row.status, row.vendor_id) == ("OrderDelivered", seller.vendor_id)
    assert row.placed_at == datetime(2017, 10, 2, 13, 56, tzinfo=UTC)
    assert row.promised_at == datetime(2017, 10, 18, 2, 0, tzinfo=UTC)


def _everything(house: House) -> list[tuple[object, ...]]:
    with house.reading() as unit:
        tables = (Order.__table__, OrderLine.__table__, Link.__table__)
        return [tuple(row) for t in tables for row in unit.connection.execute(select(t).order_by(t.c.id))]


FIFTY = size(test=50, prove=50)


def test_fifty_find_their_orders_and_share_them_and_not_a_row_more_is_read(
    app: Flask, house: House, real_orders: Path
) -> None:
    """The invited register, find their orders, and let a second company read them; one hides an order."""
    seller, reader = company(house, "Olist"), company(house, "Mercat Verd")
    import_file(house, SYSTEM, real_orders, "Olist")
    numbers = [str(row.order["customer"]) for row in read_rows(real_orders.read_bytes()) if row.order][:FIFTY]
    expected: dict[str, set[str]] = {}
    for place, number in enumerate(numbers):
        customer = found(house, seller, number, f"person{place}@example.org")
        orders = list_of(house, customer)
        assert len(orders) == 1
        reading = shared_with(app, reader, customer, CARE, "orders.header")
        [shared] = reading.walk()
        assert set(shared) == {"id", "sub", "seller", "status", "placed_at", "total"}
        assert (shared["seller"], shared["status"]) == ("Olist", orders[0].status)
        assert datetime.fromisoformat(shared["placed_at"]) == orders[0].placed_at
        expected[shared["sub"]] = {shared["id"]}
        if place == 7:
            with house.writing(customer) as unit:
                hide(unit, order_id=orders[0].id)
            del expected[shared["sub"]]
    ours = own(app, reader)
    seen: dict[str, set[str]] = {}
    for order in ours.walk(basis="grant", purpose=CARE, limit="7"):
        seen.setdefault(order["sub"], set()).add(order["id"])
    assert seen == expected
    assert ours.walk() == []
    sellers_own = own(app, seller).walk(limit="50")
    assert len(sellers_own) == 1000
