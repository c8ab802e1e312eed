"""Statements in compact form as a developer's library makes them, and as none would."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from joserfc.jwk import ECKey, JWKRegistry, RSAKey
from joserfc.jws import JWSRegistry

LEFT_OUT = object()
"""A member that a statement is made without."""


def b64(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def sha256(text: str) -> str:
    """The hash that ``ath`` and ``code_challenge`` are made of."""
    return b64(hashlib.sha256(text.encode()).digest())


def ec_key() -> Any:
    """A new key for ES256."""
    return ECKey.generate_key("P-256")


def rsa_key() -> Any:
    """A new key for PS256, and for RS256 as well."""
    return RSAKey.generate_key(2048)


def key_of(jwk: Mapping[str, Any]) -> Any:
    """The key that a JWK holds."""
    return JWKRegistry.import_key(dict(jwk))


def algorithm_of(key: Any) -> str:
    """By which algorithm a key signs here."""
    return "PS256" if isinstance(key, RSAKey) else "ES256"


def compact(header: Mapping[str, Any], claims: Mapping[str, Any], key: Any) -> str:
    """A signed statement without the members that are left out; unsigned where the algorithm is none."""
    top = _written(header)
    signed = f"{top}.{_written(claims)}"
    algorithm = header["alg"]
    if algorithm == "none":
        return signed + "."
    return f"{signed}.{b64(JWSRegistry.algorithms[algorithm].sign(signed.encode(), key))}"


def without_signature(statement: str) -> str:
    """Two parts of three."""
    return statement.rpartition(".")[0]


def with_renamed_algorithm(statement: str) -> str:
    """The same with no ``alg`` in its header, which its signature no longer goes with."""
    top, _, rest = statement.partition(".")
    header = json.loads(urlsafe_b64decode(top + "=" * (-len(top) % 4)))
    header["alg2"] = header.pop("alg")
    return f"{_written(header)}.{rest}"


def with_wrong_signature(statement: str) -> str:
    """The same with every bit of its signature turned over."""
    signed, _, signature = statement.rpartition(".")
    bits = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return f"{signed}.{b64(bytes(byte ^ 0x5A for byte in bits))}"


def _written(members: Mapping[str, Any]) -> str:
    return b64(json.dumps({name: value for name, value in members.items() if value is not LEFT_OUT}).encode())
