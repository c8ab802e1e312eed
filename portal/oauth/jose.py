"""Signed statements of strangers: JWS in compact form (RFC 7515), read before anything in them is believed.

Three algorithms that FAPI 2.0 allows (Security Profile, section 5.4), each with its own kind of key and no other, so that
none is taken for another. Whatever two readers could understand differently is refused: JSON that is ambiguous, base64url
that could be written otherwise, members that would have us fetch or trust a key of the sender's choosing.
The signatures themselves are joserfc's to check.
"""

import hashlib
import re
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from portal.kernel.keysets import base64url
from portal.oauth import strict_json

ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")
"""What we verify. ``Ed25519`` is the name that RFC 9864 gives to the one ``EdDSA`` we know."""
MOST_CHARACTERS = 8192
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+\Z")
_STANDARD = bytes.maketrans(b"-_", b"+/")
# By what is left of four characters: none alone can be left, and the last one's bits behind the last byte are 0.
_ENDS: tuple[str | tuple[str, ...], ...] = ("", (), tuple("AQgw"), tuple("AEIMQUYcgkosw048"))
_KIND_OF = {"ES256": ("EC", "P-256"), "PS256": ("RSA", None), "EdDSA": ("OKP", "Ed25519"), "Ed25519": ("OKP", "Ed25519")}
_VERIFIERS = {name: JWSRegistry.algorithms["Ed25519" if name == "EdDSA" else name] for name in ALGORITHMS}
_CLASSES: dict[str, Any] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
"""What a thumbprint is taken of (RFC 7638 section 3.2, RFC 8037 section 2)."""
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# A key that the sender names, and rules that we would have to know.
_NOT_TAKEN = frozenset({"crit", "jku", "x5u", "x5c", "x5t", "x5t#S256", "b64", "zip", "enc"})
_RSA_BYTES = (256, 1024)


class BadJws(ValueError):
    """Why the statement is not taken. The words are ours and repeat nothing of it."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class BadKey(ValueError):
    """Why a JWK is not taken."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class PrivateKey(BadKey):
    """A private key, which came where its public half belongs."""


@dataclass(frozen=True, slots=True, repr=False)
class PublicKey:
    """A public key that was looked at: its thumbprint (RFC 7638, 32 bytes) and its members in the order of the thumbprint."""

    thumbprint: bytes
    members: tuple[tuple[str, str], ...]
    kid: str | None = None

    @property
    def document(self) -> dict[str, str]:
        """The key as a JWK, with nothing in it but what makes it up and its name."""
        return {**dict(self.members), **({"kid": self.kid} if self.kid is not None else {})}

    def fits(self, algorithm: str) -> bool:
        """Whether a signature by this algorithm can be one of this key."""
        kty, crv = _KIND_OF[algorithm]
        members = dict(self.members)
        return members["kty"] == kty and members.get("crv") == crv


@dataclass(frozen=True, slots=True, repr=False)
class Statement:
    """A statement that was read and not yet believed."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        """One of :data:`ALGORITHMS`."""
        named: str = self.header["alg"]
        return named


def read(text: str) -> Statement:
    """The statement's header and claims; :class:`BadJws` where it is none that we would ever take."""
    if len(text) > MOST_CHARACTERS:
        raise BadJws("is too long")
    segments = text.split(".")
    if len(segments) != 3:
        raise BadJws("is no JWT of three parts")
    header, claims = (_object(segment) for segment in segments[:2])
    signed, signature = text.rpartition(".")[0].encode("ascii"), _bytes(segments[2])
    if header.get("alg") not in ALGORITHMS:
        raise BadJws("is signed by an algorithm that is not taken: " + ", ".join(ALGORITHMS) + " are")
    if refused := sorted(_NOT_TAKEN & header.keys()):
        raise BadJws(f"has {refused[0]} in its header, which is not taken")
    return Statement(header, claims, signed, signature)


def verify(statement: Statement, key: PublicKey) -> bool:
    """Whether the key signed the statement."""
    if not key.fits(statement.algorithm):
        return False
    verifier: Any = _VERIFIERS[statement.algorithm]
    return bool(verifier.verify(statement.signed, statement.signature, _imported(key.members)))


def public_key(document: Any) -> PublicKey:
    """The public key that a JWK holds (RFC 7517); :class:`BadKey` for a private one, a weak one, or one of no kind of ours."""
    if not isinstance(document, dict):
        raise BadKey("is no JWK")
    if _PRIVATE & document.keys():
        raise PrivateKey("is a private key: send its public half alone")
    members = tuple((name, document.get(name)) for name in _MEMBERS.get(str(document.get("kty")), ()))
    if not members or not all(isinstance(value, str) for _, value in members):
        raise BadKey("is no JWK of the kinds EC, RSA or OKP")
    _check_use(document)
    texts = tuple((name, str(value)) for name, value in members)
    kid = document.get("kid")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= 120 and kid.isascii() and kid.isprintable()):
        raise BadKey("has a kid that is no plain name of at most 120 characters")
    return _looked_at(texts, kid)


def thumbprint_text(thumbprint: bytes) -> str:
    """A thumbprint as ``jkt`` and ``dpop_jkt`` write it: base64url, 43 characters."""
    return base64url(thumbprint)


def thumbprint_from(text: str) -> bytes | None:
    """The thumbprint that a ``dpop_jkt`` says; None for what is none."""
    try:
        value = _bytes(text)
    except BadJws:
        return None
    return value if len(value) == 32 else None


def _check_use(document: Mapping[str, Any]) -> None:
    if document.get("use", "sig") != "sig":
        raise BadKey("is not for signatures (use)")
    operations = document.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        raise BadKey("is not for verifying (key_ops)")
    if document.get("alg") is not None and document["alg"] not in ALGORITHMS:
        raise BadKey("is for an algorithm that is not taken")


@lru_cache(maxsize=4096)
def _looked_at(members: tuple[tuple[str, str], ...], kid: str | None) -> PublicKey:
    values = dict(members)
    if values["kty"] != "RSA" and (values["kty"], values["crv"]) not in _KIND_OF.values():
        raise BadKey("is on a curve that is not taken: P-256 and Ed25519 are")
    try:
        sizes = {name: len(_bytes(value)) for name, value in members if name not in ("kty", "crv")}
    except BadJws:
        raise BadKey("has a member that is no plain base64url") from None
    if values["kty"] == "RSA" and not _RSA_BYTES[0] <= sizes["n"] <= _RSA_BYTES[1]:
        raise BadKey("is an RSA key of less than 2048 or more than 8192 bits")
    text = "{" + ",".join(f'"{name}":"{value}"' for name, value in members) + "}"
    _imported(members)
    return PublicKey(hashlib.sha256(text.encode("ascii")).digest(), members, kid)


@lru_cache(maxsize=4096)
def _imported(members: tuple[tuple[str, str], ...]) -> Any:
    values = dict(members)
    try:
        key = _CLASSES[values["kty"]].import_key(values)
        # The library looks at most of a key when it is first used.
        key.get_op_key("verify")
    except (JoseError, ValueError, TypeError):
        raise BadKey("is no key of its kind") from None
    return key


def _object(segment: str) -> dict[str, Any]:
    try:
        value = strict_json.parse(_bytes(segment))
    except strict_json.NotJson as why:
        raise BadJws(f"has a part that is {why}") from None
    if not isinstance(value, dict):
        raise BadJws("has a part that is no JSON object")
    return value


def _bytes(segment: str) -> bytes:
    """What base64url says, where it can be written in this one way alone."""
    if not _SEGMENT.match(segment) or not segment.endswith(_ENDS[len(segment) % 4]):
        raise BadJws("has a part that is no base64url")
    return a2b_base64(segment.encode("ascii").translate(_STANDARD) + b"==")
