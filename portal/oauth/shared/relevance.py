"""Which changes show in a company's answers for one purpose, decided for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from portal.audit.reads import Change, last_changes
from portal.customers.models import Customer
from portal.grants.models import Grant, GrantDetail
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link, PairwiseId

# Mostly one of the newest few shows; only where none does is it worth fetching more at once.
_SLICES = (16, 112, 400, 1472)


@dataclass(frozen=True, slots=True)
class Known:
    """A customer as the company knows it, and what it may see of them for the purpose now."""

    link_id: bytes
    sub: str
    datatypes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Relevance:
    """The customers who ever shared for the purpose, by holder, and their permissions for it."""

    people: dict[bytes, Known]
    grants: frozenset[bytes]

    def shows(self, change: Change) -> bool:
        """Whether the company's answer can have moved with the change."""
        who = self.people.get(change.holder)
        if who is None:
            return False
        if change.grant is not None:
            return change.grant in self.grants
        if change.paths:
            return not who.datatypes.isdisjoint(change.paths)
        return change.link in (None, who.link_id)


_known = Prepared(
    select(Customer.holder_id, Link.id.label("link_id"), PairwiseId.sub)
    .join(Link, Link.customer_id == Customer.id)
    .join(PairwiseId, (PairwiseId.link_id == Link.id) & PairwiseId.own)
    .where(
        Customer.holder_id.in_(bindparam("holders", expanding=True)),
        Link.vendor_id == bindparam("vendor"),
        Link.folded_into.is_(None),
    ),
    lists=("holders",),
)
_given = Prepared(
    select(
        Grant.id,
        Grant.link_id,
        Grant.state,
        (Grant.version == GrantDetail.version).label("present"),
        GrantDetail.expires_at,
        GrantDetail.datatypes,
    )
    .join(GrantDetail, GrantDetail.grant_id == Grant.id)
    .where(Grant.link_id.in_(bindparam("links", expanding=True)), GrantDetail.purpose == bindparam("purpose")),
    lists=("links",),
)


def relevance_of(unit: Unit, vendor_id: bytes, purpose: str, changes: Sequence[Change]) -> Relevance:
    """What has to be known to judge these changes, with two queries."""
    holders = list({change.holder for change in changes})
    people = _known.all(unit.connection, {"holders": holders, "vendor": vendor_id})
    links = [row.link_id for row in people]
    rows = _given.all(unit.connection, {"links": links, "purpose": purpose}) if links else []
    shown: dict[bytes, set[str]] = {}
    for row in rows:
        mine = shown.setdefault(row.link_id, set())
        if row.present and row.state == "live" and row.expires_at > unit.at:
            mine.update(row.datatypes)
    return Relevance(
        {
            row.holder_id: Known(row.link_id, row.sub, frozenset(shown[row.link_id]))
            for row in people
            if row.link_id in shown
        },
        frozenset(row.id for row in rows),
    )


def after_last_shown(unit: Unit, vendor_id: bytes, purpose: str, first: int, below: int) -> int:
    """The index after the last change that shows from ``first`` on, over all of the company's customers.

    ``first`` where the newest two thousand changes of the house have none: whoever walks then keeps to what the pages say.
    """
    for most in _SLICES:
        changes = last_changes(unit, first, below, vendor_id, most)
        if not changes:
            return first
        relevance = relevance_of(unit, vendor_id, purpose, changes)
        found = next((change for change in changes if relevance.shows(change)), None)
        if found is not None:
            return found.index + 1
        if len(changes) < most:
            return first
        below = changes[-1].index
    return first
