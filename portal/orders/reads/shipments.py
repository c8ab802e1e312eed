"""Shipments of orders with what happened to them, and the ledger of what was promised."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal.customers.models import Customer
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.orders.models import Order, OrderPromise, Shipment, ShipmentEvent


@dataclass(frozen=True, slots=True)
class EventView:
    """What happened to a shipment."""

    kind: str
    at: datetime
    place: str | None


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A shipment, opened, with its events, the oldest first."""

    number: str
    carrier: str | None
    tracking: str | None
    tracking_url: str | None
    parts: tuple[tuple[str, int], ...]
    events: tuple[EventView, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PromiseView:
    """For when an order was promised, and when that was said."""

    promised_at: datetime
    told_at: datetime


def held_order(unit: Unit, vendor_id: bytes, number: str) -> Any:
    """A vendor's order by its own number, held until the unit commits: nobody changes or moves it meanwhile.

    With the holder of its customer, and whether its link is over. None where there is none.
    """
    wanted = (
        select(Order.__table__, Customer.holder_id, Link.state.label("link_state"), Link.blocked_at)
        .join(Customer, Customer.id == Order.customer_id)
        .join(Link, Link.id == Order.link_id)
        .where(Order.vendor_id == vendor_id, Order.number == number)
        .with_for_update(of=Order)
    )
    return next((_Held(row) for row in unit.connection.execute(wanted)), None)


class _Held:
    """A held order's row; ``is_over`` where its customer ended or blocked the link."""

    def __init__(self, row: Any) -> None:
        self._row = row
        self.is_over = row.link_state == "ended" or row.blocked_at is not None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


Carried = tuple[int, datetime | None, int]
"""How many shipments an order has, when one of them was last changed, and how many events they have."""


def carried_so_far(unit: Unit, order_ids: Collection[bytes]) -> dict[bytes, Carried]:
    """What was told of the shipments of some orders, in numbers that move with each news of them."""
    shipments = select(Shipment.order_id, func.count(), func.max(Shipment.updated_at)).group_by(Shipment.order_id)
    events = select(ShipmentEvent.order_id, func.count()).group_by(ShipmentEvent.order_id)
    told = unit.connection.execute(events.where(ShipmentEvent.order_id.in_(order_ids)))
    happened = {row[0]: row[1] for row in told}
    found = dict.fromkeys(order_ids, (0, None, 0))
    rows = unit.connection.execute(shipments.where(Shipment.order_id.in_(order_ids)))
    return found | {order_id: (count, at, happened.get(order_id, 0)) for order_id, count, at in rows}


def shipments_of(unit: Unit, order_ids: Sequence[bytes], box_of: Callable[[bytes], Box]) -> dict[bytes, list[ShipmentView]]:
    """The shipments of some orders, each opened by its customer's box, in the order in which they were told."""
    rows = unit.connection.execute(
        select(Shipment.__table__).where(Shipment.order_id.in_(order_ids)).order_by(Shipment.created_at, Shipment.id)
    ).all()
    events = _events(unit, order_ids, box_of) if rows else {}
    found: dict[bytes, list[ShipmentView]] = {}
    for row in rows:
        found.setdefault(row.order_id, []).append(_view(row, box_of(row.customer_id), events.get(row.id, [])))
    return found


def _events(unit: Unit, order_ids: Sequence[bytes], box_of: Callable[[bytes], Box]) -> dict[bytes, list[EventView]]:
    wanted = select(ShipmentEvent.__table__).where(ShipmentEvent.order_id.in_(order_ids))
    found: dict[bytes, list[EventView]] = {}
    for row in unit.connection.execute(wanted.order_by(ShipmentEvent.at, ShipmentEvent.id)):
        place = _opened(box_of(row.customer_id), "order_shipment_events", "place", row)
        found.setdefault(row.shipment_id, []).append(EventView(row.kind, row.at, place))
    return found


def _view(row: Any, box: Box, events: Sequence[EventView]) -> ShipmentView:
    return ShipmentView(
        number=row.number,
        carrier=row.carrier,
        tracking=_opened(box, "order_shipments", "tracking", row),
        tracking_url=_opened(box, "order_shipments", "tracking_url", row),
        parts=tuple((part["line"], part["quantity"]) for part in row.parts or ()),
        events=tuple(events),
        created_at=row.created_at,
    )


def _opened(box: Box, table: str, column: str, row: Any) -> str | None:
    sealed = getattr(row, column)
    return None if sealed is None else box.open(table, column, row.id, sealed)


def promises_of(unit: Unit, order_ids: Sequence[bytes]) -> dict[bytes, list[PromiseView]]:
    """The ledger of some orders, the first promise first."""
    wanted = select(OrderPromise.order_id, OrderPromise.promised_at, OrderPromise.told_at)
    found: dict[bytes, list[PromiseView]] = {}
    for row in unit.connection.execute(wanted.where(OrderPromise.order_id.in_(order_ids)).order_by(OrderPromise.turn)):
        found.setdefault(row.order_id, []).append(PromiseView(row.promised_at, row.told_at))
    return found
