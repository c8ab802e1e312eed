"""Parting two holders again: what one brought along when it was joined to the other goes back, by key.

Nothing is sealed anew: whatever was sealed under a key opens for whoever holds the key now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_, update

from portal.kernel.blind_index import Identifier
from portal.kernel.errors import Conflict
from portal.kernel.sealing import DataKey

if TYPE_CHECKING:
    from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class Belongings:
    """What is a holder's: its keys, which of them is current, and its places in the blind index."""

    keys: frozenset[bytes]
    current: bytes
    identifiers: frozenset[tuple[str, bytes]]

    def document(self) -> dict[str, Any]:
        """As JSON, to be kept until the two are parted: ids and digests, no key and no address."""
        return {
            "keys": sorted(key.hex() for key in self.keys),
            "current": self.current.hex(),
            "identifiers": sorted([kind, digest.hex()] for kind, digest in self.identifiers),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Belongings":
        """What was kept by :meth:`document`."""
        return cls(
            frozenset(map(bytes.fromhex, document["keys"])),
            bytes.fromhex(document["current"]),
            frozenset((kind, bytes.fromhex(digest)) for kind, digest in document["identifiers"]),
        )


def belongings_of(unit: "Unit", holder_id: bytes) -> Belongings:
    """What a holder would take along."""
    keys = unit.connection.execute(select(DataKey.id, DataKey.is_current).where(DataKey.holder_id == holder_id)).all()
    index = select(Identifier.kind, Identifier.digest).where(Identifier.holder_id == holder_id)
    return Belongings(
        frozenset(key.id for key in keys),
        next(key.id for key in keys if key.is_current),
        frozenset((row.kind, row.digest) for row in unit.connection.execute(index)),
    )


def key_of(sealed: bytes) -> bytes:
    """The id of the key under which a value was sealed: it stands after the format's byte."""
    return sealed[1:17]


def part_holder(unit: "Unit", source: bytes, into: bytes, belongings: Belongings) -> None:
    """Gives what ``into`` once brought back to it from ``source``; Conflict ``erased`` where a key is gone."""
    mine = (DataKey.holder_id == source, DataKey.id.in_(belongings.keys))
    moved = update(DataKey).where(*mine).values(holder_id=into, is_current=DataKey.id == belongings.current)
    if unit.connection.execute(moved).rowcount != len(belongings.keys):
        raise Conflict("erased")
    if belongings.identifiers:
        places = tuple_(Identifier.kind, Identifier.digest).in_(sorted(_also_later(unit, belongings.identifiers)))
        theirs = (Identifier.holder_id == source, places)
        # Whoever is just giving these places a digest under a new key is through, and the next statement sees it.
        unit.connection.execute(select(Identifier.digest).where(*theirs).with_for_update()).all()
        unit.connection.execute(update(Identifier).where(*theirs).values(holder_id=into))
    unit.forget_boxes()


def _also_later(unit: "Unit", identifiers: frozenset[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
    """The places that were remembered, and what they are under keys that came since. Which key a digest is of was not
    remembered: of the wrong ones nobody has a row."""
    keys = unit.house.keys
    numbers = keys.index_numbers()
    pairs = [(number, later) for number in numbers for later in numbers if later > number]
    later = {(kind, keys.later_digest(digest, *pair)) for kind, digest in identifiers for pair in pairs}
    return later | identifiers
