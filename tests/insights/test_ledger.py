"""The ledger of promises: whatever companies tell in whatever order, both sides read one figure, and it is the right one."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.insights.reads import COLUMNS, Kept, kept_for, promises_kept, sum_of
from portal.kernel.house import House
from portal.links.reads import link_by_number
from portal.orders.service import ship
from portal.orders.shipment_shapes import ShipmentIn
from tests.oauth.cast import Program
from tests.orders.cast import company, tell
from tests.prove.sizes import size

ZONES = ("Europe/Madrid", "America/Sao_Paulo", "Pacific/Auckland")
HISTORIES = size(test=60, prove=10_000)
CUSTOMERS = 20
BEGAN = datetime(2026, 3, 20, tzinfo=UTC)
"""About the night on which clocks are put forward."""
STATUSES = ("OrderProcessing", "OrderInTransit", "OrderDelivered", "OrderReturned", "OrderCancelled", "OrderProblem")


@dataclass
class History:
    """What was told of one order, step by step, as somebody slow and careful writes it down."""

    number: str
    customer: str
    placed: datetime
    told: list[dict[str, Any]] = field(default_factory=list)
    parcels: dict[str, list[tuple[str, datetime]]] = field(default_factory=dict)

    def figures(self, zone: ZoneInfo, at: datetime) -> Counter[str]:
        """What this order adds to its month."""
        last = self.told[-1]
        promises = [one["promised_at"] for one in self.told if one["promised_at"]]
        left, came = last["shipped_at"], last["delivered_at"]
        events = [event for parcel in self.parcels.values() for event in parcel]
        left = left or min((when for kind, when in events if kind != "announced"), default=None)
        if came is None and self.parcels:
            ends = [max((when for kind, when in parcel if kind == "delivered"), default=None) for parcel in self.parcels.values()]
            came = None if None in ends else max(end for end in ends if end)
        found: Counter[str] = Counter(orders=1, delivered=int(came is not None))
        if last["approved_at"] and left and timedelta(0) <= left - last["approved_at"] <= timedelta(hours=24):
            found["served_24h"] = 1
        if promises:
            over = (came or at).astimezone(zone).date() > promises[0].astimezone(zone).date()
            if came:
                found["broken" if over else "delivered_by_promise"] = 1
            elif last["status"] not in ("OrderReturned", "OrderCancelled"):
                found["broken" if over else "open"] = 1
        return found


def histories(chance: random.Random) -> list[History]:
    """Orders about the turn of a month and of the clock, each told several times."""
    made = []
    for number in range(HISTORIES):
        placed = BEGAN + timedelta(minutes=chance.randrange(15 * 1440))
        one = History(f"o{number}", f"c{chance.randrange(CUSTOMERS)}", placed)
        for _ in range(chance.randrange(1, 4)):
            one.told.append(_telling(chance, placed))
        for parcel in range(chance.choice((0, 0, 0, 1, 1, 2)) if number % 4 == 0 else 0):
            one.parcels[f"p{parcel}"] = _events(chance, placed)
        made.append(one)
    return made


def _telling(chance: random.Random, placed: datetime) -> dict[str, Any]:
    def moment(chances: float, days: int) -> datetime | None:
        return placed + timedelta(minutes=chance.randrange(days * 1440)) if chance.random() < chances else None

    # One in three is promised for a day that is still to come.
    promised = moment(0.7, 9)
    if promised is not None and chance.random() < 0.3:
        promised += timedelta(days=36500 // 2)
    return {
        "status": chance.choice(STATUSES),
        "approved_at": moment(0.8, 1),
        "shipped_at": moment(0.5, 3),
        "delivered_at": moment(0.4, 9),
        "promised_at": promised,
    }


def _events(chance: random.Random, placed: datetime) -> list[tuple[str, datetime]]:
    kinds = [kind for kind in ("announced", "in-transit", "delivered") if chance.random() < 0.7]
    return [(kind, placed + timedelta(minutes=chance.randrange(9 * 1440))) for kind in kinds]


def play(house: House, seller: Program, told: list[History]) -> None:
    """Tells all of it, in the order of the steps."""
    for turn in range(max(len(one.told) for one in told)):
        batch = [_document(one, one.told[turn]) for one in told if len(one.told) > turn]
        for begin in range(0, len(batch), 500):
            tell(house, seller.vendor_id, *batch[begin : begin + 500])
    for one in told:
        for number, events in one.parcels.items():
            happened = [{"kind": kind, "at": when.isoformat()} for kind, when in events]
            with house.writing() as unit:
                shipment = ShipmentIn.model_validate({"number": number, "events": happened})
                ship(unit, vendor_id=seller.vendor_id, number=one.number, shipment=shipment)


def _document(one: History, told: dict[str, Any]) -> dict[str, Any]:
    times = {name: value.isoformat() for name, value in told.items() if isinstance(value, datetime)}
    return {"number": one.number, "customer": one.customer, "status": told["status"], "placed_at": one.placed.isoformat(), **times}


def by_model(told: list[History], zone: ZoneInfo, at: datetime) -> dict[str, Counter[str]]:
    """The slow model's figures by month."""
    months: dict[str, Counter[str]] = {}
    for one in told:
        months.setdefault(f"{one.placed.astimezone(zone):%Y-%m}", Counter()).update(one.figures(zone, at))
    return months


def counted(months: list[Kept]) -> dict[str, Counter[str]]:
    """The same of what is read."""
    names = (*COLUMNS[1:], "broken", "open")
    return {one.month: Counter({name: getattr(one, name) for name in names}) for one in months}


def customers(house: House, seller: Program) -> Iterator[bytes]:
    """Whose orders these are."""
    with house.reading() as unit:
        for number in range(CUSTOMERS):
            link = link_by_number(unit, seller.vendor_id, f"c{number}")
            if link is not None:
                yield link.customer_id


@pytest.mark.parametrize("seed", range(size(test=1, prove=1)))
def test_company_customers_and_a_slow_model_count_the_same(house: House, seed: int) -> None:
    seller, told = company(house, "Olist"), histories(random.Random(seed))
    play(house, seller, told)
    theirs = list(customers(house, seller))
    for name in ZONES:
        zone = ZoneInfo(name)
        with house.reading() as unit:
            company_side = counted(promises_kept(unit, seller.vendor_id, zone))
            model = by_model(told, zone, unit.at)
            customer_side: dict[str, Counter[str]] = {}
            for customer_id in theirs:
                months = promises_kept(unit, seller.vendor_id, zone, customer_id=customer_id)
                for month, figures in counted(months).items():
                    customer_side.setdefault(month, Counter()).update(figures)
                [shown] = kept_for(unit, customer_id, zone)
                assert shown.kept == sum_of(months)
        # Counters are equal where what one of them lacks is nought in the other.
        assert company_side == customer_side == model


def test_a_later_promise_does_not_mend_the_first(house: House) -> None:
    seller = company(house, "Olist")
    order = {"number": "1", "customer": "c", "status": "OrderInTransit", "placed_at": "2026-03-01T10:00:00Z"}
    tell(house, seller.vendor_id, {**order, "promised_at": "2026-03-04T12:00:00Z"})
    tell(house, seller.vendor_id, {**order, "promised_at": "2026-03-09T12:00:00Z", "delivered_at": "2026-03-08T12:00:00Z"})
    with house.reading() as unit:
        (month,) = promises_kept(unit, seller.vendor_id, ZoneInfo("Europe/Madrid"))
    assert (month.delivered, month.delivered_by_promise, month.broken) == (1, 0, 1)
