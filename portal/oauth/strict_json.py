"""JSON as strangers send it: whatever two readers could understand differently is refused."""

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 16
_TOO_LARGE = 1 << 53
_TEXTS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_NONE = re.compile("[\0\ud800-\udfff]")
_BRACKETS = {**dict.fromkeys(range(128)), **{ord(one): other for one, other in zip("[{]}", "[[]]", strict=True)}}


class NotJson(ValueError):
    """Why the text is not JSON that we read. The message names no value."""


def parse(text: str | bytes) -> Any:
    """The value of the text; :class:`NotJson` for what is no JSON, or is ambiguous, or is nested too deeply."""
    if isinstance(text, bytes):
        text = _decode(text)
    if _has_none(text):
        raise NotJson("a character that is none")
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise NotJson("nested too deeply")
    try:
        value = _DECODER.decode(text)
    except NotJson:
        raise
    except (ValueError, RecursionError):
        raise NotJson("not JSON") from None
    # What does not stand in the text itself can only be written as an escape.
    if "\\u" in text:
        _check(value)
    return value


def _decode(data: bytes) -> str:
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise NotJson("begins with a byte order mark")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("not UTF-8") from None


def _has_none(text: str) -> bool:
    return "\0" in text or (not text.isascii() and _NONE.search(text) is not None)


def _depth(text: str) -> int:
    # Counted before the parser walks into it. Pairs within which nothing stands go first, all at once: there are thousands
    # in a body of many orders, and few turns of them.
    brackets = left = _TEXTS.sub("", text).translate(_BRACKETS)
    for depth in range(MAX_DEPTH + 1):
        if not left:
            return depth
        left = left.replace("[]", "")
    return _deepest(brackets)


def _deepest(brackets: str) -> int:
    depth = deepest = 0
    for bracket in brackets:
        depth += (bracket == "[") - (bracket == "]")
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


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise NotJson("a number too large")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_int=_bounded, parse_float=_finite
)


def _check(value: Any) -> None:
    if isinstance(value, str):
        if _NONE.search(value):
            raise NotJson("a character that is none")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name)
            _check(item)
    elif isinstance(value, list):
        for item in value:
            _check(item)
