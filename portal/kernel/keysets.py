"""Keysets: one file a purpose under ``<instance>/keys``, one primary key each, older ones kept to open with.

``seal`` wraps data keys, ``index`` keys the blind index, ``cookie`` and ``cursor`` sign and seal what others carry
for us, ``vendor`` derives the id key of each vendor, ``sign`` signs records (ES256, published at ``/oauth/jwks``).
"""

import base64
import hashlib
import hmac
import json
import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

_DERIVED = 4096
"""How many derived keys are kept at hand."""
SYMMETRIC = ("seal", "index", "cookie", "cursor", "vendor")
KEYSETS = (*SYMMETRIC, "sign")
_PRIMARY_ALONE = ("index", "vendor")
"""Keysets whose primary key alone finds again what it made: another one would find nothing."""


class Keyset:
    """Keys of one purpose: ``primary`` to make with, all of them (by 8-byte id) to open with."""

    def __init__(self, primary: bytes, keys: dict[bytes, bytes]) -> None:
        self.primary_id = primary
        self.keys = keys

    @property
    def primary(self) -> bytes:
        """The key that makes new things."""
        return self.keys[self.primary_id]

    def ordered(self) -> list[bytes]:
        """All keys, the primary first."""
        return [self.primary, *(key for id_, key in self.keys.items() if id_ != self.primary_id)]

    def fingerprints(self, name: str) -> list[bytes]:
        """What tells the keys of this set, the primary first, and tells nothing of them."""
        ids = [self.primary_id, *(id_ for id_ in self.keys if id_ != self.primary_id)]
        marks = [hmac.digest(self.keys[id_], b"key check\0" + name.encode() + b"\0" + id_, "sha256") for id_ in ids]
        return marks[:1] if name in _PRIMARY_ALONE else marks


class Keys:
    """The house's keys. Nothing of it appears in a repr."""

    def __init__(self, folder: Path) -> None:
        self._sets = {name: _load(folder / f"{name}.json") for name in SYMMETRIC}
        self._signing = _load_signing(folder / "sign.json")
        self._derived: dict[tuple[str, bytes], bytes] = {}

    @cached_property
    def _ciphers(self) -> dict[bytes, AESGCM]:
        return {id_: AESGCM(key) for id_, key in self._sets["seal"].keys.items()}

    def fingerprints(self) -> dict[str, list[bytes]]:
        """The fingerprints of every keyset's keys that are good to open with; see :mod:`portal.kernel.key_checks`."""
        signing = hashlib.sha256(b"key check\0sign\0" + self._signing.thumbprint().encode()).digest()
        return {**{name: keyset.fingerprints(name) for name, keyset in self._sets.items()}, "sign": [signing]}

    def wrap(self, data_key: bytes, key_id: bytes) -> bytes:
        """A data key under the key-encryption key: format byte, its id, nonce, ciphertext."""
        id_, nonce = self._sets["seal"].primary_id, os.urandom(12)
        return b"\x01" + id_ + nonce + self._ciphers[id_].encrypt(nonce, data_key, b"data_keys" + key_id)

    def unwrap(self, wrapped: bytes, key_id: bytes) -> bytes:
        """The data key behind :meth:`wrap`; cryptography's InvalidTag for a changed one."""
        cipher = self._ciphers[wrapped[1:9]]
        return cipher.decrypt(wrapped[9:21], wrapped[21:], b"data_keys" + key_id)

    def index_digest(self, kind: str, value: str) -> bytes:
        """The blind index of a value: HMAC-SHA256 under the house-wide key."""
        return hmac.digest(self._sets["index"].primary, f"{kind}\0{value}".encode(), hashlib.sha256)

    def cookie_secrets(self) -> list[str]:
        """Flask's SECRET_KEY and its fallbacks."""
        return [key.hex() for key in self._sets["cookie"].ordered()]

    def derive(self, purpose: str, context: bytes) -> bytes:
        """A 64-byte key for one use, from the keyset ``purpose``."""
        found = self._derived.get((purpose, context))
        if found is None:
            if len(self._derived) >= _DERIVED:
                self._derived.clear()
            found = hmac.digest(self._sets[purpose].primary, context, "sha512")
            self._derived[purpose, context] = found
        return found

    def seal_token(self, audience: bytes, value: bytes) -> bytes:
        """Deterministic authenticated sealing (AES-SIV) of a cursor or position for one audience."""
        return AESSIV(self.derive("cursor", b"token")).encrypt(value, [audience])

    def open_token(self, audience: bytes, sealed: bytes) -> bytes:
        """The value behind :meth:`seal_token`; InvalidTag for any other."""
        return AESSIV(self.derive("cursor", b"token")).decrypt(sealed, [audience])

    def sign_jws(self, payload: dict[str, Any], typ: str) -> str:
        """A compact JWS (ES256) of the payload with ``typ`` of our own."""
        header = {"alg": "ES256", "typ": typ, "kid": self._signing.kid}
        data = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return jws.serialize_compact(header, data.encode(), self._signing, algorithms=["ES256"])

    def jwks(self) -> dict[str, Any]:
        """The public keys that verify :meth:`sign_jws`, as a JWK Set (RFC 7517)."""
        public = self._signing.as_dict(private=False)
        return {"keys": [{**public, "use": "sig", "alg": "ES256"}]}


def make_keys(folder: Path) -> None:
    """Makes the keysets that are not there yet, readable by their owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in SYMMETRIC:
        id_ = os.urandom(8).hex()
        _write_new(folder / f"{name}.json", {"primary": id_, "keys": {id_: os.urandom(32).hex()}})
    key = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
    _write_new(folder / "sign.json", key.as_dict(private=True))


def _write_new(path: Path, value: dict[str, Any]) -> None:
    if path.exists():
        return
    # Whole or not at all, whatever happens meanwhile; and whoever else makes keys here, one of us comes first.
    half = path.with_name(f"{path.name}.{os.urandom(8).hex()}.new")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(half, path)
    finally:
        half.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _load(path: Path) -> Keyset:
    try:
        data = json.loads(path.read_text())
        keys = {bytes.fromhex(id_): bytes.fromhex(key) for id_, key in data["keys"].items()}
        found = Keyset(bytes.fromhex(data["primary"]), keys)
        lengths = [len(key) for key in found.ordered()]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ValueError(f"{path.name} is damaged") from None
    if min(lengths) < 32:
        raise ValueError(f"the key in {path.name} is shorter than 256 bits")
    return found


def _load_signing(path: Path) -> ECKey:
    try:
        return ECKey.import_key(json.loads(path.read_text()))
    except (ValueError, LookupError, TypeError, AttributeError, JoseError):
        raise ValueError(f"{path.name} is damaged") from None


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
