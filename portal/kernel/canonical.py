"""Canonical JSON (RFC 8785 rules) for what is hashed: printable ASCII strings and integers below 2**53 alone.

Within these bounds Python's own encoder gives RFC 8785's bytes, which a test holds against another implementation.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

_ASCII = re.compile(r"[ -~]*\Z")
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
        if not _ASCII.match(value):
            raise ValueError("a string outside printable ASCII")
    elif isinstance(value, bool) or value is None or isinstance(value, float):
        raise ValueError("neither a string nor an integer")
    elif isinstance(value, int):
        if not -_LIMIT < value < _LIMIT:
            raise ValueError("an integer of 2**53 or more")
    else:
        _check_inside(value)


def _check_inside(value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            check(key)
            check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            check(item)
    else:
        raise ValueError("neither a string nor an integer")


def fields_digest(fields: Iterable[str]) -> tuple[str, list[str]]:
    """SHA-256 (hex) of the sorted field list, and that list: what ``asked`` and ``given`` hold."""
    ordered = sorted(set(fields))
    return hashlib.sha256(canonical(ordered)).hexdigest(), ordered
