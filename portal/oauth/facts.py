"""Facts of the room. None holds a secret, a code or a token: at most the first characters of a token's hash."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_TOKENS = frozenset({"tokens"})


@dataclass(frozen=True, kw_only=True)
class ClientMade(Fact):
    """A vendor got a program of its own."""

    EVENT: ClassVar[str] = "client.made"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"clients", "client_keys"})

    client: str
    profile: str
    scopes: list[str]


@dataclass(frozen=True, kw_only=True)
class ClientMoved(Fact):
    """A program takes its answers at other addresses now."""

    EVENT: ClassVar[str] = "client.moved"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"clients"})

    client: str


@dataclass(frozen=True, kw_only=True)
class ClientKeyAdded(Fact):
    """A program proves itself by one more key; ``key`` is the beginning of its thumbprint."""

    EVENT: ClassVar[str] = "client.key-added"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"client_keys"})

    client: str
    key: str


@dataclass(frozen=True, kw_only=True)
class ClientKeyEnded(Fact):
    """A key of a program is good for nothing from here on; ``key`` is the beginning of its thumbprint."""

    EVENT: ClassVar[str] = "client.key-ended"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"client_keys"})

    client: str
    key: str


@dataclass(frozen=True, kw_only=True)
class ClientSecretMade(Fact):
    """A program got a new secret; the one of before is good for nothing."""

    EVENT: ClassVar[str] = "client.secret-made"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"clients"})

    client: str


@dataclass(frozen=True, kw_only=True)
class ClientAddressSet(Fact):
    """A program's keys are read at an address of its company's from here on (``place`` set), or at none any more (none)."""

    EVENT: ClassVar[str] = "client.address-set"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"clients", "fetched_keys"})

    client: str
    place: str


@dataclass(frozen=True, kw_only=True)
class ClientKeysFetched(Fact):
    """The keys at a program's address were read; ``keys`` are the beginnings of their thumbprints."""

    EVENT: ClassVar[str] = "client.keys-fetched"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"fetched_keys"})

    client: str
    keys: list[str]


@dataclass(frozen=True, kw_only=True)
class ClientBlocked(Fact):
    """A program was ended, and ``count`` tokens with it."""

    EVENT: ClassVar[str] = "client.blocked"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"clients", "tokens"})

    client: str


@dataclass(frozen=True, kw_only=True)
class CodeIssued(Fact):
    """The customer said yes, and the way back to the vendor carries a code."""

    EVENT: ClassVar[str] = "code.issued"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"codes"})

    client: str


@dataclass(frozen=True, kw_only=True)
class TokenIssued(Fact):
    """A client got tokens: for a code, or for its own name."""

    EVENT: ClassVar[str] = "token.issued"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"tokens", "codes"})

    by: str
    scope: list[str]


@dataclass(frozen=True, kw_only=True)
class TokenRefreshed(Fact):
    """A refresh token was turned into new tokens. A program without keys has spent it with that."""

    EVENT: ClassVar[str] = "token.refreshed"
    EXPLAINS: ClassVar[frozenset[str]] = _TOKENS

    scope: list[str]


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Fact):
    """Tokens ended before their time; ``reason`` says why, ``count`` how many."""

    EVENT: ClassVar[str] = "token.revoked"
    EXPLAINS: ClassVar[frozenset[str]] = _TOKENS


@dataclass(frozen=True, kw_only=True)
class TokensAged(Fact):
    """The test clock of a sandbox was moved: ``count`` tokens of its programs end so many ``seconds`` earlier."""

    EVENT: ClassVar[str] = "token.aged"
    EXPLAINS: ClassVar[frozenset[str]] = _TOKENS

    seconds: int


@dataclass(frozen=True, kw_only=True)
class TokensForgotten(Fact):
    """Tokens or codes that were over long ago were deleted; ``count`` of them. After a restore all are (``reason``)."""

    EVENT: ClassVar[str] = "token.forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = _TOKENS | {"codes"}


@dataclass(frozen=True, kw_only=True)
class CodeReplayed(Fact):
    """A used code came again: somebody copied it, so what it gave has ended."""

    EVENT: ClassVar[str] = "code.replayed"
    EXPLAINS: ClassVar[frozenset[str]] = _TOKENS | {"codes"}


@dataclass(frozen=True, kw_only=True)
class RefreshReused(Fact):
    """A spent refresh token came again: two hold it, so its whole family has ended."""

    EVENT: ClassVar[str] = "refresh.reused"
    EXPLAINS: ClassVar[frozenset[str]] = _TOKENS


@dataclass(frozen=True, kw_only=True)
class TokenRefused(Fact):
    """A token request that was not answered with a token."""

    EVENT: ClassVar[str] = "token.refused"

    client: str | None = None
