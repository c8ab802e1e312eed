"""Pages of the feed.

Nothing is kept for it: an event is an entry that concerns the company, told again the same whenever it is asked for, with
an id that is always the same. Whether it shows is decided at the moment of telling: of what is not shared any more only
the end is told. A place in the feed lies behind the last event that was told, so that what does not show moves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select, union_all

from portal.audit.models import LogEntry
from portal.audit.reads import size_of
from portal.events.kinds import OF_CHANGES, OF_COMPANY, OF_ORDERS
from portal.events.shared.known import Known, known
from portal.events.shared.telling import event_of
from portal.grants.lease import Lease
from portal.kernel.clock import micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import text_of
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.vendors.things import ThingIds

MOST = 500
KEPT = timedelta(days=30)
"""For how long what happened can be asked for again."""
_KIND = "changes.cursor"
_SLICE = 500


@dataclass(slots=True)
class ChangesPage:
    """Events as they leave, how many of them each customer (holder and link) has, and the leases they stand on.

    Somebody without an account has no link.
    """

    value: dict[str, Any]
    counted: dict[tuple[bytes, bytes | None], int] = field(default_factory=dict)
    leases: dict[tuple[bytes, str], Lease] = field(default_factory=dict)


def shared_changes(
    unit: Unit, vendor_id: bytes, *, cursor: str | None, from_now: bool = False, limit: int = MOST
) -> ChangesPage:
    """The events behind a cursor, the oldest first; without one, those of the last thirty days, or none ``from_now`` on.

    Run after the log was led, so that nothing that was acknowledged is missing.
    """
    audience = text_of(vendor_id)
    if cursor is not None:
        place = int(open_cursor(unit.house, _KIND, audience, cursor)["index"])
    else:
        place = size_of(unit.connection) if from_now else 0
    events: list[dict[str, Any]] = []
    page = ChangesPage({"events": events})
    more = False
    for index, event, here in _events(unit, vendor_id, place):
        if len(events) == limit:
            more = True
            break
        _put(page, event, here.whose(index), here)
        place = index + 1
    page.value |= {"cursor": seal_cursor(unit.house, _KIND, audience, {"index": place}), "more": more}
    return page


def _entries_of(event: str) -> Select[*tuple[Any, ...]]:
    """The entries of one kind behind an index; those that name a company, of that company alone."""
    found: Select[*tuple[Any, ...]] = select(LogEntry.idx, LogEntry.event, LogEntry.customer, LogEntry.body).where(
        LogEntry.event == event,
        LogEntry.idx >= bindparam("first"),
        LogEntry.time >= bindparam("since"),
        LogEntry.customer.is_not(None),
    )
    # Not by the index on the company, where its own reads, far more than all changes, would be walked through.
    return found.where(LogEntry.vendor + "" == bindparam("vendor")) if event in OF_COMPANY else found


# Each kind lies in its index in the order of the log, so that the engines merge them and neither sorts nor walks the log.
_entries = Prepared(
    union_all(*(_entries_of(event) for event in (*OF_CHANGES, *OF_COMPANY, *OF_ORDERS)))
    .order_by("idx")
    .limit(bindparam("most"))
)


def change_at(unit: Unit, vendor_id: bytes, index: int) -> ChangesPage:
    """The event that one entry of the log makes, as it is told now; a page of nothing where it is not told (any more)."""
    page = ChangesPage({"events": []})
    for row in _slice(unit, vendor_id, index, 1):
        here = known(unit, vendor_id, [row])
        event = event_of(unit, ThingIds(unit.house.keys, vendor_id), row, here) if row.idx == index else None
        if event is not None:
            _put(page, event, here.whose(index), here)
    return page


class Happened(NamedTuple):
    """That there is an event: where in the log, whose, and what it is called."""

    idx: int
    link_id: bytes | None
    id: str
    kind: str


def happened_from(unit: Unit, vendor_id: bytes, index: int) -> tuple[list[Happened], int]:
    """The events of a slice of the log from an index on, and where the next slice begins."""
    rows = _slice(unit, vendor_id, index, _SLICE)
    here, ids = known(unit, vendor_id, rows), ThingIds(unit.house.keys, vendor_id)
    events = [(row.idx, event) for row in rows if (event := event_of(unit, ids, row, here)) is not None]
    found = [Happened(idx, here.link_of.get(idx), event["id"], event["type"]) for idx, event in events]
    return found, rows[-1].idx + 1 if len(rows) == _SLICE else max(index, size_of(unit.connection))


def first_since(unit: Unit, at: datetime) -> int:
    """Where in the log the entries from a moment on begin. Times rise with the places: it is halved, not walked."""
    low, high = 0, size_of(unit.connection)
    while low < high:
        middle = (low + high) // 2
        time: int = unit.connection.execute(select(LogEntry.time).where(LogEntry.idx == middle)).scalar_one()
        low, high = (middle + 1, high) if time < micros(at) else (low, middle)
    return low


def _events(unit: Unit, vendor_id: bytes, index: int) -> Iterator[tuple[int, dict[str, Any], Known]]:
    """The events from an index on, each with what was known when it was made, a slice of the log at a time."""
    ids = ThingIds(unit.house.keys, vendor_id)
    while True:
        rows = _slice(unit, vendor_id, index, _SLICE)
        here = known(unit, vendor_id, rows)
        for row in rows:
            event = event_of(unit, ids, row, here)
            if event is not None:
                yield row.idx, event, here
        if len(rows) < _SLICE:
            return
        index = rows[-1].idx + 1


def _slice(unit: Unit, vendor_id: bytes, index: int, most: int) -> Sequence[Any]:
    values = {"since": micros(unit.at - KEPT), "vendor": text_of(vendor_id), "most": most, "first": index}
    return _entries.all(unit.connection, values)


def _put(page: ChangesPage, event: dict[str, Any], whose: tuple[bytes, bytes | None], here: Known) -> None:
    page.value["events"].append(event)
    page.counted[whose] = page.counted.get(whose, 0) + 1
    link_id = whose[1]
    if link_id is not None and "grant_id" not in event:
        # What is told because it is shared stands on what shares it; an end stands by itself.
        page.leases |= {(link_id, lease.purpose): lease for lease, _ in here.leases.get(link_id, ())}
