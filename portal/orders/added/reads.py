"""Orders that customers added, as they see them: by themselves, and in one list with those that companies told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from portal.customers.models import Customer
from portal.kernel.errors import NotFound
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.orders.added.models import AddedLine, AddedOrder
from portal.orders.reads import PAGE, Filters, OrderView, Place, Sum, orders_of, sums_of


@dataclass(frozen=True, slots=True)
class AddedLineView:
    """A line as its customer sees it."""

    name: str = field(repr=False)
    quantity: int
    amount: int | None


@dataclass(frozen=True, slots=True)
class AddedView:
    """An order that its customer added."""

    id: bytes
    company: str = field(repr=False)
    number: str | None = field(repr=False)
    placed_at: datetime
    currency: str
    total: int | None
    lines: tuple[AddedLineView, ...] = ()
    is_added: bool = True

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)


def added_of(
    unit: Unit, customer_id: bytes, filters: Filters, *, after: Place | None = None, limit: int = PAGE
) -> list[AddedView]:
    """The orders that a customer added, newest first."""
    statement = _mine(customer_id, filters).order_by(AddedOrder.placed_at.desc(), AddedOrder.id.desc())
    if after is not None:
        statement = statement.where(_older_than(after))
    return _views(unit, unit.connection.execute(statement.limit(limit)).all())


def added_order_of(unit: Unit, customer_id: bytes, order_id: bytes) -> AddedView:
    """One of them; somebody else's is NotFound."""
    rows = unit.connection.execute(_mine(customer_id, Filters()).where(AddedOrder.id == order_id)).all()
    if not rows:
        raise NotFound
    return _views(unit, rows)[0]


def count_of_added(unit: Unit, customer_id: bytes) -> int:
    """How many orders a customer added."""
    statement = select(func.count()).select_from(AddedOrder).where(AddedOrder.customer_id == customer_id)
    return unit.connection.execute(statement).scalar_one()


def all_orders_of(
    unit: Unit, customer_id: bytes, filters: Filters, *, after: Place | None = None, limit: int = PAGE
) -> tuple[list[OrderView | AddedView], Place | None]:
    """Told and added orders in one list, newest first, and where the next page begins."""
    told = [] if filters.is_added else orders_of(unit, customer_id, filters, after=after, limit=limit + 1)[0]
    added = [] if filters.vendor_id else added_of(unit, customer_id, filters, after=after, limit=limit + 1)
    found: list[OrderView | AddedView] = sorted([*told, *added], key=lambda one: (one.placed_at, one.id), reverse=True)
    page = found[:limit]
    return page, Place(page[-1].placed_at, page[-1].id) if len(found) > limit else None


def all_sums_of(unit: Unit, customer_id: bytes, filters: Filters) -> list[Sum]:
    """How many orders the whole list holds and what they cost, currency by currency."""
    sums: dict[str | None, Sum] = {}
    told = [] if filters.is_added else sums_of(unit, customer_id, filters)
    for one in (*told, *_added_sums(unit, customer_id, filters)):
        known = sums.get(one.currency)
        total = None if one.total is None else one.total + (known.total or 0 if known else 0)
        sums[one.currency] = Sum(one.currency, one.orders + (known.orders if known else 0), total)
    return [sums[code] for code in sorted(sums, key=lambda code: code or "~")]


def _added_sums(unit: Unit, customer_id: bytes, filters: Filters) -> list[Sum]:
    if filters.vendor_id:
        return []
    rows = _mine(customer_id, filters).subquery()
    statement = select(rows.c.currency, rows.c.total.is_(None), func.count(), func.sum(rows.c.total))
    found = unit.connection.execute(statement.group_by(rows.c.currency, rows.c.total.is_(None))).all()
    unpriced = sum(count for _, is_none, count, _ in found if is_none)
    priced = [Sum(code, count, int(total)) for code, is_none, count, total in found if not is_none]
    return priced + ([Sum(None, unpriced, None)] if unpriced else [])


def _older_than(place: Place) -> ColumnElement[bool]:
    same = and_(AddedOrder.placed_at == place.placed_at, AddedOrder.id < place.id)
    return or_(AddedOrder.placed_at < place.placed_at, same)


def _mine(customer_id: bytes, filters: Filters) -> Select[Any]:
    statement = (
        select(AddedOrder.__table__, Customer.holder_id)
        .join(Customer, Customer.id == AddedOrder.customer_id)
        .where(AddedOrder.customer_id == customer_id)
    )
    if filters.placed_from is not None:
        statement = statement.where(AddedOrder.placed_at >= filters.placed_from)
    if filters.placed_before is not None:
        statement = statement.where(AddedOrder.placed_at < filters.placed_before)
    return statement


def _views(unit: Unit, rows: Sequence[Row[Any]]) -> list[AddedView]:
    lines: dict[bytes, list[Row[Any]]] = {}
    statement = select(AddedLine.__table__).where(AddedLine.order_id.in_([row.id for row in rows]))
    for line in unit.connection.execute(statement.order_by(AddedLine.order_id, AddedLine.position)):
        lines.setdefault(line.order_id, []).append(line)
    return [_view(unit, row, lines.get(row.id, [])) for row in rows]


def _view(unit: Unit, row: Row[Any], lines: Sequence[Row[Any]]) -> AddedView:
    box = unit.box(row.holder_id)
    return AddedView(
        id=row.id,
        company=box.open("added_orders", "company", row.id, row.company),
        number=None if row.number is None else box.open("added_orders", "number", row.id, row.number),
        placed_at=row.placed_at,
        currency=row.currency,
        total=row.total,
        lines=tuple(
            AddedLineView(box.open("added_order_lines", "name", line.id, line.name), line.quantity, line.amount) for line in lines
        ),
    )
