"""The authorization server of one unit: what Authlib calls back for, and the shapes it answers in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request

from portal.grants.reads import granted_details
from portal.kernel.facts import Fact
from portal.kernel.ids import new_id
from portal.kernel.quotas import Quota
from portal.kernel.unit import Unit
from portal.oauth.engine.flows import CodeFlow, Details, OwnFlow, Proof, RefreshFlow, Source
from portal.oauth.engine.kept import KEYS, SECRET, KeptClient, client_by_id
from portal.oauth.engine.upkeep import Introspection, Revocation
from portal.oauth.facts import TokenIssued, TokenRefreshed
from portal.oauth.reads import grant_text
from portal.oauth.service.tokens import Family, store_token
from portal.oauth.tokens import ACCESS, ACCESS_LIFE, BEARER, DPOP, REFRESH, Found, make

_REALM = 'Basic realm="freehold"'


@dataclass(frozen=True, slots=True, repr=False)
class OAuthAnswer:
    """What an OAuth endpoint answers: always JSON, never kept by anybody between."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]


class OAuthCall(OAuth2Request):
    """A request whose parameters our own reader has read: each once, none odd."""

    def __init__(
        self, method: str, uri: str, values: dict[str, str], authorization: str | None = None, pushed: bool = False
    ) -> None:
        super().__init__(method, uri, headers={"Authorization": authorization} if authorization else {})
        self.payload = BasicOAuth2Payload(values)
        self.pushed = pushed

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the body."""
        values: dict[str, str] = self.payload.data
        return values

    @property
    def args(self) -> dict[str, str]:
        """Nothing: no endpoint takes parameters from both places."""
        return {}


class Server(AuthorizationServer):
    """Authlib's server on one unit, for one client once it has proved itself."""

    def __init__(self, unit: Unit, client: KeptClient | None = None, jkt: bytes | None = None) -> None:
        super().__init__()
        self.unit = unit
        self.client = client
        # The thumbprint of the key that a proof was made with: access tokens will be bound to it.
        self.jkt = jkt
        self.refused_grant: Found | None = None
        self.refused_as = "token-expired"
        self.misuse: Fact | None = None
        self.quota: Quota | None = None
        self.register_grant(CodeFlow, [Proof(), Details()])
        self.register_grant(RefreshFlow)
        self.register_grant(OwnFlow)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)

    def tell_misuse(self, fact: Fact) -> None:
        """Notes a misuse with what it ended. One that ended nothing more is counted as any refused attempt is."""
        if fact.count:
            self.unit.note(fact)
        else:
            self.misuse = fact

    def query_client(self, client_id: str) -> KeptClient | None:
        """The live client of that public name; the one that proved itself need not be asked for again."""
        if self.client is not None and self.client.client_id == client_id:
            return self.client
        return client_by_id(self.unit, client_id)

    def authenticate_client(self, request: OAuthCall, methods: list[str], endpoint: str = "token") -> KeptClient:
        """The client that proved itself before the unit was opened."""
        if self.client is None:
            client: KeptClient = super().authenticate_client(request, methods, endpoint)
            return client
        request.auth_method = KEYS if self.client.keyed else SECRET
        return self.client

    def create_oauth2_request(self, request: OAuthCall) -> OAuthCall:
        """Requests come ready."""
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens: what happened is a fact of the unit."""

    def handle_response(self, status: int, body: Any, headers: Any) -> OAuthAnswer:
        """The answer, without the library's headers: ours are the same for all, beside what is left of a limit."""
        return OAuthAnswer(status, dict(body or {}), {} if self.quota is None else self.quota.headers)

    def handle_error_response(self, request: OAuthCall, error: OAuth2Error) -> OAuthAnswer:
        """An error in the form of RFC 6749 section 5.2."""
        status = 401 if error.error == "invalid_client" else 400
        body = {"error": error.error, "error_description": error.get_error_description() or error.error}
        return OAuthAnswer(status, body, {"WWW-Authenticate": _REALM} if status == 401 else {})

    def generate_token(
        self,
        grant_type: str,
        client: KeptClient,
        user: Source | None = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """The members of a token answer. A token never outlives what it stands on."""
        until = _until(user, self.unit.at + ACCESS_LIFE)
        token: dict[str, Any] = {
            "access_token": make(ACCESS),
            "token_type": BEARER if self.jkt is None else DPOP,
            "expires_in": max(1, int((until - self.unit.at).total_seconds())),
            "scope": scope or " ".join(client.scopes),
        }
        if user is not None:
            if not (client.keyed and grant_type == "refresh_token"):
                token["refresh_token"] = make(REFRESH)
            token["grant_id"] = grant_text(self.unit, user.grant)
            token["authorization_details"] = granted_details(self.unit, user.grant.id)
        return token

    def save_token(self, token: dict[str, Any], request: OAuthCall) -> None:
        """Keeps the hashes and notes the fact."""
        unit, client, source = self.unit, request.client, request.user
        if source is None:
            family = Family(new_id(), client.id, client.vendor_id, None, None)
        else:
            family = source.family
        access_until = unit.at + timedelta(seconds=token["expires_in"])
        prefix = store_token(
            unit,
            family,
            kind=ACCESS,
            secret=token["access_token"],
            scope=token["scope"],
            expires_at=access_until,
            jkt=self.jkt,
        )
        if source is not None and "refresh_token" in token:
            # The whole scope stays with the refresh token: a narrower access token narrows nothing for good.
            scope = request.refresh_token.get_scope() if request.refresh_token else token["scope"]
            until = _until(source, source.refresh_until)
            store_token(
                unit, family, kind=REFRESH, secret=token["refresh_token"], scope=scope, expires_at=until
            )
        self._note(request.payload.grant_type, client, source, prefix, token["scope"].split())

    def _note(self, by: str, client: KeptClient, source: Source | None, prefix: str, scope: list[str]) -> None:
        about: dict[str, Any] = {"vendor": client.vendor_id, "token": prefix, "scope": scope, "test": client.test}
        if source is not None:
            grant = source.grant
            about |= {"holder": grant.holder_id, "link": grant.link_id, "grant": grant.id, "version": grant.version}
        fact = TokenRefreshed(**about) if by == "refresh_token" else TokenIssued(**about, by=by)
        self.unit.note(fact)


def _until(source: Source | None, latest: datetime) -> datetime:
    ends_at: datetime | None = source.grant.ends_at if source is not None else None
    return latest if ends_at is None else min(latest, ends_at)
