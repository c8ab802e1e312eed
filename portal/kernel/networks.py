"""Addresses as limits and counts take them: whoever has an IPv6 address has a whole /64 of them."""

from ipaddress import ip_address


def network_of(address: str) -> str:
    """The network that an address stands for: itself for IPv4, its /64 for IPv6; empty for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped) if mapped else found.exploded[:19] + "::/64"
