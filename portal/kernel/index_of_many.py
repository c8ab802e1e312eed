"""Many values in the blind index at once: one question, or one statement, for all of them."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from portal.kernel.blind_index import Identifier

if TYPE_CHECKING:
    from portal.kernel.unit import Unit


def find_holders(unit: "Unit", kind: str, values: Collection[str], *, hold: bool = False) -> dict[str, bytes]:
    """Whose values these are, by value; those that are nobody's are left out. ``hold``: and stay so until the commit."""
    sought = {
        (number, digest): value
        for value in values
        for number, digest in unit.house.keys.index_digests(kind, value).items()
    }
    if not sought:
        return {}
    mine = (Identifier.kind == kind, Identifier.digest.in_({digest for _, digest in sought}))
    found = select(Identifier.key_version, Identifier.digest, Identifier.holder_id).where(*mine)
    if hold:
        # In one order, so that two never wait for each other.
        found = found.order_by(Identifier.key_version, Identifier.digest).with_for_update()
    rows = unit.connection.execute(found)
    places = ((row.key_version, row.digest, row.holder_id) for row in rows)
    return {sought[number, digest]: holder for number, digest, holder in places if (number, digest) in sought}


def claim_identifiers(unit: "Unit", kind: str, owners: Mapping[str, bytes]) -> None:
    """Puts values that nobody has into the blind index, each for its holder, under every key that is looked up by.

    IntegrityError where somebody took one of them a moment ago: begin again.
    """
    rows = [
        {"kind": kind, "key_version": number, "digest": digest, "holder_id": holder_id}
        for value, holder_id in owners.items()
        for number, digest in unit.house.keys.index_digests(kind, value).items()
    ]
    if rows:
        unit.connection.execute(insert(Identifier), rows)
