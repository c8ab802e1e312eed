"""Addresses have one form, so that two that look alike are one account or visibly two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.addresses import local_path, normal_address


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Ana@Example.ORG", "ana@example.org"),
        ("  ana@example.org ", "ana@example.org"),
        ("ana.maria+shop@example.org", "ana.maria+shop@example.org"),
        ("ana@Bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@bu\u0308cher.example", "ana@xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
    ],
)
def test_attack_66_spellings_of_one_address_are_one(typed: str, normal: str) -> None:
    assert normal_address(typed) == normal


@pytest.mark.parametrize(
    "typed",
    ["", "@", "ana", "ana@", "@example.org", "ana@localhost", "ana@@example.org", "ana @example.org", "ana@exam ple.org",
     "аna@example.org", "ana\n@example.org", "ana@example.org\nBcc: x@example.org", "ana@[127.0.0.1]", "a" * 400 + "@example.org",
     "ana@example..org", "\x00@example.org", "\ud800@example.org"],
)  # fmt: skip
def test_attack_66_what_cannot_be_told_apart_by_eye_or_is_no_address_is_refused(typed: str) -> None:
    assert normal_address(typed) is None


@given(st.text())
def test_any_text_is_an_address_in_its_one_form_or_none(typed: str) -> None:
    normal = normal_address(typed)
    if normal is not None:
        assert normal_address(normal) == normal
        assert normal.isascii()


@given(st.text(alphabet="/\\.%25cfCF:@?#\t\n ae"))
def test_any_next_that_is_taken_begins_with_one_slash_and_names_no_host(text: str) -> None:
    path = local_path(text)
    if path is not None:
        assert path.startswith("/")
        assert not path.startswith(("//", "/\\"))
        assert "\\" not in path
        assert not set(path) & set("\t\n ")
