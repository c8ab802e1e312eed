"""The blind index: whose a value is, found by an HMAC of it under each key that is looked up by, never by the value."""

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Digest
from portal.kernel.errors import Conflict
from portal.kernel.prepared import Prepared

if TYPE_CHECKING:
    from portal.kernel.unit import Unit


class Identifier(Base):
    """The blind index: whose is this address, without the address."""

    __tablename__ = "identifiers"
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_version: Mapped[int] = mapped_column(primary_key=True, default=1)
    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    holder_id: Mapped[bytes] = mapped_column(ForeignKey("holders.id"))
    __table_args__ = (Index("ix_identifiers_holder_id", "holder_id"),)


def claim_identifier(unit: "Unit", kind: str, value: str, holder_id: bytes) -> None:
    """Puts a value into the blind index for its holder, under every key that is looked up by; Conflict ``taken`` when it
    is another's."""
    owner = find_holder(unit, kind, value)
    if owner == holder_id:
        return
    if owner is not None:
        raise Conflict("taken")
    digests = unit.house.keys.index_digests(kind, value)
    rows = [
        {"kind": kind, "key_version": number, "digest": digest, "holder_id": holder_id}
        for number, digest in digests.items()
    ]
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(insert(Identifier), rows)
    except IntegrityError:
        raise Conflict("taken") from None


def release_identifier(unit: "Unit", *kinds: str, holder_id: bytes) -> None:
    """Takes all of a holder's values of these kinds out of the blind index."""
    theirs = (Identifier.kind.in_(kinds), Identifier.holder_id == holder_id)
    _hold_identifiers(unit, *theirs)
    unit.connection.execute(delete(Identifier).where(*theirs))


def pass_identifiers(unit: "Unit", *kinds: str, holder_id: bytes, into: bytes) -> None:
    """Lets all of a holder's values of these kinds, or of every kind, lead to another one."""
    of_kinds = (Identifier.kind.in_(kinds),) if kinds else ()
    theirs = (*of_kinds, Identifier.holder_id == holder_id)
    _hold_identifiers(unit, *theirs)
    unit.connection.execute(update(Identifier).where(*theirs).values(holder_id=into))


def _hold_identifiers(unit: "Unit", *which: Any) -> None:
    # Whoever is just giving these places a digest under a new key is through, and the next statement sees it.
    unit.connection.execute(select(Identifier.digest).where(*which).with_for_update()).all()


def find_holder(unit: "Unit", kind: str, value: str) -> bytes | None:
    """Whose value this is, or None."""
    digests = unit.house.keys.index_digests(kind, value)
    places = {f"{name}_{at}": one for at, pair in enumerate(digests.items()) for name, one in zip(_PLACE, pair, strict=True)}
    row = _holder_of(len(digests)).first(unit.connection, {"kind": kind, **places})
    return None if row is None else row.holder_id


_PLACE = ("version", "digest")


@cache
def _holder_of(keys: int) -> Prepared:
    """Whose a value is that stands in the index under one of so many keys."""
    places = [
        and_(Identifier.key_version == bindparam(f"version_{at}"), Identifier.digest == bindparam(f"digest_{at}"))
        for at in range(keys)
    ]
    return Prepared(select(Identifier.holder_id).where(Identifier.kind == bindparam("kind"), or_(*places)).limit(1))
