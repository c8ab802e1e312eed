"""Prepared orders written within the gate.

Where every line of an order is hidden, or a gift, a line that is added to it is so too.
"""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from portal.kernel.errors import Conflict
from portal.kernel.prepared import Prepared as Statement
from portal.kernel.prepared import prepared_insert
from portal.kernel.unit import Unit
from portal.orders.facts import OrderPut
from portal.orders.models import Order, OrderLine, OrderPromise
from portal.orders.reads import Told, carried_so_far, leads_to, standing_of, told_links
from portal.orders.service.preparing import CREATED, HEADER, UNCHANGED, UPDATED, Prepared
from portal.orders.service.stepping import put_steps

_LINE = ("position", "quantity", "unit_price", "amount", "status", "number", "name", "category")


def put_orders(unit: Unit, *, vendor_id: bytes, prepared: Sequence[Prepared], test: bool = False) -> None:
    """Writes prepared orders. Conflict ``changed`` when one of them, or its link, has moved on: prepare again."""
    writing = [order for order in prepared if order.change != UNCHANGED]
    _hold_links(unit, vendor_id, [order.told for order in writing])
    _put_headers(unit, writing)
    _hold_to_what_was_seen(unit, [order for order in writing if order.carried is not None])
    _put_lines(unit, writing)
    _put_promises(unit, writing)
    put_steps(unit, [(order.order_id, order.told.customer_id, order.steps) for order in writing if order.steps])
    for order in writing:
        unit.note(_fact(vendor_id, order, test))


def hold(unit: Unit, *, vendor_id: bytes, numbers: Collection[str]) -> None:
    """Keeps the links that customer numbers lead to until this unit ends: what is prepared in it now is not overtaken."""
    held: set[bytes] = set()
    while elsewhere := _not_held(unit, vendor_id, numbers, held):
        held |= elsewhere


def _not_held(unit: Unit, vendor_id: bytes, numbers: Collection[str], held: Collection[bytes]) -> set[bytes]:
    """Holds these links; lets go of them where a number leads elsewhere by now, so that all are taken in one order."""
    with unit.connection.begin_nested() as place:
        standing_of(unit, held)
        elsewhere = {link.link_id for link in told_links(unit, vendor_id, numbers).values()} - set(held)
        if elsewhere:
            place.rollback()
    return elsewhere


def _hold_links(unit: Unit, vendor_id: bytes, told: Sequence[Told]) -> None:
    """Keeps the links as they were seen until the commit: nobody folds, parts or ends one meanwhile."""
    now = standing_of(unit, {link.link_id for link in told})
    if any(now.get(link.link_id) != link.standing for link in told):
        raise Conflict("changed")
    # Held links stay where they are; which of them a number leads to may have moved before they were.
    leads = leads_to(unit, vendor_id, {link.number for link in told})
    if any(leads.get(link.number) != link.link_id for link in told):
        raise Conflict("changed")


def _put_headers(unit: Unit, orders: Sequence[Prepared]) -> None:
    _NEW_ORDER.many(unit.connection, [_whole_header(unit, order) for order in orders if order.change == CREATED])
    # In the order in which they came, so that two who tell the same ones do not wait for each other.
    for kind, those in groupby((order for order in orders if order.change == UPDATED), lambda it: (it.shown_anew, it.is_renamed)):
        changed = [_changed_header(unit, order) for order in those]
        if _CHANGES[kind].many(unit.connection, changed) != len(changed):
            raise Conflict("changed")


def _hold_to_what_was_seen(unit: Unit, orders: Sequence[Prepared]) -> None:
    """The orders' rows are held by now: what was told of their shipments since they were looked at, was told before this."""
    now = carried_so_far(unit, [order.order_id for order in orders]) if orders else {}
    if any(now[order.order_id] != order.carried for order in orders):
        raise Conflict("changed")


def _whole_header(unit: Unit, order: Prepared) -> dict[str, Any]:
    return {
        "id": order.order_id,
        "customer_id": order.told.customer_id,
        "vendor_id": order.told.vendor_id,
        "link_id": order.told.link_id,
        **order.header,
        "words": order.words,
        "version": 1,
        "shown_version": 1,
        "created_at": unit.at,
        "updated_at": unit.at,
    }


def _changed_header(unit: Unit, order: Prepared) -> dict[str, Any]:
    news = {f"new_{name}": value for name, value in order.header.items()}
    return news | {"row": order.order_id, "seen": order.version, "at": unit.at, "new_words": order.words}


def _put_lines(unit: Unit, orders: Sequence[Prepared]) -> None:
    marks = _shared_marks(unit, [order.order_id for order in orders if order.change == UPDATED and order.new_lines])
    unmarked = {"gift_at": None, "withheld_at": None}
    new = [
        {
            **line,
            "customer_id": order.told.customer_id,
            "told_version": order.version + 1,
            **marks.get(order.order_id, unmarked),
        }
        for order in orders
        for line in order.new_lines
    ]
    _NEW_LINE.many(unit.connection, new)
    changed = [{**line, "told": order.version + 1} for order in orders for line in order.changed_lines]
    _CHANGE_LINE.many(unit.connection, changed)


def _change_order(*, shown: bool, renamed: bool) -> Statement:
    names = (*HEADER, "words") if renamed else HEADER
    news: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    if shown:
        news["shown_version"] = Order.version + 1
    statement = update(Order.__table__).where(Order.id == bindparam("row"), Order.version == bindparam("seen"))  # type: ignore[arg-type]
    return Statement(statement.values({**news, "version": Order.version + 1, "updated_at": bindparam("at")}))


_NEW_ORDER, _NEW_LINE = prepared_insert(Order), prepared_insert(OrderLine)
# Words that are not told anew are left as they stand: meanwhile they may have been put under another key.
_CHANGES = {(a, b): _change_order(shown=a, renamed=b) for a in (False, True) for b in (False, True)}
_CHANGE_LINE = Statement(
    update(OrderLine.__table__)  # type: ignore[arg-type]
    .where(OrderLine.id == bindparam("row"))
    .values({**{name: bindparam(f"new_{name}") for name in _LINE}, "told_version": bindparam("told")})
)


def _put_promises(unit: Unit, orders: Sequence[Prepared]) -> None:
    """Adds what is promised anew to the ledger. The orders' rows are held by now, so that no turn is given twice."""
    promised = [order for order in orders if order.promised_at is not None]
    last = _last_promises(unit, [order.order_id for order in promised if order.change == UPDATED])
    rows = [
        {
            "order_id": order.order_id,
            "turn": last[order.order_id].turn + 1 if order.order_id in last else 1,
            "customer_id": order.told.customer_id,
            "promised_at": order.promised_at,
            "told_at": unit.at,
        }
        for order in promised
        # A promise that was left out for a while and comes again is no other one.
        if order.order_id not in last or last[order.order_id].promised_at != order.promised_at
    ]
    if rows:
        unit.connection.execute(insert(OrderPromise), rows)


def _last_promises(unit: Unit, order_ids: Sequence[bytes]) -> dict[bytes, Any]:
    if not order_ids:
        return {}
    wanted = select(OrderPromise.order_id, OrderPromise.turn, OrderPromise.promised_at)
    rows = unit.connection.execute(wanted.where(OrderPromise.order_id.in_(order_ids)).order_by(OrderPromise.turn))
    return {row.order_id: row for row in rows}


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
        order_version=order.version + 1,
        status=str(order.header["status"]),
        test=test,
    )
