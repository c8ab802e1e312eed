"""The versions that a permission went through: how each came about, and which attributes it allowed. Names alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from portal.grants.models import GrantDetail, GrantVersion
from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class Version:
    """One version: how it came about, who began it, and by purpose the attributes and the end."""

    version: int
    change: str
    made_by: str
    created_at: datetime
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)


def versions_of(unit: Unit, grant_id: bytes, *, most: int) -> Sequence[Version]:
    """The newest versions of a permission, whosever it is, the newest first."""
    columns = (GrantVersion.version, GrantVersion.change, GrantVersion.made_by, GrantVersion.created_at)
    newest = select(*columns).where(GrantVersion.grant_id == grant_id).order_by(GrantVersion.version.desc()).limit(most)
    found = {row.version: Version(*row) for row in unit.connection.execute(newest)}
    details = select(GrantDetail.version, GrantDetail.purpose, GrantDetail.datatypes, GrantDetail.expires_at).where(
        GrantDetail.grant_id == grant_id, GrantDetail.version.in_(found)
    )
    for row in unit.connection.execute(details):
        found[row.version].names[row.purpose] = frozenset(row.datatypes)
        found[row.version].ends[row.purpose] = row.expires_at
    return list(found.values())
