"""What was asked of a company, as it is read there. Writes nothing.

A withdrawal that was only begun is not there yet. An ended or blocked link leaves only what is still to be answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from portal.customers.models import Customer
from portal.files.reads import FileView, files_of_several
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.orders.demands.machine import FILED, OPEN_STATES
from portal.orders.demands.models import Demand
from portal.orders.demands.reads.attached import KIND
from portal.orders.demands.reads.views import DemandView, Place, views, whole
from portal.orders.models import Order

QUEUE = 50
_STANDS = and_(Link.state != "ended", Link.blocked_at.is_(None))


@dataclass(frozen=True, slots=True)
class ForCompany:
    """Something asked of a company, with what its look at it stands on."""

    view: DemandView
    customer_id: bytes
    holder_id: bytes
    link_id: bytes
    needs_link: bool
    files: Sequence[FileView] = ()


@dataclass(frozen=True, slots=True)
class InQueue:
    """What waits, without a word of a customer's."""

    id: bytes
    kind: str
    state: str
    order_number: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    reminded_at: datetime | None


def queue_of(unit: Unit, vendor_id: bytes, *, after: Place | None = None) -> tuple[list[InQueue], Place | None]:
    """What is still for a company to do, the oldest first, and where the list goes on."""
    columns = (Demand.id, Demand.kind, Demand.state, Order.number.label("order_number"), Demand.asked_at, Demand.due_at)
    wanted = select(*columns, Demand.answered_at, Demand.reminded_at).join(Order, Order.id == Demand.order_id)
    wanted = wanted.where(Demand.vendor_id == vendor_id, Demand.state.in_(sorted(OPEN_STATES)))
    if after is not None:
        wanted = wanted.where(after.behind())
    rows = unit.connection.execute(wanted.order_by(Demand.asked_at, Demand.id).limit(QUEUE + 1)).all()
    last = Place(rows[QUEUE - 1].asked_at, rows[QUEUE - 1].id) if len(rows) > QUEUE else None
    return [InQueue(*row) for row in rows[:QUEUE]], last


def asked_of(
    unit: Unit, vendor_id: bytes, *, waiting: bool = False, after: Place | None = None, most: int
) -> list[ForCompany]:
    """What was asked of a company, the oldest first; ``waiting`` leaves out what is done."""
    wanted = _statement(vendor_id)
    if waiting:
        wanted = wanted.where(Demand.state.in_(sorted(OPEN_STATES)))
    if after is not None:
        wanted = wanted.where(after.behind())
    return _found(unit, wanted.order_by(Demand.asked_at, Demand.id).limit(most))


def asked_once(unit: Unit, vendor_id: bytes, demand_id: bytes) -> ForCompany | None:
    """One of them; None where there is none for this company to read."""
    return next(iter(_found(unit, _statement(vendor_id).where(Demand.id == demand_id))), None)


def currency_of(unit: Unit, vendor_id: bytes, demand_id: bytes) -> str | None:
    """What sums of one of them are counted in; nothing of a customer's."""
    wanted = select(Demand.currency).where(Demand.vendor_id == vendor_id, Demand.id == demand_id)
    return unit.connection.execute(wanted).scalar_one_or_none()


def _statement(vendor_id: bytes) -> Select[Any]:
    wanted = whole(Customer.holder_id, Order.link_id, _STANDS.label("link_stands"))
    wanted = wanted.join(Customer, Customer.id == Demand.customer_id).join(Link, Link.id == Order.link_id)
    theirs = Demand.vendor_id == vendor_id, Demand.state != "started"
    return wanted.where(*theirs, or_(_STANDS, Demand.state.in_(sorted(OPEN_STATES))))


def _found(unit: Unit, wanted: Select[Any]) -> list[ForCompany]:
    rows = unit.connection.execute(wanted).all()
    boxes = unit.boxes({row.holder_id for row in rows})
    shown = views(unit, rows, {row.customer_id: boxes[row.holder_id] for row in rows})
    files = files_of_several(unit, KIND, [row.id for row in rows if row.kind in FILED])
    return [
        ForCompany(view, row.customer_id, row.holder_id, row.link_id, bool(row.link_stands), files.get(row.id, ()))
        for view, row in zip(shown, rows, strict=True)
    ]
