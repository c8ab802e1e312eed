"""An answer that came by mail is taken into its conversation, by the same verbs as on the page; or it is refused in words.

The address that it came to says in which conversation and whose it is; it counts only from an address that was proved to be
that person's. Whatever a program wrote is dropped. What became of a mail is counted, and nothing is taken twice, however
often it is delivered and wherever that is cut off: it is taken in one commit, and only then is it said to be.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import IO, Any, BinaryIO, NamedTuple

from portal.accounts import limits
from portal.accounts.addresses import normal_address
from portal.files.service import Brought, keep_all
from portal.kernel.apart import Failed, TookTooLong, work_apart
from portal.kernel.errors import Busy, Conflict, NotFound, TooMany
from portal.kernel.house import House
from portal.kernel.ids import digest, text_of
from portal.kernel.mail import count_mail, queue_mail, token_in
from portal.kernel.unit import SYSTEM, Unit
from portal.tickets.clocks import CUSTOMER
from portal.tickets.facts import TicketMailRefused
from portal.tickets.machine import FOLLOW, REOPEN, REPLY, allowed_actions
from portal.tickets.mailed.letters import ByMail
from portal.tickets.mailed.own_words import own_words
from portal.tickets.mailed.reading import MEMORY, MOST_BYTES
from portal.tickets.reads.attached import message
from portal.tickets.reads.mailed import Destination, came_before, destination_of, newest_following
from portal.tickets.reads.rows import Held
from portal.tickets.service.mailed_files import bring_all, units
from portal.tickets.service.opening import follow
from portal.tickets.service.saying import CHANGED, NOT_NOW, in_turn, say
from portal.tickets.words import LEFT_OUT_WORDS, MOST, NOT_TAKEN_WORDS

TAKEN, AGAIN, AUTOMATIC, REFUSED, ENDED, UNKNOWN = "taken", "again", "automatic", "refused", "ended", "unknown"
OUTCOMES = (TAKEN, AGAIN, AUTOMATIC, REFUSED, ENDED, UNKNOWN)
SAID = limits.Rule("mailed.said", 60, 3600)
"""Answers by mail in one conversation; whatever comes beyond waits at the mail server."""
TOLD = limits.Rule("mailed.told", 1, 86_400)
"""Letters that say that an answer was not taken, in one conversation: forged mails must not become many of ours."""
_READER = "portal.tickets.mailed.reading"
_FROM_NOBODY: tuple[Mapping[str, Any], None] = ({"auto": True}, None)


class Became(NamedTuple):
    """What became of a mail. ``why`` is the code of a refusal; ``ticket_id`` where what was taken stands."""

    outcome: str
    why: str | None = None
    ticket_id: bytes | None = None


class _Answer(NamedTuple):
    """What is to be said."""

    words: str
    mark: str
    brought: Sequence[Brought]
    left_out: Sequence[tuple[str, str]]


def take_in(house: House, source: BinaryIO, *, recipient: str, sender: str | None = None) -> Became:
    """Takes in a mail that was delivered to ``recipient``; ``sender`` is who the envelope says it is from, "" for nobody.

    TooMany and Busy ask for it to be delivered again later; then nothing of it was taken.
    """
    token = token_in(house.settings.answers_to, recipient)
    try:
        if token is None:
            raise NotFound
        with house.reading(SYSTEM) as unit:
            to = destination_of(unit, token)
    except NotFound:
        return _counted(house, Became(UNKNOWN))
    # What says that a mail could not be delivered comes from nobody: it is answered by nobody, either (RFC 5321, 4.5.5).
    said, files = _read(source) if sender != "" else _FROM_NOBODY
    if "auto" in said:
        return _counted(house, Became(AUTOMATIC))
    if to is None:
        return _counted(house, Became(ENDED))
    why: str | None = said.get("no") or _not_from(said, to)
    if why is not None:
        return _refused(house, to, why)
    assert files is not None
    assert token is not None
    return _taken(house, token, to, said, files)


def _read(source: BinaryIO) -> tuple[Mapping[str, Any], IO[bytes] | None]:
    if source.seek(0, 2) > MOST_BYTES:
        return {"no": "large"}, None
    try:
        return work_apart(_READER, source, keep=True, memory=MEMORY)
    except TookTooLong:
        raise Busy("busy") from None
    except Failed:
        return {"no": "broken"}, None


def _not_from(said: Mapping[str, Any], to: Destination) -> str | None:
    sent_from = normal_address(said["from"] or "")
    return None if sent_from is not None and sent_from in map(normal_address, to.addresses) else "from"


def _counted(house: House, became: Became) -> Became:
    with house.writing(SYSTEM) as unit:
        count_mail(unit, became.outcome)
    return became


# Taken.


def _taken(house: House, token: str, to: Destination, said: Mapping[str, Any], files: IO[bytes]) -> Became:
    words, mark = own_words(said["text"], to.letter), f"mail:{text_of(to.ticket_id)}:{said['mark']}"
    with house.reading(SYSTEM) as unit:
        is_known = came_before(unit, to.held.row.customer_id, digest(mark))
    if is_known:
        return _counted(house, Became(AGAIN))
    if len(words) > MOST:
        return _refused(house, to, "long")
    brought, left_out = bring_all(house, to, said["files"], files)
    # Whoever sends a photograph alone has said something.
    words = words or ", ".join(one.name for one in brought)
    if not words:
        return _refused(house, to, "empty")
    answer = _Answer(words, mark, brought, left_out)
    try:
        return in_turn(units(house.writing, to), partial(_say, token=token, was=to, answer=answer))
    except Conflict as conflict:
        return _refused(house, to, "blocked" if conflict.reason == "blocked" else "over")
    except NotFound:
        return _counted(house, Became(ENDED))


def _say(unit: Unit, *, token: str, was: Destination, answer: _Answer) -> Became:
    """Says it, as everything stands now: whose conversation it is, and what can be done in it."""
    to = destination_of(unit, token)
    if to is None or to.actor.customer_id != was.actor.customer_id:
        raise NotFound
    held = to.held if to.guest is not None else newest_following(unit, to.held)
    # The mark is looked for after the state: a mail that closed nothing itself is seen before what came after it.
    state = held.state(unit.at)
    if came_before(unit, held.row.customer_id, digest(answer.mark)):
        count_mail(unit, AGAIN)
        return Became(AGAIN)
    limits.charge(unit, SAID, text_of(to.ticket_id))
    ticket_id, event_id = _act(unit, held, _action(state, to), answer)
    whose = {"customer_id": held.row.customer_id, "holder_id": held.holder_id}
    keep_all(unit, brought=answer.brought, about=message(event_id), **whose)
    if answer.left_out:
        _tell_left_out(unit, to, answer.left_out)
    count_mail(unit, TAKEN)
    return Became(TAKEN, ticket_id=ticket_id)


def _action(state: str, to: Destination) -> str:
    """What an answer does as the conversation stands, by the one table; a guest begins a new one on the page alone."""
    allowed = allowed_actions(state, CUSTOMER)
    for action in (REPLY, REOPEN) if to.guest is not None else (REPLY, REOPEN, FOLLOW):
        if action in allowed:
            return action
    raise Conflict(NOT_NOW)


def _act(unit: Unit, held: Held, action: str, answer: _Answer) -> tuple[bytes, bytes]:
    """The conversation in which it stands, and the event."""
    said: dict[str, Any] = {"words": answer.words, "once": answer.mark, "by_mail": ByMail(answer.left_out)}
    if action == FOLLOW:
        made = follow(unit, ticket_id=held.row.id, **said)
        ticket_id, event_id = made.id, made.message
    else:
        ticket_id, event_id = held.row.id, say(unit, ticket_id=held.row.id, action=action, **said)
    if event_id is None:
        # The same mail was said while this one waited for the conversation: looked at again, it is there.
        raise Conflict(CHANGED)
    return ticket_id, event_id


# What is said of it.


def _tell_left_out(unit: Unit, to: Destination, left_out: Sequence[tuple[str, str]]) -> None:
    files = [(name, LEFT_OUT_WORDS.get(why, LEFT_OUT_WORDS["unknown"])) for name, why in left_out]
    _write(unit, to, "tickets/left_out", files=files)


def _refused(house: House, to: Destination, why: str) -> Became:
    """Not taken: whoever the conversation is with is told so, once a day, at the address that we know to be theirs."""
    with house.writing(SYSTEM, locale=to.locale) as unit:
        count_mail(unit, REFUSED)
        if _may_tell(unit, to):
            row = to.held.row
            about: dict[str, Any] = {"vendor": row.vendor_id, "link": row.link_id, "about": ("ticket", row.id)}
            unit.note(TicketMailRefused(holder=to.held.holder_id, **about, reason=f"mail-{why}"))
            _write(unit, to, "tickets/not_taken", why=NOT_TAKEN_WORDS.get(why, NOT_TAKEN_WORDS["broken"]))
    return Became(REFUSED, why)


def _may_tell(unit: Unit, to: Destination) -> bool:
    try:
        with unit.connection.begin_nested():
            limits.charge(unit, TOLD, text_of(to.ticket_id))
    except TooMany:
        return False
    return True


def _write(unit: Unit, to: Destination, template: str, **more: Any) -> None:
    letter = {"company": to.company, "number": to.held.row.number, "path": to.path, **more}
    queue_mail(unit, to=to.addresses[0], template=template, holder_id=to.held.holder_id, locale=to.locale, **letter)
