"""Orders that customers added, as they see them: by themselves, and in one list with those that companies told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from portal.customers.models import Customer
from portal.kernel.errors import NotFound
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.orders.added.models import AddedLine, AddedOrder
from portal.orders.reads import PAGE, Filters, OrderView, Page, Place, Sum, hold_words, page_of


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
    statement = _mine(unit, customer_id, filters).order_by(AddedOrder.placed_at.desc(), AddedOrder.id.desc())
    if after is not None:
        statement = statement.where(_older_than(after))
    return _views(unit, unit.connection.execute(statement.limit(limit)).all())


def added_order_of(unit: Unit, customer_id: bytes, order_id: bytes) -> AddedView:
    """One of them; somebody else's is NotFound."""
    rows = unit.connection.execute(_mine(unit, customer_id, Filters()).where(AddedOrder.id == order_id)).all()
    if not rows:
        raise NotFound
    return _views(unit, rows)[0]


def has_added(unit: Unit, customer_id: bytes) -> bool:
    """Whether a customer added any."""
    found = select(AddedOrder.id).where(AddedOrder.customer_id == customer_id).limit(1)
    return unit.connection.execute(found).first() is not None


@dataclass(frozen=True, slots=True)
class FullPage:
    """A page of the list that holds both: what companies told, and what the customer added."""

    orders: list[OrderView | AddedView]
    following: Place | None
    sums: list[Sum]


def full_page_of(unit: Unit, customer_id: bytes, filters: Filters, *, after: Place | None = None) -> FullPage:
    """Told and added orders in one list, newest first, where the next page begins, and what the whole list holds."""
    told = Page([], None, []) if filters.is_added else page_of(unit, customer_id, filters, after=after)
    # What a customer adds has no company of ours and no state.
    if filters.vendor_id or filters.status or not has_added(unit, customer_id):
        return FullPage([*told.orders], told.following, told.sums)
    added = added_of(unit, customer_id, filters, after=after, limit=PAGE + 1)
    found: list[OrderView | AddedView] = sorted([*told.orders, *added], key=_place, reverse=True)
    page, more = found[:PAGE], told.following is not None or len(found) > PAGE
    following = Place(page[-1].placed_at, page[-1].id) if more else None
    return FullPage(page, following, _together([*told.sums, *_sums_of_added(unit, customer_id, filters)]))


def _place(order: OrderView | AddedView) -> tuple[datetime, bytes]:
    return order.placed_at, order.id


def _together(sums: Sequence[Sum]) -> list[Sum]:
    """One sum for each currency; what has no price last."""
    found: dict[str | None, Sum] = {}
    for one in sums:
        known = found.get(one.currency, Sum(one.currency, 0, None if one.total is None else 0))
        total = None if one.total is None else one.total + (known.total or 0)
        found[one.currency] = Sum(one.currency, known.orders + one.orders, total)
    return [found[code] for code in sorted(found, key=lambda code: code or "~")]


def _sums_of_added(unit: Unit, customer_id: bytes, filters: Filters) -> list[Sum]:
    currency = case((AddedOrder.total.is_not(None), AddedOrder.currency))
    statement = select(currency, func.count(), func.sum(AddedOrder.total)).group_by(currency)
    found = unit.connection.execute(statement.where(*_narrowed(unit, customer_id, filters))).all()
    return [Sum(code, count, None if total is None else int(total)) for code, count, total in found]


def _older_than(place: Place) -> ColumnElement[bool]:
    same = and_(AddedOrder.placed_at == place.placed_at, AddedOrder.id < place.id)
    return or_(AddedOrder.placed_at < place.placed_at, same)


def _mine(unit: Unit, customer_id: bytes, filters: Filters) -> Select[Any]:
    statement: Select[Any] = select(AddedOrder.__table__, Customer.holder_id)
    statement = statement.join(Customer, Customer.id == AddedOrder.customer_id)
    return statement.where(*_narrowed(unit, customer_id, filters))


def _narrowed(unit: Unit, customer_id: bytes, filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [AddedOrder.customer_id == customer_id]
    if filters.placed_from is not None:
        conditions.append(AddedOrder.placed_at >= filters.placed_from)
    if filters.placed_before is not None:
        conditions.append(AddedOrder.placed_at < filters.placed_before)
    if filters.words.strip():
        conditions.append(hold_words(unit, customer_id, AddedOrder.words, filters.words))
    return conditions


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
