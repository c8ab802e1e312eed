"""Where an answer may go: registered addresses, compared as they are written.

Nothing is parsed, decoded or made equal when a request comes: two addresses are the same or they are not. The one
wildcard is the port of a loopback address that was registered without one (RFC 8252 section 7.3).
"""

import re
from urllib.parse import urlencode, urlsplit

_ADDRESS = re.compile(r"[!#-;=?-Z_a-z~\[\]$&'()*+,%]{1,2048}\Z")
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(/.*)?\Z")
_ANY_PORT = re.compile(r":([1-9]\d{0,4})\Z", re.ASCII)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def allowed(requested: str, registered: list[str]) -> bool:
    """Whether the requested address is one of the registered ones."""
    return any(requested == known or _same_but_port(requested, known) for known in registered)


def _same_but_port(requested: str, known: str) -> bool:
    parts = _LOOPBACK.match(known)
    if parts is None or not requested.startswith(parts[1]):
        return False
    path = parts[2] or ""
    port = requested[len(parts[1]) : len(requested) - len(path)]
    found = _ANY_PORT.match(port)
    return requested.endswith(path) and found is not None and int(found[1]) <= 65_535


def problem_with(address: str) -> str | None:
    """Why an address cannot be registered, or None when it can."""
    if not _ADDRESS.match(address):
        return "not a plain ASCII address"
    if "#" in address:
        return "a fragment is never sent to a server"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not an address"
    if not host or "@" in parts.netloc or not address.startswith(f"{parts.scheme}://"):
        return "no plain host"
    if parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL_HOSTS):
        return None
    return "neither https nor this machine itself"


def with_parameters(address: str, parameters: dict[str, str | None]) -> str:
    """The address with the parameters behind whatever query it was registered with, which stays as it is."""
    query = urlencode([(name, value) for name, value in parameters.items() if value is not None])
    return f"{address}{'&' if '?' in address else '?'}{query}"


def origin_of(address: str) -> str:
    """Scheme, host and port, as a page's ``form-action`` names it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
