"""JSON as strangers send it: whatever two readers could understand differently is refused."""

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 16
_TOO_LARGE = 1 << 53
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETS = re.compile(r"[\[\]{}]")


class NotJson(ValueError):
    """Why the text is not JSON that we read. The message names no value."""


def parse(text: str | bytes) -> Any:
    """The value of the text; :class:`NotJson` for what is no JSON, or is ambiguous, or is nested too deeply."""
    if isinstance(text, bytes):
        text = _decode(text)
    if _depth(text) > MAX_DEPTH:
        raise NotJson("nested too deeply")
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_int=_bounded)
    except NotJson:
        raise
    except (ValueError, RecursionError):
        raise NotJson("not JSON") from None
    _check(value)
    return value


def _decode(data: bytes) -> str:
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise NotJson("begins with a byte order mark")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("not UTF-8") from None


def _depth(text: str) -> int:
    # Counted before the parser walks into it.
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_TEXTS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJson("a member stands twice")
    return members


def _no_constant(_name: str) -> NoReturn:
    raise NotJson("NaN and Infinity are not JSON")


def _bounded(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) >= _TOO_LARGE:
        raise NotJson("a number too large")
    return int(digits)


def _check(value: Any) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name)
            _check(item)
    elif isinstance(value, list):
        for item in value:
            _check(item)
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise NotJson("a number too large")


def _check_text(value: str) -> None:
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise NotJson("a character that is none")
