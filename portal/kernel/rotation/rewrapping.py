"""What older keys made, brought under the primary one: in batches, each a short transaction, beside everybody's work.

Nothing remembers how far it came: what is done is under the primary key, and whoever begins again goes on from there.
"""

from collections.abc import Callable, Iterator

from cryptography.exceptions import InvalidTag
from sqlalchemy import LargeBinary, bindparam, delete, func, select
from sqlalchemy.engine import Connection

from portal.kernel.blind_index import Identifier
from portal.kernel.bulk import BulkInsert, BulkUpdate
from portal.kernel.db import WRITING, dialect_insert
from portal.kernel.house import House
from portal.kernel.prepared import Prepared
from portal.kernel.rotation.facts import RewrapBegun, Rewrapped
from portal.kernel.sealing import DataKey
from portal.kernel.unit import Actor

REWRAPPED = {"seal": "data keys", "index": "places in the blind index"}
"""The keysets whose work can be brought under a new key, and what that work is."""
BATCH = 250
"""Rows a transaction: the gate is held for some milliseconds."""
_LEAST = bytes(16)

Progress = Callable[[int, int], None]
"""Called with how much is under the primary key, and how much there is: before anything is done, and after each batch."""


def rewrap(house: House, actor: Actor, name: str, progress: Progress | None = None) -> int:
    """Brings all data keys (``seal``) or the blind index (``index``) under the primary key; gives how many were."""
    stored = house.keys.stored(name)
    number = stored.numbers[stored.primary]
    found = _counted(house, name)
    there, total = found.get(number, 0), sum(found.values())
    waits = total - there
    if not waits:
        return 0
    with house.writing(actor) as unit:
        unit.note(RewrapBegun(keyset=name, number=number, count=waits))
    tell = progress or (lambda done, total: None)
    tell(there, total)
    done = bring_over(house, name, lambda done: tell(there + done, total))
    with house.writing(actor) as unit:
        unit.note(Rewrapped(keyset=name, number=number, count=done))
    return done


def bring_over(house: House, name: str, progress: Callable[[int], None] | None = None) -> int:
    """The same without a word in the record."""
    done = 0
    for count in _wrap_anew(house) if name == "seal" else _index_anew(house):
        done += count
        if progress:
            progress(done)
    return done


def waiting(house: House, name: str) -> dict[int, int]:
    """How much is under each older key alone, by the key's number."""
    stored = house.keys.stored(name)
    primary = stored.numbers[stored.primary]
    return {number: count for number, count in _counted(house, name).items() if number != primary and count}


def _counted(house: House, name: str) -> dict[int, int]:
    """How much is under the primary key, and how much under each older one alone, by the key's number."""
    return _wrapped(house) if name == "seal" else _indexed(house)


_key_id = func.substr(DataKey.wrapped, 2, 8, type_=LargeBinary)
_after = Prepared(
    select(DataKey.id, DataKey.wrapped).where(DataKey.id > bindparam("last")).order_by(DataKey.id).limit(BATCH)
)


def _wrapped(house: House) -> dict[int, int]:
    numbers = house.keys.stored("seal").numbers
    with house.reading() as unit:
        rows = unit.connection.execute(select(_key_id, func.count()).group_by(_key_id)).all()
    counts = {bytes(id_).hex(): int(count) for id_, count in rows}
    return {numbers[id_]: count for id_, count in counts.items() if id_ in numbers}


def _wrap_anew(house: House) -> Iterator[int]:
    stored, last = house.keys.stored("seal"), _LEAST
    table = DataKey.__table__.c
    wrapping = BulkUpdate(house.engine.dialect, table.id, table.wrapped)
    older = {b"\x01" + bytes.fromhex(id_) for id_ in stored.older}
    while True:
        with house.reading() as unit:
            rows = _after.all(unit.connection, {"last": last})
        if not rows:
            return
        # What is under the primary key already is read past: a search for the rest would read all of it each time.
        mine = [(row.id, row.wrapped) for row in rows if row.wrapped[:9] in older]
        anew = [{"at": id_, "anew": new} for id_, wrapped in mine if (new := _anew(house, id_, wrapped)) is not None]
        if anew:
            with house.writing() as unit:
                wrapping.execute(unit.connection, anew)
            yield len(anew)
        last = rows[-1].id


def _anew(house: House, id_: bytes, wrapped: bytes) -> bytes | None:
    try:
        return house.keys.wrap(house.keys.unwrap(wrapped, id_), id_)
    except InvalidTag:
        # Somebody changed it: it stays as it is, stops nobody else's, and goes on being counted.
        return None


def _indexed(house: House) -> dict[int, int]:
    stored = house.keys.stored("index")
    primary = stored.numbers[stored.primary]
    version = Identifier.key_version
    with house.reading() as unit:
        rows = unit.connection.execute(select(version, func.count()).group_by(version)).all()
    counts = {int(number): int(count) for number, count in rows}
    older = [stored.numbers[id_] for id_ in stored.older]
    there = counts.get(primary, 0)
    return {primary: there, **{number: max(counts.get(number, 0) - there, 0) for number in older}}


def _index_anew(house: House) -> Iterator[int]:
    stored = house.keys.stored("index")
    primary = stored.numbers[stored.primary]
    for number in (stored.numbers[id_] for id_ in stored.older):
        for kind in _kinds(house):
            yield from _kind_anew(house, kind, number, primary)


def _kinds(house: House) -> list[str]:
    with house.reading() as unit:
        return list(unit.connection.scalars(select(Identifier.kind).distinct()))


def _kind_anew(house: House, kind: str, number: int, primary: int) -> Iterator[int]:
    last = b""
    while True:
        theirs = (Identifier.kind == kind, Identifier.key_version == number, Identifier.digest > last)
        there = select(Identifier.digest, Identifier.holder_id).where(*theirs).order_by(Identifier.digest).limit(BATCH)
        with house.gate.entered(), house.transaction(WRITING) as connection:
            # Held, so that nobody releases or moves one of them between the look and the insert.
            rows = connection.execute(there.with_for_update()).all()
            anew = [
                {
                    "kind": kind,
                    "key_version": primary,
                    "digest": house.keys.later_digest(row.digest, number, primary),
                    "holder_id": row.holder_id,
                }
                for row in rows
            ]
            made = _inserting(house, connection).execute(connection, anew)
        if not rows:
            return
        yield len(made)
        last = rows[-1].digest


def _inserting(house: House, connection: Connection) -> BulkInsert:
    adding = dialect_insert(connection.dialect.name, Identifier)
    statement = adding.on_conflict_do_nothing().returning(Identifier.digest)
    return BulkInsert(house.engine.dialect, statement, ("kind", "key_version", "digest", "holder_id"), returns=True)


def drop_index(house: House) -> int:
    """Deletes what is in the blind index under keys that are looked up by no more; gives how much."""
    stored = house.keys.stored("index")
    gone = [stored.numbers[id_] for id_ in stored.links]
    return sum(_drop_kind(house, kind, number) for number in gone for kind in _kinds(house))


def _drop_kind(house: House, kind: str, number: int) -> int:
    theirs, dropped = (Identifier.kind == kind, Identifier.key_version == number), 0
    some = select(Identifier.digest).where(*theirs).limit(BATCH)
    while True:
        with house.gate.entered(), house.transaction(WRITING) as connection:
            taken = connection.execute(delete(Identifier).where(*theirs, Identifier.digest.in_(some))).rowcount
        if not taken:
            return dropped
        dropped += taken
