"""Programs that prove themselves by keys, as a company's developer would write one: assertions, proofs and their nonce."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from werkzeug.test import TestResponse

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.oauth.assertions import TYPE
from portal.oauth.jose import public_key
from portal.oauth.service import make_keyed_client
from tests.grants.cast import company, detail
from tests.oauth.cast import BACK, CHALLENGE, STATE, VERIFIER, answered, consent_to

LEFT_OUT = object()
"""A member that a statement is made without."""


def new_key(algorithm: str = "ES256") -> Any:
    """A private key for an algorithm."""
    if algorithm == "ES256":
        return ECKey.generate_key("P-256")
    return RSAKey.generate_key(2048) if algorithm == "PS256" else OKPKey.generate_key("Ed25519")


def signed(claims: Mapping[str, Any], header: Mapping[str, Any], key: Any) -> str:
    """A statement in compact form, without the members that are left out."""
    made = {name: value for name, value in header.items() if value is not LEFT_OUT}
    body = {name: value for name, value in claims.items() if value is not LEFT_OUT}
    return jws.serialize_compact(made, json.dumps(body), key, algorithms=[made["alg"]])


def hash_of(token: str) -> str:
    """``ath`` of a token."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Keyed:
    """A program with a key by which it proves itself, and one to which its tokens are bound."""

    house: House
    vendor_id: bytes
    client_id: str
    key: Any
    algorithm: str = "ES256"
    bound_to: Any = field(default_factory=new_key)
    nonce: str | None = None

    @property
    def issuer(self) -> str:
        """Whom an assertion is for."""
        return self.house.settings.origin

    def assertion(self, header: Mapping[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
        """A client assertion; claims and header members can be changed or left out."""
        now = int(clock.now().timestamp())
        mine = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
            **claims,
        }
        return signed(mine, {"alg": self.algorithm, "kid": self.key.thumbprint(), **(header or {})}, key or self.key)

    def proving(self, **changes: str) -> dict[str, str]:
        """The members of a form by which it proves itself."""
        return {"client_assertion_type": TYPE, "client_assertion": self.assertion(), **changes}

    def proof(
        self,
        method: str,
        path: str,
        token: str | None = None,
        *,
        header: Mapping[str, Any] | None = None,
        key: Any = None,
        **claims: Any,
    ) -> str:
        """A proof for a request; claims and header members can be changed or left out."""
        mine = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": self.issuer + path,
            "iat": int(clock.now().timestamp()),
            "nonce": LEFT_OUT if self.nonce is None else self.nonce,
            "ath": LEFT_OUT if token is None else hash_of(token),
            **claims,
        }
        holder = key or self.bound_to
        top = {"typ": "dpop+jwt", "alg": "ES256", "jwk": holder.as_dict(private=False), **(header or {})}
        return signed(mine, top, holder)

    def post(self, client: FlaskClient, path: str, *, bound: bool = True, **form: str) -> TestResponse:
        """Sends a form to an endpoint, proving who it is; the first time it learns the nonce, as every such program does."""
        for _ in range(2):
            headers = {"DPoP": self.proof("POST", path)} if bound else {}
            answer = client.post(path, data={**self.proving(), **form}, headers=headers)
            if not self.learns(answer):
                break
        return answer

    def get(self, client: FlaskClient, path: str, token: str, **headers: str) -> TestResponse:
        """Reads with a bound token."""
        for _ in range(2):
            proof = self.proof("GET", path.partition("?")[0], token)
            answer = client.get(path, headers={"Authorization": f"DPoP {token}", "DPoP": proof, **headers})
            if not self.learns(answer):
                break
        return answer

    def learns(self, answer: TestResponse) -> bool:
        """Takes the nonce of an answer; says whether the request is to be made again with it."""
        self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
        return "use_dpop_nonce" in answer.text + answer.headers.get("WWW-Authenticate", "")

    def form(self, *details: Mapping[str, Any], **changes: str | None) -> dict[str, str]:
        """An authorization request."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "state": STATE,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "authorization_details": json.dumps(list(details) or [detail(self.house)]),
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def push(self, client: FlaskClient, *details: Mapping[str, Any], bound: bool = False, **changes: str | None) -> TestResponse:
        """Pushes an authorization request."""
        return self.post(client, "/oauth/par", bound=bound, **self.form(*details, **changes))

    def brought(self, answer: TestResponse) -> str:
        """The address that the browser is sent to with what was pushed."""
        assert answer.status_code == 201, answer.text
        return "/authorize?" + urlencode({"client_id": self.client_id, "request_uri": answer.json["request_uri"]})

    def code(self, app: Flask, customer: Actor, *details: Mapping[str, Any], **changes: Any) -> str:
        """A code for what the customer said yes to."""
        address = self.brought(self.push(app.test_client(), *details, **changes))
        return answered(consent_to(app, address, customer))["code"]

    def redeem(self, client: FlaskClient, code: str, **changes: str) -> TestResponse:
        """Exchanges a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return self.post(client, "/oauth/token", **{**form, **changes})

    def connect(self, app: Flask, customer: Actor, *details: Mapping[str, Any]) -> Any:
        """The whole way; gives the token answer."""
        answer = self.redeem(app.test_client(), self.code(app, customer, *details))
        assert answer.status_code == 200, answer.text
        return answer.json


def keyed(house: House, name: str = "Farmàcia Sant Pau", algorithm: str = "ES256", redirects: tuple[str, ...] = (BACK,)) -> Keyed:
    """A company with one program that proves itself by a key."""
    vendor, key = company(house, name), new_key(algorithm)
    with house.writing(SYSTEM) as unit:
        client_id = make_keyed_client(unit, vendor.id, name, [public_key(key.as_dict(private=False))], redirect_uris=redirects)
    return Keyed(house, vendor.id, client_id, key, algorithm)
