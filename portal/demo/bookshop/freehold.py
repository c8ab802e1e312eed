"""The shop's side of Freehold: where to send a shopper, tokens, reads, and every no in a person's words."""

import json
import secrets
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

TIMEOUT = 10
DELIVERY = "https://w3id.org/dpv#DeliveryOfGoods"
SUGGESTIONS = "https://w3id.org/dpv#ProvideProductRecommendations"
ASKED = {
    DELIVERY: ("profile.name", "profile.address", "profile.email", "profile.phone", "profile.birth_date"),
    SUGGESTIONS: ("profile.tastes", "orders.line", "orders.line.category"),
}
REQUIRED = {"profile.name", "profile.address"}

REFUSALS = {
    "revoked": "You stopped sharing with us. We can no longer see this; connect again whenever you like.",
    "expired": "The time for which you shared this is over. Connect again if you want us to have it.",
    "narrowed": "You took this out of what you share with us.",
    "paused": "You have paused sharing. Nothing is lost: resume it in Freehold and we can see it again.",
    "blocked": "You asked Freehold to keep us out. To let us ask again, unblock us there first.",
    "budget": "We have looked as often as you allow for now. Come back later.",
    "no-grant": "You have not shared this with us.",
    "not-yet": "What you agreed to share has not begun yet.",
    "access_denied": "You chose not to share. That is fine: you can give us an address by hand.",
    "not-connected": "You are not connected with Freehold.",
    "unavailable": "Freehold is busy just now. Nothing is lost; look again in a moment.",
    "unreachable": "Freehold cannot be reached just now. What you share is safe there; look again in a moment.",
}
OTHERWISE = "Freehold did not let us read this. Connect again; if that does not help, please tell us."
ENDED = {"token-revoked", "code-replayed", "refresh-reused", "token-unknown", "invalid_grant"}
"""The connection itself has ended, for whatever reason: only connecting again helps."""


class Refused(Exception):
    """No data, and why: a reason code of Freehold's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = "revoked" if reason in ENDED else reason

    @property
    def sentence(self) -> str:
        """The reason in a person's words."""
        return REFUSALS.get(self.reason, OTHERWISE)


@dataclass(frozen=True)
class Departure:
    """Where to send the shopper, and what to remember until they are back."""

    url: str
    state: str
    verifier: str


class Freehold:
    """One shop's connection with one Freehold."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._origin: str = config["freehold"].rstrip("/")
        self._turn = threading.Lock()
        with closing(self._open()) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS tokens (shopper TEXT PRIMARY KEY, token TEXT NOT NULL)")

    # Connecting

    def depart(self) -> Departure:
        """Begins a connection: code with PKCE, and exactly what we ask for, and why (RFC 9396)."""
        details = json.dumps([self._detail(purpose, names) for purpose, names in ASKED.items()])
        verifier = _secret()
        url, state = self._session().create_authorization_url(
            self._metadata("authorization_endpoint"), code_verifier=verifier, authorization_details=details
        )
        return Departure(url, state, verifier)

    def arrive(self, shopper: str, url: str, parameters: dict[str, str], left: Departure) -> None:
        """Ends it: checks that this answer is Freehold's and ours, and turns the code into tokens."""
        if parameters.get("state") != left.state or parameters.get("iss") != self._origin:
            raise Refused("not-connected")
        if "error" in parameters:
            raise Refused(parameters["error"])
        self._keep(shopper, self._ask_token("fetch_token", authorization_response=url, code_verifier=left.verifier))

    def _detail(self, purpose: str, names: tuple[str, ...]) -> dict[str, Any]:
        return {
            "type": f"{self._origin}/rar/customer-data/v1",
            "locations": [f"{self._origin}/api/v1"],
            "actions": ["read"],
            "datatypes": list(names),
            "necessity": {name: "required" if name in REQUIRED else "optional" for name in names},
            "purpose": purpose,
        }

    # Reading: afresh at each visit, since only Freehold knows what may be seen now

    def is_connected(self, shopper: str) -> bool:
        """Whether this shopper has connected with us before."""
        return self._token(shopper) is not None

    def shared(self, shopper: str) -> dict[str, set[str]]:
        """What the shopper agreed to share, by purpose: the token answer says it."""
        details = (self._token(shopper) or {}).get("authorization_details", [])
        return {detail["purpose"]: set(detail["datatypes"]) for detail in details}

    def read(self, shopper: str, resource: str, purpose: str) -> dict[str, Any]:
        """One read with this shopper's token; :class:`Refused` says why not."""
        token = self._token(shopper)
        if token is None:
            raise Refused("not-connected")
        try:
            return self._get(resource, purpose, token)
        except Refused as refusal:
            if refusal.reason != "token-expired":
                raise
        return self._get(resource, purpose, self._refreshed(shopper, token))

    def _get(self, resource: str, purpose: str, token: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        url = f"{self._origin}/api/v1/{resource}"
        response = _reached(requests.get, url, params={"purpose": purpose}, headers=headers, timeout=TIMEOUT)
        if response.ok:
            return dict(response.json())
        raise Refused("unavailable" if response.status_code >= 500 else _reason(response))

    def _refreshed(self, shopper: str, old: dict[str, Any]) -> dict[str, Any]:
        # A refresh token is good once: whoever waited here takes what the one before has got.
        with self._turn:
            now = self._token(shopper)
            if now is None:
                raise Refused("not-connected")
            if now["access_token"] != old["access_token"]:
                return now
            token = self._ask_token("refresh_token", refresh_token=now["refresh_token"])
            self._keep(shopper, {**now, **token})
            return {**now, **token}

    def forget(self, shopper: str) -> None:
        """Ends the connection from our side: Freehold hears of it, and we keep nothing."""
        token = self._token(shopper)
        with closing(self._open()) as db, db:
            db.execute("DELETE FROM tokens WHERE shopper = ?", (shopper,))
        if token is not None:
            url = self._metadata("revocation_endpoint")
            _reached(self._session().revoke_token, url, token=token["refresh_token"], timeout=TIMEOUT)

    # Freehold's addresses and our own shelf of tokens

    def _session(self) -> OAuth2Session:
        config = self._config
        return OAuth2Session(
            config["client_id"],
            config["client_secret"],
            redirect_uri=config["redirect_uri"],
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic",
        )

    def _metadata(self, name: str) -> str:
        url = f"{self._origin}/.well-known/oauth-authorization-server"
        response = _reached(requests.get, url, timeout=TIMEOUT)
        if not response.ok:
            raise Refused("unavailable")
        return str(response.json()[name])

    def _ask_token(self, how: str, **parameters: str) -> dict[str, Any]:
        url = self._metadata("token_endpoint")
        try:
            return dict(_reached(getattr(self._session(), how), url, timeout=TIMEOUT, **parameters))
        except OAuthError as error:
            raise Refused(error.error) from None

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._config["database"], timeout=TIMEOUT)

    def _token(self, shopper: str) -> dict[str, Any] | None:
        with closing(self._open()) as db:
            row = db.execute("SELECT token FROM tokens WHERE shopper = ?", (shopper,)).fetchone()
        return None if row is None else json.loads(row[0])

    def _keep(self, shopper: str, token: dict[str, Any]) -> None:
        with closing(self._open()) as db, db:
            db.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?)", (shopper, json.dumps(token)))


def _reached(call: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return call(*args, **kwargs)
    except requests.RequestException:
        raise Refused("unreachable") from None


def _reason(response: requests.Response) -> str:
    try:
        return str(response.json()["reason"])
    except (ValueError, KeyError, TypeError):
        return "unavailable"


def _secret() -> str:
    return secrets.token_urlsafe(48)
