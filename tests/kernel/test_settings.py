"""Settings that are not what they should be are named, and nothing starts."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from portal.kernel.settings import Settings


@pytest.mark.parametrize("contact", ["", "privacy@example.net", "o'neil+desk@mail.example.co.uk", "ops@localhost"])
def test_a_contact_is_a_plain_address_or_none(tmp_path: Path, contact: str) -> None:
    assert Settings(instance=tmp_path, contact=contact).contact == contact


@pytest.mark.parametrize(
    "contact",
    ["privacy", "a@b,c@d", "a@b?bcc=c@d", "a@b#c", "a%0d%0aBcc%3Ae%40x@y", "a@b\n", "a@b\0", "a@\u202eb", "a" * 300 + "@b", "a b@c"],
)
def test_whatever_would_say_more_in_a_link_is_no_contact(tmp_path: Path, contact: str) -> None:
    with pytest.raises(ValidationError, match="no e-mail address"):
        Settings(instance=tmp_path, contact=contact)
