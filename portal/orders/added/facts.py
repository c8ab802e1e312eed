"""What happens to orders that customers added."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_TABLES = frozenset({"added_orders", "added_order_lines"})


@dataclass(frozen=True, kw_only=True)
class OrderAdded(Fact):
    """The customer wrote an order down, with ``count`` lines."""

    EVENT: ClassVar[str] = "order.added"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES


@dataclass(frozen=True, kw_only=True)
class OrdersAdded(Fact):
    """The customer added the orders of a table, ``count`` of them."""

    EVENT: ClassVar[str] = "order.table-added"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES


@dataclass(frozen=True, kw_only=True)
class AddedOrderChanged(Fact):
    """The customer changed what they had written down."""

    EVENT: ClassVar[str] = "order.added-changed"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES


@dataclass(frozen=True, kw_only=True)
class AddedOrderRemoved(Fact):
    """The customer removed an order that they had added."""

    EVENT: ClassVar[str] = "order.added-removed"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES


@dataclass(frozen=True, kw_only=True)
class AddedOrdersForgotten(Fact):
    """The orders that an erased customer had added are deleted, ``count`` of them."""

    EVENT: ClassVar[str] = "order.added-forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES
