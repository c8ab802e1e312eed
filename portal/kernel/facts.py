"""Facts: typed, past-tense events that rooms declare; each becomes one entry of the access log.

A fact holds names, codes and counts, never values. What is personal about it goes into ``personal``, which is sealed
beside the log and only committed to (HMAC-SHA256 under a random salt) in the entry.
"""

import hmac
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple

from portal.kernel.canonical import canonical, check, fields_digest
from portal.kernel.ids import text_of

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Base of all facts. Members that every entry may have; a subclass's own fields become ``detail``."""

    EVENT: ClassVar[str]
    EXPLAINS: ClassVar[frozenset[str]] = frozenset()

    holder: bytes | None = None
    vendor: bytes | None = None
    link: bytes | None = None
    grant: bytes | None = None
    version: int | None = None
    basis: str | None = None
    purpose: str | None = None
    outcome: str = "done"
    reason: str | None = None
    about: tuple[str, bytes] | None = None
    asked: Sequence[str] | None = None
    given: Sequence[str] | None = None
    count: int | None = None
    token: str | None = None
    test: bool = False
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)


_COMMON = frozenset(f.name for f in fields(Fact))


_own: dict[type[Fact], tuple[str, ...]] = {}


def _own_members(kind: type[Fact]) -> tuple[str, ...]:
    known = _own.get(kind)
    if known is None:
        known = _own[kind] = tuple(f.name for f in fields(kind) if f.name not in _COMMON)
    return known


def detail_of(fact: Fact) -> dict[str, Any]:
    """The fact's own members, as its class declares them; absent ones are left out."""
    own = [(name, getattr(fact, name)) for name in _own_members(type(fact))]
    return {name: list(v) if isinstance(v, tuple | list) else v for name, v in own if v is not None}


class Prepared(NamedTuple):
    """A fact made ready for the log: all of its entry but index, counter and time."""

    entry: dict[str, Any]
    personal: bytes | None
    field_lists: dict[str, list[str]]


_lists: dict[tuple[str, ...], tuple[str, list[str]]] = {}


def _digest_of(names: Iterable[str]) -> tuple[str, list[str]]:
    # The same few lists are read again and again; a bounded memory spares sorting and hashing each time.
    key = tuple(names)
    known = _lists.get(key)
    if known is None:
        if len(_lists) > 4096:
            _lists.clear()
        known = _lists[key] = fields_digest(key)
        check(known[1])
    return known


def commitment(salt: bytes, personal: bytes) -> bytes:
    """HMAC-SHA256 of the personal part's canonical bytes under its salt."""
    # As quick as hmac.digest, which gives up the interpreter to another thread for these few bytes.
    return hmac.new(salt, personal, sha256).digest()


def canonical_personal(personal: Mapping[str, str]) -> bytes:
    """The bytes that are committed to. Personal values may be any text; JSON escapes them to ASCII."""
    return canonical(personal)


def entry_of(
    fact: Fact, about_unit: dict[str, Any], customer: str | None, *, test: bool = False
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The entry's members from the fact and its unit (who, where, why), and the field lists it names.

    Raises ValueError for what has no canonical form. ``about_unit`` is checked by whoever made it. ``test`` where
    whoever acts belongs to a sandbox.
    """
    entry: dict[str, Any] = {"v": VERSION, "event": fact.EVENT, "outcome": fact.outcome, **about_unit}
    said: list[Any] = [fact.EVENT, fact.outcome]
    entry["mode"] = "test" if fact.test or test else "live"
    if customer is not None:
        entry["customer"] = customer
    for name in ("vendor", "link", "grant"):
        if (id_ := getattr(fact, name)) is not None:
            entry[name] = text_of(id_)
    for name in ("version", "basis", "purpose", "reason", "count", "token"):
        if (value := getattr(fact, name)) is not None:
            entry[name] = value
            said.append(value)
    if fact.about is not None:
        entry["about"] = {"kind": fact.about[0], "id": text_of(fact.about[1])}
        said.append(fact.about[0])
    lists = _put_lists(entry, fact)
    detail = detail_of(fact)
    if detail:
        entry["detail"] = detail
        said.append(detail)
    # Names at its top, ids and digests are ours, and what the unit says was looked at once for all its facts.
    check(said)
    return entry, lists


def _put_lists(entry: dict[str, Any], fact: Fact) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name in ("asked", "given"):
        value = getattr(fact, name)
        if value is not None:
            digest, ordered = _digest_of(value)
            entry[name] = digest
            lists[digest] = ordered
    return lists


def new_salts(count: int) -> list[tuple[bytes, bytes]]:
    """For each of so many facts a salt and a nonce, from one draw: each draw gives up the interpreter to another thread.

    A salt is of 256 bits: a guess against an entry's commitment tells nothing without it.
    """
    drawn = os.urandom(count * 44)
    return [(drawn[at : at + 32], drawn[at + 32 : at + 44]) for at in range(0, len(drawn), 44)]
