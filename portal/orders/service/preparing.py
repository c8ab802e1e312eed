"""Orders made ready outside the gate: compared with what is known, and what is new in them sealed.

A line is never removed: a customer's record and marks hang on it. A company that takes one back says that it is
cancelled.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portal.kernel.ids import new_id, new_ids
from portal.kernel.money import total as total_of
from portal.kernel.sealing import Box, new_nonces
from portal.kernel.unit import Unit
from portal.orders.reads import Carried, Opener, Told, known_orders, lines_of, opener_of, step_rows, told_links
from portal.orders.service.conditional import Seen, seen_as
from portal.orders.service.stepping import Steps, sealed_process, steps_told
from portal.orders.shapes import Line, OrderIn, Refusal
from portal.orders.statuses import OPEN, status_of
from portal.orders.wording import words_of

CREATED = "created"
UPDATED = "updated"
UNCHANGED = "unchanged"

_SHOWN = ("placed_at", "currency")
_TOLD = (
    *("placed_at", "approved_at", "shipped_at", "delivered_at", "promised_at"),
    *("return_until", "guarantee_until", "seller_of_record", "channel"),
)
HEADER = ("status", *_TOLD, "currency", "total", "number", "customer_number", "process")
"""What a telling says of an order itself."""


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
    # Whether what others may see of the order itself, beside its lines, is told anew.
    shown_anew: bool = True
    # A day that was not promised before: the ledger gets a line more.
    promised_at: datetime | None = None
    # Whether a customer would look for it by other words now; the tokens of the words of all lines, where it is so.
    is_renamed: bool = True
    words: bytes | None = field(repr=False, default=None)
    # What is new in the steps that it goes through, and in what was promised of them.
    steps: Steps = field(default_factory=Steps)
    # What had been told of its shipments, where it was to be as the company saw it last: they are part of that.
    carried: Carried | None = None


def prepare(
    unit: Unit, *, vendor_id: bytes, orders: Sequence[OrderIn], told: Mapping[str, Told]
) -> list[Prepared | Refusal]:
    """Compares orders with what is known, and seals what is new in them. Any unit will do; it writes nothing.

    ``told`` are the links that their customer numbers lead to, as this unit sees them.
    """
    known = known_orders(unit, vendor_id, [order.number for order in orders])
    seen = seen_as(unit, vendor_id, orders, known)
    ids = [row.id for row in known.values()]
    lines, steps = lines_of(unit, ids), step_rows(unit, ids)
    holders = {link.customer_id: link.holder_id for link in told.values()}
    opened = opener_of(unit, holders)
    made: list[Prepared | Refusal] = []
    for order in orders:
        row = known.get(order.number)
        link = told[order.customer]
        refusal = _refusal(order, link, row) or seen.refusal(order)
        if refusal is not None:
            made.append(refusal)
        elif row is None:
            made.append(_created(unit, link, order, opened))
        else:
            known_steps = steps.get(row.id, ())
            prepared = _updated(unit, link, order, row, lines[row.id], known_steps, opened)
            made.append(prepared if isinstance(prepared, Refusal) else replace(prepared, carried=seen.carried.get(row.id)))
    return made


def foresee(unit: Unit, *, vendor_id: bytes, orders: Sequence[OrderIn]) -> list[str | Refusal]:
    """What would become of orders if they were put now: also of those of customers whom nobody has heard of."""
    told = told_links(unit, vendor_id, {order.customer for order in orders})
    heard = [order for order in orders if order.customer in told]
    made = iter(prepare(unit, vendor_id=vendor_id, orders=heard, told=told))
    strange = [order for order in orders if order.customer not in told]
    known = known_orders(unit, vendor_id, [order.number for order in strange])
    seen = seen_as(unit, vendor_id, strange, {})
    return [
        _said(next(made)) if order.customer in told else _of_somebody_new(order, order.number in known, seen)
        for order in orders
    ]


def _said(item: Prepared | Refusal) -> str | Refusal:
    return item if isinstance(item, Refusal) else item.change


def _of_somebody_new(order: OrderIn, is_known: bool, seen: Seen) -> str | Refusal:
    return _ANOTHERS if is_known else seen.refusal(order) or CREATED


_ANOTHERS = Refusal(reason="customer-differs", field="customer", detail="This order is another customer's.")


def _refusal(order: OrderIn, link: Told, row: Row[Any] | None) -> Refusal | None:
    if row is not None and row.link_id != link.link_id:
        return _ANOTHERS
    if link.is_over and (row is None or row.status not in OPEN):
        return Refusal(reason="not-connected", field="customer", detail="The customer ended the connection with you.")
    return None


def _created(unit: Unit, link: Told, order: OrderIn, opened: Opener) -> Prepared:
    lines = order.all_lines()
    order_id, *line_ids = new_ids(1 + len(lines))
    box, nonces = unit.box(link.holder_id), new_nonces(2 * len(lines))
    places = zip(line_ids, enumerate(lines, 1), strict=True)
    rows = [_row(box, link, order_id, id_, place, line, nonces) for id_, (place, line) in places]
    header = _header(order, lines, None) | {"process": sealed_process(unit, link, order_id, order.process)}
    words = _words(box, lines, order.process)
    steps = steps_told(unit, link, order_id, order.steps, (), opened)
    assert isinstance(steps, Steps)
    return Prepared(CREATED, link, order_id, 0, header, rows, promised_at=order.promised_at, words=words, steps=steps)


def _updated(
    unit: Unit,
    link: Told,
    order: OrderIn,
    row: Row[Any],
    known: Sequence[Row[Any]],
    known_steps: Sequence[Row[Any]],
    opened: Opener,
) -> Prepared | Refusal:
    steps = steps_told(unit, link, row.id, order.steps, known_steps, opened)
    if isinstance(steps, Refusal):
        return steps
    lines: Sequence[Line] = order.all_lines() if order.lines else _kept(order, known, opened)
    if not order.lines and order.total is not None and order.total != total_of([line.cost for line in lines]):
        return Refusal(reason="total-differs", field="total", detail="The total is not the sum of the lines.")
    if not order.lines and row.currency is not None and order.currency not in (None, row.currency):
        detail = "The lines that are known are in another currency: send every line."
        return Refusal(reason="mixed-currencies", field="currency", detail=detail)
    box = unit.box(link.holder_id)
    by_number = {line.number: line for line in known}
    if len(known) == 1 and known[0].name is None:
        # The line that stood for an order told without lines becomes the first one that is told.
        by_number.setdefault(lines[0].number, by_number.pop(known[0].number, known[0]))
    if not set(by_number) <= {line.number for line in lines}:
        detail = "Send every line; one that is taken back is OrderCancelled."
        return Refusal(reason="line-missing", field="lines", detail=detail)
    called = opened(row, "process", "orders")
    process = order.process or called
    header = _header(order, lines, row.currency if not order.lines else None)
    header["process"] = sealed_process(unit, link, row.id, process) if process != called else row.process
    is_renamed = process != called or row.words is None
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for place, line in enumerate(lines, 1):
        there = by_number.get(line.number)
        if there is None:
            new.append(_row(box, link, row.id, new_id(), place, line, new_nonces(2)))
            is_renamed = True
        elif (moved := _moved(box, there, place, line, opened)) is not None:
            changed.append(moved)
            is_renamed |= moved["new_name"] != there.name or moved["new_category"] != there.category
    same = not new and not changed and not steps and all(getattr(row, name) == value for name, value in header.items())
    anew = any(getattr(row, name) != header[name] for name in _SHOWN)
    promised = order.promised_at if order.promised_at != row.promised_at else None
    change = UNCHANGED if same else UPDATED
    words = _words(box, lines, process) if is_renamed else None
    return Prepared(change, link, row.id, row.version, header, new, changed, anew, promised, is_renamed, words, steps)


def _kept(order: OrderIn, known: Sequence[Row[Any]], opened: Opener) -> list[Line]:
    """The lines of an order whose news came without lines: as they were, with the news' status."""
    assert order.status is not None  # of an order without lines of its own
    status = order.status
    if len(known) == 1 and known[0].name is None:
        return [Line(known[0].number, status, cost=order.total)]
    return [
        Line(
            row.number,
            row.status if row.status in ("OrderReturned", "OrderCancelled") else status,
            opened(row, "name"),
            opened(row, "category"),
            row.quantity,
            row.unit_price,
            row.amount,
        )
        for row in known
    ]


def _header(order: OrderIn, lines: Sequence[Line], currency: str | None) -> dict[str, Any]:
    return {
        "status": status_of([line.status for line in lines]),
        **{name: getattr(order, name) for name in _TOLD},
        "currency": order.currency or currency,
        "total": total_of([line.cost for line in lines]),
        "number": order.number,
        "customer_number": order.customer,
    }


def _clear(place: int, line: Line) -> dict[str, Any]:
    return {
        "position": place,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount": line.cost,
        "status": line.status,
    }


def _row(
    box: Box, link: Told, order_id: bytes, id_: bytes, place: int, line: Line, nonces: Iterator[bytes]
) -> dict[str, Any]:
    return {
        "id": id_,
        "order_id": order_id,
        "vendor_id": link.vendor_id,
        "number": line.number,
        **_clear(place, line),
        "name": _sealed(box, "name", id_, line.name, next(nonces)),
        "category": _sealed(box, "category", id_, line.category, next(nonces)),
    }


def _moved(box: Box, row: Row[Any], place: int, line: Line, opened: Opener) -> dict[str, Any] | None:
    """The new values of a line's row, or None when it says the same as before."""
    values = {**_clear(place, line), "number": line.number, "name": row.name, "category": row.category}
    for column, word in (("name", line.name), ("category", line.category)):
        if opened(row, column) != word:
            values[column] = _sealed(box, column, row.id, word)
    if all(getattr(row, name) == value for name, value in values.items()):
        return None
    return {"row": row.id, **{f"new_{name}": value for name, value in values.items()}}


def _sealed(box: Box, column: str, row_id: bytes, word: str | None, nonce: bytes = b"") -> bytes | None:
    return None if word is None else box.seal("order_lines", column, row_id, word, nonce=nonce)


def _words(box: Box, lines: Sequence[Line], process: str | None) -> bytes | None:
    words = words_of((process, *(text for line in lines for text in (line.name, line.category))))
    return b"".join((box.current, *box.tokens(words))) if words else None
