"""Orders that a company wrote itself, for reading them back: the basis `own`.

Nothing that the customer added is in them. An ended or blocked link leaves only the orders still under way.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select

from portal.grants.lease import Lease
from portal.grants.leases import own_leases
from portal.kernel.clock import from_micros, micros
from portal.kernel.etags import tag_of
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from, text_of
from portal.kernel.money import as_json
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.orders.models import Order
from portal.orders.reads import (
    Opener,
    Place,
    PromiseView,
    ShipmentView,
    StepView,
    lines_of,
    older_than,
    opener_of,
    promises_of,
    shipments_of,
    steps_of,
)
from portal.orders.shared.answers import (
    EVERYTHING,
    MOST,
    Answer,
    Filters,
    Part,
    answer_of,
    as_time,
    bought,
    open_place,
    part_of,
    seal_place,
)
from portal.orders.statuses import OPEN
from portal.orders.steps import standing_of_step

_TIMES = ("placed_at", "approved_at", "shipped_at", "delivered_at", "promised_at", "return_until", "guarantee_until")
_STANDS = and_(Link.state != "ended", Link.blocked_at.is_(None))


def own_orders(
    unit: Unit,
    vendor_id: bytes,
    *,
    cursor: str | None = None,
    limit: int = MOST,
    filters: Filters = EVERYTHING,
    customer: str | None = None,
) -> Answer:
    """The orders this vendor wrote, newest first; of one of its customer numbers where that is given."""
    limit = max(1, min(limit, MOST))
    audience = "\0".join(("own", text_of(vendor_id), filters.name, customer or ""))
    statement = _filtered(_statement(vendor_id), filters)
    if customer is not None:
        statement = statement.where(Order.customer_number == customer)
    if cursor is not None:
        value = open_place(unit, audience, cursor)
        statement = statement.where(older_than(Place(from_micros(value["t"]), id_from(value["o"]))))
    rows = unit.connection.execute(statement.limit(limit + 1)).all()
    page = rows[:limit]
    answered, leases = _shown(unit, vendor_id, page)
    # An order's own tag is that of the order without it, as it is read by itself.
    answered = [{**order, "etag": tag_of(unit, vendor_id, order)} for order in answered]
    following = None
    if len(rows) > limit:
        following = seal_place(unit, audience, {"o": text_of(page[-1].id), "t": micros(page[-1].placed_at)})
    return answer_of(answered, _parts(page, answered, leases), following)


def own_order(unit: Unit, vendor_id: bytes, number: str) -> Answer | None:
    """One order that this vendor wrote, by its own number; None where there is none for it to read."""
    page = unit.connection.execute(_statement(vendor_id).where(Order.number == number)).all()
    if not page:
        return None
    orders, leases = _shown(unit, vendor_id, page)
    return Answer(orders[0], tuple(_parts(page, orders, leases)))


def own_tags(unit: Unit, vendor_id: bytes, numbers: Collection[str]) -> dict[str, str]:
    """The ETags of such orders of these numbers as this vendor may read, each that of the very answer to reading it."""
    page = unit.connection.execute(_statement(vendor_id).where(Order.number.in_(numbers))).all() if numbers else []
    orders, _leases = _shown(unit, vendor_id, page)
    return {order["number"]: tag_of(unit, vendor_id, order) for order in orders}


def _statement(vendor_id: bytes) -> Select[Any]:
    return (
        select(Order.__table__, _STANDS.label("link_stands"))
        .join(Link, Link.id == Order.link_id)
        .where(Order.vendor_id == vendor_id, or_(_STANDS, Order.status.in_(sorted(OPEN))))
        .order_by(Order.placed_at.desc(), Order.id.desc())
    )


def _filtered(statement: Select[Any], filters: Filters) -> Select[Any]:
    if filters.placed_from is not None:
        statement = statement.where(Order.placed_at >= filters.placed_from)
    if filters.placed_before is not None:
        statement = statement.where(Order.placed_at < filters.placed_before)
    if filters.status is not None:
        statement = statement.where(Order.status == filters.status)
    return statement


def _shown(unit: Unit, vendor_id: bytes, page: Sequence[Row[Any]]) -> tuple[list[dict[str, Any]], dict[bytes, Lease]]:
    if not page:
        return [], {}
    leases = own_leases(unit, vendor_id=vendor_id, link_ids={row.link_id for row in page})
    lines = lines_of(unit, [row.id for row in page])
    opened = opener_of(unit, {lease.customer_id: lease.holder_id for lease in leases.values()})
    ids = [row.id for row in page]
    holders = {lease.customer_id: lease.holder_id for lease in leases.values()}
    sent = shipments_of(unit, ids, lambda customer_id: unit.box(holders[customer_id]))
    promised = promises_of(unit, ids)
    steps = steps_of(unit, ids, lambda customer_id: unit.box(holders[customer_id]))
    made = [_order(leases[row.link_id], row, lines[row.id], opened) for row in page]
    for row, order in zip(page, made, strict=True):
        order["promises"] = [_promise(one) for one in promised.get(row.id, ())]
        order["shipments"] = [_shipment(one) for one in sent.get(row.id, ())]
        order |= _process(unit, row, steps.get(row.id, ()), opened)
    return made, leases


def _parts(page: Sequence[Row[Any]], orders: Sequence[dict[str, Any]], leases: dict[bytes, Lease]) -> list[Part]:
    found: dict[bytes, list[tuple[bytes, dict[str, Any]]]] = {link_id: [] for link_id in leases}
    for row, order in zip(page, orders, strict=True):
        found[row.link_id].append((row.id, order))
    stands = {row.link_id: bool(row.link_stands) for row in page}
    return [part_of(lease, found[link_id], needs_link=stands[link_id]) for link_id, lease in leases.items()]


def _order(lease: Lease, row: Row[Any], lines: Sequence[Row[Any]], opened: Opener) -> dict[str, Any]:
    """All that this vendor wrote, and nothing else."""
    return {
        "number": row.number,
        "customer": row.customer_number,
        "sub": lease.sub,
        "status": row.status,
        **{name: as_time(getattr(row, name)) for name in _TIMES},
        "seller_of_record": row.seller_of_record,
        "channel": row.channel,
        "total": as_json(row.total, row.currency),
        "lines": [_line(row, line, opened) for line in lines],
        "version": row.version,
        "updated_at": as_time(row.updated_at),
    }


def _line(order: Row[Any], line: Row[Any], opened: Opener) -> dict[str, Any]:
    return {"number": line.number, **bought(order.currency, line, opened), "category": opened(line, "category")}


def _process(unit: Unit, row: Row[Any], steps: Sequence[StepView], opened: Opener) -> dict[str, Any]:
    """What it is called, and its steps, each with how its first promise stands. An order of a shop has neither member."""
    process = opened(row, "process", "orders")
    found: dict[str, Any] = {} if process is None else {"process": process}
    return found | ({"steps": [_step(unit, row.status, one) for one in steps]} if steps else {})


def _step(unit: Unit, status: str, one: StepView) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "promised_at": as_time(one.promised_at),
        "done_at": as_time(one.done_at),
        "promises": [_promise(promise) for promise in one.promises],
        # The very figure that its customer reads: by the clock of the house.
        "standing": standing_of_step(one, status, unit.at, zone()),
    }


def _promise(one: PromiseView) -> dict[str, Any]:
    return {"promised_at": as_time(one.promised_at), "told_at": as_time(one.told_at)}


def _shipment(one: ShipmentView) -> dict[str, Any]:
    return {
        "number": one.number,
        "carrier": one.carrier,
        "tracking": one.tracking,
        "tracking_url": one.tracking_url,
        "lines": [{"line": line, "quantity": quantity} for line, quantity in one.parts],
        "events": [{"kind": event.kind, "at": as_time(event.at), "place": event.place} for event in one.events],
    }
