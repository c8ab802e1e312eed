"""What the conformance client is told of a server: what its operator would tell any developer, and who answers its pages."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol


class Registered(NamedTuple):
    """A client as it was registered: its private JWK with ``kid`` and ``alg``, and where people come back to."""

    client_id: str
    jwk: Mapping[str, Any]
    redirect_uri: str


class Landed(NamedTuple):
    """Where a browser came in the end: an address outside of the server, or a page of it with its status and source."""

    address: str | None
    status: int
    page: str
    headers: Mapping[str, str] = {}


class Person(Protocol):
    """Opens the address of an authorization request, signs in, and answers what is asked there."""

    def __call__(self, address: str, yes: bool) -> Landed: ...


class Clock(Protocol):
    """The server's time, as far as its client knows it."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        ...


class WallClock:
    """This machine's: waiting is waiting."""

    now = staticmethod(time.time)
    wait = staticmethod(time.sleep)


@dataclass(frozen=True)
class Described:
    """A server under test.

    ``first`` signs by an RSA key (PS256), ``second`` by any; ``second``'s redirect URI has a query of its own. ``asks`` is
    what each authorization request asks for (``scope`` or ``authorization_details``); ``resource`` is an address with a
    query that a token for it opens by GET.
    """

    issuer: str
    first: Registered
    second: Registered
    asks: Mapping[str, str]
    resource: str
    person: Person
    clock: Clock = field(default_factory=WallClock)
    metadata_path: str = "/.well-known/oauth-authorization-server"


