"""What happened to an order and what is to come, in one line of time: told, promised, done, sent, come. Pure.

Codes and moments alone; what they are called stands in :mod:`portal.orders.words`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from portal.orders.promises import BROKEN, KEPT, standing_of
from portal.orders.steps import Progress, Stood

PLACED, APPROVED, PROMISED, PROMISED_AGAIN, SENT, CAME, MISSED = (
    "placed", "approved", "promised", "promised-again", "sent", "came", "missed",
)  # fmt: skip

STEP, NEXT_STEP, LATER_STEP = "step", "next-step", "later-step"
"""A step that is done; the one the order is at; those behind it."""

_LOOKS = {"delivered": "good", "problem": "wrong", "returned": "wrong", "attempted": "notice"}


class Told(Protocol):
    """What is known of an order."""

    @property
    def placed_at(self) -> datetime: ...
    @property
    def approved_at(self) -> datetime | None: ...
    @property
    def left(self) -> datetime | None: ...
    @property
    def came(self) -> datetime | None: ...
    @property
    def status(self) -> str: ...


class Promise(Protocol):
    """For when it was promised, and when that was said."""

    @property
    def promised_at(self) -> datetime: ...
    @property
    def told_at(self) -> datetime: ...


class Event(Protocol):
    """What happened to a shipment."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def place(self) -> str | None: ...


class Shipment(Protocol):
    """A shipment of the order."""

    @property
    def number(self) -> str: ...
    @property
    def events(self) -> Sequence[Event]: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, or with no ``at`` one that is to come. ``day`` is the day that was promised; ``place`` and
    ``parcel`` are a shipment's, ``step`` is a step's."""

    at: datetime | None
    kind: str
    look: str = "neutral"
    day: datetime | None = None
    place: str | None = None
    parcel: str | None = None
    step: Stood | None = None


def standing(order: Told, promises: Sequence[Promise], at: datetime, zone: ZoneInfo) -> str | None:
    """How what was promised first stands; None where nothing was."""
    if not promises:
        return None
    return standing_of(promises[0].promised_at, order.came, order.status, at, zone)


def timeline(
    order: Told,
    promises: Sequence[Promise],
    shipments: Sequence[Shipment],
    at: datetime,
    zone: ZoneInfo,
    progress: Progress | None = None,
) -> list[Moment]:
    """All that is to come, the farthest first, and all that happened, the newest first: time runs upwards throughout."""
    steps = () if progress is None else progress.steps
    found = [*_stages(order), *_promises(promises), *_events(shipments), *_outcome(order, promises, at, zone), *_done(steps)]
    # Of steps done at one moment the later one stands above.
    found.sort(key=lambda moment: (moment.at, moment.step.place if moment.step else 0), reverse=True)
    ahead = [] if progress is None or progress.is_over else list(_ahead(progress.steps))
    return [*reversed(ahead), *found]


def _done(steps: Iterable[Stood]) -> Iterator[Moment]:
    for step in steps:
        if step.done_at is not None:
            look = {KEPT: "good", BROKEN: "wrong"}.get(step.standing or "", "good")
            yield Moment(step.done_at, STEP, look, step.first, step=step)


def _ahead(steps: Iterable[Stood]) -> Iterator[Moment]:
    for step in steps:
        if step.done_at is None:
            look = "wrong" if step.is_late else "next" if step.is_at else "quiet"
            yield Moment(None, NEXT_STEP if step.is_at else LATER_STEP, look, step.first, step=step)


def _stages(order: Told) -> Iterator[Moment]:
    yield Moment(order.placed_at, PLACED)
    if order.approved_at is not None:
        yield Moment(order.approved_at, APPROVED)
    if order.left is not None:
        yield Moment(order.left, SENT)


def _promises(promises: Sequence[Promise]) -> Iterator[Moment]:
    for turn, promise in enumerate(promises):
        kind, look = (PROMISED_AGAIN, "notice") if turn else (PROMISED, "neutral")
        yield Moment(promise.told_at, kind, look, promise.promised_at)


def _events(shipments: Iterable[Shipment]) -> Iterator[Moment]:
    several = len(list(shipments)) > 1
    for shipment in shipments:
        for event in shipment.events:
            parcel = shipment.number if several else None
            yield Moment(event.at, f"parcel-{event.kind}", _LOOKS.get(event.kind, "neutral"), None, event.place, parcel)


def _outcome(order: Told, promises: Sequence[Promise], at: datetime, zone: ZoneInfo) -> Iterator[Moment]:
    """That it came, and whether as promised; or that the promised day is over and it has not come."""
    stands = standing(order, promises, at, zone)
    day = promises[0].promised_at if promises else None
    if order.came is not None:
        look = {KEPT: "good", BROKEN: "wrong"}.get(stands or "", "good")
        yield Moment(order.came, CAME, look, day if stands in (KEPT, BROKEN) else None)
    elif stands == BROKEN and day is not None:
        yield Moment(day, MISSED, "wrong", day)
