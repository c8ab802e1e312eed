"""Assertions and proofs count once: who comes first with one has used it, whichever process it came to.

What comes with something that is done is claimed in the transaction that does it. What comes with a read is claimed by the
log's sequencer with the entry, in a table that nobody else writes.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.engine import Connection

from portal.kernel.db import UtcDateTime, dialect_insert
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.oauth.dpop import Use
from portal.oauth.models import ReadProof, UsedProof

_PRUNED = 64
_EVERY = 8
"""Of 256 claims, which hashes spread evenly, so many take out what is over among their neighbours."""


def claim_uses(unit: Unit, uses: Sequence[Use]) -> set[bytes]:
    """Uses up the assertion and the proof that one request brings; gives the hashes of those that were not used before.

    Every so often what is over is taken out of a 256th of all there are, so that what is kept is what comes within an
    assertion's life and a few thousand more.
    """
    for use in uses:
        if use.hash[0] < _EVERY:
            begins = use.hash[1:2]
            _forget.run(unit.connection, {"at": unit.at, "first": begins + _NONE, "last": begins + _ALL})
    values = {f"{name}_{at}": value for at, use in enumerate(uses) for name, value in (("hash", use.hash), ("until", use.until))}
    return {row.hash for row in _claims(len(uses), unit.connection.dialect.name).all(unit.connection, values)}


@cache
def _claims(many: int, dialect: str) -> Prepared:
    # With its type: of several rows the first alone would have it by its column.
    untils = [bindparam(f"until_{at}", type_=UtcDateTime) for at in range(many)]
    rows: list[dict[str, Any]] = [{"hash": bindparam(f"hash_{at}"), "until": until} for at, until in enumerate(untils)]
    return Prepared(dialect_insert(dialect, UsedProof).values(rows).on_conflict_do_nothing().returning(UsedProof.hash))


def claim_proofs(connection: Connection, reads: Sequence[Sequence[tuple[Any, ...]]], now: datetime) -> set[int]:
    """The log's claim: positions of reads with a proof that came before. A read has one ``(hash, until)``."""
    failed = {
        position
        for position, claims in enumerate(reads)
        if not all(_claimed(connection, *claim) for claim in claims)
    }
    _prune.run(connection, {"at": now})
    return failed


def _claimed(connection: Connection, hash_: bytes, until: datetime) -> bool:
    return bool(_of_read(connection.dialect.name).all(connection, {"hash": hash_, "until": until}))


@cache
def _of_read(dialect: str) -> Prepared:
    adding = dialect_insert(dialect, ReadProof).values(hash=bindparam("hash"), until=bindparam("until"))
    return Prepared(adding.on_conflict_do_nothing().returning(ReadProof.hash))


# So many at most, so that no reader waits behind a long absence.
_some = select(ReadProof.until).where(ReadProof.until <= bindparam("at")).order_by(ReadProof.until).offset(_PRUNED - 1).limit(1)
_prune = Prepared(delete(ReadProof).where(ReadProof.until <= func.coalesce(_some.scalar_subquery(), bindparam("at"))))
_NONE, _ALL = bytes(31), b"\xff" * 31
_over = (
    select(UsedProof.hash)
    .where(UsedProof.hash.between(bindparam("first"), bindparam("last")), UsedProof.until <= bindparam("at"))
    # Rows that another takes out at this moment are left to it, so that two never wait for each other.
    .with_for_update(skip_locked=True)
)
_forget = Prepared(delete(UsedProof).where(UsedProof.hash.in_(_over)))
