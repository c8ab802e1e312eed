"""The call itself: a connection to one checked address, bounded as a whole, and closed when its answer is read."""

import logging
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as LibraryTimeout
from urllib3.response import HTTPResponse

from portal.kernel.outgoing.failing import Failed
from portal.kernel.outgoing.ranges import Address
from portal.kernel.outgoing.targets import Resolve, Target, addresses_of, system_addresses, target_of

if TYPE_CHECKING:
    from portal.kernel.settings import Settings

# It quotes the whole address where an answer's headers are odd, and a company's address may hold a secret.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
_TRIES = 4
"""How many addresses of a name are tried: whoever lists hundreds shall not have us knock at hundreds."""
_HEADERS = 16 * 1024
"""Characters of an answer's headers."""
_OWN = frozenset({"host", "connection", "user-agent", "accept-encoding", "content-length", "transfer-encoding"})
_ERRORS = (Failed, OSError, HTTPException, HTTPError)


@dataclass(frozen=True)
class Rules:
    """What a call may do: whether it may reach this machine, how long it may take and how much it may bring."""

    to_self: bool = False
    """Loopback may be called, too, on any port and by http (``FREEHOLD_CALLS_TO_SELF``)."""
    roots: Path | None = None
    """Certificates (PEM) to trust beside the system's."""
    resolve: Resolve = system_addresses
    seconds: float = 10.0
    """For all of a call, from the look-up of the name to the last byte."""
    connect_seconds: float = 3.0
    """For one connection, and as long again for its TLS."""
    largest: int = 64 * 1024
    """Bytes of an answer's body."""

    @classmethod
    def of(cls, settings: "Settings") -> "Rules":
        """The rules of a house."""
        return cls(to_self=settings.calls_to_self)


@dataclass(frozen=True)
class Reply:
    """A whole answer that was no redirect. All of it is somebody else's text; ``headers`` ignores case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def host_of(url: str, rules: Rules) -> str:
    """The host of an address in ASCII; :class:`Failed` where its form is refused. Nothing is looked up."""
    return target_of(url, to_self=rules.to_self).host


def check(url: str, rules: Rules) -> None:
    """Refuses an address as a call would before it connects: by its form, and by where its name leads now.

    What is good today may lead inside tomorrow: each call looks for itself.
    """
    addresses_of(target_of(url, to_self=rules.to_self), rules.resolve, rules.seconds, to_self=rules.to_self)


def get(url: str, headers: Mapping[str, str], rules: Rules) -> Reply:
    """What an address answers to GET; :class:`Failed` where it was not called or gave no answer."""
    return _call("GET", url, None, headers, rules)


def post(url: str, body: bytes, headers: Mapping[str, str], rules: Rules) -> Reply:
    """What an address answers to a POST of a body; :class:`Failed` where it was not called or gave no answer.

    An answer that came too late or too large may still be that of a receiver who took the body: see ``Failed.status``.
    """
    return _call("POST", url, body, headers, rules)


def _call(method: str, url: str, body: bytes | None, headers: Mapping[str, str], rules: Rules) -> Reply:
    if _OWN & {name.lower() for name in headers}:
        raise ValueError("a header that every call sets itself")
    end = time.monotonic() + rules.seconds
    target = target_of(url, to_self=rules.to_self)
    addresses = addresses_of(target, rules.resolve, rules.seconds, to_self=rules.to_self)
    connection = _connected(target, addresses, rules, end)
    own = {"Host": target.authority, "Connection": "close", "User-Agent": "Freehold"}
    try:
        with _cut_off(connection, _left(end)) as is_over:
            return _exchange(connection, (method, target.path, body, {**headers, **own}), rules.largest, is_over)
    finally:
        connection.close()


def _exchange(connection: HTTPConnection, request: tuple[Any, ...], largest: int, is_over: Event) -> Reply:
    """Asks and reads. What ends because we ended it looks whole where it names no length: it is late all the same."""
    response, status = None, None
    try:
        connection.request(*request, preload_content=False)
        response = connection.getresponse()
        status = None if is_over.is_set() else response.status
        reply = _read(response, largest)
    except _ERRORS as error:
        raise Failed("timed-out" if is_over.is_set() else _reason(error), status) from None
    finally:
        # A connection of one answer hands its socket over to the answer.
        if response is not None:
            response.close()
    if is_over.is_set():
        raise Failed("timed-out", status)
    return reply


def _connected(target: Target, addresses: list[Address], rules: Rules, end: float) -> HTTPConnection:
    """A connection to the first address that takes one. The addresses are numbers: nothing is looked up here."""
    failed = Failed("unreachable")
    for address in addresses[:_TRIES]:
        # Each half of it at most of what is left: the connection, then its TLS.
        connection = _connection(target, address, rules, min(rules.connect_seconds, _left(end) / 2))
        try:
            connection.connect()
        except _ERRORS as error:
            connection.close()
            failed = Failed(_reason(error))
            if failed.reason == "tls":
                break
        else:
            return connection
    raise failed


def _connection(target: Target, address: Address, rules: Rules, seconds: float) -> HTTPConnection:
    if not target.is_secure:
        return HTTPConnection(str(address), target.port, timeout=seconds)
    context = _context(rules.roots)
    return HTTPSConnection(str(address), target.port, timeout=seconds, server_hostname=target.host, ssl_context=context)


@lru_cache(maxsize=8)
def _context(roots: Path | None) -> ssl.SSLContext:
    """TLS 1.2 and later, with a certificate that the system trusts, or these roots, for the name (RFC 9525)."""
    context = ssl.create_default_context()
    context.hostname_checks_common_name = False
    if roots is not None:
        context.load_verify_locations(roots)
    return context


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise Failed("timed-out")
    return left


@contextmanager
def _cut_off(connection: HTTPConnection, seconds: float) -> Iterator[Event]:
    """Ends a connection after so many seconds, however lively the other end trickles; the event says that it did."""
    connection.timeout, is_over = seconds, Event()
    # A number of its own for the same connection: it stays ours when the other is closed, and TLS does not stand before it.
    with socket(fileno=os.dup(connection.sock.fileno())) as other:

        def cut() -> None:
            is_over.set()
            with suppress(OSError):
                other.shutdown(SHUT_RDWR)

        timer = Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield is_over
        finally:
            timer.cancel()
            timer.join()


def _read(response: HTTPResponse, largest: int) -> Reply:
    """The answer, with its body as it came over the line; never unpacked."""
    if 300 <= response.status < 400:
        raise Failed("redirect")
    if not 200 <= response.status < 600:
        raise Failed("broken")
    if sum(len(name) + len(value) for name, value in response.headers.items()) > _HEADERS:
        raise Failed("too-large")
    body = bytearray()
    while piece := response.read(largest + 1 - len(body), decode_content=False):
        body += piece
        if len(body) > largest:
            raise Failed("too-large")
    return Reply(response.status, response.headers, bytes(body))


def _reason(error: Exception) -> str:
    """What an error of the libraries says in our words. Their own may quote what was called or sent."""
    if isinstance(error, Failed):
        return error.reason
    if isinstance(error, ssl.SSLError | SSLError):
        return "tls"
    # The library counts what was refused at once among what came too late.
    if isinstance(error, TimeoutError | LibraryTimeout) and not isinstance(error, NewConnectionError):
        return "timed-out"
    return "unreachable" if isinstance(error, OSError | NewConnectionError) else "broken"
