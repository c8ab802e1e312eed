"""Clients, codes and tokens as Authlib wants to see them: thin, typed, made from one row each."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin

from portal.kernel.ids import digest
from portal.kernel.unit import Unit
from portal.oauth.jose import PublicKey
from portal.oauth.reads import client_with_keys
from portal.oauth.redirects import allowed
from portal.oauth.scopes import OF_CUSTOMERS, listed
from portal.oauth.tokens import FAPI, Found

SECRET = "client_secret_basic"
KEYS = "private_key_jwt"
METHODS = [KEYS, SECRET]
"""How programs prove themselves, by the names of the IANA registry; which of them one may use, its profile says."""
FLOWS = ("authorization_code", "refresh_token", "client_credentials")

@dataclass(frozen=True, slots=True, repr=False)
class KeptClient(ClientMixin):
    """A live client of a vendor that is not blocked."""

    id: bytes
    vendor_id: bytes
    client_id: str
    name: str
    secret_hash: bytes | None
    profile: str
    jwks_uri: str | None
    redirect_uris: list[str]
    scopes: list[str]
    test: bool
    # Those that stand here and prove it now.
    keys: list[PublicKey]

    @property
    def keyed(self) -> bool:
        """Whether it proves itself by keys, as FAPI 2.0 has it, and is held to the rest of that profile."""
        return self.profile == FAPI

    def get_client_id(self) -> str:
        """The public name of the client."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: every request says where its answer goes."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scopes asked for, or None where one of them is not for this client's customers' tokens."""
        wanted = listed(scope)
        if not set(wanted) <= OF_CUSTOMERS.intersection(self.scopes):
            return None
        return " ".join(wanted)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether the address is registered, to the letter."""
        return allowed(redirect_uri, self.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        """256 random bits of ours: their SHA-256 in constant time is enough."""
        return self.secret_hash is not None and compare_digest(digest(client_secret), self.secret_hash)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Each profile has one way to prove itself, at every endpoint."""
        return method == (KEYS if self.keyed else SECRET)

    def check_response_type(self, response_type: str) -> bool:
        """Codes alone."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use this flow."""
        return grant_type in FLOWS


def client_by_id(unit: Unit, client_id: str) -> KeptClient | None:
    """The live client of that public name."""
    found = client_with_keys(unit.connection, client_id)
    if found is None:
        return None
    members = found[0]._asdict()
    test = members.pop("mode") == "test"
    del members["jwk"]
    return KeptClient(**members, test=test, keys=found[1])


@dataclass(frozen=True, slots=True, repr=False)
class KeptCode(AuthorizationCodeMixin):
    """An authorization code's row."""

    row: Found
    code_challenge_method: str = "S256"

    @property
    def code_challenge(self) -> str:
        """What the verifier must hash to."""
        challenge: str = self.row.code_challenge
        return challenge

    def get_redirect_uri(self) -> str:
        """The address the code was sent to."""
        address: str = self.row.redirect_uri
        return address

    def get_scope(self) -> str:
        """The scopes of its tokens."""
        scope: str = self.row.scope
        return scope


@dataclass(frozen=True, slots=True, repr=False)
class KeptToken(TokenMixin):
    """A token's row, and the moment it is looked at."""

    row: Found
    at: datetime

    def check_client(self, client: KeptClient) -> bool:
        """Whether it was issued to this client."""
        return bool(self.row.client_id == client.id)

    def get_scope(self) -> str:
        """Its scopes."""
        scope: str = self.row.scope
        return scope

    def get_expires_in(self) -> int:
        """Seconds left."""
        return int((self.row.expires_at - self.at).total_seconds())

    def is_expired(self) -> bool:
        """Whether its time is over."""
        return bool(self.row.expires_at <= self.at)

    def is_revoked(self) -> bool:
        """Whether it ended before its time, or was spent."""
        return self.row.ended_at is not None or self.row.rotated_at is not None
