"""What happens to orders."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_TABLES = frozenset({"orders", "order_lines", "order_promises"})
_STEPS = frozenset({"order_steps", "order_step_promises"})
_DEMANDS = frozenset({"order_demands", "order_demand_lines", "order_demand_steps"})
_ALL = _TABLES | _STEPS | _DEMANDS | {"order_shipments", "order_shipment_events"}
"""Whatever hangs on an order."""


@dataclass(frozen=True, kw_only=True)
class OrderPut(Fact):
    """A company told an order: a new one, or news of one."""

    EVENT: ClassVar[str] = "order.put"
    EXPLAINS: ClassVar[frozenset[str]] = _TABLES | _STEPS
    change: str
    status: str
    order_version: int


@dataclass(frozen=True, kw_only=True)
class OrderShipped(Fact):
    """A company told of a shipment of an order, or what happened to one; ``count`` events are new."""

    EVENT: ClassVar[str] = "order.shipped"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"orders", "order_shipments", "order_shipment_events"})
    change: str


@dataclass(frozen=True, kw_only=True)
class _Marked(Fact):
    """The customer's own word on an order or line; others' reads must see it at once."""

    EXPLAINS: ClassVar[frozenset[str]] = _TABLES | {"customers"}


@dataclass(frozen=True, kw_only=True)
class OrderHidden(_Marked):
    """The customer hid a whole order from every company but its seller."""

    EVENT: ClassVar[str] = "order.hidden"


@dataclass(frozen=True, kw_only=True)
class OrderShown(_Marked):
    """The customer took back the hiding of a whole order."""

    EVENT: ClassVar[str] = "order.shown"


@dataclass(frozen=True, kw_only=True)
class OrderLineHidden(_Marked):
    """The customer hid one line from every company but its seller."""

    EVENT: ClassVar[str] = "order.line-hidden"


@dataclass(frozen=True, kw_only=True)
class OrderLineShown(_Marked):
    """The customer took back the hiding of a line."""

    EVENT: ClassVar[str] = "order.line-shown"


@dataclass(frozen=True, kw_only=True)
class OrderLineMarked(_Marked):
    """The customer said what a line was: a gift, not their own taste."""

    EVENT: ClassVar[str] = "order.line-marked"
    mark: str


@dataclass(frozen=True, kw_only=True)
class OrderLineUnmarked(_Marked):
    """The customer took back a mark."""

    EVENT: ClassVar[str] = "order.line-unmarked"
    mark: str


@dataclass(frozen=True, kw_only=True)
class OrdersMoved(Fact):
    """A found relationship's orders went to the person they belong to, or back."""

    EVENT: ClassVar[str] = "order.moved"
    EXPLAINS: ClassVar[frozenset[str]] = _ALL


@dataclass(frozen=True, kw_only=True)
class OrdersIndexed(Fact):
    """The words of ``count`` orders were brought into the look-up by words."""

    EVENT: ClassVar[str] = "order.indexed"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"orders"})


@dataclass(frozen=True, kw_only=True)
class OrdersForgotten(Fact):
    """An erased customer's orders are deleted, ``count`` of them. Their sellers keep what they have of them."""

    EVENT: ClassVar[str] = "order.forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = _ALL


@dataclass(frozen=True, kw_only=True)
class OrdersDisclosed(Fact):
    """A company read orders of one customer."""

    EVENT: ClassVar[str] = "orders.disclosed"
    outcome: str = "given"


@dataclass(frozen=True, kw_only=True)
class _Demanded(Fact):
    """Something that a customer asks for about an order; one that is not theirs is kept from all other reads."""

    EXPLAINS: ClassVar[frozenset[str]] = _DEMANDS | {"orders", "customers"}
    kind: str


@dataclass(frozen=True, kw_only=True)
class DemandMade(_Demanded):
    """The customer asked a company to cancel an order, take things back, put them right, or whatever ``kind`` says."""

    EVENT: ClassVar[str] = "demand.made"


@dataclass(frozen=True, kw_only=True)
class WithdrawalStarted(Fact):
    """The customer began to withdraw from a contract; nothing follows from it before it is confirmed."""

    EVENT: ClassVar[str] = "demand.started"
    EXPLAINS: ClassVar[frozenset[str]] = _DEMANDS


@dataclass(frozen=True, kw_only=True)
class DemandTakenBack(_Demanded):
    """The customer asks for it no longer."""

    EVENT: ClassVar[str] = "demand.taken-back"


@dataclass(frozen=True, kw_only=True)
class DemandReminded(_Demanded):
    """The customer reminded a company that did not answer by its day."""

    EVENT: ClassVar[str] = "demand.reminded"


@dataclass(frozen=True, kw_only=True)
class DemandAnswered(_Demanded):
    """A company answered, or did something about it; ``state`` is what that led to.

    Whoever declared it without an account is told by mail, and forgotten once nothing more comes of it.
    """

    EVENT: ClassVar[str] = "demand.answered"
    EXPLAINS: ClassVar[frozenset[str]] = _Demanded.EXPLAINS | {"guest_withdrawals"}
    action: str
    state: str


@dataclass(frozen=True, kw_only=True)
class DemandsDisclosed(Fact):
    """A company read what one of its customers asked for; ``about`` names it."""

    EVENT: ClassVar[str] = "demand.disclosed"
    outcome: str = "given"


_GUESTS = frozenset({"guest_withdrawals"})


@dataclass(frozen=True, kw_only=True)
class WithdrawalLinkSent(Fact):
    """Somebody without an account was mailed a link by which they can withdraw from a contract with a company."""

    EVENT: ClassVar[str] = "withdrawal.link-sent"
    EXPLAINS: ClassVar[frozenset[str]] = _GUESTS


@dataclass(frozen=True, kw_only=True)
class WithdrawalDeclared(Fact):
    """Somebody withdrew from a contract by a mailed link, without an account; no order here is known to be meant."""

    EVENT: ClassVar[str] = "withdrawal.declared"
    EXPLAINS: ClassVar[frozenset[str]] = _GUESTS


@dataclass(frozen=True, kw_only=True)
class WithdrawalAttached(Fact):
    """The same, where an order here is meant: what was declared goes on as what its customer asks (``about``)."""

    EVENT: ClassVar[str] = "withdrawal.attached"
    EXPLAINS: ClassVar[frozenset[str]] = _GUESTS


@dataclass(frozen=True, kw_only=True)
class WithdrawalAnswered(Fact):
    """A company did something about a withdrawal without an account; ``state`` is what that led to."""

    EVENT: ClassVar[str] = "withdrawal.answered"
    EXPLAINS: ClassVar[frozenset[str]] = _GUESTS
    action: str
    state: str


@dataclass(frozen=True, kw_only=True)
class WithdrawalDisclosed(Fact):
    """A company read a withdrawal that was declared without an account; ``about`` names it."""

    EVENT: ClassVar[str] = "withdrawal.disclosed"
    outcome: str = "given"


@dataclass(frozen=True, kw_only=True)
class WithdrawalsForgotten(Fact):
    """Links that nobody used, and withdrawals whose time is over, were deleted with their keys: ``count`` of them."""

    EVENT: ClassVar[str] = "withdrawal.forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = _GUESTS
