"""Figures of a company, from its orders."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.orders.models import Order

_A_DAY = timedelta(hours=24)


@dataclass(slots=True)
class Kept:
    """Orders of one month of purchase (``YYYY-MM``), and how many of them kept what was promised."""

    month: str
    orders: int = 0
    delivered: int = 0
    delivered_by_promise: int = 0
    served_24h: int = 0

    @property
    def first_day(self) -> date:
        """The month's."""
        return date.fromisoformat(f"{self.month}-01")


def promises_kept(unit: Unit, vendor_id: bytes, zone: ZoneInfo) -> list[Kept]:
    """The orders of a company by month of purchase, the oldest first; days and months are those of ``zone``.

    An order counts as delivered once it has a time of delivery, whatever became of it later; by promise, where that was
    before the end of the promised day; as served, where it was handed to the carrier 0 to 24 hours after its approval.
    """
    months: dict[str, Kept] = {}
    for row in _times.tuples(unit.connection, {"vendor": vendor_id}):
        _count(months, row, zone)
    return [months[name] for name in sorted(months)]


def csv_of(months: Iterable[Kept]) -> str:
    """The same as CSV: a header with the names of :class:`Kept`, and a line for each month."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Kept)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(month) for month in months)
    return text.getvalue()


_times = Prepared(
    select(Order.placed_at, Order.approved_at, Order.shipped_at, Order.delivered_at, Order.promised_at).where(
        Order.vendor_id == bindparam("vendor")
    )
)


def _count(months: dict[str, Kept], times: Iterable[Any], zone: ZoneInfo) -> None:
    placed, approved, shipped, delivered, promised = times
    name = f"{placed.astimezone(zone):%Y-%m}"
    month = months.setdefault(name, Kept(name))
    month.orders += 1
    month.delivered += delivered is not None
    month.delivered_by_promise += _by_promise(delivered, promised, zone)
    month.served_24h += _served(approved, shipped)


def _by_promise(delivered: datetime | None, promised: datetime | None, zone: ZoneInfo) -> bool:
    if delivered is None or promised is None:
        return False
    return delivered.astimezone(zone).date() <= promised.astimezone(zone).date()


def _served(approved: datetime | None, shipped: datetime | None) -> bool:
    return approved is not None and shipped is not None and timedelta(0) <= shipped - approved <= _A_DAY
