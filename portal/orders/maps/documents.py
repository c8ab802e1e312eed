"""Objects out of a file of JSON, an array or one a line, each with the line that it begins in. Numbers stay decimal. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.kernel.errors import Invalid

_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Item:
    """A value and its line; or why nothing can be read there."""

    line: int
    value: Any = None
    wrong: str | None = None


def _no_number(text: str) -> Any:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_number)


def text_of(data: bytes) -> str:
    """The text of a file in UTF-8. Invalid where it is none."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid("unreadable", f"Line {line}: bytes that are not UTF-8.") from None


def items_of(text: str) -> list[Item]:
    """What a file holds: the members of its array, or an object a line. Invalid where it is no JSON at all."""
    begin = _skip(text, 0)
    if begin == len(text):
        raise Invalid("unreadable", "The file is empty.")
    return list(_members(text, begin) if text[begin] == "[" else _lines(text))


def array_at(text: str, begin: int) -> list[Item]:
    """The members of the array that begins there."""
    return list(_members(text, begin, is_whole=False))


def _members(text: str, begin: int, *, is_whole: bool = True) -> Iterator[Item]:
    at = counted = _skip(text, begin + 1)
    line = text.count("\n", 0, at) + 1
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _value(text, at, line)
        yield Item(line, value)
        at = _skip(text, at)
        if text[at : at + 1] not in (",", "]") or at == len(text):
            raise Invalid("unreadable", f"Line {line + text.count(chr(10), counted, at)}: the array is not whole.")
        if text[at] == ",":
            at = _skip(text, at + 1)
    if is_whole and _skip(text, at + 1) != len(text):
        raise Invalid("unreadable", "Something stands behind the end of the array.")


def _lines(text: str) -> Iterator[Item]:
    whole = _whole(text)
    if whole is not None:
        yield whole
        return
    found = 0
    for line, part in enumerate(text.split("\n"), 1):
        if not part.strip(_SPACE):
            continue
        try:
            value, _end = _value(part.strip(_SPACE), 0, line, to_the_end=True)
            found += 1
            yield Item(line, value)
        except Invalid:
            if not found:
                raise
            yield Item(line, wrong="this is not JSON")


def _whole(text: str) -> Item | None:
    """A file that is one object, over as many lines as it likes."""
    begin = _skip(text, 0)
    try:
        value, end = _DECODER.raw_decode(text, begin)
    except (ValueError, RecursionError):
        return None
    return Item(text.count("\n", 0, begin) + 1, value) if _skip(text, end) == len(text) else None


def _value(text: str, at: int, line: int, *, to_the_end: bool = False) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise Invalid("unreadable", f"Line {line}: this is not JSON.") from None
    if to_the_end and end != len(text):
        raise Invalid("unreadable", f"Line {line}: this is not JSON.")
    return value, end


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
