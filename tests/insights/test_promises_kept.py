"""What came as promised, month by month: equal to what somebody else's tools find in the same file."""

import csv
import io
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas
import pytest
from click.testing import CliRunner

from portal.cli import cli
from portal.insights.reads import promises_kept
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.orders.importing import import_file
from portal.orders.maps.timelines import ZONE
from tests.orders.cast import an_order, company, tell
from tests.orders.test_importing import HEAD
from tests.prove.sizes import size

COLUMNS = ["month", "orders", "delivered", "delivered_by_promise", "served_24h"]
APPROVED, SHIPPED = "order_approved_at", "order_delivered_carrier_date"
DELIVERED, PROMISED = "order_delivered_customer_date", "order_estimated_delivery_date"


def by_pandas(path: Path) -> list[dict[str, str]]:
    """The same figures from the file itself. An hour that comes twice is the first; one that there is not, an hour later."""
    rows = pandas.read_csv(path, dtype=str)
    for name in ("order_purchase_timestamp", APPROVED, SHIPPED, DELIVERED, PROMISED):
        read = pandas.to_datetime(rows[name], format="%m/%d/%Y %H:%M")
        first, later = [True] * len(rows), pandas.Timedelta(hours=1)
        rows[name] = read.dt.tz_localize("America/Sao_Paulo", ambiguous=first, nonexistent=later)
    rows["month"] = rows["order_purchase_timestamp"].dt.strftime("%Y-%m")
    waited = rows[SHIPPED] - rows[APPROVED]
    rows["served"] = (waited >= pandas.Timedelta(0)) & (waited <= pandas.Timedelta(hours=24))
    rows["delivered"] = rows[DELIVERED].notna()
    rows["kept"] = rows[DELIVERED].dt.strftime("%Y-%m-%d") <= rows[PROMISED].dt.strftime("%Y-%m-%d")
    counted = rows.groupby("month").agg({"order_id": "size", "delivered": "sum", "kept": "sum", "served": "sum"})
    return [dict(zip(COLUMNS, [month, *map(str, row)], strict=True)) for month, row in zip(counted.index, counted.to_numpy(), strict=True)]


def reported(house: House, monkeypatch: pytest.MonkeyPatch, *options: str) -> list[dict[str, str]]:
    """What the command writes."""
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)
    done = CliRunner().invoke(cli, ["report", "promises", "--vendor", "Olist", *options])
    assert done.exit_code == 0, done.output
    reader = csv.DictReader(io.StringIO(done.output))
    assert reader.fieldnames == COLUMNS
    return list(reader)


def test_the_real_file_gives_what_pandas_finds_in_it(
    house: House, real_orders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    company(house, "Olist")
    assert import_file(house, SYSTEM, real_orders, "Olist") == 0
    expected = by_pandas(real_orders)
    assert reported(house, monkeypatch) == expected
    assert sum(int(row["orders"]) for row in expected) == 1000


TURNS = (datetime(2017, 10, 15), datetime(2018, 2, 18), datetime(2018, 11, 4), datetime(2017, 2, 19))
"""When São Paulo's clocks were put forward, or back, in the years of such files."""


def odd_rows(seed: int, many: int) -> Iterator[str]:
    """Orders about the turns of the clock, with stages that are missing or out of order."""
    chance = random.Random(seed)
    for number in range(many):
        at = chance.choice(TURNS) + timedelta(minutes=chance.randrange(-3 * 1440, 3 * 1440))
        times = [at, *(at + timedelta(minutes=chance.randrange(-600, 4320)) for _ in range(3))]
        times.append((at + timedelta(days=chance.randrange(-1, 4))).replace(hour=0, minute=0))
        told = [f"{time.month}/{time.day}/{time.year} {time.hour}:{time.minute:02}" for time in times]
        kept = [told[0], *(time if chance.random() < 0.8 else "" for time in told[1:])]
        yield ",".join((f"o{number}", f"c{number % 40}", chance.choice(("delivered", "shipped", "canceled")), *kept))


@pytest.mark.parametrize("seed", range(size(test=1, prove=8)))
def test_files_about_the_turns_of_the_clock_give_it_too(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    company(house, "Olist")
    path = tmp_path / "orders.csv"
    path.write_text("\r\n".join((HEAD, *odd_rows(seed, size(test=300, prove=2000)), "")))
    assert import_file(house, SYSTEM, path, "Olist") == 0
    assert reported(house, monkeypatch) == by_pandas(path)


def test_a_month_and_a_day_are_those_of_the_zone_that_is_asked_for(house: House) -> None:
    made = company(house, "Olist")
    late = an_order("1", "7", placed_at="2026-04-01T01:00:00Z", promised_at="2026-04-03T02:00:00Z", delivered_at="2026-04-03T05:00:00Z")
    tell(house, made.vendor_id, late)
    with house.reading() as unit:
        there = promises_kept(unit, made.vendor_id, ZONE)
        (here,) = promises_kept(unit, made.vendor_id, type(ZONE)("Europe/Madrid"))
    assert [(one.month, one.delivered_by_promise) for one in (*there, here)] == [("2026-03", 0), ("2026-04", 1)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--vendor", "Nobody"), "No company is called Nobody"), (("--vendor", "Olist", "--zone", "Mars/Base"), "--zone Mars/Base")],
)
def test_what_there_is_not_is_said_in_one_line(
    house: House, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    company(house, "Olist")
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)
    done = CliRunner().invoke(cli, ["report", "promises", *arguments])
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.splitlines()) == 1
