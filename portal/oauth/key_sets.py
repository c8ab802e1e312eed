"""The public keys of a text: a JWK, or a set of them (RFC 7517)."""

from typing import Any

from portal.oauth import strict_json
from portal.oauth.jose import BadKey, PublicKey, public_key

MOST_BYTES = 64 * 1024


def keys_from(text: str | bytes) -> list[PublicKey]:
    """The keys, at least one; :class:`BadKey` says what is wrong with one, NotJson with the text itself."""
    document: Any = strict_json.parse(text)
    found = document.get("keys") if isinstance(document, dict) and "keys" in document else [document]
    if not isinstance(found, list) or not found:
        raise BadKey("is a JWK Set without a key")
    return [public_key(one) for one in found]
