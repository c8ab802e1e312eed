"""The blind index of what several people may have: the telephone of a family, the number of a firm.

A place in the index is one holder's. So each of those who share a value has a place of a kind of its own (``phone``,
``phone.2`` and so on): the index stays unique, and whoever looks a value up looks at all of its places at once.
"""

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from portal.kernel.blind_index import Identifier, claim_identifier, release_identifier
from portal.kernel.errors import Conflict

if TYPE_CHECKING:
    from portal.kernel.unit import Unit

MOST = 8
"""Who are found by one value. Whoever comes later is not found by it."""


def places_of(kind: str) -> list[str]:
    """The kinds under which values of one kind stand."""
    return [kind, *(f"{kind}.{number}" for number in range(2, MOST + 1))]


def holders_by(unit: "Unit", kind: str, value: str) -> dict[str, bytes]:
    """Whose value this is, by place."""
    digests = [
        and_(Identifier.kind == place, Identifier.key_version == number, Identifier.digest == digest)
        for place in places_of(kind)
        for number, digest in unit.house.keys.index_digests(place, value).items()
    ]
    statement = select(Identifier.kind, Identifier.holder_id).where(or_(*digests)).order_by(Identifier.kind)
    return {row.kind: row.holder_id for row in unit.connection.execute(statement)}


def share_identifier(unit: "Unit", kind: str, value: str, holder_id: bytes) -> bool:
    """Puts a value that others may have, too, into the blind index for its holder; False where there is no more room."""
    taken = holders_by(unit, kind, value)
    if holder_id in taken.values():
        return True
    return any(_claimed(unit, place, value, holder_id) for place in places_of(kind) if place not in taken)


def _claimed(unit: "Unit", place: str, value: str, holder_id: bytes) -> bool:
    try:
        claim_identifier(unit, place, value, holder_id)
    except Conflict:
        return False  # somebody else took it a moment ago
    return True


def release_shared(unit: "Unit", kind: str, holder_id: bytes) -> None:
    """Takes all of a holder's values of one kind out of the blind index."""
    release_identifier(unit, *places_of(kind), holder_id=holder_id)
