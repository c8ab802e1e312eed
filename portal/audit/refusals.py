"""Refused attempts on record, without letting anybody flood the record.

The first refusals of a minute are entries of their own; equal ones beyond that are counted and become one entry once
the minute is over: for a known client after ten, for strangers per address after the first. Equal are those of one
program, with one customer, of one kind and reason, that asked for the same fields.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import delete, select

from portal.audit.equals import minute_of, most_of, what_was_asked
from portal.audit.models import RefusalCount
from portal.kernel.db import dialect_insert
from portal.kernel.facts import Fact
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor, Unit


@dataclass(frozen=True, kw_only=True)
class RefusalsCounted(Fact):
    """More refusals equal to earlier ones of that minute; ``count`` of them."""

    EVENT: ClassVar[str] = "refusal.counted"
    of: str
    by_kind: str
    by: str | None = None


def note_refusal(unit: Unit, fact: Fact, actor: Actor, address: str) -> None:
    """Notes the refusal, or counts it where its equals already have entries this minute."""
    key, minute = _key(unit, fact, actor, address), minute_of(unit.at)
    seen = _count(unit, key, minute, fact, actor)
    if seen <= most_of(actor.kind):
        unit.note(fact)


def _key(unit: Unit, fact: Fact, actor: Actor, address: str) -> bytes:
    who = actor.name or f"{actor.kind} {address}"
    what = (fact.EVENT, fact.reason or "", (fact.holder or b"").hex(), what_was_asked(fact.asked))
    text = "\0".join((who, *what))
    return hashlib.sha256(unit.house.keys.derive("cursor", b"refusals") + text.encode()).digest()


def _count(unit: Unit, key: bytes, minute: datetime, fact: Fact, actor: Actor) -> int:
    limit = most_of(actor.kind)
    values: dict[str, Any] = {"key": key, "minute": minute, "event": fact.EVENT, "reason": fact.reason}
    values |= {"actor_kind": actor.kind, "actor": actor.name, "seen": 1, "written": limit}
    adding = dialect_insert(unit.house.engine.dialect.name, RefusalCount).values(values)
    counting = adding.on_conflict_do_update(
        index_elements=[RefusalCount.key, RefusalCount.minute], set_={"seen": RefusalCount.seen + 1}
    ).returning(RefusalCount.seen)
    return int(unit.connection.execute(counting).scalar_one())


def settle_refusals(house: House) -> int:
    """Turns the counts of past minutes into entries; run by the worker. Gives how many entries were noted."""
    with house.reading(SYSTEM) as unit:
        minute = minute_of(unit.at)
        waiting = unit.connection.execute(select(RefusalCount.key).where(RefusalCount.minute < minute).limit(1)).first()
    if waiting is None:
        return 0
    with house.writing(SYSTEM) as unit:
        over = delete(RefusalCount).where(RefusalCount.minute < minute).returning(RefusalCount)
        counted = [row for row in unit.connection.execute(over).all() if row.seen > row.written]
        for row in counted:
            unit.note(
                RefusalsCounted(
                    outcome="refused",
                    of=row.event,
                    reason=row.reason,
                    by_kind=row.actor_kind,
                    by=row.actor,
                    count=row.seen - row.written,
                )
            )
    return len(counted)
