"""Passwords are hashed before a unit is opened."""

import pytest

from tests.house.hashing import hashing_faults
from tests.house.sources import our_sources

OURS = our_sources()


def test_no_password_is_hashed_while_a_unit_is_open() -> None:
    assert hashing_faults(OURS) == []


@pytest.mark.parametrize(
    "text",
    [
        "def new(unit):\n    return hash_password('x')",
        "with house.writing() as unit:\n    passwords.hash_password('x')",
        "with writing() as unit:\n    found = list(map(hash_password, ()))",
    ],
)
def test_whoever_does_is_caught(text: str) -> None:
    assert hashing_faults(OURS.planted("portal/oauth/planted.py", text))
