"""Addresses at which answers come in: each is told from every other, and settings that can be none are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.mail.answers import LENGTH, address_for, new_token, token_in
from portal.kernel.settings import Settings

BOX, DOMAIN = "answers@portal.example.org", "@answers.example.org"


@pytest.mark.parametrize("way_in", [BOX, DOMAIN])
def test_an_address_leads_back_to_its_secret_however_a_server_writes_it(way_in: str) -> None:
    token = new_token()
    address = address_for(way_in, token)
    for written in (address, address.upper(), f"<{address}>", f" {address} ", f"{address}."):
        assert token_in(way_in, written) == token
    assert len(address.partition("@")[0]) <= 64


def test_secrets_are_long_and_never_the_same() -> None:
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000 and {len(one) for one in made} == {LENGTH}


@pytest.mark.parametrize(
    "address",
    ["", "@", BOX, "answers+@portal.example.org", f"answers+{'a' * 31}@portal.example.org", f"answers+{'a' * 32}@evil.example",
     f"x+{'a' * 32}@portal.example.org", f"answers+{'1' * 32}@portal.example.org", f"{'a' * 32}@portal.example.org",
     f"answers+{'a' * 32}@portal.example.org@evil.example", f"answers+{'a' * 32}@evil.example@x"],
)  # fmt: skip
def test_any_other_address_has_no_secret(address: str) -> None:
    assert token_in(BOX, address) is None


@given(st.text(max_size=80))
def test_whatever_is_said_to_be_an_address_is_one_of_ours_or_none(text: str) -> None:
    found = token_in(BOX, text)
    assert found is None or address_for(BOX, found) == text.strip().strip("<>").lower().rstrip(".")
    assert token_in("", text) is None


@pytest.mark.parametrize("value", [BOX, DOMAIN, "Answers@Portal.Example.org", "a.b@localhost", ""])
def test_a_setting_that_can_be_is_taken(value: str) -> None:
    assert Settings(answers_to=value).answers_to == value.lower()


@pytest.mark.parametrize(
    "value", ["answers", "a b@x.example", "answers+x@y.example", "@", "a@b@c", "x@-a.example", f"{'a' * 25}@x.example", "a@x..example"]
)
def test_a_setting_that_can_be_no_way_in_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no address that answers can come to"):
        Settings(answers_to=value)
