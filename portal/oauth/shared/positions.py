"""How far a company has been told: after which change of the log, and after which end.

A position is the index after the last change that was told, sealed for this company and purpose: it counts nothing, and
a change to what is not granted does not move it. Permissions that simply ran out have no entry: a position remembers
the last end that was told, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select

from portal.audit.models import ASKED_FOR, LogEntry
from portal.audit.reads import CHANGES, id_in
from portal.grants.lease import Lease
from portal.grants.models import Grant, GrantDetail
from portal.kernel.clock import micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import text_of
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit

_KIND = "profiles.position"


@dataclass(frozen=True, slots=True)
class Position:
    """The next index to be told, and the last end (microseconds) that was."""

    index: int = 0
    ended: int = 0

    def seal(self, unit: Unit, audience: str) -> str:
        """As the company carries it."""
        return seal_cursor(unit.house, _KIND, audience, {"index": self.index, "ended": self.ended})

    @classmethod
    def open(cls, unit: Unit, audience: str, text: str) -> "Position":
        """The position behind the text; BadRequest for a forged or foreign one."""
        return cls(**open_cursor(unit.house, _KIND, audience, text))


def audience_of(vendor_id: bytes, purpose: str) -> str:
    """Whose positions and cursors these are: nobody else's, and for no other purpose."""
    return f"{text_of(vendor_id)} {purpose}"


_of_customers = Prepared(
    select(LogEntry.idx, LogEntry.body)
    .where(
        LogEntry.customer.in_(bindparam("names", expanding=True)),
        LogEntry.event.in_(CHANGES),
        ASKED_FOR,
        LogEntry.idx >= bindparam("first"),
        LogEntry.idx < bindparam("end"),
    )
    .order_by(LogEntry.idx.desc())
    .limit(bindparam("most")),
    lists=("names",),
)
_SLICE = 16
"""Most often one of the newest changes shows: the others' entries are not even read."""


def after_last_change(unit: Unit, leases: Sequence[Lease], first: int, end: int) -> int:
    """The index after the last change from ``first`` to before ``end`` that shows in what these leases show."""
    by_name = {name: lease for lease in leases for name in unit.box(lease.holder_id).pseudonyms}
    if not by_name or first >= end:
        return first
    most = _SLICE
    while True:
        values = {"names": list(by_name), "first": first, "end": end, "most": most}
        rows = _of_customers.all(unit.connection, values)
        for row in rows:
            if _shows_in(orjson.loads(row.body), by_name):
                return int(row.idx) + 1
        if len(rows) < most:
            return first
        end, most = rows[-1].idx, most * 8


def _shows_in(entry: dict[str, Any], by_name: Mapping[str, Lease]) -> bool:
    paths = entry.get("detail", {}).get("paths")
    return _shows(by_name[entry["customer"]], id_in(entry, "grant"), id_in(entry, "link"), paths)


def _shows(lease: Lease, grant: bytes | None, link: bytes | None, paths: Iterable[str] | None) -> bool:
    if paths is not None:
        return not lease.datatypes.isdisjoint(paths)
    if grant is not None:
        return grant == lease.grant_id
    return link in (None, lease.link_id)


_last_over = Prepared(
    select(func.max(GrantDetail.expires_at).label("over"))
    .join(Grant, (Grant.id == GrantDetail.grant_id) & (Grant.version == GrantDetail.version))
    .where(
        Grant.vendor_id == bindparam("vendor"),
        Grant.state == "live",
        GrantDetail.purpose == bindparam("purpose"),
        GrantDetail.expires_at <= bindparam("at"),
    )
)


def last_end(unit: Unit, vendor_id: bytes, purpose: str) -> int:
    """When a permission of this company for this purpose last ran out, in microseconds; 0 if none has."""
    values = {"vendor": vendor_id, "purpose": purpose, "at": unit.at}
    found: datetime | None = _last_over.all(unit.connection, values)[0].over
    return 0 if found is None else micros(found)
