"""What has to be known to tell a slice of the log to a company, with a handful of queries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, select

from portal.audit.reads.entries import holders_of, id_in
from portal.customers.models import Customer
from portal.events.kinds import MOVED, OF_COMPANY, OF_GUESTS, OF_ORDERS
from portal.grants.lease import Lease
from portal.grants.leases import live_leases
from portal.kernel.ids import id_from, text_of
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link, PairwiseId
from portal.orders.shared import moved_orders, orders_of_lines

_AT_ONCE = 64


class LinkHere(NamedTuple):
    """A link as the company knows it."""

    id: bytes
    holder_id: bytes
    sub: str


@dataclass(frozen=True, slots=True)
class Known:
    """A slice's entries, the link that each concerns, and what each link shares now, with since when."""

    entries: dict[int, dict[str, Any]]
    link_of: dict[int, bytes]
    links: dict[bytes, LinkHere]
    leases: dict[bytes, list[tuple[Lease, datetime]]]
    # Whose an entry is that concerns no link.
    guest_of: dict[int, bytes] = field(default_factory=dict)
    # The order that an entry is about, and of each order that is shown the versions that moved what is shown.
    order_of: dict[int, bytes] = field(default_factory=dict)
    moved: dict[bytes, set[int]] = field(default_factory=dict)

    since: dict[bytes, dict[str, datetime]] = field(default_factory=dict)

    def shared_since(self, link_id: bytes) -> dict[str, datetime]:
        """What a link shares now, each attribute with since when it has been in the same version of a permission."""
        shared = self.since.get(link_id)
        if shared is None:
            shared = self.since[link_id] = {}
            for lease, since in self.leases.get(link_id, ()):
                shared |= {path: min(since, shared.get(path, since)) for path in lease.datatypes}
        return shared

    def whose(self, index: int) -> tuple[bytes, bytes | None]:
        """The holder and the link of an entry; no link of somebody without an account."""
        link = self.links.get(self.link_of.get(index, b""))
        return (self.guest_of[index], None) if link is None else (link.holder_id, link.id)

    def leases_of(self, link_id: bytes) -> list[Lease]:
        """What a link shares now."""
        return [lease for lease, _ in self.leases.get(link_id, ())]


def known(unit: Unit, vendor_id: bytes, rows: Sequence[Any]) -> Known:
    """What is known of these entries to this company."""
    entries = {row.idx: orjson.loads(row.body) for row in rows}
    holders = holders_of(unit.connection, {row.customer for row in rows if row.event not in OF_COMPANY})
    named = {row.idx: id_in(entries[row.idx], "link") for row in rows if row.event in OF_COMPANY}
    found = _rows(unit, _of_holders, "holders", holders.values(), vendor_id)
    by_holder = {link.holder_id: link.id for link in found}
    found += _rows(unit, _of_links, "ids", (id_ for id_ in named.values() if id_ is not None), vendor_id)
    links = {link.id: link for link in found}
    link_of: dict[int, bytes] = {}
    for row in rows:
        link = named[row.idx] if row.idx in named else by_holder.get(holders.get(row.customer, b""))
        if link in links:
            link_of[row.idx] = link
    guests = holders_of(unit.connection, {row.customer for row in rows if row.event in OF_GUESTS})
    guest_of = {row.idx: guests[row.customer] for row in rows if row.event in OF_GUESTS and row.customer in guests}
    here = Known(entries, link_of, links, _leases(unit, vendor_id, set(by_holder.values())), guest_of)
    _look_at_orders(unit, here, text_of(vendor_id))
    return here


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


def _rows(unit: Unit, statement: Prepared, name: str, ids: Iterable[bytes], vendor_id: bytes) -> list[LinkHere]:
    return [
        LinkHere(row.id, row.holder_id, row.sub)
        for some in _parts(ids)
        for row in statement.all(unit.connection, {name: some, "vendor": vendor_id})
    ]


def _leases(unit: Unit, vendor_id: bytes, links: Collection[bytes]) -> dict[bytes, list[tuple[Lease, datetime]]]:
    found: dict[bytes, list[tuple[Lease, datetime]]] = {}
    for some in _parts(links):
        for lease, since in live_leases(unit, vendor_id, some):
            found.setdefault(lease.link_id, []).append((lease, since))
    return found


def _parts(ids: Iterable[bytes]) -> list[list[bytes]]:
    wanted = sorted(set(ids))
    return [wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)]


def _look_at_orders(unit: Unit, here: Known, vendor: str) -> None:
    """Which orders the entries are about, and what of them is shown."""
    about = {
        index: entry["about"]
        for index, entry in here.entries.items()
        if entry["event"] in OF_ORDERS and entry["event"] != MOVED and index in here.link_of and entry["vendor"] != vendor
    }
    lines = orders_of_lines(unit, {id_from(one["id"]) for one in about.values() if one["kind"] == "order-line"})
    by_link: dict[bytes, set[bytes]] = {}
    for index, one in about.items():
        id_ = id_from(one["id"])
        order = lines.get(id_) if one["kind"] == "order-line" else id_
        if order is not None:
            here.order_of[index] = order
            by_link.setdefault(here.link_of[index], set()).add(order)
    for link_id, orders in by_link.items():
        here.moved.update(moved_orders(unit, here.leases_of(link_id), orders))
