"""What is shared with a company as a whole: purposes, names of fields and numbers of customers, nobody's values."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from portal.grants.decision import LIVE
from portal.grants.models import Grant, GrantDetail
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.links.models import Link, PairwiseId


def _live(unit: Unit, vendor_id: bytes, *columns: Any) -> Any:
    present = (GrantDetail.grant_id == Grant.id) & (GrantDetail.version == Grant.version)
    mine = Grant.vendor_id == vendor_id, Grant.state == LIVE, GrantDetail.expires_at > unit.at
    return select(*columns).select_from(Grant).join(GrantDetail, present).where(*mine)


def purposes_shared(unit: Unit, vendor_id: bytes) -> dict[str, int]:
    """For which purposes customers share with a company, and how many; those who have paused are among them."""
    many = func.count(Grant.link_id.distinct()).label("many")
    rows = unit.connection.execute(_live(unit, vendor_id, GrantDetail.purpose, many).group_by(GrantDetail.purpose))
    return {row.purpose: row.many for row in rows}


def paths_shared(unit: Unit, vendor_id: bytes, purpose: str) -> frozenset[str]:
    """The fields that any customer shares with a company for a purpose."""
    lists = _live(unit, vendor_id, GrantDetail.datatypes).where(GrantDetail.purpose == purpose)
    return frozenset(path for row in unit.connection.execute(lists) for path in row.datatypes)


def numbers_of(unit: Unit, link_ids: Iterable[bytes]) -> dict[bytes, str | None]:
    """The company's own numbers for the customers of some links."""
    rows = unit.connection.execute(select(Link.id, Link.number).where(Link.id.in_(list(link_ids))))
    return {row.id: row.number for row in rows}


def sub_by_number(unit: Unit, vendor_id: bytes, number: str) -> str:
    """What a company is told as the id of the customer whom it gave a number; NotFound for a number that it gave nobody."""
    mine = Link.vendor_id == vendor_id, Link.number == number
    link = select(func.coalesce(Link.folded_into, Link.id)).where(*mine).scalar_subquery()
    own = select(PairwiseId.sub).where(PairwiseId.link_id == link, PairwiseId.own)
    found: str | None = unit.connection.execute(own).scalar()
    if found is None:
        raise NotFound
    return found
