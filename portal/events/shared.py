"""The feed of what happened: made from the log, in its order, for one company.

Nothing is kept for it: an event is an entry that concerns the company, told again the same whenever it is asked for, with
an id that is always the same. Whether it shows is decided at the moment of telling: of what is not shared any more only
the end is told. A place in the feed lies behind the last event that was told, so that what does not show moves nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, func, or_, select

from portal.audit.models import LogEntry
from portal.audit.reads import size_of
from portal.audit.reads.entries import holders_of, id_in
from portal.customers.models import Customer
from portal.events.kinds import (
    CUSTOMER_CHANGED,
    CUSTOMER_ERASED,
    CUSTOMER_JOINED,
    CUSTOMER_PARTED,
    GRANT_ENDED,
    OF_CHANGES,
    OF_COMPANY,
    RESUMED,
)
from portal.grants.decision import BLOCKED, EXPIRED, LIVE, NARROWED, REPLACED, REVOKED
from portal.grants.models import Grant, GrantDetail
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import id_from, text_of
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link, PairwiseId
from portal.vendors.things import ThingIds

MOST = 500
KEPT = timedelta(days=30)
"""For how long what happened can be asked for again."""
_KIND = "changes.cursor"
SKEW = timedelta(minutes=1)
"""By how much the clocks of one house may differ."""
_SLICE = 1000


class Stands(NamedTuple):
    """A permission that events of a page stand on, as the log's condition has it."""

    id: bytes
    version: int
    ends_at: datetime
    customer_id: bytes
    sharing_version: int


@dataclass(slots=True)
class ChangesPage:
    """Events as they leave, how many of them each customer has, and what they stand on."""

    value: dict[str, Any]
    counted: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    stands: set[Stands] = field(default_factory=set)


def shared_changes(
    unit: Unit, vendor_id: bytes, *, cursor: str | None, from_now: bool = False, limit: int = MOST
) -> ChangesPage:
    """The events behind a cursor, the oldest first; without one, those of the last thirty days, or none ``from_now`` on.

    Run after the log was led, so that nothing that was acknowledged is missing.
    """
    audience = text_of(vendor_id)
    end = size_of(unit.connection)
    if cursor is not None:
        index = int(open_cursor(unit.house, _KIND, audience, cursor)["index"])
    else:
        index = end if from_now else 0
    teller = _Teller(unit, vendor_id)
    page = ChangesPage({"events": []})
    more = teller.fill(page, index, limit)
    place = teller.index if page.value["events"] else index
    page.value |= {"cursor": seal_cursor(unit.house, _KIND, audience, {"index": place}), "more": more}
    return page


_entries = Prepared(
    select(LogEntry.idx, LogEntry.event, LogEntry.customer, LogEntry.body)
    .where(
        LogEntry.idx >= bindparam("first"),
        LogEntry.time >= bindparam("since"),
        LogEntry.event.in_((*OF_CHANGES, *OF_COMPANY)),
        LogEntry.customer.is_not(None),
        # Not by the index on the company, where its own reads, far more than all changes, would be walked through.
        or_(LogEntry.vendor.is_(None), func.coalesce(LogEntry.vendor, bindparam("vendor")) == bindparam("vendor")),
    )
    .order_by(LogEntry.idx)
    .limit(bindparam("most"))
)


class _Teller:
    """Makes events of entries, a slice of the log at a time."""

    def __init__(self, unit: Unit, vendor_id: bytes) -> None:
        self._unit, self._vendor_id = unit, vendor_id
        self._ids = ThingIds(unit.house.keys, vendor_id)
        self.index = 0

    def fill(self, page: ChangesPage, index: int, limit: int) -> bool:
        """Puts up to ``limit`` events on the page; True when there is at least one more."""
        since = micros(self._unit.at - KEPT)
        while True:
            values = {"first": index, "since": since, "vendor": text_of(self._vendor_id), "most": _SLICE}
            rows = _entries.all(self._unit.connection, values)
            known = _known(self._unit, self._vendor_id, rows)
            for row in rows:
                event = self._event(row, known)
                if event is None:
                    continue
                if len(page.value["events"]) == limit:
                    return True
                self._put(page, row, event, known)
            if len(rows) < _SLICE:
                return False
            index = rows[-1].idx + 1

    def _put(self, page: ChangesPage, row: Any, event: dict[str, Any], known: "_Known") -> None:
        link = known.links[known.link_of[row.idx]]
        page.value["events"].append(event)
        page.counted[link.holder_id, link.id] = page.counted.get((link.holder_id, link.id), 0) + 1
        if event["type"] == CUSTOMER_CHANGED:
            page.stands.update(known.stands[link.id])
        self.index = row.idx + 1

    def _event(self, row: Any, known: "_Known") -> dict[str, Any] | None:
        link_id = known.link_of.get(row.idx)
        if link_id is None:
            return None
        entry = known.entries[row.idx]
        more = _of_customer(entry, known.shared.get(link_id, {})) if row.event in OF_CHANGES else self._own(entry)
        if more is None:
            return None
        return {
            "id": self._ids.text_of("event", int(row.idx).to_bytes(16)),
            "type": more.pop("type"),
            "at": from_micros(entry["time"]).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sub": known.links[link_id].sub,
            **more,
        }

    def _own(self, entry: dict[str, Any]) -> dict[str, Any] | None:
        """An event that names this company."""
        kind, grant = OF_COMPANY[entry["event"]], id_in(entry, "grant")
        event: dict[str, Any] = {"type": kind}
        if grant is not None:
            event |= {"grant_id": self._ids.text_of("grant", grant), "version": entry["version"]}
        if kind == GRANT_ENDED:
            event |= {"reason": _reason(entry), **({"purpose": entry["purpose"]} if "purpose" in entry else {})}
        elif kind == CUSTOMER_JOINED:
            event["same_as"] = _subs(self._unit, id_from(entry["link"]), own=False)
        elif kind == CUSTOMER_PARTED:
            event["same_as"] = _subs(self._unit, id_from(entry["detail"]["source"]), own=True)
        elif entry["event"] == "link.ended" and entry.get("reason") == "erased":
            event["type"] = CUSTOMER_ERASED
        elif entry["event"] in ("link.ended", "link.blocked"):
            event["reason"] = BLOCKED if entry["event"] == "link.blocked" else REVOKED
        return event


def _of_customer(entry: dict[str, Any], shared: Mapping[str, datetime]) -> dict[str, Any] | None:
    """A change of attributes, where one of them is shared with the company now, and was when it changed.

    What changed before a permission, or before its present version, is told by the event of that.
    """
    latest = from_micros(entry["time"]) + SKEW
    paths = sorted(path for path in _paths(entry, shared) if path in shared and shared[path] <= latest)
    return {"type": CUSTOMER_CHANGED, "attributes": paths} if paths else None


def _paths(entry: dict[str, Any], shared: Mapping[str, datetime]) -> Iterable[str]:
    # After a pause everything may be new: what happened meanwhile was not told.
    return shared if entry["event"] == RESUMED else entry["detail"]["paths"]


_ENDS = {"customer": REVOKED, "replaced": REPLACED, "link": REVOKED}


def _reason(entry: dict[str, Any]) -> str:
    if entry["event"] == "grant.expired":
        return EXPIRED
    return _ENDS.get(entry["detail"]["ended_by"], NARROWED)


# What has to be known to tell a slice


class _Link(NamedTuple):
    """A link as the company knows it."""

    id: bytes
    holder_id: bytes
    sub: str


@dataclass(frozen=True, slots=True)
class _Known:
    """A slice's entries, the link that each concerns, and what is shared there now."""

    entries: dict[int, dict[str, Any]]
    link_of: dict[int, bytes]
    links: dict[bytes, _Link]
    shared: dict[bytes, dict[str, datetime]]
    stands: dict[bytes, list[Stands]]


_links = select(Link.id, Customer.holder_id, PairwiseId.sub).join(Customer, Customer.id == Link.customer_id)
_own_sub = (PairwiseId.link_id == Link.id) & PairwiseId.own
_of_holders = Prepared(
    _links.join(PairwiseId, _own_sub).where(
        Customer.holder_id.in_(bindparam("holders", expanding=True)),
        Link.vendor_id == bindparam("vendor"),
        Link.folded_into.is_(None),
    ),
    lists=("holders",),
)
_of_links = Prepared(
    _links.join(PairwiseId, _own_sub).where(
        Link.id.in_(bindparam("ids", expanding=True)), Link.vendor_id == bindparam("vendor")
    ),
    lists=("ids",),
)
_live = Prepared(
    select(
        Grant.id,
        Grant.link_id,
        Grant.version,
        Grant.customer_id,
        GrantDetail.expires_at,
        GrantDetail.not_before,
        GrantDetail.datatypes,
        GrantDetail.created_at,
        Customer.sharing_version,
    )
    .join(GrantDetail, (GrantDetail.grant_id == Grant.id) & (GrantDetail.version == Grant.version))
    .join(Link, Link.id == Grant.link_id)
    .join(Customer, Customer.id == Grant.customer_id)
    .where(
        Grant.link_id.in_(bindparam("links", expanding=True)),
        Grant.state == LIVE,
        Link.paused_at.is_(None),
        Link.blocked_at.is_(None),
    ),
    lists=("links",),
)


def _known(unit: Unit, vendor_id: bytes, rows: Sequence[Any]) -> _Known:
    entries = {row.idx: orjson.loads(row.body) for row in rows}
    holders = holders_of(unit.connection, {row.customer for row in rows if row.event in OF_CHANGES})
    named = {row.idx: id_in(entries[row.idx], "link") for row in rows if row.event in OF_COMPANY}
    found = [*_rows(unit, _of_holders, "holders", holders.values(), vendor_id)]
    by_holder = {link.holder_id: link.id for link in found}
    found += _rows(unit, _of_links, "ids", (id_ for id_ in named.values() if id_ is not None), vendor_id)
    links = {link.id: link for link in found}
    link_of: dict[int, bytes] = {}
    for row in rows:
        link = named[row.idx] if row.idx in named else by_holder.get(holders.get(row.customer, b""))
        if link in links:
            link_of[row.idx] = link
    return _Known(entries, link_of, links, *_shared(unit, set(by_holder.values())))


def _shared(unit: Unit, links: Collection[bytes]) -> tuple[dict[bytes, dict[str, datetime]], dict[bytes, list[Stands]]]:
    """What each link shares now, with since when, and the permissions it stands on."""
    shared: dict[bytes, dict[str, datetime]] = {}
    stands: dict[bytes, list[Stands]] = {}
    for row in _live.all(unit.connection, {"links": list(links)}) if links else ():
        if row.expires_at <= unit.at or (row.not_before is not None and row.not_before > unit.at):
            continue
        mine = shared.setdefault(row.link_id, {})
        for path in row.datatypes:
            mine[path] = min(row.created_at, mine.get(path, row.created_at))
        stand = Stands(row.id, row.version, row.expires_at, row.customer_id, row.sharing_version)
        stands.setdefault(row.link_id, []).append(stand)
    return shared, stands


def _rows(unit: Unit, statement: Prepared, name: str, ids: Iterable[bytes], vendor_id: bytes) -> list[_Link]:
    wanted = sorted(set(ids))
    rows = [
        row
        for start in range(0, len(wanted), 64)
        for row in statement.all(unit.connection, {name: wanted[start : start + 64], "vendor": vendor_id})
    ]
    return [_Link(row.id, row.holder_id, row.sub) for row in rows]


def _subs(unit: Unit, link_id: bytes, *, own: bool) -> list[str]:
    """What else leads to a link, or what is its own."""
    wanted = select(PairwiseId.sub).where(PairwiseId.link_id == link_id, PairwiseId.own.is_(own))
    return sorted(unit.connection.execute(wanted).scalars())
