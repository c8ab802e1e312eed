"""The clock: aware UTC, and movable for demonstration data and tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta(0))


def now() -> datetime:
    """This moment, aware UTC with microseconds; moved by :func:`moved`."""
    return datetime.now(UTC) + _shift.get()


@contextmanager
def moved(to: datetime | timedelta) -> Iterator[None]:
    """Within the block the clock reads ``to`` (or runs ahead by it) and goes on ticking."""
    shift = to if isinstance(to, timedelta) else to - datetime.now(UTC)
    token = _shift.set(shift)
    try:
        yield
    finally:
        _shift.reset(token)


def micros(at: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, as entries of the log hold times."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(value: int) -> datetime:
    """The moment of a log entry's integer."""
    return _EPOCH + timedelta(microseconds=value)
