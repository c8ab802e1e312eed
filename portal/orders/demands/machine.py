"""What may be asked of an order, and what may be done about it then: one table for buttons, API and tests. Pure.

Return is Shopify's machine, claim Medusa's, withdrawal that of Article 11a of Directive 2011/83/EU.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from portal.orders.statuses import STATUSES

CANCELLATION, RETURN, CLAIM, WITHDRAWAL, CHANGE, REORDER, NOT_MINE = KINDS = (
    *("cancellation", "return", "claim", "withdrawal", "change", "reorder", "not-mine"),
)
CUSTOMER, COMPANY, HOUSE = "customer", "company", "house"
"""Who does something about it; the house itself sends receipts."""
CLAIM_TYPES = ("replace", "refund")
CLAIM_REASONS = ("missing_item", "wrong_item", "production_failure", "other")
CHANGES = ("address", "slot", "quantity")
FILED = frozenset({RETURN, CLAIM})
"""What photographs and papers go with: what shows how a thing came."""


class Move(NamedTuple):
    """Who may do it, and where it leads."""

    who: str
    to: str


_ANSWERED = {"accept": Move(COMPANY, "closed"), "decline": Move(COMPANY, "declined")}
_ASKED: dict[str, Move] = {"take-back": Move(CUSTOMER, "canceled"), "remind": Move(CUSTOMER, "requested")}
_PLAIN = {"requested": {**_ANSWERED, **_ASKED}, "closed": {}, "declined": {}, "canceled": {}}
_OPENED = {"accept": Move(COMPANY, "open"), "decline": Move(COMPANY, "declined"), **_ASKED}
_OPEN = {"close": Move(COMPANY, "closed"), "take-back": Move(CUSTOMER, "canceled")}
_RECEIVE = {"receive": Move(COMPANY, "partially_received")}

MACHINES: Mapping[str, Mapping[str, Mapping[str, Move]]] = {
    **dict.fromkeys((CANCELLATION, CHANGE, REORDER, NOT_MINE), _PLAIN),
    RETURN: {
        **_PLAIN,
        "requested": _OPENED,
        "open": {**_OPEN, **_RECEIVE},
        "partially_received": {"close": Move(COMPANY, "closed"), **_RECEIVE},
    },
    CLAIM: {**_PLAIN, "requested": _OPENED, "open": _OPEN},
    WITHDRAWAL: {
        "started": {"confirm": Move(CUSTOMER, "submitted")},
        "submitted": {"send-receipt": Move(HOUSE, "receipt_sent")},
        "receipt_sent": {"acknowledge": Move(COMPANY, "acknowledged_by_vendor"), "remind": Move(CUSTOMER, "receipt_sent")},
        "acknowledged_by_vendor": {"settle": Move(COMPANY, "settled"), "dispute": Move(COMPANY, "disputed")},
        "settled": {},
        "disputed": {},
    },
}
"""Of each kind its states, and of each state what may be done in it."""
ACTIONS: tuple[str, ...] = tuple(
    dict.fromkeys(action for machine in MACHINES.values() for moves in machine.values() for action in moves)
)
FIRST: Mapping[str, str] = {kind: "started" if kind == WITHDRAWAL else "requested" for kind in KINDS}
WAITING = frozenset({"requested", "receipt_sent"})
"""States in which the company has not answered."""
OPEN_STATES = WAITING | {"open", "partially_received", "acknowledged_by_vendor"}
"""States in which something is still for the company to do."""
_FREED = frozenset({"declined", "canceled", "started"})


def allowed_actions(kind: str, state: str, who: str) -> tuple[str, ...]:
    """What somebody may do about it now."""
    return tuple(action for action, move in MACHINES[kind][state].items() if move.who == who)


def binds(kind: str, state: str, asked: str) -> bool:
    """Whether the pieces that it names are taken for whoever asks for ``asked``: nobody asks for them a second time."""
    if kind not in COUNTED or state in _FREED:
        return False
    # The law's right waits for no company's yes: what was only asked for by its own rules does not stand in its way.
    if asked == WITHDRAWAL and kind != WITHDRAWAL:
        return kind != CLAIM and state == "closed"
    # What was put right under a guarantee may break again.
    return not (kind == CLAIM and state == "closed")


def pays_back(kind: str, action: str) -> bool:
    """Whether an answer may say what is paid back: it puts an end to something about pieces, and not by a no."""
    leads = {moves[action].to for moves in MACHINES[kind].values() if action in moves}
    return kind in COUNTED and not leads.isdisjoint(("closed", "settled"))


# What may be asked for

_BEFORE = frozenset({"OrderPaymentDue", "OrderProcessing"})
STARTS: Mapping[str, frozenset[str]] = {
    CANCELLATION: _BEFORE | {"OrderPickupAvailable", "OrderProblem"},
    RETURN: frozenset({"OrderDelivered"}),
    CLAIM: frozenset({"OrderDelivered", "OrderProblem"}),
    WITHDRAWAL: frozenset(STATUSES) - {"OrderReturned", "OrderCancelled"},
    CHANGE: _BEFORE,
    REORDER: frozenset(STATUSES),
    NOT_MINE: frozenset(STATUSES),
}
"""In which states of an order, or of a line, it may be asked for."""
COUNTED = frozenset({CANCELLATION, RETURN, CLAIM, WITHDRAWAL})
"""What names lines and quantities that are then taken."""


class Standing(NamedTuple):
    """How an order stands, for what may be asked about it."""

    status: str
    at: datetime
    is_frozen: bool = False
    return_until: datetime | None = None
    guarantee_until: datetime | None = None
    # What the company's card says that it takes: changes by name, and orders anew.
    changes: frozenset[str] = frozenset()
    takes_reorders: bool = False
    # How many pieces nobody has asked for yet, and kinds of which one is waiting.
    left: int = 1
    waiting: frozenset[str] = frozenset()


def reason_not(kind: str, order: Standing) -> str | None:
    """Why something cannot be asked for now, as a code; None where it can."""
    if order.is_frozen:
        return "frozen"
    if order.status not in STARTS[kind]:
        return reason_of_status(kind, order.status)
    # A withdrawal is never turned away by a day that a program reckoned.
    if kind == RETURN and order.return_until is not None and order.at > order.return_until:
        return "return-time-over"
    if kind == CLAIM and order.guarantee_until is not None and order.at > order.guarantee_until:
        return "guarantee-over"
    if (kind == CHANGE and not order.changes) or (kind == REORDER and not order.takes_reorders):
        return "not-offered"
    if kind in order.waiting and kind not in COUNTED:
        return "already-asked"
    return "all-asked" if kind in COUNTED and order.left <= 0 else None


def reason_of_status(kind: str, status: str) -> str | None:
    """Why it cannot be asked for of what stands so; None where it can."""
    if status in STARTS[kind]:
        return None
    if status in ("OrderReturned", "OrderCancelled"):
        return "nothing-left"
    if kind in (RETURN, CLAIM):
        return "not-here-yet"
    return "came-already" if status == "OrderDelivered" else "on-its-way"


def allowed_starts(order: Standing) -> tuple[str, ...]:
    """What may be asked for now."""
    return tuple(kind for kind in KINDS if reason_not(kind, order) is None)
