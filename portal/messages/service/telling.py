"""Telling a person something: once, in the inbox, and by mail where they want it so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, case, cast, delete, literal, update

from portal.kernel.db import UtcDateTime, dialect_insert
from portal.kernel.ids import new_id, text_of
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.messages.facts import NoticesForgotten, NoticesRead
from portal.messages.kinds import ALWAYS, KINDS, MAIL, NEWS, STALE
from portal.messages.looks import Looks
from portal.messages.models import IS_NEW, InboxNotice, MailChoice
from portal.messages.reads import how_of

KEPT = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told: of which kind, of what, since when. The same mark is told once."""

    customer_id: bytes
    kind: str
    mark: str
    vendor_id: bytes | None = None
    subject: bytes | None = None
    entry: int | None = None
    count: int = 1
    blocked: int | None = None
    at: datetime
    until: datetime | None = None


def tell(unit: Unit, told: Told, *, holder_id: bytes, wait: timedelta = timedelta()) -> bool:
    """A notice, and its mail after ``wait``; told before, only its count grows, and its time is the last one's. One that was
    read stays as it was read, beside a new one of what came since. Gives whether it was never told."""
    id_, was_read = new_id(), _set_aside(unit, told)
    if not _put(unit.connection.dialect.name).changed(unit.connection, {"id": id_, **vars(told)}):
        known = InboxNotice.customer_id == told.customer_id, InboxNotice.mark == told.mark
        more = update(InboxNotice).where(*known, InboxNotice.entry < (told.entry or 0))
        unit.connection.execute(more.values(count=InboxNotice.count + told.count, entry=told.entry, at=told.at))
        return False
    if not was_read and unit.at - told.at < STALE and _goes_by_mail(unit, told):
        unit.enqueue("messages.mail", {"notice": text_of(id_)}, holder_id=holder_id, run_at=unit.at + wait)
    return not was_read


def _set_aside(unit: Unit, told: Told) -> bool:
    """What was read of the same gets a mark of its own: the last line of the record that it tells of goes with it."""
    if told.entry is None:
        return False
    read = InboxNotice.customer_id == told.customer_id, InboxNotice.mark == told.mark, ~IS_NEW
    apart = InboxNotice.mark.concat(":").concat(cast(InboxNotice.entry, String))
    older = update(InboxNotice).where(*read, InboxNotice.entry < told.entry).values(mark=apart)
    return unit.connection.execute(older).rowcount == 1


@cache
def _put(dialect: str) -> Prepared:
    columns: dict[str, Any] = {name: bindparam(name) for name in ("id", *Told.__dataclass_fields__)}
    once = [InboxNotice.customer_id, InboxNotice.mark]
    return Prepared(dialect_insert(dialect, InboxNotice).values(columns).on_conflict_do_nothing(index_elements=once))


def _goes_by_mail(unit: Unit, told: Told) -> bool:
    return KINDS[told.kind].is_security or how_of(unit, told.customer_id, told.kind) in (MAIL, NEWS, ALWAYS)


def forget_old(unit: Unit) -> int:
    """Notices of more than a year ago are deleted: what they tell of stands where it belongs."""
    return unit.connection.execute(delete(InboxNotice).where(InboxNotice.at < unit.at - KEPT)).rowcount


def forget(unit: Unit, *, customer_id: bytes, holder_id: bytes) -> None:
    """All that an erased customer was told, and how they wanted to be told, is deleted."""
    mine = delete(InboxNotice).where(InboxNotice.customer_id == customer_id)
    count = unit.connection.execute(mine).rowcount
    unit.connection.execute(delete(MailChoice).where(MailChoice.customer_id == customer_id))
    unit.note(NoticesForgotten(holder=holder_id, count=count))


def mark_seen(unit: Unit, notice_ids: Iterable[bytes] | None = None) -> None:
    """Some of the actor's notices were followed, or all of them (None) were read."""
    _mark(unit, *(() if notice_ids is None else (InboxNotice.id.in_(list(notice_ids)),)))


def mark_looked_at(unit: Unit, looks: Looks) -> None:
    """The looks of a company were opened: whatever told the actor of them is read."""
    _mark(unit, InboxNotice.vendor_id == looks.vendor_id, InboxNotice.kind.in_(looks.kinds))


def _mark(unit: Unit, *some: ColumnElement[bool]) -> None:
    mine = InboxNotice.customer_id == unit.actor.customer_id, IS_NEW
    seen = case((InboxNotice.at > unit.at, InboxNotice.at), else_=literal(unit.at, UtcDateTime()))
    read = unit.connection.execute(update(InboxNotice).where(*mine, *some).values(seen_at=seen)).rowcount
    if read and unit.actor.delegation is not None:
        unit.note(NoticesRead(holder=unit.actor.holder_id, count=read))
