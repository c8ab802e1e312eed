"""The rows behind leases: what permissions give, a row a purpose, in one statement each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from portal.customers.models import Customer
from portal.grants import decision
from portal.grants.models import Grant, GrantDetail
from portal.kernel.db import Base
from portal.kernel.prepared import Prepared
from portal.kernel.sealing import DataKey, KeyRow
from portal.kernel.unit import Unit
from portal.links.models import Link, PairwiseId

_also = select(PairwiseId.sub).where(PairwiseId.link_id == Link.id, ~PairwiseId.own).correlate(Link)
_columns = (
    Grant.id.label("grant_id"),
    Grant.version,
    Grant.state,
    Grant.ended_by,
    Grant.link_id,
    Grant.customer_id,
    GrantDetail.purpose,
    GrantDetail.datatypes,
    GrantDetail.not_before,
    GrantDetail.expires_at,
    GrantDetail.lookback,
    GrantDetail.most_reads,
    GrantDetail.read_span,
    Link.state.label("link_state"),
    Link.blocked_at,
    Link.paused_at,
    Customer.holder_id,
    Customer.sharing_version,
    PairwiseId.sub,
    _also.exists().label("also_known"),
)


def _rows() -> Any:
    return (
        select(*_columns)
        .select_from(Grant.__table__)
        .join(GrantDetail.__table__, GrantDetail.grant_id == Grant.id)
        .join(Link.__table__, Link.id == Grant.link_id)
        .join(Customer.__table__, Customer.id == Grant.customer_id)
        .join(PairwiseId.__table__, (PairwiseId.link_id == Grant.link_id) & PairwiseId.own)
    )


def with_leases(statement: Select[*tuple[Any, ...]], token: type[Base]) -> Select[*tuple[Any, ...]]:
    """A statement that finds a token, with what its permission gives: a row a purpose, one in all without any.

    Whoever executes it hands the rows to :func:`keep_rows`, and :func:`open_lease` need not ask again.
    """
    row: Any = token
    return (
        statement.add_columns(*_columns, DataKey.id.label("key_id"), DataKey.wrapped, DataKey.pseudonym)
        .outerjoin(Grant, (Grant.id == row.grant_id) & (Grant.vendor_id == row.vendor_id))
        .outerjoin(GrantDetail, (GrantDetail.grant_id == Grant.id) & (GrantDetail.version == Grant.version))
        .outerjoin(Link, Link.id == Grant.link_id)
        .outerjoin(Customer, Customer.id == Grant.customer_id)
        .outerjoin(PairwiseId, (PairwiseId.link_id == Grant.link_id) & PairwiseId.own)
        .outerjoin(DataKey, (DataKey.holder_id == Customer.holder_id) & DataKey.is_current)
    )


def keep_rows(unit: Unit, rows: Sequence[Any]) -> None:
    """Keeps for this snapshot what :func:`with_leases` found of one permission."""
    first = rows[0]
    if first.grant_id is None:
        return
    unit.seen[first.grant_id] = [row for row in rows if row.purpose is not None]
    if first.key_id is not None:
        unit.know_key(first.holder_id, KeyRow(first.key_id, first.wrapped, first.pseudonym, True))


_present = _rows().where(GrantDetail.version == Grant.version, Grant.vendor_id == bindparam("vendor"))
of_grant = Prepared(_present.where(Grant.id == bindparam("grant")))
"""What one permission of a company gives at present."""
# The newest permission first: it is the one that counts where an older one spoke of the same purpose. Of those that a
# newer one replaced as a whole there is nothing to say here: a token of the company's own opens the newer as well.
of_sub = Prepared(
    _present.where(
        Grant.link_id
        == select(PairwiseId.link_id)
        .where(PairwiseId.sub == bindparam("sub"), PairwiseId.vendor_id == bindparam("vendor"))
        .scalar_subquery(),
        or_(Grant.ended_by.is_(None), Grant.ended_by != decision.REPLACED),
    ).order_by(Grant.id.desc())
)
of_purpose = select(GrantDetail.grant_id).where(
    GrantDetail.grant_id.in_(bindparam("grants", expanding=True)), GrantDetail.purpose == bindparam("purpose")
)
page_of_purpose = Prepared(
    _present.where(
        Grant.state == decision.LIVE,
        Grant.link_id > bindparam("after"),
        GrantDetail.purpose == bindparam("purpose"),
        GrantDetail.expires_at > bindparam("at"),
        or_(GrantDetail.not_before.is_(None), GrantDetail.not_before <= bindparam("at")),
        Link.state != decision.ENDED,
        Link.blocked_at.is_(None),
        Link.paused_at.is_(None),
    )
    .order_by(Grant.link_id, Grant.id.desc())
    .limit(bindparam("limit"))
)


of_links = Prepared(
    _rows()
    .add_columns(GrantDetail.created_at.label("stands_since"))
    .where(
        GrantDetail.version == Grant.version,
        Grant.vendor_id == bindparam("vendor"),
        Grant.link_id.in_(bindparam("links", expanding=True)),
        Grant.state == decision.LIVE,
    )
    .order_by(Grant.id.desc()),
    lists=("links",),
)
