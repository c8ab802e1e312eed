"""Canonical JSON (RFC 8785 rules) for what is hashed: printable ASCII strings and integers below 2**53 alone.

Within these bounds a plain encoder with sorted names gives RFC 8785's bytes, which a test holds against another
implementation. Text beyond ASCII, which personal parts may hold, is escaped to ASCII.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import orjson

_LIMIT = 1 << 53
_escaped = json.JSONEncoder(
    ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value that :func:`check` accepts."""
    try:
        quick = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Half a character, which JSON can escape but UTF-8 cannot hold.
        return _escaped(value).encode("ascii")
    return quick if quick.isascii() else _escaped(value).encode("ascii")


def check(value: Any) -> None:
    """Raises ValueError for anything that has no one canonical form: floats, null, booleans, non-ASCII."""
    left, texts = [value], []
    # It grows while it is walked through.
    for item in left:
        kind = type(item)
        if kind is str or isinstance(item, str):
            texts.append(item)
        elif kind is int:
            if not -_LIMIT < item < _LIMIT:
                raise ValueError("an integer of 2**53 or more")
        elif kind is dict:
            left += item
            left += item.values()
        elif kind is list or kind is tuple:
            left += item
        else:
            raise ValueError("neither a string nor an integer")
    # Of ASCII, exactly the space and what leaves a mark is printable. All of them are asked at once.
    together = "".join(texts)
    if not (together.isascii() and together.isprintable()):
        raise ValueError("a string outside printable ASCII")


def fields_digest(fields: Iterable[str]) -> tuple[str, list[str]]:
    """SHA-256 (hex) of the sorted field list, and that list: what ``asked`` and ``given`` hold."""
    ordered = sorted(set(fields))
    return hashlib.sha256(canonical(ordered)).hexdigest(), ordered
