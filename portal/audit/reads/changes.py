"""What the log tells about a company's answers: which changes may have moved them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from portal.audit.models import LogState
from portal.audit.reads.entries import column, holders_of, id_in
from portal.audit.walking import walk
from portal.customers.models import Customer
from portal.kernel.ids import text_of
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link


@dataclass(frozen=True, slots=True)
class Change:
    """Something that may move a company's answer: whose, by which event, at which fields."""

    index: int
    event: str
    holder: bytes
    vendor: bytes | None
    link: bytes | None
    grant: bytes | None
    paths: tuple[str, ...] = field(default=())


CHANGES = (
    "attribute.changed",
    "attribute.removed",
    "customer.joined",
    "grant.amended",
    "grant.given",
    "grant.narrowed",
    "grant.revoked",
    "link.blocked",
    "link.ended",
    "link.folded",
    "link.parted",
    "link.paused",
    "link.resumed",
    "link.unblocked",
)


_size = Prepared(select(LogState.size).where(LogState.id == 1))
_changes = select(column.idx, column.customer, column.event, column.body).where(
    column.event.in_(CHANGES),
    column.customer.is_not(None),
    # Not by the index on the company, where its own reads, far more than all changes, would be walked through.
    func.coalesce(column.vendor, bindparam("vendor")) == bindparam("vendor"),
)
_last = Prepared(
    _changes.where(column.idx >= bindparam("first"), column.idx < bindparam("below"))
    .order_by(column.idx.desc())
    .limit(bindparam("most"))
)


def size_of(connection: Connection) -> int:
    """How many entries the log has: the position after the last one."""
    row = _size.first(connection)
    return 0 if row is None else int(row.size)


def changes_since(unit: Unit, index: int, vendor_id: bytes) -> Iterator[Change]:
    """What happened from ``index`` on that may move this company's answers, in the order of the log.

    A customer's own changes name no company: the caller keeps those of its customers and of the fields it was granted.
    Run after the log was led (``house.lead()``), so that nothing that was acknowledged is missing.
    """
    statement = _changes.where(column.idx >= index).params(vendor=text_of(vendor_id))
    slice_: list[Any] = []
    for row in walk(unit.connection, statement, column.idx):
        slice_.append(row)
        if len(slice_) == 500:
            yield from _told(unit, slice_)
            slice_ = []
    yield from _told(unit, slice_)


def last_changes(unit: Unit, first: int, below: int, vendor_id: bytes, most: int) -> list[Change]:
    """The newest of them from ``first`` to before ``below``, the newest first."""
    values = {"vendor": text_of(vendor_id), "first": first, "below": below, "most": most}
    return list(_told(unit, _last.all(unit.connection, values)))


def _told(unit: Unit, rows: Sequence[Any]) -> Iterator[Change]:
    holders = holders_of(unit.connection, {row.customer for row in rows})
    entries = {row.idx: orjson.loads(row.body) for row in rows}
    nameless = {row.idx: id_in(entries[row.idx], "link") for row in rows if row.customer not in holders}
    behind = _holders_behind(unit, nameless.values())
    for row in rows:
        holder = holders.get(row.customer) or behind.get(nameless[row.idx])
        if holder is not None:
            entry = entries[row.idx]
            ids = {name: id_in(entry, name) for name in ("vendor", "link", "grant")}
            paths = tuple(entry.get("detail", {}).get("paths", ()))
            yield Change(row.idx, row.event, holder, **ids, paths=paths)


_behind = select(Link.id, Customer.holder_id).join(Customer, Customer.id == Link.customer_id)


def _holders_behind(unit: Unit, links: Iterable[bytes | None]) -> dict[bytes | None, bytes]:
    """Whose links these are: an erased customer's name leads nowhere, and yet a company must learn that it ended."""
    wanted = {link for link in links if link is not None}
    if not wanted:
        return {}
    return {row.id: row.holder_id for row in unit.connection.execute(_behind.where(Link.id.in_(wanted)))}
