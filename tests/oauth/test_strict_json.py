"""JSON that two readers could understand differently is not read at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.oauth.strict_json import MAX_DEPTH, NotJson, parse

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc[]{}\"\\", max_size=4), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[1,]", "{'a':1}", "NaN", "[Infinity]", "-Infinity", '{"a":1,"a":2}', '[{"b":{"a":1,"a":1}}]',
     '"\\ud800"', '{"\\udfff":1}', '"\\u0000"', '{"a\\u0000":1}', "9007199254740992", "[-9007199254740992]", "1e999",
     "[" * 17 + "]" * 17, "[" * 100_000, '{"a":' * 100_000, "9" * 5000, "01", "1 2", "\ufeff{}", "nul"],
)  # fmt: skip
def test_what_is_ambiguous_or_no_json_is_refused(text: str) -> None:
    with pytest.raises(NotJson):
        parse(text)
    with pytest.raises(NotJson):
        parse(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("data", [b"\xff", b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b'"\xed\xa0\x80"', b'"\xc0\xaf"'])
def test_bytes_that_are_no_utf_8_are_refused(data: bytes) -> None:
    with pytest.raises(NotJson):
        parse(data)


@given(VALUES)
def test_everything_else_is_read_as_any_reader_reads_it(value: object) -> None:
    for ascii_ in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_)
        assert parse(text) == value
        assert parse(text.encode()) == value


def test_brackets_in_a_text_do_not_count_as_depth() -> None:
    assert parse(json.dumps("[" * 1000)) == "[" * 1000
    assert parse(json.dumps(['\\"' + "{" * 50])) == ['\\"' + "{" * 50]
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def _deepest(text: str) -> int:
    """Slowly: bracket for bracket, and those within strings not counted."""
    depth = deepest = 0
    within = escaped = False
    for character in text:
        if within:
            within, escaped = escaped or character != '"', character == "\\" and not escaped
        elif character == '"':
            within = True
        else:
            depth += (character in "[{") - (character in "]}")
            deepest = max(deepest, depth)
    return deepest


@given(st.integers(MAX_DEPTH - 2, MAX_DEPTH + 2), st.lists(VALUES, max_size=3), st.sampled_from(["", '"]]]]"', '"[[{{\\""']))
def test_it_is_read_as_deep_as_is_said_and_no_deeper_whatever_stands_beside(depth: int, beside: list[object], odd: str) -> None:
    inner = f"[{odd}]"
    for _ in range(depth - 1):
        inner = f"[{inner}]"
    text = f'[{json.dumps(beside, ensure_ascii=False)},{inner[1:]}' if depth > 1 else inner
    if _deepest(text) <= MAX_DEPTH:
        assert parse(text) == json.loads(text)
    else:
        with pytest.raises(NotJson, match="deeply"):
            parse(text)
