"""The shop's side of Freehold: sending a shopper there, and reading afresh at each visit what may be seen."""

import json
import threading
from collections.abc import Callable
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, request

from .tokens import Tokens
from .words import ASKED, REQUIRED, Refused

TIMEOUT = 10


class Freehold:
    """The connection of this shop with one Freehold, as an ordinary OAuth client."""

    def __init__(self, app: Flask, config: dict[str, Any]) -> None:
        self._origin: str = config["freehold"]
        self._redirect_uri: str = config["redirect_uri"]
        self._me = (config["client_id"], config["client_secret"])
        self._tokens = Tokens(config["database"])
        self._turn = threading.Lock()
        self._client = OAuth(app).register(
            "freehold",
            client_id=config["client_id"],
            client_secret=config["client_secret"],
            server_metadata_url=f"{self._origin}/.well-known/oauth-authorization-server",
            client_kwargs={
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_basic",
                "default_timeout": TIMEOUT,
            },
        )

    def depart(self) -> Any:
        """Sends the shopper off with what we ask for, and why (RFC 9396); Authlib adds state and PKCE."""
        details = [
            {
                "type": f"{self._origin}/rar/customer-data/v1",
                "locations": [f"{self._origin}/api/v1"],
                "actions": ["read"],
                "datatypes": names,
                "necessity": {name: "required" if name in REQUIRED else "optional" for name in names},
                "purpose": purpose,
            }
            for purpose, names in ASKED.items()
        ]
        return _reached(self._client.authorize_redirect, self._redirect_uri, authorization_details=json.dumps(details))

    def arrive(self, shopper: str) -> None:
        """Turns the code that the shopper brought back into tokens, once we know that Freehold sent it (RFC 9207)."""
        if request.args.get("iss") != self._origin:
            raise Refused("not-connected")
        self._tokens.keep(shopper, _reached(self._client.authorize_access_token))

    def agreed(self, shopper: str) -> dict[str, set[str]] | None:
        """What the shopper agreed to share, by purpose; None for somebody who never connected."""
        token = self._tokens.get(shopper)
        return None if token is None else _by_purpose(token)

    def covered(self, shopper: str) -> dict[str, set[str]]:
        """What the permission covers at this moment, by purpose (RFC 7662): since the yes, things may have been taken out.

        Where Freehold does not tell, because the token's time is over, what was agreed stands.
        """
        token = self._tokens.get(shopper) or {"authorization_details": []}
        url = _reached(self._client.load_server_metadata)["introspection_endpoint"]
        told = {"token": token.get("access_token", "")}
        answer = _reached(requests.post, url, told, auth=self._me, timeout=TIMEOUT)
        now = answer.json() if answer.ok else {}
        return _by_purpose(now if "authorization_details" in now else token)

    def read(self, shopper: str, resource: str, purpose: str) -> dict[str, Any]:
        """One read for one purpose; :class:`Refused` says why not. A token whose time is over is renewed once."""
        token = self._tokens.get(shopper)
        if token is None:
            raise Refused("not-connected")
        try:
            return self._get(resource, purpose, token)
        except Refused as refusal:
            if str(refusal) != "token-expired":
                raise
        return self._get(resource, purpose, self._renewed(shopper, token))

    def _get(self, resource: str, purpose: str, token: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._origin}/api/v1/{resource}"
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        answer = _reached(requests.get, url, {"purpose": purpose}, headers=headers, timeout=TIMEOUT)
        if answer.ok:
            return dict(answer.json())
        try:
            reason = str(answer.json()["reason"])
        except (ValueError, KeyError, TypeError):
            reason = "unavailable"
        if reason == "budget" and "Retry-After" not in answer.headers:
            reason = "used-up"  # no time to come back at is named: waiting would not help
        raise Refused(reason)

    def _renewed(self, shopper: str, old: dict[str, Any]) -> dict[str, Any]:
        # A refresh token is good once: whoever waits here takes what the one before has got.
        with self._turn:
            now = self._tokens.get(shopper) or old
            if now["access_token"] != old["access_token"]:
                return now
            refresh = {"grant_type": "refresh_token", "refresh_token": now["refresh_token"]}
            now |= _reached(self._client.fetch_access_token, **refresh)
            self._tokens.keep(shopper, now)
            return now


def _by_purpose(holder: dict[str, Any]) -> dict[str, set[str]]:
    return {detail["purpose"]: set(detail["datatypes"]) for detail in holder["authorization_details"]}


def _reached(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a call to Freehold gives; what can go wrong on the way is a reason, too."""
    try:
        return call(*args, **kwargs)
    except OAuthError as error:
        raise Refused(error.error) from None
    except requests.HTTPError:
        raise Refused("unavailable") from None
    except requests.RequestException:
        raise Refused("unreachable") from None
