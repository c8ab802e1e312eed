"""Cursors and positions: opaque to whoever carries them, and worthless to anybody else.

Sealed deterministically (AES-SIV), so that equal places give equal texts and nothing can be read or counted from one.
"""

import json
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag

from portal.kernel.errors import BadRequest
from portal.kernel.keysets import base64url, from_base64url

if TYPE_CHECKING:
    from portal.kernel.house import House


def seal_cursor(house: "House", kind: str, audience: str, value: dict[str, Any]) -> str:
    """The text of a place: ``kind`` and ``audience`` (a client, a person, a filter) must be the same to open it."""
    data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    # Padded so that the length of a text does not tell the size of a number in it.
    padded = data.ljust(-(-len(data) // 32) * 32)
    return base64url(house.keys.seal_token(f"{kind}\0{audience}".encode(), padded))


def open_cursor(house: "House", kind: str, audience: str, text: str) -> dict[str, Any]:
    """The place behind the text; BadRequest ``bad-cursor`` for a forged or foreign one."""
    try:
        data = house.keys.open_token(f"{kind}\0{audience}".encode(), from_base64url(text))
    except (ValueError, InvalidTag):
        raise BadRequest("bad-cursor", "Leave the cursor out to start again.") from None
    value: dict[str, Any] = json.loads(data)
    return value
