"""What became of a permission that a newer one took the place of: of what the newer one stands for is told, it alone counts."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select

from portal.grants import decision
from portal.grants.decision import Standing
from portal.grants.models import Grant, GrantDetail
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit

_history = Prepared(
    select(
        Grant.id,
        Grant.link_id,
        Grant.state,
        Grant.ended_by,
        (GrantDetail.version == Grant.version).label("is_present"),
        GrantDetail.purpose,
        GrantDetail.expires_at,
    )
    .join(GrantDetail, GrantDetail.grant_id == Grant.id)
    .where(Grant.link_id.in_(bindparam("links", expanding=True)))
    # A permission may come to a purpose later than a younger one had it.
    .order_by(GrantDetail.created_at, Grant.id, GrantDetail.version),
    lists=("links",),
)


class Newest:
    """Of some links, the permission that had each purpose last, and how it stands."""

    def __init__(self, unit: Unit, links: Iterable[bytes]) -> None:
        wanted = list(set(links))
        found = _history.all(unit.connection, {"links": wanted}) if wanted else ()
        # In the order in which they came about: what is said last of a purpose holds.
        self._rows: dict[tuple[bytes, str], Any] = {(row.link_id, row.purpose): row for row in found}
        self._at = unit.at

    def why(self, link_id: bytes, grant_id: bytes, purposes: Iterable[str]) -> str:
        """Why nothing is read for these purposes under a permission that has them no more."""
        rows = [self._rows.get((link_id, purpose)) for purpose in sorted(purposes)]
        found = [self._said(row) for row in rows if row is not None and row.id != grant_id]
        if decision.REPLACED in found:
            return decision.REPLACED
        return found[0] if found else decision.NARROWED

    def _said(self, row: Any) -> str:
        standing = Standing(row.state, "", None, None, None, row.expires_at, row.ended_by)
        return decision.after_newer(standing, self._at, has=row.is_present)
