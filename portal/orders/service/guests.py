"""Guests of a shop: they have no number there, and are known by the address that they gave with their orders."""

import base64
import hashlib

from portal.accounts.addresses import normal_address
from portal.kernel.house import House


def guest_number(house: House, vendor_id: bytes, address: str) -> str:
    """The number that stands for a guest of this company: the same for the same address, and telling nobody which it is."""
    key = house.keys.derive("vendor", b"guest" + vendor_id)
    said = (normal_address(address) or address.strip().lower()).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(said, key=key, digest_size=15).digest()
    return "guest-" + base64.b32encode(digest).decode().lower()
