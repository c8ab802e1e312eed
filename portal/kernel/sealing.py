"""Holders, their data keys and sealed values.

A holder is whoever's things are sealed together: a person (account and customer alike), a prospect, or a month of
the log or the outbox. A sealed value is ``0x01 | key id (16) | nonce (12) | AES-256-GCM``, bound to table, column and
row, never to the customer: joining two people re-points rows and re-seals nothing.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ForeignKey, String, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.blind_index import pass_identifiers
from portal.kernel.db import Base, Id, UtcDateTime
from portal.kernel.db import Sealed as SealedColumn
from portal.kernel.errors import NotFound
from portal.kernel.ids import new_id, text_of
from portal.kernel.mac import Mac
from portal.kernel.prepared import Prepared

if TYPE_CHECKING:
    from portal.kernel.keysets import Keys
    from portal.kernel.unit import Unit

_FORMAT = b"\x01"
_NONCE = 12
TOKEN = 8
"""Bytes of a word's token: enough that no two words of one person meet."""


class Holder(Base):
    """A key holder; ``label`` names a month's ("log:2026-11")."""

    __tablename__ = "holders"
    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str | None] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DataKey(Base):
    """A wrapped data key with its log pseudonym; a holder may have several, one of them current."""

    __tablename__ = "data_keys"
    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    holder_id: Mapped[bytes] = mapped_column(ForeignKey("holders.id"), index=True)
    pseudonym: Mapped[bytes] = mapped_column(Id, unique=True)
    wrapped: Mapped[bytes] = mapped_column(SealedColumn)
    is_current: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeyRow(NamedTuple):
    """A row of ``data_keys``, as a box takes it."""

    id: bytes
    wrapped: bytes
    pseudonym: bytes
    is_current: bool


class Box:
    """Seals and opens for one holder. A customer's lives no longer than its unit (:meth:`House.log_box` keeps the month's).

    ``rest`` gives all keys of a holder of whom only the current one was looked up, should another be needed.
    """

    __slots__ = ("_ciphers", "_keys", "_names", "_plain", "_rest", "_word_keys", "_wrapped", "current", "pseudonym")

    def __init__(self, keys: "Keys", rows: Iterable[Any], rest: Callable[[], Iterable[Any]] | None = None) -> None:
        self._keys = keys
        self._ciphers: dict[bytes, AESGCM] = {}
        self._plain: dict[bytes, bytes] = {}
        self._word_keys: dict[bytes, Mac] = {}
        self._rest = rest
        self._take(rows)

    def _take(self, rows: Iterable[Any]) -> None:
        self._wrapped: dict[bytes, bytes] = {}
        self._names: list[str] = []
        for row in rows:
            self._wrapped[row.id] = row.wrapped
            self._names.append(text_of(row.pseudonym))
            if row.is_current:
                self.current = row.id
                self.pseudonym = self._names[-1]

    def _complete(self) -> None:
        if self._rest is not None:
            rest, self._rest = self._rest, None
            self._take(rest())

    @property
    def pseudonyms(self) -> list[str]:
        """All names that the log has for this holder."""
        self._complete()
        return self._names

    def _cipher(self, key_id: bytes) -> AESGCM:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            cipher = self._ciphers[key_id] = AESGCM(self._key(key_id))
        return cipher

    def _key(self, key_id: bytes) -> bytes:
        key = self._plain.get(key_id)
        if key is None:
            if key_id not in self._wrapped:
                self._complete()
            key = self._plain[key_id] = self._keys.unwrap(self._wrapped[key_id], key_id)
        return key

    def seal(self, table: str, column: str, row: bytes, value: str, *, nonce: bytes = b"") -> bytes:
        """The sealed bytes of a text, bound to where it stands. A nonce is 12 random bytes that are used for this alone."""
        return self.seal_bytes(table, column, row, value.encode("utf-8", "surrogatepass"), nonce=nonce)

    def seal_bytes(self, table: str, column: str, row: bytes, data: bytes, *, nonce: bytes = b"") -> bytes:
        """The same for bytes."""
        nonce = nonce or os.urandom(_NONCE)
        sealed: bytes = self._cipher(self.current).encrypt(nonce, data, _place(table, column) + row)
        key_id: bytes = self.current
        return _FORMAT + key_id + nonce + sealed

    def open(self, table: str, column: str, row: bytes, sealed: bytes) -> str:
        """The text behind :meth:`seal`; cryptography's InvalidTag if it was moved or changed."""
        return self._opened(_place(table, column) + row, sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, table: str, column: str, row: bytes, sealed: bytes) -> bytes:
        """The bytes behind :meth:`seal_bytes`."""
        return self._opened(_place(table, column) + row, sealed)

    def open_values(self, table: str, column: str, rows: Iterable[tuple[str, bytes, bytes]]) -> dict[str, Any]:
        """The values whose JSON was sealed, by name: of (name, row, sealed). Integers of up to 64 bits.

        A page of profiles opens hundreds: what can be done once is done before the loop.
        """
        place, known, of_key, loads = _place(table, column), self._ciphers.get, self._cipher, orjson.loads
        values: dict[str, Any] = {}
        for name, row, sealed in rows:
            if sealed[:1] != _FORMAT:
                raise InvalidTag
            key_id = sealed[1:17]
            data = (known(key_id) or of_key(key_id)).decrypt(sealed[17:29], sealed[29:], place + row)
            try:
                values[name] = loads(data)
            except orjson.JSONDecodeError:
                # Half a character, which only Python's reader takes.
                values[name] = json.loads(data.decode("utf-8", "surrogatepass"))
        return values

    def mark(self, key_id: bytes, said: str) -> bytes:
        """What nobody makes of a text without this data key of the holder (HMAC-SHA256); KeyError for another's key."""
        return Mac(self._key(key_id)).of(b"mark\0" + said.encode("utf-8", "surrogatepass"))

    def tokens(self, words: Iterable[str], key_id: bytes | None = None) -> list[bytes]:
        """What stands for words in a look-up within this holder alone: eight bytes each, keyed from one of its data keys.

        By the current key where none is named; nobody without it can tell a word from its token, nor two holders' alike.
        """
        chosen = key_id or self.current
        mac = self._word_keys.get(chosen)
        if mac is None:
            mac = self._word_keys[chosen] = Mac(self.mark(chosen, "words"))
        token_of = mac.of
        return [token_of(word.encode("utf-8", "surrogatepass"))[:TOKEN] for word in words]

    @property
    def key_ids(self) -> list[bytes]:
        """All keys of this holder."""
        self._complete()
        return list(self._wrapped)

    def _opened(self, place: bytes, sealed: bytes) -> bytes:
        if sealed[:1] != _FORMAT:
            raise InvalidTag
        key_id = sealed[1:17]
        data: bytes = self._cipher(key_id).decrypt(sealed[17:29], sealed[29:], place)
        return data


def new_nonces(count: int) -> Iterator[bytes]:
    """Nonces for as many seals, made at once: each asking of the system's random source gives up the interpreter's lock."""
    made = os.urandom(_NONCE * count)
    return (made[at : at + _NONCE] for at in range(0, len(made), _NONCE))


@cache
def _place(table: str, column: str) -> bytes:
    return f"{table}\0{column}\0".encode()


_key_rows = select(
    DataKey.holder_id, DataKey.id, DataKey.wrapped, DataKey.pseudonym, DataKey.is_current
)
_keys_of_one = Prepared(_key_rows.where(DataKey.holder_id == bindparam("holder")))
_keys_of_many = Prepared(
    _key_rows.where(DataKey.holder_id.in_(bindparam("holders", expanding=True))), lists=("holders",)
)

_labelled = Prepared(select(Holder.id).where(Holder.label == bindparam("label")))


def load_box(unit: "Unit", holder_id: bytes) -> Box:
    """The box of a holder; NotFound when its keys are gone (erased)."""
    rows = _keys_of_one.all(unit.connection, {"holder": holder_id})
    if not rows:
        raise NotFound
    return Box(unit.house.keys, rows)


def box_of_current(unit: "Unit", holder_id: bytes, row: KeyRow) -> Box:
    """The box of a holder whose current key another statement brought along."""
    return Box(unit.house.keys, (row,), lambda: _keys_of_one.all(unit.connection, {"holder": holder_id}))


def load_boxes(unit: "Unit", holder_ids: Iterable[bytes]) -> dict[bytes, Box]:
    """Boxes of many holders with one query; holders without keys are left out."""
    wanted = list(holder_ids)
    grouped: dict[bytes, list[Any]] = {}
    for row in _keys_of_many.all(unit.connection, {"holders": wanted}):
        grouped.setdefault(row.holder_id, []).append(row)
    return {holder: Box(unit.house.keys, rows) for holder, rows in grouped.items()}


def create_holder(unit: "Unit", kind: str, label: str | None = None) -> bytes:
    """A new holder with its first data key; gives its id."""
    return _create_holders(unit, kind, [label])[0]


def create_holders(unit: "Unit", kind: str, count: int) -> list[bytes]:
    """Many new holders with two statements; gives their ids."""
    return _create_holders(unit, kind, [None] * count)


def _create_holders(unit: "Unit", kind: str, labels: Sequence[str | None]) -> list[bytes]:
    holders: list[dict[str, Any]] = [
        {"id": new_id(), "kind": kind, "label": label, "created_at": unit.at} for label in labels
    ]
    if holders:
        unit.connection.execute(insert(Holder), holders)
        unit.connection.execute(insert(DataKey), [_first_key(unit, holder["id"]) for holder in holders])
    return [holder["id"] for holder in holders]


def _first_key(unit: "Unit", holder_id: Any) -> dict[str, Any]:
    key_id = new_id()
    return {
        "id": key_id,
        "holder_id": holder_id,
        "pseudonym": os.urandom(16),
        "wrapped": unit.house.keys.wrap(os.urandom(32), key_id),
        "is_current": True,
        "created_at": unit.at,
    }


def month_holder(unit: "Unit", use: str) -> bytes:
    """The holder of this month's ``use`` ("log", "outbox"); made when it is first needed."""
    known = month_holder_if_made(unit, use, unit.at)
    if known is not None:
        return known
    label = f"{use}:{unit.at:%Y-%m}"
    try:
        with unit.connection.begin_nested():
            return create_holder(unit, "month", label)
    except IntegrityError:
        # Another process made it between the look and the insert.
        made: bytes = _labelled.all(unit.connection, {"label": label})[0].id
        return made


def fold_holder(unit: "Unit", source: bytes, into: bytes) -> None:
    """Joins ``source`` to ``into``: keys (with their pseudonyms) and identifiers are re-pointed, nothing is re-sealed."""
    pass_identifiers(unit, holder_id=source, into=into)
    unit.connection.execute(update(DataKey).where(DataKey.holder_id == source).values(holder_id=into, is_current=False))
    unit.forget_boxes()


def month_holder_if_made(unit: "Unit", use: str, at: datetime) -> bytes | None:
    """The same for any month; None where it was not needed yet."""
    found = _labelled.first(unit.connection, {"label": f"{use}:{at:%Y-%m}"})
    return None if found is None else found.id


def pseudonym_of(unit: "Unit", holder_id: bytes) -> str:
    """The holder's current log pseudonym, as text."""
    return unit.box(holder_id).pseudonym
