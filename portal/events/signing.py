"""Signatures of Standard Webhooks 1.0.0: ``v1`` by a shared secret (HMAC-SHA256), ``v1a`` by a key pair (Ed25519). Pure."""

import base64
import hmac
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SHARED, PAIR = "v1", "v1a"
ALGORITHMS = (SHARED, PAIR)
TOLERANCE = 300
"""Seconds by which a receiver lets the time of a message differ from its own; older ones may be somebody's copy."""
_SECRET, _PRIVATE, _PUBLIC = "whsec_", "whsk_", "whpk_"


def new_secret(algorithm: str) -> tuple[str, str | None]:
    """A new secret of 256 bits, as ``whsec_…`` or ``whsk_…``, and the public half of a pair, as ``whpk_…``."""
    if algorithm == SHARED:
        return _SECRET + _text(os.urandom(32)), None
    seed = os.urandom(32)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return _PRIVATE + _text(seed + public), _PUBLIC + _text(public)


def headers_of(event_id: str, at: datetime, body: bytes, secrets: Iterable[str]) -> Mapping[str, str]:
    """The headers of a message that is sent now, signed with each of the secrets."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((event_id.encode(), timestamp.encode(), body))
    return {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    prefix, _, key = secret.partition("_")
    known = base64.b64decode(key)
    if f"{prefix}_" == _SECRET:
        return f"{SHARED},{_text(hmac.digest(known, signed, sha256))}"
    return f"{PAIR},{_text(Ed25519PrivateKey.from_private_bytes(known[:32]).sign(signed))}"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
