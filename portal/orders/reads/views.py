"""Orders as their customer sees them, and what other rooms ask about orders. Writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, null, select, true

from portal.kernel.errors import NotFound
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.orders.models import Order
from portal.orders.reads.rows import Opener, Place, holders_of, lines_of, older_than, opener_of
from portal.orders.reads.searching import says
from portal.vendors.models import Vendor

PAGE = 25
_CURRENCY = case((Order.total.is_not(None), Order.currency))
"""One spelling of "no amount": an order may name a currency and no sum."""


@dataclass(frozen=True, slots=True)
class LineView:
    """A line as its customer sees it."""

    id: bytes
    number: str
    position: int
    name: str | None
    category: str | None
    quantity: int
    unit_price: int | None
    amount: int | None
    status: str
    is_gift: bool
    is_hidden: bool

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its customer sees it: everything, and the customer's own marks."""

    id: bytes
    vendor_id: bytes
    vendor: str
    link_id: bytes
    number: str
    customer_number: str
    status: str
    placed_at: datetime
    approved_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    promised_at: datetime | None
    seller_of_record: str | None
    channel: str | None
    process: str | None
    left_at: datetime | None
    came_at: datetime | None
    return_until: datetime | None
    guarantee_until: datetime | None
    currency: str | None
    total: int | None
    disputed_at: datetime | None
    is_hidden: bool
    lines: tuple[LineView, ...]

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)

    @property
    def left(self) -> datetime | None:
        """When it was handed to a carrier: as its seller told it, or else by its shipments."""
        return self.shipped_at or self.left_at

    @property
    def came(self) -> datetime | None:
        """When it came, likewise."""
        return self.delivered_at or self.came_at

    @property
    def is_added(self) -> bool:
        """None of these: they are their companies'."""
        return False


@dataclass(frozen=True, slots=True)
class Filters:
    """What a customer's list is narrowed to."""

    vendor_id: bytes | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    status: str | None = None
    words: str = ""
    # Only those that the customer added: see portal/orders/added.
    is_added: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """How many orders a list holds, and their sum in one currency; ``currency`` None: without amounts."""

    currency: str | None
    orders: int
    total: int | None


def orders_of(
    unit: Unit, customer_id: bytes, filters: Filters | None = None, *, after: Place | None = None, limit: int = PAGE
) -> tuple[list[OrderView], Place | None]:
    """A customer's orders, newest first, and where the next page begins."""
    statement = _mine(unit, customer_id, filters or Filters()).order_by(Order.placed_at.desc(), Order.id.desc())
    if after is not None:
        statement = statement.where(older_than(after))
    rows = unit.connection.execute(statement.limit(limit + 1)).all()
    page = rows[:limit]
    following = Place(page[-1].placed_at, page[-1].id) if len(rows) > limit else None
    return _views(unit, page), following


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a customer's list: its orders, where the next one begins, and what the whole list holds."""

    orders: list[OrderView]
    following: Place | None
    sums: list[Sum]


def page_of(unit: Unit, customer_id: bytes, filters: Filters, *, after: Place | None = None) -> Page:
    """A page with the sums of its list. Words are looked for once, in all of a customer's orders, for both."""
    if not filters.words.strip():
        orders, following = orders_of(unit, customer_id, filters, after=after)
        return Page(orders, following, sums_of(unit, customer_id, filters))
    rest, sums = _found(unit, customer_id, filters, true() if after is None else older_than(after))
    rows = _mine(unit, customer_id, Filters()).where(Order.id.in_([place.id for place in rest[:PAGE]]))
    orders = _views(unit, unit.connection.execute(rows.order_by(Order.placed_at.desc(), Order.id.desc())).all())
    return Page(orders, rest[PAGE - 1] if len(rest) > PAGE else None, sums)


def _found(
    unit: Unit, customer_id: bytes, filters: Filters, behind: ColumnElement[bool]
) -> tuple[list[Place], list[Sum]]:
    """Where the orders of a page stand, and one more, and the sums of all: one statement, which looks for them once."""
    wanted = select(Order.id, Order.placed_at, _CURRENCY.label("currency"), Order.total, behind.label("is_behind"))
    found = wanted.where(*_narrowed(unit, customer_id, filters)).cte("found").c
    newest = select(found.id, found.placed_at).where(found.is_behind)
    page = newest.order_by(found.placed_at.desc(), found.id.desc()).limit(PAGE + 1).subquery().c
    sums = select(null(), null(), found.currency, func.count(), func.sum(found.total)).group_by(found.currency)
    both = select(page.id, page.placed_at, null(), null().label("orders"), null().label("total")).union_all(sums)
    rows = unit.connection.execute(both).all()
    # A place is no sum; the two parts of a statement come in whatever order.
    places = [Place(row.placed_at, row.id) for row in rows if row.orders is None]
    places.sort(key=lambda place: (place.placed_at, place.id), reverse=True)
    return places, _sums(row[2:] for row in rows if row.orders is not None)


def summed(rows: Iterable[Any]) -> list[Sum]:
    """How many these are, and what they cost, currency by currency: of whatever has a ``currency`` and a ``total``."""
    sums: dict[str | None, tuple[int, int | None]] = {}
    for row in rows:
        code = row.currency if row.total is not None else None
        count, total = sums.get(code, (0, None))
        sums[code] = count + 1, None if row.total is None else (total or 0) + row.total
    return sorted((Sum(code, *both) for code, both in sums.items()), key=_by_code)


def order_of(unit: Unit, customer_id: bytes, order_id: bytes) -> OrderView:
    """One order of this customer; somebody else's is NotFound."""
    row = unit.connection.execute(_mine(unit, customer_id, Filters()).where(Order.id == order_id)).one_or_none()
    if row is None:
        raise NotFound
    return _views(unit, [row])[0]


def sums_of(unit: Unit, customer_id: bytes, filters: Filters | None = None) -> list[Sum]:
    """How many orders the whole list holds and what they cost, currency by currency."""
    statement = select(_CURRENCY, func.count(), func.sum(Order.total)).group_by(_CURRENCY)
    return _sums(unit.connection.execute(statement.where(*_narrowed(unit, customer_id, filters or Filters()))))


def sellers_of(unit: Unit, customer_id: bytes) -> list[tuple[bytes, str]]:
    """The companies a customer has orders with, by name."""
    statement = (
        select(Vendor.id, Vendor.name)
        .where(Vendor.id.in_(select(Order.vendor_id).where(Order.customer_id == customer_id)))
        .order_by(Vendor.name)
    )
    return [(row.id, row.name) for row in unit.connection.execute(statement)]


def _sums(rows: Iterable[Any]) -> list[Sum]:
    return sorted((Sum(code, count, None if total is None else int(total)) for code, count, total in rows), key=_by_code)


def _by_code(item: Sum) -> str:
    return item.currency or "~"


def _mine(unit: Unit, customer_id: bytes, filters: Filters) -> Select[Any]:
    statement: Select[Any] = select(Order.__table__, Vendor.name.label("vendor"))
    return statement.join(Vendor, Vendor.id == Order.vendor_id).where(*_narrowed(unit, customer_id, filters))


def _narrowed(unit: Unit, customer_id: bytes, filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [Order.customer_id == customer_id]
    if filters.vendor_id is not None:
        conditions.append(Order.vendor_id == filters.vendor_id)
    if filters.placed_from is not None:
        conditions.append(Order.placed_at >= filters.placed_from)
    if filters.placed_before is not None:
        conditions.append(Order.placed_at < filters.placed_before)
    if filters.status is not None:
        conditions.append(Order.status == filters.status)
    if filters.words.strip():
        conditions.append(says(unit, customer_id, filters.words))
    return conditions


def _views(unit: Unit, rows: Sequence[Row[Any]]) -> list[OrderView]:
    lines = lines_of(unit, [row.id for row in rows])
    opened = opener_of(unit, holders_of(unit, {row.customer_id for row in rows}))
    return [_view(row, [_line(line, opened) for line in lines.get(row.id, [])], opened) for row in rows]


def _line(row: Row[Any], opened: Opener) -> LineView:
    return LineView(
        id=row.id,
        number=row.number,
        position=row.position,
        name=opened(row, "name"),
        category=opened(row, "category"),
        quantity=row.quantity,
        unit_price=row.unit_price,
        amount=row.amount,
        status=row.status,
        is_gift=row.gift_at is not None,
        is_hidden=row.withheld_at is not None,
    )


def _view(row: Row[Any], lines: list[LineView], opened: Opener) -> OrderView:
    taken = {name: getattr(row, name) for name in _HEADER}
    process = opened(row, "process", "orders")
    return OrderView(**taken, process=process, is_hidden=row.withheld_at is not None, lines=tuple(lines))


_HEADER = tuple(name for name in OrderView.__dataclass_fields__ if name not in ("process", "is_hidden", "lines"))
