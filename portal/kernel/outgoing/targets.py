"""Where a call goes: the address taken apart, and its name looked up, each once; nothing looks at either again."""

import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from queue import Empty, SimpleQueue
from threading import Thread

import idna

from portal.kernel.outgoing.failing import Failed
from portal.kernel.outgoing.ranges import Address, is_public, is_self

Resolve = Callable[[str], Sequence[str]]
"""Looks a name up: its addresses in their written form; OSError where there are none."""
PORTS = (443, 8443)
"""The ports on which HTTPS is served by custom. Others are other programs', which must not be knocked at through us."""
LONGEST = 2048
"""Characters of an address that is called."""
# RFC 3986, and no more of it than a company's own address needs. A host may be written in any script (RFC 3987).
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<userinfo>[^/?#]*@)?"
    r"(?P<host>\[[0-9a-f:.]+\]|[^\x00-\x20\x7f\"#%/:<>?@\[\\\]^`{|}]+)(?P<port>:[1-9][0-9]{0,4})?"
    r"(?P<path>(?:/(?:[a-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?)"
    r"(?P<query>(?:\?(?:[a-z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?)(?P<fragment>#.*)?",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
# Its last part begins with a letter, so that nothing takes it for a number: 127.1, 0x7f.1 and 2130706433 are no names.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")


@dataclass(frozen=True)
class Target:
    """An address that may be called, as far as it says itself; ``path`` with its query may hold a company's secret."""

    is_secure: bool
    host: str
    literal: Address | None
    port: int
    path: str = field(repr=False)

    @property
    def authority(self) -> str:
        """What stands in the header ``Host``."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"

    def check_outward(self) -> None:
        """:class:`Failed` unless scheme and port are those of calls to others."""
        if not self.is_secure:
            raise Failed("scheme")
        if self.port not in PORTS:
            raise Failed("port")


def target_of(url: str, *, to_self: bool) -> Target:
    """The target that an address names; :class:`Failed` where its form is refused. ``to_self`` as in the rules."""
    found = _URL.fullmatch(url) if len(url) <= LONGEST else None
    if found is None:
        raise Failed("form")
    if found["scheme"].lower() not in ("https", "http"):
        raise Failed("scheme")
    for part in ("userinfo", "fragment"):
        if found[part] is not None:
            raise Failed(part)
    is_secure = found["scheme"].lower() == "https"
    port = int(found["port"][1:]) if found["port"] else (443 if is_secure else 80)
    if port > 65535:
        raise Failed("port")
    literal = _literal(found["host"])
    host = _name(found["host"], to_self) if literal is None else str(literal)
    target = Target(is_secure, host, literal, port, (found["path"] or "/") + found["query"])
    if not to_self:
        target.check_outward()
    return target


def _literal(host: str) -> Address | None:
    """The address that a host is by itself: IPv6 in brackets, IPv4 as four plain decimal numbers."""
    try:
        return IPv6Address(host[1:-1]) if host.startswith("[") else IPv4Address(host)
    except ValueError:
        if host.startswith("["):
            raise Failed("form") from None
        return None


def _name(host: str, to_self: bool) -> str:
    """A host's name in ASCII, lower case (UTS 46, IDNA 2008)."""
    with suppress(UnicodeError):
        name = idna.encode(host, uts46=True, std3_rules=True).decode()
        if _NAME.fullmatch(name) or (to_self and name == "localhost"):
            return name
    raise Failed("form")


def system_addresses(name: str) -> list[str]:
    """What the system's resolver knows of a name, in the order in which it would have them tried."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


def addresses_of(target: Target, resolve: Resolve, seconds: float, *, to_self: bool) -> list[Address]:
    """Every address of a target, looked up once. One that is refused refuses them all: :class:`Failed`."""
    found = [target.literal] if target.literal else _looked_up(target.host, resolve, seconds)
    if to_self and all(map(is_self, found)):
        return found
    target.check_outward()
    if not all(map(is_public, found)):
        raise Failed("inside")
    return found


def _looked_up(name: str, resolve: Resolve, seconds: float) -> list[Address]:
    """Waits no longer than it may: a look-up cannot be called off, so a thread that nobody waits for ends it."""
    answers: SimpleQueue[list[Address]] = SimpleQueue()

    def look_up() -> None:
        with suppress(OSError, ValueError):
            answers.put([ip_address(address) for address in resolve(name)])
            return
        answers.put([])

    Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except Empty:
        raise Failed("unresolved") from None
    if not found:
        raise Failed("unresolved")
    return found
