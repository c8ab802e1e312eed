"""A program that proves itself by a key (FAPI 2.0), as what is measured: each of its requests is good once."""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask
from joserfc import jws
from joserfc.jwk import ECKey

from portal.bench.people import connect
from portal.demo.cast import Company
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.keysets import base64url
from portal.kernel.unit import SYSTEM, Actor
from portal.oauth.assertions import TYPE
from portal.oauth.dpop import Nonces
from portal.oauth.jose import public_key
from portal.oauth.scopes import PROFILE_READ
from portal.oauth.service import make_keyed_client

_FORM = "application/x-www-form-urlencoded"


@dataclass
class Signer:
    """What a program signs with its key: who it is, and that it holds the key. ``nonce`` gives the server's newest."""

    client_id: str
    origin: str
    key: Any
    nonce: Callable[[], str]

    def _signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        said = {"iat": int(clock.now().timestamp()), "jti": secrets.token_urlsafe(12), **claims}
        return jws.serialize_compact({"alg": "ES256", **header}, json.dumps(said), self.key)

    def proving(self) -> dict[str, str]:
        """The members of a form by which the program proves itself."""
        now, me = int(clock.now().timestamp()), self.client_id
        claims = {"iss": me, "sub": me, "aud": self.origin, "exp": now + 300}
        return {"client_assertion_type": TYPE, "client_assertion": self._signed({}, claims)}

    def proof(self, method: str, path: str, token: str | None = None) -> str:
        """What the header ``DPoP`` says of one request."""
        claims = {"htm": method, "htu": self.origin + path, "nonce": self.nonce()}
        if token is not None:
            claims["ath"] = base64url(hashlib.sha256(token.encode()).digest())
        return self._signed({"typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)}, claims)


@dataclass
class Keyed:
    """The program, which signs, and the tokens that it has."""

    signer: Signer
    vendor_id: bytes
    tokens: list[str]

    def _post(self, path: str, form: dict[str, str], *, bound: bool) -> str:
        body = urlencode({**self.signer.proving(), **form})
        proof = f"DPoP: {self.signer.proof('POST', path)}\r\n" if bound else ""
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{proof}Content-Type: {_FORM}\r\nContent-Length: {len(body)}"
        return f"{head}\r\n\r\n{body}"

    def token_request(self) -> str:
        """A token of its own, with assertion and proof."""
        return self._post("/oauth/token", {"grant_type": "client_credentials", "scope": PROFILE_READ}, bound=True)

    def introspection(self) -> str:
        """What one of its tokens is good for."""
        return self._post("/oauth/introspect", {"token": secrets.choice(self.tokens)}, bound=False)

    def read(self) -> str:
        """A read with a bound token."""
        token = secrets.choice(self.tokens)
        proof = self.signer.proof("GET", "/api/v1/profile", token)
        return f"GET /api/v1/profile HTTP/1.1\r\nHost: localhost\r\nAuthorization: DPoP {token}\r\nDPoP: {proof}\r\n\r\n"


def build_keyed(house: House, app: Flask, company: Company, vendor_id: bytes, redirect: str, people: list[Actor]) -> Keyed:
    """The program, and everybody's yes."""
    key = ECKey.generate_key("P-256")
    with house.writing(SYSTEM) as unit:
        public = public_key(key.as_dict(private=False))
        client_id = make_keyed_client(unit, vendor_id, "Measured with keys", [public], redirect_uris=[redirect])
    signer = Signer(client_id, house.settings.origin, key, lambda: Nonces(house.keys.derive).now(clock.now()))
    made = Keyed(signer, vendor_id, [])
    http = app.test_client(use_cookies=False)
    for actor in people:
        address, verifier = connect(house, company, vendor_id, id_from(client_id), client_id, redirect, actor)
        code = parse_qs(urlsplit(address).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect}
        proof = {"DPoP": signer.proof("POST", "/oauth/token")}
        answer = http.post("/oauth/token", data={**signer.proving(), **form}, headers=proof)
        made.tokens.append(answer.get_json()["access_token"])
    return made


def fresh(make: Callable[[], str], many: int) -> list[str]:
    """So many requests, each of its own."""
    return [make() for _ in range(many)]
