"""When a message that did not arrive is sent again. Pure."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Before each attempt; after the last the message is given up (75 hours and a half after the first)."""
FAILING = timedelta(days=3)
"""An endpoint that took nothing for so long is disabled when a message to it is given up."""
_JITTER = 0.1
_LONGEST_REST = timedelta(days=1)
_ASKS_TO_WAIT = (429, 503)


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts, up to a tenth more than the plan; None where it is given up."""
    if attempts >= len(DELAYS):
        return None
    return DELAYS[attempts] * (1 + random.random() * _JITTER)


def rest_after(status: int | None, headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long a receiver wants to be left alone (``Retry-After`` of a 429 or 503), at most a day."""
    if status not in _ASKS_TO_WAIT:
        return timedelta(0)
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return min(timedelta(seconds=int(told[:9])), _LONGEST_REST)
    try:
        until = parsedate_to_datetime(told)
    except (ValueError, OverflowError):
        return timedelta(0)
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(max(until - now, timedelta(0)), _LONGEST_REST)
