"""How a vendor's customer is told from another's: the blind index of an address counts for one vendor alone."""

from portal.kernel.ids import text_of

ADDRESS = "prospect.email"


def scoped(vendor_id: bytes, address: str) -> str:
    """What is indexed of an address: two vendors' prospects never meet in it."""
    return f"{text_of(vendor_id)}:{address.strip().casefold()}"
