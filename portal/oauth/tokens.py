"""Shapes of tokens: how they look, how long they live, what a checked one says."""

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row

from portal.kernel.errors import NeedsSignIn
from portal.kernel.ids import new_secret
from portal.oauth.dpop import Use

Found = Row[*tuple[Any, ...]]
"""A row as a statement finds it, with whatever columns it names."""

CODE_LIFE = timedelta(seconds=60)
ACCESS_LIFE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=90)
"""How long a refresh token lives unused. The family's absolute end is its permission's: a yes for a year needs no second
yes every quarter."""

ACCESS = "access"
REFRESH = "refresh"
BEARER = "Bearer"
DPOP = "DPoP"

BASIC = "basic"
FAPI = "fapi"
"""Profiles of programs: a secret, bearer tokens and rotating refresh tokens; or keys, bound tokens and FAPI 2.0."""

# Different beginnings, so that one kind is never taken for another and a leaked one can be recognised.
_BEGINNINGS = {"code": "fhc_", ACCESS: "fha_", REFRESH: "fhr_", "client": "fhs_"}

# Why a token ended, as its row says it.
BY_CUSTOMER = "revoked"
BY_NEWER = "replaced"
BY_CLIENT = "token-revoked"
BY_REPLAY = "code-replayed"
BY_REUSE = "refresh-reused"
BY_BLOCK = "client-blocked"


def make(kind: str) -> str:
    """A new secret of its kind: 256 random bits behind four letters that say what it is."""
    return _BEGINNINGS[kind] + new_secret()


def prefix_of(hashed: bytes) -> str:
    """What the log calls a token: the beginning of its hash, which tells nothing of the token."""
    return hashed[:6].hex()


class TokenView(NamedTuple):
    """A token that was found, with its client and vendor."""

    id: bytes
    client_id: bytes
    client_name: str
    vendor_id: bytes
    customer_id: bytes | None
    grant_id: bytes | None
    scopes: frozenset[str]
    prefix: str
    test: bool
    # How surely the customer was known who said yes (portal.oauth.levels).
    acr: str | None = None
    # What the read is to claim: the proof that came with a bound token.
    proof: Use | None = None


class Shown(NamedTuple):
    """What a request to the API shows of who it is: its headers Authorization and DPoP, and what the proof is to be for."""

    authorization: str | None
    proof: str | None
    method: str
    url: str


class BadToken(NeedsSignIn):
    """401: no token, or one that is no longer good. ``view`` is set where we know whose it was."""

    default_reason = "token-needed"

    def __init__(self, reason: str, detail: str, view: TokenView | None = None) -> None:
        super().__init__(reason, detail)
        self.view = view
