"""What is to be told at an endpoint: taken from the log, claimed, and put down with what came of it.

Nothing here calls anybody. A worker that is killed between two of these verbs loses nothing and repeats no row: an event
and the step of its endpoint's place past it are one commit, and so are an outcome and the end of what it ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from portal.events.facts import WebhookDropped
from portal.events.models import WebhookAttempt, WebhookDelivery, WebhookPlace
from portal.events.reads import DeliveryView, EndpointView, find_endpoint, holder_of
from portal.events.reads.due import Behind, Due
from portal.events.retrying import FAILING, pause_after, rest_after
from portal.events.service.endpoints import FAILING as NOT_ARRIVING
from portal.events.service.endpoints import GONE, disable_endpoint
from portal.events.shared import KEPT, Happened
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import Unit
from portal.vendors.reads import vendor_of

LEASE = timedelta(seconds=20)
"""For how long a worker has an endpoint to itself: longer than any call. Another one takes over after it."""
CUT_SHORT = "cut-short"
"""Why an attempt has no outcome: we ended before there was an answer."""
NOT_SHARED = "not-shared"
"""Why a message was not sent that waited, or that somebody asked for again."""
_SLICE = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: the receiver's status where it gave one, else why not; and what was sent."""

    status: int | None
    reason: str | None
    milliseconds: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_taken(self) -> bool:
        """Whether the receiver took it: its status says so, whatever came of the rest of its answer."""
        return self.status is not None and 200 <= self.status < 300


def queue_news(unit: Unit, behind: Behind, events: Sequence[Happened], place: int) -> bool:
    """Puts down what is to be told at an endpoint and moves its place past it; False where another worker has done it."""
    mine = (WebhookPlace.endpoint_id == behind.endpoint_id, WebhookPlace.place == behind.place)
    if unit.connection.execute(update(WebhookPlace).where(*mine).values(place=place)).rowcount != 1:
        return False
    _put(unit, behind.endpoint_id, events)
    return True


def queue_again(unit: Unit, behind: Behind, events: Sequence[Happened], place: int) -> bool:
    """The same for a stretch that is told again: what was told has its round of attempts anew, under its old id."""
    over = place >= (behind.again_until or 0)
    values = {"again": None, "again_until": None} if over else {"again": place}
    mine = (WebhookPlace.endpoint_id == behind.endpoint_id, WebhookPlace.again == behind.again)
    if unit.connection.execute(update(WebhookPlace).where(*mine).values(values)).rowcount != 1:
        return False
    for some in _parts(events):
        here = WebhookDelivery.endpoint_id == behind.endpoint_id, WebhookDelivery.idx.in_([one.idx for one in some])
        known = set(unit.connection.execute(select(WebhookDelivery.idx).where(*here)).scalars())
        anew = {"state": "waiting", "attempts": 0, "next_at": unit.at, "ended_at": None}
        unit.connection.execute(update(WebhookDelivery).where(*here, WebhookDelivery.state != "waiting").values(anew))
        _put(unit, behind.endpoint_id, [one for one in some if one.idx not in known])
    return True


def _put(unit: Unit, endpoint_id: bytes, events: Sequence[Happened]) -> None:
    about = {"endpoint_id": endpoint_id, "state": "waiting", "attempts": 0, "next_at": unit.at, "created_at": unit.at}
    rows = [
        {**about, "id": new_id(), "event_id": one.id, "kind": one.kind, "idx": one.idx, "link_id": one.link_id}
        for one in events
    ]
    if rows:
        unit.connection.execute(insert(WebhookDelivery), rows)


def _parts(events: Sequence[Happened]) -> list[Sequence[Happened]]:
    return [events[start : start + _SLICE] for start in range(0, len(events), _SLICE)]


def claim_endpoint(unit: Unit, due: Due) -> Due | None:
    """Takes an endpoint for a while; None where another worker was there first. A claim that ran out is taken over."""
    free = or_(WebhookPlace.claimed_until.is_(None), WebhookPlace.claimed_until < unit.at)
    mine = (WebhookPlace.endpoint_id == due.endpoint_id, WebhookPlace.claim == due.claim, free)
    values = {"claim": due.claim + 1, "claimed_until": unit.at + LEASE}
    taken = unit.connection.execute(update(WebhookPlace).where(*mine).values(values)).rowcount
    return Due(due.endpoint_id, due.claim + 1) if taken == 1 else None


def release(unit: Unit, claimed: Due) -> None:
    """Gives an endpoint back."""
    _at_place(unit, claimed, claimed_until=None)


def _at_place(unit: Unit, claimed: Due, **values: Any) -> bool:
    """Writes to an endpoint's place if the claim on it still counts."""
    mine = (WebhookPlace.endpoint_id == claimed.endpoint_id, WebhookPlace.claim == claimed.claim)
    return unit.connection.execute(update(WebhookPlace).where(*mine).values(values)).rowcount == 1


def drop(unit: Unit, claimed: Due, delivery: DeliveryView) -> bool:
    """Puts down that a message was not sent since it does not show any more; False where the claim has run out."""
    if not _at_place(unit, claimed, claimed_until=unit.at + LEASE):
        return False
    if delivery.asked_at is not None:
        _put_attempt(unit, delivery, Outcome(None, NOT_SHARED, 0, delivery.body or b""), asked=True)
    over = {"state": "dropped", "next_at": None, "ended_at": unit.at} if delivery.state == "waiting" else {}
    values = {**over, "asked_at": None}
    unit.connection.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery.id).values(values))
    endpoint = find_endpoint(unit, claimed.endpoint_id)
    unit.note(
        WebhookDropped(
            holder=holder_of(unit, delivery),
            vendor=endpoint.vendor_id,
            link=delivery.link_id,
            endpoint=text_of(endpoint.id),
            event=delivery.idx or 0,
            reason=NOT_SHARED,
            test=vendor_of(unit, endpoint.vendor_id).mode == "test",
        )
    )
    return True


def record(unit: Unit, claimed: Due, delivery: DeliveryView, outcome: Outcome) -> bool:
    """Puts an attempt down with all that follows from it; False where the claim has run out, and nothing follows."""
    endpoint = find_endpoint(unit, claimed.endpoint_id)
    asked = delivery.asked_at is not None
    after = _after(unit, delivery, outcome)
    health = {} if asked else _health(unit, endpoint, outcome)
    if not _at_place(unit, claimed, claimed_until=unit.at + LEASE, **health):
        return False
    _put_attempt(unit, delivery, outcome, asked)
    unit.connection.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery.id).values(body=outcome.body, **after))
    why = None if asked else _why_over(unit, endpoint, outcome, after["state"])
    if why is not None:
        disable_endpoint(unit, vendor_id=endpoint.vendor_id, endpoint_id=endpoint.id, reason=why)
    return True


def cut_short(unit: Unit, claimed: Due, delivery: DeliveryView, *, milliseconds: int, body: bytes) -> bool:
    """Puts down that we ended before a receiver answered, and gives its endpoint back; False where the claim has run out.

    It may have been taken: it is sent again at once, under its id, and of its plan nothing but a first attempt is used up.
    Whatever the call comes to after this ends nothing.
    """
    if not _at_place(unit, claimed, claim=claimed.claim + 1, claimed_until=None):
        return False
    _put_attempt(unit, delivery, Outcome(None, CUT_SHORT, milliseconds, body), asked=delivery.asked_at is not None)
    # One attempt at the least was made: the next is no look of its own.
    values = {"body": body, "attempts": max(1, delivery.attempts)}
    unit.connection.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery.id).values(values))
    return True


def _put_attempt(unit: Unit, delivery: DeliveryView, outcome: Outcome, asked: bool) -> None:
    row = {"id": new_id(), "delivery_id": delivery.id, "at": unit.at, "status": outcome.status, "reason": outcome.reason}
    unit.connection.execute(insert(WebhookAttempt).values(**row, milliseconds=outcome.milliseconds, asked=asked))


def _after(unit: Unit, delivery: DeliveryView, outcome: Outcome) -> dict[str, Any]:
    """What becomes of a message."""
    if outcome.is_taken:
        return {"state": "delivered", "next_at": None, "asked_at": None, "ended_at": unit.at}
    if delivery.asked_at is not None:
        # One attempt: what the plan holds for it stays, and of what has no plan nothing follows.
        has_plan = delivery.state != "waiting" or delivery.next_at is not None
        return {"asked_at": None, "state": delivery.state if has_plan else "given-up"}
    attempts = delivery.attempts + 1
    pause = pause_after(attempts)
    if pause is None:
        return {"state": "given-up", "attempts": attempts, "next_at": None, "ended_at": unit.at}
    rest = rest_after(outcome.status, outcome.headers, unit.at)
    return {"state": "waiting", "attempts": attempts, "next_at": unit.at + max(pause, rest)}


def _health(unit: Unit, endpoint: EndpointView, outcome: Outcome) -> dict[str, Any]:
    """How an endpoint fares after an attempt of the plan."""
    if outcome.is_taken:
        return {"failing_since": None, "rest_until": None, "delivered_at": unit.at}
    rest = rest_after(outcome.status, outcome.headers, unit.at)
    return {"failing_since": endpoint.failing_since or unit.at, "rest_until": unit.at + rest if rest else None}


def _why_over(unit: Unit, endpoint: EndpointView, outcome: Outcome, state: str) -> str | None:
    """Why an endpoint is told nothing any more after an attempt; None where it is."""
    if outcome.status == 410:
        return GONE
    fails = endpoint.failing_since is not None and endpoint.failing_since <= unit.at - FAILING
    return NOT_ARRIVING if state == "given-up" and fails else None


def old_deliveries(unit: Unit, after: bytes) -> Sequence[bytes]:
    """Deliveries, waiting ones too, whose event is longer ago than the feed goes back."""
    old = select(WebhookDelivery.id).where(WebhookDelivery.id > after, WebhookDelivery.created_at < unit.at - KEPT)
    return unit.connection.execute(old.order_by(WebhookDelivery.id).limit(_SLICE)).scalars().all()


def forget_deliveries(unit: Unit, ids: Sequence[bytes]) -> int:
    """Deletes deliveries with their bodies and attempts; gives how many."""
    unit.connection.execute(delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(ids)))
    return unit.connection.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids))).rowcount
