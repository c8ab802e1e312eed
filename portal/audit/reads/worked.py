"""When somebody last worked at the desk, as the log has it."""

import json
from datetime import datetime

from sqlalchemy import bindparam, select

from portal.audit.models import AT_THE_DESK
from portal.audit.reads.entries import END, column
from portal.kernel.clock import from_micros, micros
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit

KINDS = ("officer", "auditor")
"""As what somebody can work there."""
_AT_ONCE = 100
LAST = (
    select(column.idx, column.time, column.body)
    .where(AT_THE_DESK, column.actor == bindparam("name"), column.idx < bindparam("below"))
    .order_by(column.idx.desc())
    .limit(_AT_ONCE)
)
_last = Prepared(LAST)


def last_worked(unit: Unit, name: str, kind: str, since: datetime) -> datetime | None:
    """When somebody, by their name in the log, last did something there as ``kind``; None for never since then."""
    begin, below = micros(since), END
    while True:
        rows = _last.all(unit.connection, {"name": name, "below": below})
        for row in rows:
            if row.time < begin:
                return None
            entry = json.loads(row.body)
            # Whoever is an officer and an auditor works as an officer. A decision is older than its place in the log.
            if entry["actor"]["kind"] == kind and entry["at"] >= begin:
                return from_micros(entry["at"])
        if len(rows) < _AT_ONCE:
            return None
        below = rows[-1].idx
