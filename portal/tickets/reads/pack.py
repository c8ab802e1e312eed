"""What a company sees beside a conversation, so that nobody is asked what was said or is known already.

It holds what the company wrote itself, or was told by this very customer; nothing of what others know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.kernel.unit import Unit
from portal.orders.models import Order, OrderLine
from portal.tickets.clocks import CLOSED
from portal.tickets.machine import ORDER, state_at
from portal.tickets.models import Interaction, Ticket

MOST = 10


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier conversation with the same customer."""

    number: str
    kind: str
    state: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A call or a visit that the company told of."""

    at: datetime
    channel: str
    initiated_by: str
    vendor_id: bytes
    words: str | None


@dataclass(frozen=True, slots=True)
class Pack:
    """What is known between the two, as far as the company may read it."""

    customer_number: str | None
    order: Any | None
    lines: tuple[str, ...]
    before: tuple[Before, ...]
    elsewhere: tuple[Elsewhere, ...]

    @property
    def given(self) -> tuple[str, ...]:
        """What of the customer's it shows, for the record."""
        orders = ("orders.header", "orders.line") if self.order is not None else ()
        return (*orders, *(("ticket.interactions",) if self.elsewhere else ()), "ticket.words")


def pack_for(unit: Unit, row: Any, holder_id: bytes, customer_number: str | None, *, stands: bool) -> Pack:
    """What stands beside one conversation of a company; of what is over nothing, once the link does not stand."""
    order, theirs = _order(unit, row), {"link_id": row.link_id, "vendor_id": row.vendor_id}
    before = [one for one in _before(unit, row) if stands or one.state != CLOSED]
    return Pack(
        customer_number,
        order,
        () if order is None else tuple(_lines(unit, holder_id, order.id)),
        tuple(before),
        tuple(elsewhere_of(unit, holder_id, **theirs)) if stands else (),
    )


def _order(unit: Unit, row: Any) -> Any | None:
    """The order that it is about: the company's own, and still this customer's."""
    if row.about != ORDER:
        return None
    own = (Order.id == row.about_id, Order.vendor_id == row.vendor_id, Order.customer_id == row.customer_id)
    return unit.connection.execute(select(Order.__table__).where(*own)).one_or_none()


def _lines(unit: Unit, holder_id: bytes, order_id: bytes) -> Sequence[str]:
    box = unit.box(holder_id)
    lines = select(OrderLine.id, OrderLine.name).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    rows = unit.connection.execute(lines.limit(MOST))
    return [box.open("order_lines", "name", row.id, row.name) for row in rows if row.name is not None]


def _before(unit: Unit, row: Any) -> Sequence[Before]:
    same = (Ticket.customer_id == row.customer_id, Ticket.vendor_id == row.vendor_id, Ticket.id != row.id)
    columns = (Ticket.number, Ticket.kind, Ticket.state, Ticket.resolved_at, Ticket.changed_at)
    rows = unit.connection.execute(select(*columns).where(*same).order_by(Ticket.changed_at.desc()).limit(MOST))
    return [Before(one.number, one.kind, state_at(one.state, one.resolved_at, unit.at), one.changed_at) for one in rows]


def elsewhere_of(unit: Unit, holder_id: bytes, **which: bytes) -> list[Elsewhere]:
    """Calls and visits that were told of, the latest first; narrowed by columns of theirs."""
    box = unit.box(holder_id)
    rows = select(Interaction.__table__).filter_by(**which).order_by(Interaction.at.desc(), Interaction.id.desc()).limit(MOST)
    return [
        Elsewhere(
            row.at,
            row.channel,
            row.initiated_by,
            row.vendor_id,
            None if row.words is None else box.open("interactions", "words", row.id, row.words),
        )
        for row in unit.connection.execute(rows)
    ]
