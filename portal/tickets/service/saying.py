"""Something is said or done in a conversation: by its customer or its company, as the table of the machine allows."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.kernel.errors import Conflict, Invalid, Refused
from portal.kernel.ids import digest, new_id
from portal.kernel.unit import Unit
from portal.tickets.clocks import CUSTOMER, RESOLVED, VENDOR
from portal.tickets.facts import (
    TicketAnswered,
    TicketCallWanted,
    TicketClosed,
    TicketMoved,
    TicketReopened,
    TicketReplied,
    TicketResolved,
)
from portal.tickets.machine import (
    ANSWER,
    CALL,
    CLOSE,
    HOLD,
    MAY_HAVE_WORDS,
    NEEDS_WORDS,
    PROGRESS,
    REOPEN,
    REPLY,
    RESOLVE,
    RESUME,
    TAKE,
    allowed_actions,
    next_state,
)
from portal.tickets.mailed.letters import BY_MAIL, ByMail
from portal.tickets.models import Ticket, TicketEvent
from portal.tickets.promised import Happened, Turn, clocks_of, promises_from, turn_of
from portal.tickets.reads.rows import Held, happened_in, my_ticket, promise_rows, ticket_of_vendor

T = TypeVar("T")
CHANGED, NOT_NOW, BLOCKED = "changed", "not-allowed-now", "blocked"
_TRIES = 6
_FACTS: dict[str, Any] = {
    REPLY: TicketReplied,
    CALL: TicketCallWanted,
    CLOSE: TicketClosed,
    REOPEN: TicketReopened,
    TAKE: TicketMoved,
    HOLD: TicketMoved,
    RESUME: TicketMoved,
    ANSWER: TicketAnswered,
    PROGRESS: TicketAnswered,
    RESOLVE: TicketResolved,
}


def say(
    unit: Unit,
    *,
    ticket_id: bytes,
    action: str,
    words: str | None = None,
    once: str | None = None,
    seen: int | None = None,
    by_mail: ByMail | None = None,
) -> bytes | None:
    """The customer writes, asks to be called, closes or opens again; gives the event, None where this very press was taken.

    ``once`` is what a form was made with: pressed twice, it does it once. ``seen`` is the version that whoever acts saw:
    Conflict ``changed`` where the conversation has gone on since. ``by_mail`` is how it came, where that was a mail.
    """
    return _act(unit, my_ticket(unit, ticket_id), CUSTOMER, action, words, once, seen, by_mail)


def answer(
    unit: Unit,
    *,
    vendor_id: bytes,
    number: str,
    action: str,
    words: str | None = None,
    once: str | None = None,
    seen: int | None = None,
) -> bytes | None:
    """The company answers, takes up, waits, goes on or solves; Refused where its customer blocked it. Gives the event, too."""
    held = ticket_of_vendor(unit, vendor_id, number)
    if held.is_blocked:
        raise Refused(BLOCKED, "This customer wants to hear nothing from you. You may read what is still open.")
    return _act(unit, held, VENDOR, action, words, once, seen)


def in_turn(writing: Callable[[], AbstractContextManager[Unit]], work: Callable[[Unit], T]) -> T:
    """Does something that may come at the same moment as something else: whoever comes second sees it, and tries again."""
    for tries in range(_TRIES):
        try:
            with writing() as unit:
                return work(unit)
        except Conflict as conflict:
            if conflict.reason != CHANGED or tries == _TRIES - 1 or conflict.extra.get("seen"):
                raise
        except IntegrityError:
            # The same press, or the same place, was written a moment earlier: looked at again, it is there.
            if tries == _TRIES - 1:
                raise
    raise AssertionError("a loop of tries ends by giving or raising")


def _act(
    unit: Unit,
    held: Held,
    actor: str,
    action: str,
    words: str | None,
    once: str | None,
    seen: int | None,
    by_mail: ByMail | None = None,
) -> bytes | None:
    mark = None if once is None else digest(once)
    if mark is not None and was_done(unit, TicketEvent, held.row.id, mark):
        return None
    after = step(held.state(unit.at), actor, action)
    if seen is not None and seen != held.row.version:
        raise changed(held.state(unit.at), actor, seen=True)
    event_id = _move(unit, held, actor, action, after, _said(action, words), mark, by_mail)
    about = {"holder": held.holder_id, "vendor": held.row.vendor_id, "link": held.row.link_id, "about": ("ticket", held.row.id)}
    way = {} if by_mail is None else {"way": BY_MAIL}
    unit.note(_FACTS[action](**about, number=held.row.number, state=after, **way))
    return event_id


def was_done(unit: Unit, model: Any, ticket_id: bytes, mark: bytes) -> bool:
    """Whether this very press was taken before."""
    known = select(model.id).where(model.ticket_id == ticket_id, model.once == mark)
    return unit.connection.execute(known).first() is not None


def step(state: str, actor: str, action: str) -> str:
    """The state that follows; Conflict, with what may be done instead, where this may not."""
    after = next_state(state, actor, action)
    if after is None:
        raise _refused(NOT_NOW, "This cannot be done as it stands now.", state, actor)
    return after


def changed(state: str, actor: str, *, seen: bool = False) -> Conflict:
    """Somebody was quicker."""
    return _refused(CHANGED, "It has changed meanwhile: look at it again.", state, actor, seen=seen)


def _refused(reason: str, sentence: str, state: str, actor: str, **more: Any) -> Conflict:
    allowed = allowed_actions(state, actor)
    return Conflict(reason, f"{sentence} Allowed: {', '.join(allowed) or 'nothing'}.", allowed=allowed, **more)


def _said(action: str, words: str | None) -> str | None:
    kept = (words or "").strip() or None
    if kept is None and action in NEEDS_WORDS:
        raise Invalid("words-needed", "Say it in words.", fields={"words": "is needed here"})
    if kept is not None and action not in MAY_HAVE_WORDS:
        raise Invalid("words-not-kept", "This action has no words.", fields={"words": "goes not with this action"})
    return kept


def _move(
    unit: Unit,
    held: Held,
    actor: str,
    action: str,
    after: str,
    words: str | None,
    mark: bytes | None,
    by_mail: ByMail | None,
) -> bytes:
    """Of two who come at one moment one writes this place: the row's version decides, and the place is unique."""
    row = held.row
    happened = [*happened_in(unit, [row.id])[row.id], Happened(unit.at, action, actor, after, words is not None)]
    values: dict[str, Any] = {"state": after, "version": row.version + 1, "changed_at": unit.at}
    values |= _turn(unit, row, after, happened)._asdict()
    values["resolved_at"] = unit.at if action == RESOLVE else row.resolved_at if after == RESOLVED else None
    if action == CALL:
        values["call_wanted_at"] = unit.at
    elif actor == VENDOR and words is not None:
        values["call_wanted_at"] = None
    # And it is still the same customer's: a guest's may have become somebody's meanwhile.
    same = (Ticket.id == row.id, Ticket.version == row.version, Ticket.customer_id == row.customer_id)
    if unit.connection.execute(update(Ticket).where(*same).values(values)).rowcount != 1:
        raise changed(held.state(unit.at), actor)
    whose = (held.row.id, row.customer_id, held.holder_id)
    return write_event(unit, *whose, row.version + 1, actor, action, after, words, mark, by_mail)


def _turn(unit: Unit, row: Any, after: str, happened: list[Happened]) -> Turn:
    promise = promise_rows(unit, [row.promise_id]).get(row.promise_id)
    since = next((one.at for one in reversed(happened) if one.by == CUSTOMER), row.opened_at)
    return turn_of(after, since, clocks_of(happened, promises_from(promise), unit.at))


def write_event(
    unit: Unit,
    ticket_id: bytes,
    customer_id: bytes,
    holder_id: bytes,
    position: int,
    actor: str,
    action: str,
    state: str,
    words: str | None,
    mark: bytes | None = None,
    by_mail: ByMail | None = None,
) -> bytes:
    """One event, its words sealed for the customer; gives its id."""
    id_, box = new_id(), unit.box(holder_id)
    sealed = None if words is None else box.seal("ticket_events", "words", id_, words)
    left_out = None if by_mail is None or not by_mail.left_out else json.dumps(by_mail.left_out)
    unit.connection.execute(
        insert(TicketEvent).values(
            id=id_,
            ticket_id=ticket_id,
            customer_id=customer_id,
            position=position,
            at=unit.at,
            action=action,
            by=actor,
            author_id=author_of(unit) if actor == VENDOR else None,
            state=state,
            words=sealed,
            once=mark,
            way=None if by_mail is None else BY_MAIL,
            left_out=None if left_out is None else box.seal("ticket_events", "left_out", id_, left_out),
        )
    )
    return id_


def author_of(unit: Unit) -> bytes | None:
    """The account of a company's person; None for its program."""
    return unit.actor.id if unit.actor.kind == "staff" else None
