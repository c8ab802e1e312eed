"""Refused attempts on record, without letting anybody flood the record.

The first refusals of a minute are entries of their own; equal ones beyond that are counted and become one entry once
the minute is over: for a known client after ten, for strangers per address after the first.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import delete, select

from portal.audit.models import RefusalCount
from portal.kernel.db import dialect_insert
from portal.kernel.facts import Fact
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor, Unit

_OWN_ENTRIES = {"stranger": 1}
_OWN_ENTRIES_OF_KNOWN = 10


@dataclass(frozen=True, kw_only=True)
class RefusalsCounted(Fact):
    """More refusals equal to earlier ones of that minute; ``count`` of them."""

    EVENT: ClassVar[str] = "refusal.counted"
    of: str
    by_kind: str
    by: str | None = None


def note_refusal(unit: Unit, fact: Fact, actor: Actor, address: str) -> None:
    """Notes the refusal, or counts it where its equals already have entries this minute."""
    key, minute = _key(unit, fact, actor, address), unit.at.replace(second=0, microsecond=0)
    seen = _count(unit, key, minute, fact, actor)
    if seen <= _OWN_ENTRIES.get(actor.kind, _OWN_ENTRIES_OF_KNOWN):
        unit.note(fact)


def _key(unit: Unit, fact: Fact, actor: Actor, address: str) -> bytes:
    who = actor.name or f"{actor.kind} {address}"
    text = "\0".join((who, fact.EVENT, fact.reason or "", (fact.holder or b"").hex()))
    return hashlib.sha256(unit.house.keys.derive("cursor", b"refusals") + text.encode()).digest()


def _count(unit: Unit, key: bytes, minute: datetime, fact: Fact, actor: Actor) -> int:
    limit = _OWN_ENTRIES.get(actor.kind, _OWN_ENTRIES_OF_KNOWN)
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
        minute = unit.at.replace(second=0, microsecond=0)
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
