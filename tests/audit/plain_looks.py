"""Who looked, and what is unusual about it, worked out the long way: every entry decoded, every habit counted anew.

What the pages read from narrow columns is held to this.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.audit.models import LogEntry, LogFields
from portal.audit.unusual import (
    BEGINNING,
    BUSY_WEEK,
    BY_ADDRESS,
    BY_NAME,
    BY_NUMBER,
    FIRST,
    HABIT_DAYS,
    HABIT_LOOKS,
    HABIT_WEEKS,
    NEW_FIELD,
    ODD_HOUR,
    REASONS,
    REFUSED,
    SEEN,
    TIMES_MEDIAN,
    Look,
    Verdict,
)
from portal.kernel.clock import from_micros, micros
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit

TEAM = {"identity.read": SEEN, "log.searched": BY_NAME, "log.exported": BY_NAME}
SOUGHT_BY = {"email": BY_ADDRESS, "telephone": BY_NUMBER}
HALF_A_YEAR = timedelta(weeks=26)


def judge(look: Look, before: Sequence[Look], ever: frozenset[str], looked: bool, zone: ZoneInfo) -> Verdict:
    """The verdict on a look of a company, given its answered ones of half a year and what it had before that."""
    if look.refused:
        return Verdict((REFUSED,))
    local = look.at.astimezone(zone)
    times = [other.at.astimezone(zone) for other in before]
    beginning = not looked and local < min([local, *times]) + BEGINNING
    looked = looked or bool(before)
    new = frozenset() if beginning else look.given - ever.union(*(other.given for other in before))
    hours = {time.hour for time in times}
    weeks = Counter(_monday(time) for time in times)
    earlier = [count for week, count in weeks.items() if week < _monday(local)]
    is_habit = len(times) >= HABIT_LOOKS and len({time.date() for time in times}) >= HABIT_DAYS
    found = {
        FIRST: not looked,
        NEW_FIELD: bool(new),
        ODD_HOUR: is_habit and not hours & {(local.hour + shift) % 24 for shift in (-1, 0, 1)},
        BUSY_WEEK: len(earlier) >= HABIT_WEEKS and weeks[_monday(local)] + 1 > TIMES_MEDIAN * median(earlier),
    }
    return Verdict(tuple(reason for reason in REASONS if found.get(reason)), new)


def _monday(at: datetime) -> date:
    return at.date() - timedelta(days=at.date().weekday())


def judged(looks: Iterable[tuple[int, Look]], zone: ZoneInfo, since: int) -> dict[int, Verdict]:
    """Verdicts from a moment on; with each look comes the moment at which it was appended."""
    far = since - HALF_A_YEAR // timedelta(microseconds=1)
    everything = list(looks)
    verdicts = {}
    for place, (appended, look) in enumerate(everything):
        if appended >= since:
            answered = [
                (time, other) for time, other in everything[:place] if other.vendor == look.vendor and not other.refused
            ]
            old = [other for time, other in answered if time < far]
            before = [other for time, other in answered if time >= far]
            ever = frozenset[str]().union(*(other.given for other in old))
            verdicts[look.index] = judge(look, before, ever, bool(old), zone)
    return verdicts


def looks_of(
    unit: Unit, names: Sequence[str], zone: ZoneInfo, since: datetime, until: datetime | None, vendor: bytes | None
) -> dict[int, Verdict]:
    """The verdicts of a person's looks in a span, by index, from whole entries."""
    lists = {row.digest: row.fields for row in unit.connection.execute(select(LogFields.digest, LogFields.fields))}
    bodies = unit.connection.execute(select(LogEntry.body).order_by(LogEntry.idx)).scalars()
    entries = [entry for entry in map(json.loads, bodies) if _is_look(entry, names)]
    looks = [
        (
            entry["time"],
            Look(
                entry["index"],
                id_from(entry["vendor"]) if "vendor" in entry else b"",
                from_micros(entry["at"]),
                frozenset(lists.get(entry.get("given"), ())),
                entry["outcome"] == REFUSED,
            ),
        )
        for entry in entries
    ]
    end = micros(until) if until else None
    mine = [(time, look) for time, look in looks if vendor in (None, look.vendor) and (end is None or time < end)]
    by_team = {entry["index"]: _of_team(entry) for entry in entries if "vendor" not in entry}
    of_team = {index: Verdict((reason,) if reason else ()) for index, reason in by_team.items()}
    verdicts = judged(mine, zone, micros(since))
    return {index: of_team.get(index, verdict) for index, verdict in verdicts.items()}


def _of_team(entry: dict[str, Any]) -> str | None:
    return SOUGHT_BY[entry["detail"]["by"]] if entry["event"] == "identity.sought" else TEAM.get(entry["event"])


def _is_look(entry: dict[str, object], names: Sequence[str]) -> bool:
    by_others = "vendor" in entry or str(entry["event"]).startswith(("log.", "identity."))
    return entry.get("customer") in names and entry["outcome"] in ("given", "refused") and by_others
