"""The address by which a kind of mail is turned off: for one person and one topic, good without signing in.

Mail programs ask for addresses in mails by themselves, so asking changes nothing; a POST does (RFC 8058).
It is marked with the person's own data key, which every rotation keeps and wraps anew, and which goes with an erasure.
"""

import hmac
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select

from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.keysets import base64url
from portal.kernel.sealing import Box, DataKey

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.kernel.unit import Unit

PATH = "/unsubscribe"
_LONGEST = 200
_MARK = 16
"""Bytes of the mark: 128 bits, which nobody guesses, in an address that stays short enough for a line of a letter."""
NO_STOP = "no-such-stop"
"""The reason given for an address that turns nothing off: changed, or of somebody who is gone."""


def stop_address(unit: "Unit", holder_id: bytes, topic: str) -> str:
    """Where this person turns this topic off; NotFound when their keys are gone (erased)."""
    box = unit.box(holder_id)
    return f"{unit.house.settings.origin}{PATH}/{_token(box, box.current, topic)}"


def whose(unit: "Unit", token: str) -> tuple[bytes, str]:
    """Holder and topic behind an address of ours; NotFound ``no-such-stop`` for any other.

    The holder is whoever has the key now: somebody who was joined to another is meant by their own letters still.
    """
    if len(token) > _LONGEST:
        raise NotFound(NO_STOP)
    try:
        return _meant(unit, token) if token.count(".") == 2 else _meant_before(unit.house, token)
    except (NotFound, BadData, InvalidTag, LookupError, TypeError, ValueError):
        raise NotFound(NO_STOP) from None


def _token(box: Box, key_id: bytes, topic: str) -> str:
    mark = box.mark(key_id, f"{PATH}\0{topic}")[:_MARK]
    return f"{text_of(key_id)}.{topic}.{base64url(mark)}"


def _meant(unit: "Unit", token: str) -> tuple[bytes, str]:
    key, topic, _ = token.split(".")
    key_id = id_from(key)
    holder_id = unit.connection.execute(select(DataKey.holder_id).where(DataKey.id == key_id)).scalar_one_or_none()
    if holder_id is None or not hmac.compare_digest(_token(unit.box(holder_id), key_id, topic).encode(), token.encode()):
        raise NotFound
    return holder_id, topic


def _meant_before(house: "House", token: str) -> tuple[bytes, str]:
    """Of letters from before these marks, signed with a key of cookies: good until that key is retired."""
    signed = URLSafeSerializer(house.keys.cookie_secrets(), salt="unsubscribe")
    holder, topic = signed.loads(token)
    return id_from(holder), str(topic)
