"""Canonical JSON (RFC 8785 rules) for what is hashed: printable ASCII strings and integers below 2**53 alone.

Within these bounds Python's own encoder gives RFC 8785's bytes, which a test holds against another implementation.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

_LIMIT = 1 << 53
_encode = json.JSONEncoder(
    ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value that :func:`check` accepts."""
    return _encode(value).encode("ascii")


def check(value: Any) -> None:
    """Raises ValueError for anything that has no one canonical form: floats, null, booleans, non-ASCII."""
    if isinstance(value, str):
        # Of ASCII, exactly the space and what leaves a mark is printable.
        if not (value.isascii() and value.isprintable()):
            raise ValueError("a string outside printable ASCII")
    elif isinstance(value, dict):
        for key, item in value.items():
            check(key)
            check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            check(item)
    elif type(value) is not int:
        raise ValueError("neither a string nor an integer")
    elif not -_LIMIT < value < _LIMIT:
        raise ValueError("an integer of 2**53 or more")


def fields_digest(fields: Iterable[str]) -> tuple[str, list[str]]:
    """SHA-256 (hex) of the sorted field list, and that list: what ``asked`` and ``given`` hold."""
    ordered = sorted(set(fields))
    return hashlib.sha256(canonical(ordered)).hexdigest(), ordered
