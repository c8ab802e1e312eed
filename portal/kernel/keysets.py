"""Keysets: one file a purpose under ``<instance>/keys``, one primary key each, older ones kept to open with.

``seal`` wraps data keys, ``index`` keys the blind index, ``cookie`` and ``cursor`` sign and seal what others carry
for us, ``vendor`` derives the id key of each vendor, ``sign`` signs records (ES256, published at ``/oauth/jwks``).

A process takes up a file that changed while it runs (:meth:`Keys.look`): a new key is known everywhere before it makes
anything, and what an older one made goes on being opened.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from joserfc import jws
from joserfc.jwk import ECKey

from portal.kernel.key_files import CHAINED, KEYSETS, SYMMETRIC, Stored, make_keys, places, read
from portal.kernel.mac import Mac

__all__ = ["KEYSETS", "Keys", "Keyset", "base64url", "from_base64url", "make_keys"]

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds after which a process has looked at its key files again."""
_DERIVED = 4096
"""How many derived keys are kept at hand."""
_PRIMARY_ALONE = ("vendor",)
"""Keysets whose primary key alone finds again what it made: another one would find nothing."""


class Keyset:
    """Keys of one purpose: ``primary`` to make with, all of them (by 8-byte id) to open with."""

    def __init__(self, stored: Stored) -> None:
        self.primary_id = bytes.fromhex(stored.primary)
        self.keys = {bytes.fromhex(id_): bytes.fromhex(key) for id_, key in stored.keys.items()}
        self.numbers = {bytes.fromhex(id_): number for id_, number in stored.numbers.items()}
        self.links = frozenset(map(bytes.fromhex, stored.links))
        self.macs = {id_: Mac(key) for id_, key in self.keys.items()}

    @property
    def primary(self) -> bytes:
        """The key that makes new things."""
        return self.keys[self.primary_id]

    @property
    def ids(self) -> list[bytes]:
        """The ids of all keys, the primary first."""
        return [self.primary_id, *(id_ for id_ in self.keys if id_ != self.primary_id)]

    def ordered(self) -> list[bytes]:
        """All keys, the primary first."""
        return [self.keys[id_] for id_ in self.ids]

    def fingerprints(self, name: str) -> dict[bytes, bytes]:
        """What tells the keys of this set, the primary first, and tells nothing of them; by id."""
        marks: dict[bytes, bytes] = {}
        before = b""
        for id_ in self.keys:
            told = b"key check\0" + name.encode() + b"\0" + id_ + before
            marks[id_] = self.macs[id_].of(told)
            before = marks[id_] if name in CHAINED else b""
        ids = self.ids[:1] if name in _PRIMARY_ALONE else self.ids
        return {id_: marks[id_] for id_ in ids if id_ not in self.links}


class _Loaded:
    """All keysets as their files were at one moment. Never changed: a process puts another one in its place."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.marks = {name: _mark(path) for name, path in files.items()}
        self.stored = {name: read(name, path) for name, path in files.items()}
        self.sets = {name: Keyset(self.stored[name]) for name in SYMMETRIC}
        self.ciphers = {id_: AESGCM(key) for id_, key in self.sets["seal"].keys.items()}
        self.signing = {id_: ECKey.import_key({**key, "kid": id_}) for id_, key in self.stored["sign"].keys.items()}
        self.derived: dict[tuple[bytes, bytes], bytes] = {}

    def follows(self, other: "_Loaded") -> bool:
        """Whether these are the same keysets, some time later: each knows the key that makes things in the other."""
        pairs = ((self.stored[name], other.stored[name]) for name in KEYSETS)
        return all(_knows(mine, theirs) or _knows(theirs, mine) for mine, theirs in pairs)


def _knows(one: Stored, other: Stored) -> bool:
    return bool(one.keys.get(other.primary) == other.keys[other.primary])


def _mark(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


class Keys:
    """The house's keys. Nothing of it appears in a repr."""

    def __init__(self, folder: Path, elsewhere: Mapping[str, Path] | None = None) -> None:
        self.folder = folder
        self.files = places(folder, elsewhere or {})
        self._now = _Loaded(self.files)
        self._taking = threading.Lock()
        self._look_at = time.monotonic() + LOOK_EVERY
        self._told: list[Callable[[], None]] = []

    def look(self) -> None:
        """Takes up files that changed; looks at them once a second, whoever calls how often."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_EVERY
            self.take_up()

    def when_taken_up(self, told: Callable[[], None]) -> None:
        """Calls this after each change that was taken up."""
        self._told.append(told)

    def take_up(self) -> bool:
        """Takes up files that changed, now; whether any had. What cannot be taken up is left, and said in the log."""
        with self._taking:
            try:
                if all(self._now.marks[name] == _mark(path) for name, path in self.files.items()):
                    return False
                found = _Loaded(self.files)
            except (OSError, ValueError) as error:
                log.warning("the key files changed and cannot be read; the ones from before stay in use: %s", error)
                return False
            if not found.follows(self._now):
                log.warning("the key files are those of another instance; the ones from before stay in use")
                return False
            self._now = found
            for told in self._told:
                told()
            return True

    def stored(self, name: str) -> Stored:
        """One keyset as its file holds it."""
        return self._now.stored[name]

    def fingerprints(self) -> dict[str, dict[str, bytes]]:
        """The fingerprints of every keyset's keys that are good to open with; see :mod:`portal.kernel.key_checks`."""
        now = self._now
        found = {
            name: {id_.hex(): mark for id_, mark in keyset.fingerprints(name).items()}
            for name, keyset in now.sets.items()
        }
        first = now.stored["sign"].primary
        signing = {id_: now.signing[id_] for id_ in (first, *(id_ for id_ in now.signing if id_ != first))}
        return {**found, "sign": {id_: _signing_mark(key) for id_, key in signing.items()}}

    def wrap(self, data_key: bytes, key_id: bytes) -> bytes:
        """A data key under the key-encryption key: format byte, its id, nonce, ciphertext."""
        now = self._now
        id_, nonce = now.sets["seal"].primary_id, os.urandom(12)
        return b"\x01" + id_ + nonce + now.ciphers[id_].encrypt(nonce, data_key, b"data_keys" + key_id)

    def unwrap(self, wrapped: bytes, key_id: bytes) -> bytes:
        """The data key behind :meth:`wrap`; cryptography's InvalidTag for a changed one."""
        id_ = wrapped[1:9]
        cipher = self._now.ciphers.get(id_)
        if cipher is None and self.take_up():
            cipher = self._now.ciphers.get(id_)
        if cipher is None:
            raise KeyError("no key has this id")
        return cipher.decrypt(wrapped[9:21], wrapped[21:], b"data_keys" + key_id)

    def index_digest(self, kind: str, value: str) -> bytes:
        """The blind index of a value under the key that counts."""
        keyset = self._now.sets["index"]
        return self._chain(kind, value)[keyset.numbers[keyset.primary_id]]

    def index_digests(self, kind: str, value: str) -> dict[int, bytes]:
        """The blind index of a value under each key that is looked up by, by the key's number.

        HMAC-SHA256 of the value under the first key, and of the digest before under each further one: a new key needs no
        value to go over what is there, and whoever holds the old one alone can still test no guess.
        """
        keyset = self._now.sets["index"]
        linked = {keyset.numbers[id_] for id_ in keyset.links}
        return {number: digest for number, digest in self._chain(kind, value).items() if number not in linked}

    def _chain(self, kind: str, value: str) -> dict[int, bytes]:
        keyset = self._now.sets["index"]
        last, found = f"{kind}\0{value}".encode(), {}
        for id_, mac in keyset.macs.items():
            last = found[keyset.numbers[id_]] = mac.of(last)
        return found

    def later_digest(self, digest: bytes, number: int, later: int) -> bytes:
        """What a digest under one key of the blind index is under a later one."""
        keyset = self._now.sets["index"]
        for id_, mac in keyset.macs.items():
            if number < keyset.numbers[id_] <= later:
                digest = mac.of(digest)
        return digest

    def index_numbers(self) -> list[int]:
        """The numbers of all keys of the blind index, in their order."""
        return list(self._now.sets["index"].numbers.values())

    def cookie_secrets(self) -> list[str]:
        """Flask's SECRET_KEY and its fallbacks."""
        return [key.hex() for key in self._now.sets["cookie"].ordered()]

    def derive(self, purpose: str, context: bytes) -> bytes:
        """A 64-byte key for one use, from the keyset ``purpose``."""
        now = self._now
        return _derived(now, now.sets[purpose].primary, context)

    def seal_token(self, audience: bytes, value: bytes) -> bytes:
        """Deterministic authenticated sealing (AES-SIV) of a cursor or position for one audience."""
        return AESSIV(self.derive("cursor", b"token")).encrypt(value, [audience])

    def open_token(self, audience: bytes, sealed: bytes) -> bytes:
        """The value behind :meth:`seal_token`; InvalidTag for any other."""
        try:
            return self._opened(audience, sealed)
        except InvalidTag:
            if not self.take_up():
                raise
        return self._opened(audience, sealed)

    def _opened(self, audience: bytes, sealed: bytes) -> bytes:
        now = self._now
        for key in now.sets["cursor"].ordered():
            try:
                return AESSIV(_derived(now, key, b"token")).decrypt(sealed, [audience])
            except InvalidTag:
                continue
        raise InvalidTag

    def sign_jws(self, payload: dict[str, Any], typ: str) -> str:
        """A compact JWS (ES256) of the payload with ``typ`` of our own."""
        now = self._now
        key = now.signing[now.stored["sign"].primary]
        header = {"alg": "ES256", "typ": typ, "kid": key.kid}
        data = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return jws.serialize_compact(header, data.encode(), key, algorithms=["ES256"])

    def jwks(self) -> dict[str, Any]:
        """The public keys that verify :meth:`sign_jws`, as a JWK Set (RFC 7517): also the next one, and those before."""
        public = (key.as_dict(private=False) for key in self._now.signing.values())
        return {"keys": [{**key, "use": "sig", "alg": "ES256"} for key in public]}


def _derived(now: _Loaded, key: bytes, context: bytes) -> bytes:
    found = now.derived.get((key, context))
    if found is None:
        if len(now.derived) >= _DERIVED:
            now.derived.clear()
        found = now.derived[key, context] = hmac.digest(key, context, "sha512")
    return found


def _signing_mark(key: ECKey) -> bytes:
    return hashlib.sha256(b"key check\0sign\0" + key.thumbprint().encode()).digest()


def base64url(value: bytes) -> str:
    """Unpadded base64url (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes behind :func:`base64url`; ValueError for anything else."""
    if not text.isascii():
        raise ValueError("not base64url")
    value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64url(value) != text:
        raise ValueError("not base64url")
    return value
