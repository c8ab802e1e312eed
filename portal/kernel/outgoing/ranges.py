"""Which addresses lie on the public internet. The rest is inside some house or machine, a group's, or nobody's."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# IANA IPv4 Special-Purpose Address Registry (RFC 6890), whole, also what it calls globally reachable; and groups
# (RFC 5771), reserved space (RFC 1112), and the one public address behind which a cloud's own machines answer (Azure).
_SPECIAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
        "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 "
        "198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    ).split()
)
# What is neither IPv4 in disguise (::/96, ::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48) nor local (fc00::/7, fe80::/10,
# fec0::/10), a group (ff00::/8) or never given out lies in here (RFC 4291, 2.4) ...
_UNICAST_V6 = IPv6Network("2000::/3")
# ... and so do these of the IANA IPv6 Special-Purpose Address Registry: protocols with Teredo, benchmarks and ORCHID
# (2001::/23), documentation, 6to4, a sink, documentation.
_SPECIAL_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")))
_SELF_V4, _SELF_V6 = IPv4Network("127.0.0.0/8"), IPv6Address("::1")


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet. What Python knows of it counts, too: its list may be newer."""
    if isinstance(address, IPv4Address):
        is_special = any(address in network for network in _SPECIAL_V4)
    else:
        # What is behind an interface (fe80::1%eth0) is never public.
        is_special = address.scope_id is not None or address not in _UNICAST_V6
        is_special = is_special or any(address in network for network in _SPECIAL_V6)
    return address.is_global and not is_special


def is_self(address: Address) -> bool:
    """Whether an address is this machine's loopback, in its own form and no other."""
    return address in _SELF_V4 if isinstance(address, IPv4Address) else address == _SELF_V6
