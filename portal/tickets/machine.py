"""What may be done with a conversation: one table, by who acts and how it stands. Pure.

Pages draw their buttons from it, the API its answers, and the services ask it before they write: there is no second list.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from portal.tickets.clocks import (
    CLOSED,
    CUSTOMER,
    OPEN,
    RESOLVED,
    STATES,
    VENDOR,
    WAITING_CUSTOMER,
    WAITING_THIRD,
    WAITING_VENDOR,
)

QUESTION, FAULT, COMPLAINT, SUGGESTION = KINDS = ("question", "fault", "complaint", "suggestion")
ORDER, GRANT, ENTRY = THINGS = ("order", "grant", "entry")
"""What a conversation can be about, beside nothing in particular."""
ACTORS = (CUSTOMER, VENDOR)
GRACE = timedelta(days=2)
"""How long something that was solved can be opened again; after that it is closed."""
LOW, MEDIUM, HIGH = DEGREES = (1, 2, 3)
"""How much it hinders, as the customer says, and how soon it is needed, as the company judges."""

REPLY, CALL, CLOSE, REOPEN, FOLLOW, RATE = _CUSTOMERS = ("reply", "call", "close", "reopen", "follow", "rate")
TAKE, ANSWER, PROGRESS, HOLD, RESUME, RESOLVE = _SEEN = ("take", "answer", "progress", "hold", "resume", "resolve")
NOTE, HAND_OVER, WEIGH = INSIDE = ("note", "hand_over", "weigh")
"""What a company does among itself: its customer sees nothing of it."""
ACTIONS = (*_CUSTOMERS, *_SEEN, *INSIDE)
NEEDS_WORDS = frozenset({REPLY, CALL, REOPEN, FOLLOW, ANSWER, PROGRESS, RESOLVE, NOTE})
"""What is nothing without something said."""
MAY_HAVE_WORDS = NEEDS_WORDS | {CLOSE, HOLD}

_UNDER_WAY = (OPEN, WAITING_VENDOR, WAITING_CUSTOMER, WAITING_THIRD)


def _to(state: str, *froms: str) -> dict[str, str]:
    return dict.fromkeys(froms, state)


def _stays(*states: str) -> dict[str, str]:
    return {state: state for state in states}


_ITS_TURN = _stays(OPEN) | _to(WAITING_VENDOR, WAITING_VENDOR, WAITING_CUSTOMER, WAITING_THIRD)
TABLE: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    CUSTOMER: {
        REPLY: _ITS_TURN,
        CALL: _ITS_TURN,
        CLOSE: _to(CLOSED, *_UNDER_WAY, RESOLVED),
        REOPEN: _to(WAITING_VENDOR, RESOLVED),
        # What is closed stays closed: a new one begins, which is linked to it.
        FOLLOW: _stays(CLOSED),
        RATE: _stays(RESOLVED, CLOSED),
    },
    VENDOR: {
        TAKE: _to(WAITING_VENDOR, OPEN),
        ANSWER: _to(WAITING_CUSTOMER, *_UNDER_WAY),
        PROGRESS: _to(WAITING_VENDOR, *_UNDER_WAY),
        HOLD: _to(WAITING_THIRD, OPEN, WAITING_VENDOR, WAITING_CUSTOMER),
        RESUME: _to(WAITING_VENDOR, WAITING_THIRD),
        RESOLVE: _to(RESOLVED, *_UNDER_WAY),
        NOTE: _stays(*STATES),
        HAND_OVER: _stays(*_UNDER_WAY, RESOLVED),
        WEIGH: _stays(*_UNDER_WAY),
    },
}
"""Actor × action × state, and the state that follows. What stands not in it is refused."""


def state_at(state: str, resolved_at: datetime | None, at: datetime) -> str:
    """How a conversation stands at a moment: what was solved is closed when its grace is over, by no job."""
    over = state == RESOLVED and resolved_at is not None and at >= resolved_at + GRACE
    return CLOSED if over else state


def allowed_actions(state: str, actor: str) -> tuple[str, ...]:
    """What this actor may do now, in the order of the table."""
    return tuple(action for action, moves in TABLE[actor].items() if state in moves)


def next_state(state: str, actor: str, action: str) -> str | None:
    """The state that follows; None where it may not be done."""
    return TABLE[actor].get(action, {}).get(state)


def priority_of(impact: int, urgency: int) -> int:
    """From 1, the most pressing, to 5: of how much it hinders and how soon it is needed, neither alone decides."""
    return 7 - impact - urgency


def waits_for_vendor(state: str) -> bool:
    """Whether it is the company's turn."""
    return state in (OPEN, WAITING_VENDOR)
