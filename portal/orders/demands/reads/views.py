"""What was asked for, opened: rows, their pieces and steps, as pages and programs show them. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from portal.kernel.ids import text_of
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.demands.machine import CUSTOMER, WAITING, allowed_actions
from portal.orders.demands.models import Demand, DemandLine, DemandStep
from portal.orders.models import Order, OrderLine
from portal.vendors.models import Vendor

AGAIN = timedelta(days=1)
"""After so long a company may be reminded once more."""

SETTLED_WITHIN = timedelta(days=14)
"""By when a company pays back after a withdrawal (Article 13 of Directive 2011/83/EU)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: after what was asked then."""

    asked_at: datetime
    demand_id: bytes

    def behind(self) -> ColumnElement[bool]:
        """What stands behind this place, the oldest first."""
        later = and_(Demand.asked_at == self.asked_at, Demand.id > self.demand_id)
        return or_(Demand.asked_at > self.asked_at, later)

    def before(self) -> ColumnElement[bool]:
        """What stands behind this place, the newest first."""
        earlier = and_(Demand.asked_at == self.asked_at, Demand.id < self.demand_id)
        return or_(Demand.asked_at < self.asked_at, earlier)


@dataclass(frozen=True, slots=True)
class PieceView:
    """How many of a line it is about."""

    line_id: bytes
    number: str
    name: str | None
    quantity: int
    received: int


@dataclass(frozen=True, slots=True)
class StepView:
    """What was done about it, by whom, and where that led."""

    action: str
    state: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DemandView:
    """Something asked for, opened."""

    id: bytes
    order_id: bytes
    vendor_id: bytes
    order_number: str
    company: str
    kind: str
    state: str
    type: str | None
    reason: str | None
    words: str | None
    answer: str | None
    has_receipt: bool
    preview: int | None
    refund: int | None
    currency: str | None
    asked_at: datetime
    due_at: datetime
    is_promised: bool
    answered_at: datetime | None
    reminded_at: datetime | None
    pieces: tuple[PieceView, ...]
    steps: tuple[StepView, ...]
    seen_at: datetime

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)

    @property
    def waits(self) -> bool:
        """Whether the company has not answered."""
        return self.state in WAITING

    @property
    def is_late(self) -> bool:
        """Whether the answer did not come by its day: it came later, or has not come."""
        if self.state in ("started", "canceled"):
            return False
        return (self.answered_at or self.seen_at) > self.due_at

    @property
    def is_refused(self) -> bool:
        """Whether the company said no."""
        return self.state in ("declined", "disputed")

    @property
    def is_unsettled(self) -> bool:
        """Whether a withdrawal that the company knows of waits for longer than the law lets it."""
        return self.state == "acknowledged_by_vendor" and self.seen_at - self.asked_at > SETTLED_WITHIN

    @property
    def needs_letter(self) -> bool:
        """Whether there is something to hold against the company: no answer by its day, a no, or nothing after a yes."""
        return self.is_refused or self.is_unsettled or (self.waits and self.is_late)

    @property
    def actions(self) -> tuple[str, ...]:
        """What the customer may do about it now."""
        return may_do(self.kind, self.state, due_at=self.due_at, reminded_at=self.reminded_at, at=self.seen_at)


def may_do(kind: str, state: str, *, due_at: datetime, reminded_at: datetime | None, at: datetime) -> tuple[str, ...]:
    """The customer's actions: whoever is late is reminded, once a day."""
    found = allowed_actions(kind, state, CUSTOMER)
    may_remind = at > due_at and (reminded_at is None or at - reminded_at >= AGAIN)
    return tuple(action for action in found if action != "remind" or may_remind)


def whole(*more: Any) -> Select[Any]:
    wanted: Select[Any] = select(Demand.__table__, Order.number.label("order_number"), Vendor.name.label("company"), *more)
    return wanted.join(Order, Order.id == Demand.order_id).join(Vendor, Vendor.id == Demand.vendor_id)


def views(unit: Unit, rows: Sequence[Row[Any]], boxes: Mapping[bytes, Box]) -> list[DemandView]:
    ids = [row.id for row in rows]
    pieces, steps = _pieces(unit, ids, boxes), _steps(unit, ids)
    return [_view(unit, row, boxes[row.customer_id], pieces.get(row.id, ()), steps.get(row.id, ())) for row in rows]


def _view(unit: Unit, row: Row[Any], box: Box, pieces: Sequence[PieceView], steps: Sequence[StepView]) -> DemandView:
    def opened(column: str) -> str | None:
        sealed = getattr(row, column)
        return None if sealed is None else box.open("order_demands", column, row.id, sealed)

    taken = {name: getattr(row, name) for name in _TAKEN}
    return DemandView(
        **taken,
        words=opened("words"),
        answer=opened("answer"),
        has_receipt=row.receipt is not None,
        pieces=tuple(pieces),
        steps=tuple(steps),
        seen_at=unit.at,
    )


_MADE = ("words", "answer", "has_receipt", "pieces", "steps", "seen_at")
_TAKEN = tuple(name for name in DemandView.__dataclass_fields__ if name not in _MADE)


def _pieces(unit: Unit, ids: Sequence[bytes], boxes: Mapping[bytes, Box]) -> dict[bytes, list[PieceView]]:
    wanted = (
        select(DemandLine.__table__, OrderLine.number, OrderLine.name)
        .join(OrderLine, OrderLine.id == DemandLine.line_id)
        .where(DemandLine.demand_id.in_(ids))
        .order_by(OrderLine.position)
    )
    found: dict[bytes, list[PieceView]] = {}
    for row in unit.connection.execute(wanted):
        name = None if row.name is None else boxes[row.customer_id].open("order_lines", "name", row.line_id, row.name)
        found.setdefault(row.demand_id, []).append(PieceView(row.line_id, row.number, name, row.quantity, row.received))
    return found


def _steps(unit: Unit, ids: Sequence[bytes]) -> dict[bytes, list[StepView]]:
    wanted = select(DemandStep.__table__).where(DemandStep.demand_id.in_(ids)).order_by(DemandStep.turn)
    found: dict[bytes, list[StepView]] = {}
    for row in unit.connection.execute(wanted):
        found.setdefault(row.demand_id, []).append(StepView(row.action, row.state, row.who, row.at))
    return found
