"""DPoP (RFC 9449): what proves that whoever sends a token holds the key that it was given to.

Everything about a proof is decided here but whether it came before: that is a claim, made where the request is (see
:mod:`portal.oauth.service.claiming` and the log's own claims). Proofs carry a nonce of ours, so that none can be made
long before it is used.
"""

import hashlib
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from portal.kernel.errors import BadRequest
from portal.kernel.keysets import base64url
from portal.oauth import jose

TYPE = "dpop+jwt"
PAST = timedelta(seconds=60)
AHEAD = timedelta(seconds=30)
"""How old a proof may be and how far its clock may run ahead of ours (FAPI 2.0 asks for 10 s and refuses more than 60)."""
_SPAN = 300
"""Seconds for which one nonce is given out. It is good for as long again, so that nobody is caught at the turn."""
_PORTS = {"https": 443, "http": 80}


class Use(NamedTuple):
    """Something that may be used once: the hash that names it, and from when on nobody would take it anyway."""

    hash: bytes
    until: datetime


class Proof(NamedTuple):
    """A proof that holds: the thumbprint of its key, and what is to be claimed before it counts."""

    thumbprint: bytes
    use: Use


class BadProof(BadRequest):
    """The proof does not hold; ``reason`` is the error code of RFC 9449."""

    default_reason = "invalid_dpop_proof"


class NonceNeeded(BadProof):
    """The proof is to be made anew with the nonce that the answer carries (RFC 9449 section 8)."""

    default_reason = "use_dpop_nonce"

    def __init__(self) -> None:
        super().__init__(detail="Make the proof again with the nonce of the header DPoP-Nonce.")


class Nonces:
    """The house's nonces: nothing is kept, each is known again by the key it was made with."""

    def __init__(self, derive: Callable[[str, bytes], bytes]) -> None:
        self._derive = derive

    def now(self, at: datetime) -> str:
        """The nonce that is given out at this moment."""
        return self._of(int(at.timestamp()) // _SPAN)

    def good(self, nonce: str, at: datetime) -> bool:
        """Whether a nonce is one of ours and not older than ten minutes."""
        span = int(at.timestamp()) // _SPAN
        # The next one too: another process's clock may be ahead of this one's.
        return any(compare_digest(self._of(near).encode(), nonce.encode()) for near in (span, span - 1, span + 1))

    def _of(self, span: int) -> str:
        key = self._derive("cursor", b"dpop-nonce")
        return base64url(hashlib.blake2b(span.to_bytes(8), key=key, digest_size=16).digest())


def check(
    header: str, *, method: str, url: str, at: datetime, nonces: Nonces | None, token: str | None = None
) -> Proof:
    """What the header ``DPoP`` proves of a request; :class:`BadProof` says what is wrong with it.

    ``url`` is the address as programs know it, without a query; with ``token`` the proof must be for that very token.
    """
    try:
        statement = jose.read(header)
    except jose.BadJws as bad:
        raise BadProof(detail=f"The proof {bad.why}.") from None
    key = _key(statement)
    claims = statement.claims
    jti = _text(claims, "jti")
    if _text(claims, "htm") != method:
        raise BadProof(detail="htm of the proof is not the method of the request.")
    htu = _text(claims, "htu")
    if htu != url and _place(htu) != _place(url):
        raise BadProof(detail="htu of the proof is not the address of the request.")
    until = _fresh(claims, at)
    if token is not None and _text(claims, "ath") != _hash_of(token):
        raise BadProof(detail="ath of the proof is not the hash of the access token.")
    if not jose.verify(statement, key):
        raise BadProof(detail="The proof was not signed with the key in its header.")
    if nonces is not None:
        _check_nonce(claims, nonces, at)
    return Proof(key.thumbprint, Use(hashlib.sha256(key.thumbprint + jti.encode()).digest(), until))


def _key(statement: jose.Statement) -> jose.PublicKey:
    if statement.header.get("typ") != TYPE:
        raise BadProof(detail=f"typ of the proof must be {TYPE}.")
    try:
        key = jose.public_key(statement.header.get("jwk"))
    except jose.BadKey as bad:
        raise BadProof(detail=f"jwk of the proof {bad.why}.") from None
    if not key.fits(statement.algorithm):
        raise BadProof(detail="alg of the proof does not go with its jwk.")
    return key


def _text(claims: Any, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 2048 or not value.isascii():
        raise BadProof(detail=f"The proof needs {name}, as plain text.")
    return value


def _fresh(claims: Any, at: datetime) -> datetime:
    """From when on the proof is too old."""
    made = moment(claims.get("iat"))
    if made is None or not at - PAST <= made <= at + AHEAD:
        raise BadProof(detail="iat of the proof is not now: set your clock.")
    ends, begins = claims.get("exp"), claims.get("nbf")
    if ends is not None and ((end := moment(ends)) is None or end <= at - AHEAD):
        raise BadProof(detail="exp of the proof is over.")
    if begins is not None and ((begin := moment(begins)) is None or begin > at + AHEAD):
        raise BadProof(detail="nbf of the proof is still to come.")
    return made + PAST + AHEAD


def moment(value: Any) -> datetime | None:
    """A NumericDate (RFC 7519 section 2) as a moment; None for what is none, or lies beyond every calendar."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return datetime.fromtimestamp(value, UTC) if 0 <= value < 1 << 36 else None


def _check_nonce(claims: Any, nonces: Nonces, at: datetime) -> None:
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce.isascii() or not nonces.good(nonce, at):
        raise NonceNeeded


def _place(url: str) -> tuple[str, str, int | None, str] | None:
    """What two ways of writing an address have in common (RFC 3986 section 6.2.2 and 6.2.3); no query, no fragment."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port, parts.path or "/"


def _hash_of(token: str) -> str:
    return base64url(hashlib.sha256(token.encode()).digest())
