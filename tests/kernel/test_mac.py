"""The two states of a key that are kept say what HMAC-SHA256 says."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.mac import Mac


@given(key=st.binary(max_size=64), told=st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_what_follows_a_kept_key_is_hmac_of_each_text_alone(key: bytes, told: list[bytes]) -> None:
    mac = Mac(key)
    assert [mac.of(one) for one in told] == [hmac.digest(key, one, "sha256") for one in told]


def test_a_key_that_would_have_to_be_hashed_first_is_refused() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        Mac(bytes(65))
