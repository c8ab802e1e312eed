"""A company tells of a shipment, and of what happens to it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update

from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.ids import new_id
from portal.kernel.unit import Unit
from portal.orders.carried import Happened, came_at, left_at
from portal.orders.facts import OrderShipped
from portal.orders.models import Order, OrderLine, Shipment, ShipmentEvent
from portal.orders.reads import held_order
from portal.orders.service.preparing import CREATED, UNCHANGED, UPDATED
from portal.orders.shipment_shapes import SHIPMENTS, ShipmentEventIn, ShipmentIn
from portal.orders.statuses import OPEN

_SEALED = ("tracking", "tracking_url")


def ship(unit: Unit, *, vendor_id: bytes, number: str, shipment: ShipmentIn, test: bool = False) -> str:
    """Takes in a shipment of one of the vendor's orders, new or known; gives created, updated or unchanged."""
    order = _order(unit, vendor_id, number)
    _check_lines(unit, order, shipment)
    known = _known(unit, order.id, shipment.number)
    change = _create(unit, order, shipment) if known is None else _update(unit, order, known, shipment)
    shipment_id = change[1]
    added = _add_events(unit, order, shipment_id, shipment.events)
    outcome = change[0] if change[0] != UNCHANGED or not added else UPDATED
    if outcome != UNCHANGED:
        _follow(unit, order.id)
        about = {"holder": order.holder_id, "vendor": vendor_id, "link": order.link_id, "about": ("order", order.id)}
        unit.note(OrderShipped(**about, basis="own", change=outcome, count=added, test=test))
    return outcome


def _order(unit: Unit, vendor_id: bytes, number: str) -> Any:
    order = held_order(unit, vendor_id, number)
    if order is None:
        raise NotFound
    if order.is_over and order.status not in OPEN:
        raise Conflict("not-connected", "The customer ended the connection with you.")
    return order


def _check_lines(unit: Unit, order: Any, shipment: ShipmentIn) -> None:
    if shipment.lines is None:
        return
    wanted = select(OrderLine.number, OrderLine.quantity).where(OrderLine.order_id == order.id)
    bought = {row.number: row.quantity for row in unit.connection.execute(wanted)}
    if any(part.line not in bought for part in shipment.lines):
        raise Invalid("unknown-line", "Name lines by the numbers that you gave them.", fields={"lines": "no such line"})
    if any(part.quantity > bought[part.line] for part in shipment.lines):
        raise Invalid("more-than-bought", "Send no more of a line than was bought.", fields={"lines": "more than bought"})


def _known(unit: Unit, order_id: bytes, number: str) -> Any:
    wanted = select(Shipment.__table__).where(Shipment.order_id == order_id)
    rows = unit.connection.execute(wanted).all()
    found = next((row for row in rows if row.number == number), None)
    if found is None and len(rows) >= SHIPMENTS:
        raise Conflict("too-many", f"An order has {SHIPMENTS} shipments at most.")
    return found


def _create(unit: Unit, order: Any, shipment: ShipmentIn) -> tuple[str, bytes]:
    id_ = new_id()
    box = unit.box(order.holder_id)
    sealed = {
        name: None if (value := getattr(shipment, name)) is None else box.seal("order_shipments", name, id_, value)
        for name in _SEALED
    }
    row = {
        "id": id_,
        "order_id": order.id,
        "customer_id": order.customer_id,
        "vendor_id": order.vendor_id,
        "number": shipment.number,
        "carrier": shipment.carrier,
        "parts": _parts(shipment),
        "created_at": unit.at,
        "updated_at": unit.at,
    }
    unit.connection.execute(insert(Shipment), [{**row, **sealed}])
    return CREATED, id_


def _update(unit: Unit, order: Any, known: Any, shipment: ShipmentIn) -> tuple[str, bytes]:
    told = {"carrier": shipment.carrier, "parts": _parts(shipment)}
    news: dict[str, Any] = {name: value for name, value in told.items() if value is not None and value != getattr(known, name)}
    box = unit.box(order.holder_id)
    for name in _SEALED:
        value, there = getattr(shipment, name), getattr(known, name)
        if value is not None and (there is None or box.open("order_shipments", name, known.id, there) != value):
            news[name] = box.seal("order_shipments", name, known.id, value)
    if not news:
        return UNCHANGED, known.id
    unit.connection.execute(update(Shipment).where(Shipment.id == known.id).values(**news, updated_at=unit.at))
    return UPDATED, known.id


def _parts(shipment: ShipmentIn) -> list[dict[str, Any]] | None:
    return None if shipment.lines is None else [part.model_dump() for part in shipment.lines]


def _add_events(unit: Unit, order: Any, shipment_id: bytes, events: Sequence[ShipmentEventIn]) -> int:
    wanted = select(ShipmentEvent.kind, ShipmentEvent.at).where(ShipmentEvent.shipment_id == shipment_id)
    known = {(row.kind, row.at) for row in unit.connection.execute(wanted)}
    rows = []
    for event in events:
        if (event.kind, event.at) not in known:
            known.add((event.kind, event.at))
            rows.append(_event(unit, order, shipment_id, event))
    if rows:
        unit.connection.execute(insert(ShipmentEvent), rows)
    return len(rows)


def _event(unit: Unit, order: Any, shipment_id: bytes, event: ShipmentEventIn) -> dict[str, Any]:
    id_, box = new_id(), unit.box(order.holder_id)
    return {
        "id": id_,
        "shipment_id": shipment_id,
        "order_id": order.id,
        "customer_id": order.customer_id,
        "kind": event.kind,
        "at": event.at,
        "place": None if event.place is None else box.seal("order_shipment_events", "place", id_, event.place),
        "told_at": unit.at,
    }


def _follow(unit: Unit, order_id: bytes) -> None:
    """What the order's shipments say of when it left and came."""
    wanted = select(Shipment.id, ShipmentEvent.kind, ShipmentEvent.at).outerjoin(
        ShipmentEvent, ShipmentEvent.shipment_id == Shipment.id
    )
    events: dict[bytes, list[Happened]] = {}
    for row in unit.connection.execute(wanted.where(Shipment.order_id == order_id)):
        events.setdefault(row.id, [])
        if row.kind is not None:
            events[row.id].append((row.kind, row.at))
    times = {"left_at": left_at(events.values()), "came_at": came_at(events.values())}
    unit.connection.execute(update(Order).where(Order.id == order_id).values(times))
