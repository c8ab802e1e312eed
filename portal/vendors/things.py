"""Ids of things as one vendor knows them: AES-SIV under that vendor's id key, the kind as associated data.

Reversible, never stored, the same each time, and different for every vendor: two companies cannot tell that they
hold the same order, and neither learns when it was made.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from portal.kernel.errors import NotFound
from portal.kernel.keysets import Keys, base64url, from_base64url


class ThingIds:
    """Makes and reads the ids of one vendor. Costs a key derivation, so make it once a request."""

    __slots__ = ("_cipher",)

    def __init__(self, keys: Keys, vendor_id: bytes) -> None:
        self._cipher = AESSIV(keys.derive("vendor", vendor_id))

    def text_of(self, kind: str, id_: bytes) -> str:
        """What the vendor is told instead of our id: 43 characters."""
        return base64url(self._cipher.encrypt(id_, [kind.encode()]))

    def id_from(self, kind: str, text: str) -> bytes:
        """Our id behind the text; NotFound for another vendor's, another kind's or a made-up one."""
        try:
            return self._cipher.decrypt(from_base64url(text), [kind.encode()])
        except (ValueError, InvalidTag):
            raise NotFound from None


def thing_id(keys: Keys, vendor_id: bytes, kind: str, id_: bytes) -> str:
    """One id for one vendor; for many use :class:`ThingIds`."""
    return ThingIds(keys, vendor_id).text_of(kind, id_)
