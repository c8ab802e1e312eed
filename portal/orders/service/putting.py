"""Orders as companies tell them: made ready outside the gate, written within it.

A line is never removed: a customer's record and marks hang on it. A company that takes one back says that it is
cancelled. Where every line of an order is hidden, or a gift, a line that is added to it is so too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from portal.kernel.errors import Conflict
from portal.kernel.ids import new_id
from portal.kernel.money import total as total_of
from portal.kernel.unit import Unit
from portal.orders.facts import OrderPut
from portal.orders.models import Order, OrderLine
from portal.orders.reads import Told, known_orders, lines_of, opener_of, standing_of, told_links
from portal.orders.shapes import LineIn, OrderIn, Refusal
from portal.orders.statuses import OPEN, status_of

CREATED = "created"
UPDATED = "updated"
UNCHANGED = "unchanged"

_TIMES = ("placed_at", "approved_at", "shipped_at", "delivered_at", "promised_at")
_CLEAR = ("position", "quantity", "unit_price", "amount", "status")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that is ready to be written: rows with their names sealed, and the version they were made against."""

    change: str
    told: Told
    order_id: bytes
    version: int
    header: Mapping[str, Any]
    new_lines: Sequence[Mapping[str, Any]] = field(repr=False, default=())
    changed_lines: Sequence[Mapping[str, Any]] = field(repr=False, default=())


def prepare(unit: Unit, *, vendor_id: bytes, orders: Sequence[OrderIn]) -> list[Prepared | Refusal]:
    """Compares orders with what is known, and seals what is new in them. Any unit will do; it writes nothing."""
    told = told_links(unit, vendor_id, {order.customer for order in orders})
    known = known_orders(unit, vendor_id, [order.number for order in orders])
    lines = lines_of(unit, [row.id for row in known.values()])
    holders = {link.customer_id: link.holder_id for link in told.values()}
    opened = opener_of(unit, holders)
    made: list[Prepared | Refusal] = []
    for order in orders:
        row = known.get(order.number)
        link = told[order.customer]
        refusal = _refusal(order, link, row)
        if refusal is not None:
            made.append(refusal)
        elif row is None:
            made.append(_created(unit, vendor_id, link, order))
        else:
            made.append(_updated(unit, link, order, row, lines[row.id], opened))
    return made


def put_orders(unit: Unit, *, vendor_id: bytes, prepared: Sequence[Prepared], test: bool = False) -> None:
    """Writes prepared orders. Conflict ``changed`` when one of them, or its link, has moved on: prepare again."""
    writing = [order for order in prepared if order.change != UNCHANGED]
    _hold_links(unit, {order.told.link_id: order.told for order in writing})
    _put_headers(unit, writing)
    _put_lines(unit, writing)
    for order in writing:
        unit.note(_fact(vendor_id, order, test))


# Making ready


def _refusal(order: OrderIn, link: Told, row: Row[Any] | None) -> Refusal | None:
    if row is not None and row.link_id != link.link_id:
        return Refusal(reason="customer-differs", field="customer", detail="This order is another customer's.")
    if link.is_over and (row is None or row.status not in OPEN):
        return Refusal(reason="not-connected", field="customer", detail="The customer ended the connection with you.")
    return None


def _created(unit: Unit, vendor_id: bytes, link: Told, order: OrderIn) -> Prepared:
    order_id = new_id()
    lines = order.all_lines()
    rows = [_row(unit, link, vendor_id, order_id, place, line) for place, line in enumerate(lines, 1)]
    return Prepared(CREATED, link, order_id, 0, _header(order, lines, None), rows)


def _updated(
    unit: Unit, link: Told, order: OrderIn, row: Row[Any], known: Sequence[Row[Any]], opened: Any
) -> Prepared | Refusal:
    lines = order.all_lines() if order.lines else _kept(order, known, opened)
    if not order.lines and order.total is not None and order.total != total_of([line.cost for line in lines]):
        return Refusal(reason="total-differs", field="total", detail="The total is not the sum of the lines.")
    by_number = {line.number: line for line in known}
    if len(known) == 1 and known[0].name is None:
        # The line that stood for an order told without lines becomes the first one that is told.
        by_number.setdefault(lines[0].number, by_number.pop(known[0].number, known[0]))
    if not set(by_number) <= {line.number for line in lines}:
        detail = "Send every line; one that is taken back is OrderCancelled."
        return Refusal(reason="line-missing", field="lines", detail=detail)
    header = _header(order, lines, row.currency if not order.lines else None)
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for place, line in enumerate(lines, 1):
        there = by_number.get(str(line.number))
        if there is None:
            new.append(_row(unit, link, row.vendor_id, row.id, place, line))
        elif (moved := _moved(unit, link, there, place, line, opened)) is not None:
            changed.append(moved)
    same = not new and not changed and all(getattr(row, name) == value for name, value in header.items())
    return Prepared(UNCHANGED if same else UPDATED, link, row.id, row.version, header, new, changed)


def _kept(order: OrderIn, known: Sequence[Row[Any]], opened: Any) -> list[LineIn]:
    """The lines of an order whose news came without lines: as they were, with the news' status."""
    if len(known) == 1 and known[0].name is None:
        return [LineIn(number=known[0].number, amount=order.total, status=order.status)]
    return [
        LineIn.model_construct(
            number=row.number,
            name=opened(row, "name"),
            category=opened(row, "category"),
            quantity=row.quantity,
            unit_price=row.unit_price,
            amount=row.amount,
            status=row.status if row.status in ("OrderReturned", "OrderCancelled") else order.status,
        )
        for row in known
    ]


def _header(order: OrderIn, lines: Sequence[LineIn], currency: str | None) -> dict[str, Any]:
    return {
        "status": status_of(str(line.status) for line in lines),
        **{name: getattr(order, name) for name in _TIMES},
        "currency": order.currency or currency,
        "total": total_of([line.cost for line in lines]),
        "number": order.number,
        "customer_number": order.customer,
    }


def _clear(place: int, line: LineIn) -> dict[str, Any]:
    return {
        "position": place,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount": line.cost,
        "status": str(line.status),
    }


def _row(unit: Unit, link: Told, vendor_id: bytes, order_id: bytes, place: int, line: LineIn) -> dict[str, Any]:
    id_ = new_id()
    return {
        "id": id_,
        "order_id": order_id,
        "vendor_id": vendor_id,
        "number": line.number,
        **_clear(place, line),
        "name": _sealed(unit, link, "name", id_, line.name),
        "category": _sealed(unit, link, "category", id_, line.category),
    }


def _moved(unit: Unit, link: Told, row: Row[Any], place: int, line: LineIn, opened: Any) -> dict[str, Any] | None:
    """The new values of a line's row, or None when it says the same as before."""
    values = {**_clear(place, line), "number": line.number, "name": row.name, "category": row.category}
    for column, word in (("name", line.name), ("category", line.category)):
        if opened(row, column) != word:
            values[column] = _sealed(unit, link, column, row.id, word)
    if all(getattr(row, name) == value for name, value in values.items()):
        return None
    return {"row": row.id, **{f"new_{name}": value for name, value in values.items()}}


def _sealed(unit: Unit, link: Told, column: str, row_id: bytes, word: str | None) -> bytes | None:
    return None if word is None else unit.box(link.holder_id).seal("order_lines", column, row_id, word)


# Writing


def _hold_links(unit: Unit, told: Mapping[bytes, Told]) -> None:
    """Keeps the links as they were seen until the commit: nobody folds or ends one meanwhile."""
    now = standing_of(unit, told.keys())
    if any(now.get(link_id) != link.standing for link_id, link in told.items()):
        raise Conflict("changed")


def _put_headers(unit: Unit, orders: Sequence[Prepared]) -> None:
    new = [_whole_header(unit, order) for order in orders if order.change == CREATED]
    if new:
        unit.connection.execute(insert(Order), new)
    for order in orders:
        if order.change == UPDATED:
            news = {**order.header, "version": Order.version + 1, "updated_at": unit.at}
            statement = update(Order).where(Order.id == order.order_id, Order.version == order.version).values(news)
            if unit.connection.execute(statement).rowcount == 0:
                raise Conflict("changed")


def _whole_header(unit: Unit, order: Prepared) -> dict[str, Any]:
    return {
        "id": order.order_id,
        "customer_id": order.told.customer_id,
        "vendor_id": order.told.vendor_id,
        "link_id": order.told.link_id,
        **order.header,
        "version": 1,
        "created_at": unit.at,
        "updated_at": unit.at,
    }


def _put_lines(unit: Unit, orders: Sequence[Prepared]) -> None:
    marks = _shared_marks(unit, [order.order_id for order in orders if order.change == UPDATED and order.new_lines])
    unmarked = {"gift_at": None, "withheld_at": None}
    new = [
        {**line, "customer_id": order.told.customer_id, **marks.get(order.order_id, unmarked)}
        for order in orders
        for line in order.new_lines
    ]
    if new:
        unit.connection.execute(insert(OrderLine), new)
    changed = [line for order in orders for line in order.changed_lines]
    if changed:
        unit.connection.execute(_CHANGE_LINE, changed)


_CHANGE_LINE = (
    update(OrderLine.__table__)  # type: ignore[arg-type]
    .where(OrderLine.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in (*_CLEAR, "number", "name", "category")})
)


def _shared_marks(unit: Unit, order_ids: Sequence[bytes]) -> dict[bytes, dict[str, Any]]:
    """The marks that all lines of an order have: what an added line inherits. The orders' rows are held by now."""
    if not order_ids:
        return {}
    columns = {name: getattr(OrderLine, name) for name in ("gift_at", "withheld_at")}
    # min() passes over lines without a mark, so they are counted as well.
    wanted = [x for name, c in columns.items() for x in (func.min(c).label(name), func.count(c).label(f"n_{name}"))]
    statement = (
        select(OrderLine.order_id, func.count().label("lines"), *wanted)
        .where(OrderLine.order_id.in_(order_ids))
        .group_by(OrderLine.order_id)
    )
    return {
        row.order_id: {name: getattr(row, name) if getattr(row, f"n_{name}") == row.lines else None for name in columns}
        for row in unit.connection.execute(statement)
    }


def _fact(vendor_id: bytes, order: Prepared, test: bool) -> OrderPut:
    return OrderPut(
        holder=order.told.holder_id,
        vendor=vendor_id,
        link=order.told.link_id,
        basis="own",
        about=("order", order.order_id),
        count=len(order.new_lines) + len(order.changed_lines),
        change=order.change,
        status=str(order.header["status"]),
        test=test,
    )
