"""How the steps of an order stand: which are done, which is next, and what became of what was promised. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from portal.orders.promises import BROKEN, standing_of
from portal.orders.statuses import NEVER_LATE


class Promise(Protocol):
    """Until when a step was promised."""

    @property
    def promised_at(self) -> datetime: ...


class Step(Protocol):
    """A step with all that was promised of it, the first promise first."""

    @property
    def name(self) -> str: ...
    @property
    def done_at(self) -> datetime | None: ...
    @property
    def promises(self) -> Sequence[Promise]: ...


def standing_of_step(step: Step, status: str, at: datetime, zone: ZoneInfo) -> str | None:
    """How what was promised first of a step stands, in an order of this status; None where nothing was."""
    if not step.promises:
        return None
    return standing_of(step.promises[0].promised_at, step.done_at, status, at, zone)


@dataclass(frozen=True, slots=True)
class Stood:
    """A step in its place, as it stands at a moment."""

    place: int
    name: str
    done_at: datetime | None
    first: datetime | None
    last: datetime | None
    standing: str | None
    # Whether it is the one that the order is at: the first that is not done.
    is_at: bool = False

    @property
    def is_late(self) -> bool:
        """Whether the day that was promised first is over, and it is not done."""
        return self.done_at is None and self.standing == BROKEN

    @property
    def was_put_off(self) -> bool:
        """Whether another day was named than was promised first."""
        return self.first != self.last


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is: its steps, and the one it is at."""

    steps: tuple[Stood, ...]
    # Whether nobody waits for the rest any more.
    is_over: bool

    @property
    def current(self) -> Stood | None:
        """The step it is at; None once all are done, or nothing is waited for."""
        return next((step for step in self.steps if step.is_at), None)

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(step.done_at is not None for step in self.steps)

    @property
    def all(self) -> int:
        """How many there are."""
        return len(self.steps)


def progress_of(steps: Sequence[Step], status: str, at: datetime, zone: ZoneInfo) -> Progress | None:
    """How the steps of an order of this status stand; None where it has none."""
    if not steps:
        return None
    is_over = status in NEVER_LATE
    left = [place for place, step in enumerate(steps, 1) if step.done_at is None]
    current = left[0] if left and not is_over else None
    return Progress(tuple(_stood(n, step, status, at, zone, current) for n, step in enumerate(steps, 1)), is_over)


def _stood(place: int, step: Step, status: str, at: datetime, zone: ZoneInfo, current: int | None) -> Stood:
    days = [promise.promised_at for promise in step.promises]
    return Stood(
        place=place,
        name=step.name,
        done_at=step.done_at,
        first=days[0] if days else None,
        last=days[-1] if days else None,
        standing=standing_of_step(step, status, at, zone),
        is_at=place == current,
    )
