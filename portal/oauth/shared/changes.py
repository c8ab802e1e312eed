"""What changed for a company since a position: whose data reads differently now, and for whom it ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from sqlalchemy import bindparam, select

from portal.audit.reads import Change, changes_since
from portal.grants.decision import NO_GRANT
from portal.grants.lease import Lease
from portal.grants.leases import NoLease, TokenView, open_lease
from portal.grants.models import Grant, GrantDetail
from portal.kernel.clock import from_micros, micros
from portal.kernel.errors import Problem
from portal.kernel.unit import Unit
from portal.links.models import PairwiseId
from portal.oauth.shared.positions import Position
from portal.oauth.shared.relevance import relevance_of

_SLICE = 500


@dataclass(slots=True)
class Changed:
    """What a page of changes tells: leases that changed, customers for whom it ended, and how far it came."""

    leases: list[Lease] = field(default_factory=list)
    ended: list[dict[str, str]] = field(default_factory=list)
    position: Position = field(default_factory=Position)
    more: bool = False

    @property
    def size(self) -> int:
        """How many customers are on the page."""
        return len(self.leases) + len(self.ended)


def changed(unit: Unit, token: TokenView, purpose: str, since: Position, limit: int) -> Changed:
    """The customers whose answer moved since a position, in the order of the log, then those whose time ran out."""
    page = Changed(position=since)
    seen: set[str] = set()
    teller = _Teller(unit, token, purpose)
    for change, sub in teller.shown(since.index):
        if sub not in seen:
            if page.size == limit:
                page.more = True
                return page
            seen.add(sub)
            teller.tell(page, sub)
        page.position = Position(change.index + 1, since.ended)
    _ran_out(teller, page, seen, limit)
    return page


class _Teller:
    """Decides, for one company and purpose, which changes show and what there is to tell."""

    def __init__(self, unit: Unit, token: TokenView, purpose: str) -> None:
        self.unit, self.token, self.purpose = unit, token, purpose
        self._standing: dict[str, Lease | str | None] = {}

    def shown(self, index: int) -> Iterator[tuple[Change, str]]:
        """The changes from an index on that show, each with what the company calls the customer."""
        stream = changes_since(self.unit, index, self.token.vendor_id)
        for first in stream:
            yield from self._shown([first, *islice(stream, _SLICE)])

    def _shown(self, slice_: Sequence[Change]) -> Iterator[tuple[Change, str]]:
        relevance = relevance_of(self.unit, self.token.vendor_id, self.purpose, slice_)
        for change in slice_:
            if relevance.shows(change):
                yield change, relevance.people[change.holder].sub

    def standing(self, sub: str) -> Lease | str | None:
        """The lease over a customer, the reason why there is none, or None where there never was one."""
        if sub not in self._standing:
            self._standing[sub] = self._decide(sub)
        return self._standing[sub]

    def _decide(self, sub: str) -> Lease | str | None:
        try:
            return open_lease(self.unit, token=self.token, purpose=self.purpose, sub=sub)
        except NoLease as none:
            return None if none.reason == NO_GRANT else none.reason
        except Problem:
            return None

    def tell(self, page: Changed, sub: str) -> None:
        """Puts a customer on the page."""
        standing = self.standing(sub)
        if isinstance(standing, Lease):
            page.leases.append(standing)
        elif standing is not None:
            page.ended.append({"sub": sub, "purpose": self.purpose, "reason": standing})


_over = (
    select(GrantDetail.expires_at, PairwiseId.sub)
    .join(Grant, (Grant.id == GrantDetail.grant_id) & (Grant.version == GrantDetail.version))
    .join(PairwiseId, (PairwiseId.link_id == Grant.link_id) & PairwiseId.own)
    .where(
        Grant.vendor_id == bindparam("vendor"),
        Grant.state == "live",
        GrantDetail.purpose == bindparam("purpose"),
        GrantDetail.expires_at > bindparam("after"),
        GrantDetail.expires_at <= bindparam("at"),
    )
    .order_by(GrantDetail.expires_at)
)


def _ran_out(teller: _Teller, page: Changed, seen: set[str], limit: int) -> None:
    after = from_micros(page.position.ended)
    asked = {"vendor": teller.token.vendor_id, "purpose": teller.purpose, "after": after, "at": teller.unit.at}
    rows = teller.unit.connection.execute(_over, asked).all()
    for row, following in pairwise([*rows, None]):
        assert row is not None
        if row.sub not in seen and not isinstance(teller.standing(row.sub), Lease):
            seen.add(row.sub)
            teller.tell(page, row.sub)
        # Ends of the same moment stay together, so that none of them is passed over.
        if following is None or following.expires_at != row.expires_at:
            page.position = Position(page.position.index, micros(row.expires_at))
            if page.size >= limit and following is not None:
                page.more = True
                return
