"""The address by which a kind of mail is turned off: signed, for one person and one topic, good without signing in.

Mail programs ask for addresses in mails by themselves, so asking changes nothing; a POST does (RFC 8058).
"""

from typing import TYPE_CHECKING

from itsdangerous import BadData, URLSafeSerializer

from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of

if TYPE_CHECKING:
    from portal.kernel.house import House

PATH = "/unsubscribe"
_LONGEST = 200


def stop_address(house: "House", holder_id: bytes, topic: str) -> str:
    """Where this person turns this topic off."""
    return f"{house.settings.origin}{PATH}/{_serializer(house).dumps([text_of(holder_id), topic])}"


def whose(house: "House", token: str) -> tuple[bytes, str]:
    """Holder and topic behind an address of ours; NotFound for any other."""
    if len(token) > _LONGEST:
        raise NotFound
    try:
        holder, topic = _serializer(house).loads(token)
    except (BadData, ValueError, TypeError):
        raise NotFound from None
    return id_from(holder), str(topic)


def _serializer(house: "House") -> URLSafeSerializer:
    # itsdangerous signs with the last of a list; ours has the newest first.
    return URLSafeSerializer(list(reversed(house.keys.cookie_secrets())), salt="unsubscribe")
