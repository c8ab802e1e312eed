"""Figures of a company, from its orders: the same for the company, for each of its customers, and for the operator.

What counts of an order is what was promised first, and what happened: told with the order, or by its shipments' events.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, func, select

from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.orders.models import Order, OrderPromise, OrderStep, OrderStepPromise
from portal.orders.promises import BROKEN, KEPT, OPEN, is_by_promise, is_served, standing_of
from portal.vendors.models import Vendor

COLUMNS = ("month", "orders", "delivered", "delivered_by_promise", "served_24h")
"""Of the operator's report."""


@dataclass(slots=True)
class Kept:
    """Orders of one month of purchase (``YYYY-MM``), and how many of them kept what was promised.

    ``broken`` came later than was promised, or have not come though the day is over; of ``open`` it is not. So with the
    promises of their steps.
    """

    month: str
    orders: int = 0
    delivered: int = 0
    delivered_by_promise: int = 0
    served_24h: int = 0
    broken: int = 0
    open: int = 0
    steps_kept: int = 0
    steps_broken: int = 0
    steps_open: int = 0

    @property
    def first_day(self) -> date:
        """The month's."""
        return date.fromisoformat(f"{self.month}-01")

    @property
    def judged(self) -> int:
        """How many promises were kept or broken."""
        return self.delivered_by_promise + self.broken

    @property
    def steps_judged(self) -> int:
        """How many promises of steps were kept or broken."""
        return self.steps_kept + self.steps_broken


@dataclass(frozen=True, slots=True)
class KeptBy:
    """What one company kept of what it promised one customer."""

    company: str
    kept: Kept


def promises_kept(unit: Unit, vendor_id: bytes, zone: ZoneInfo, *, customer_id: bytes | None = None) -> list[Kept]:
    """The orders of a company by month of purchase, the oldest first; days and months are those of ``zone``.

    All of them, or one customer's. An order counts as delivered once it has a time of delivery, whatever became of it
    later; by promise, where that was before the end of the day that was promised first; as served, where it was handed
    to the carrier 0 to 24 hours after its approval.
    """
    months: dict[str, Kept] = {}
    values = {"vendor": vendor_id} if customer_id is None else {"vendor": vendor_id, "customer": customer_id}
    for row in _times(customer_id is not None).tuples(unit.connection, values):
        _count(months, row, unit.at, zone)
    for row in _steps(customer_id is not None).tuples(unit.connection, values):
        _count_step(months, row, unit.at, zone)
    return [months[name] for name in sorted(months)]


def kept_for(unit: Unit, customer_id: bytes, zone: ZoneInfo) -> list[KeptBy]:
    """What each company kept of what it promised a customer, by company."""
    theirs = select(Order.vendor_id).where(Order.customer_id == customer_id)
    sellers = select(Vendor.id, Vendor.name).where(Vendor.id.in_(theirs)).order_by(Vendor.name)
    rows = unit.connection.execute(sellers).all()
    return [KeptBy(row.name, sum_of(promises_kept(unit, row.id, zone, customer_id=customer_id))) for row in rows]


def sum_of(months: Iterable[Kept]) -> Kept:
    """All months as one."""
    whole = Kept("")
    for one in months:
        for name in _COUNTED:
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
    return whole


def csv_of(months: Iterable[Kept]) -> str:
    """The same as CSV: a header with the names of :data:`COLUMNS`, and a line for each month."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(month, name) for name in COLUMNS] for month in months)
    return text.getvalue()


_OF_STEPS = {KEPT: "steps_kept", BROKEN: "steps_broken", OPEN: "steps_open"}
_COUNTED = ("orders", "delivered", "delivered_by_promise", "served_24h", "broken", "open", *_OF_STEPS.values())


@cache
def _times(of_one: bool) -> Prepared:
    first = and_(OrderPromise.order_id == Order.id, OrderPromise.turn == 1)
    wanted: Any = select(
        Order.placed_at,
        Order.approved_at,
        func.coalesce(Order.shipped_at, Order.left_at).label("left"),
        func.coalesce(Order.delivered_at, Order.came_at).label("came"),
        OrderPromise.promised_at,
        Order.status,
    ).outerjoin(OrderPromise, first)
    wanted = wanted.where(Order.vendor_id == bindparam("vendor"))
    return Prepared(wanted.where(Order.customer_id == bindparam("customer")) if of_one else wanted)


@cache
def _steps(of_one: bool) -> Prepared:
    first = and_(OrderStepPromise.step_id == OrderStep.id, OrderStepPromise.turn == 1)
    wanted: Any = (
        select(Order.placed_at, OrderStepPromise.promised_at, OrderStep.done_at, Order.status)
        .select_from(OrderStep)
        .join(OrderStepPromise, first)
        .join(Order, Order.id == OrderStep.order_id)
        .where(OrderStep.vendor_id == bindparam("vendor"))
    )
    return Prepared(wanted.where(OrderStep.customer_id == bindparam("customer")) if of_one else wanted)


def _count(months: dict[str, Kept], times: Sequence[Any], at: datetime, zone: ZoneInfo) -> None:
    placed, approved, left, came, promised, status = times
    name = f"{placed.astimezone(zone):%Y-%m}"
    month = months.setdefault(name, Kept(name))
    month.orders += 1
    month.delivered += came is not None
    month.delivered_by_promise += is_by_promise(came, promised, zone)
    month.served_24h += is_served(approved, left)
    if promised is not None:
        standing = standing_of(promised, came, status, at, zone)
        month.broken += standing == BROKEN
        month.open += standing == OPEN


def _count_step(months: dict[str, Kept], times: Sequence[Any], at: datetime, zone: ZoneInfo) -> None:
    placed, promised, done, status = times
    name = f"{placed.astimezone(zone):%Y-%m}"
    month = months.setdefault(name, Kept(name))
    counted = _OF_STEPS.get(standing_of(promised, done, status, at, zone))
    if counted is not None:
        setattr(month, counted, getattr(month, counted) + 1)
