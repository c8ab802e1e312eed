"""Orders that are taken only where they are still as their company saw them last (RFC 9110, section 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from portal.kernel.etags import matches, meets
from portal.kernel.unit import Unit
from portal.orders.reads import Carried, carried_so_far
from portal.orders.shapes import OrderIn, OrderOfMany, Refusal
from portal.orders.shared import own_tags

CHANGED, ABSENT, EXISTS = "changed", "absent", "exists"
UNMET = frozenset({CHANGED, ABSENT, EXISTS})
"""Reasons of a refusal by what the order itself said must be so."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The ETags that orders have now, by number, and what was told of their shipments, by id: where somebody asked."""

    tags: Mapping[str, str]
    carried: Mapping[bytes, Carried]

    def refusal(self, order: OrderIn) -> Refusal | None:
        """Why this order is not taken as things stand, if it said what must be so."""
        if not isinstance(order, OrderOfMany):
            return None
        tag = self.tags.get(order.number)
        if order.if_match is not None and not matches(order.if_match, tag):
            return _NONE if tag is None else _MOVED
        return _THERE if order.if_none_match is not None and meets(order.if_none_match, tag) else None


def seen_as(unit: Unit, vendor_id: bytes, orders: Sequence[OrderIn], known: Mapping[str, Row[Any]]) -> Seen:
    """How those of these orders stand that are to be taken only where something is so. Asks nothing where none is."""
    asked = [order.number for order in orders if isinstance(order, OrderOfMany) and order.is_conditional]
    there = [known[number].id for number in asked if number in known]
    return Seen(own_tags(unit, vendor_id, asked), carried_so_far(unit, there)) if there else Seen({}, {})


_MOVED = Refusal(reason=CHANGED, field="if_match", detail="The order has changed since: read it again, then decide.")
_NONE = Refusal(reason=ABSENT, field="if_match", detail="There is no such order.")
_THERE = Refusal(reason=EXISTS, field="if_none_match", detail="There is such an order already.")
