"""An authenticator in a person's hand, made of software: it makes passkeys and uses them, and lies where a test wants it to."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import people

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN = "http://localhost:8000"


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One passkey. ``counts`` says whether it counts its uses, as keys do that live in one device alone."""

    origin: str = ORIGIN
    counts: bool = True
    counter: int = 0
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: bytes = b""

    def _told(self, kind: str, challenge: str, **lies: Any) -> bytes:
        told = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps({**told, **lies.get("told", {})}).encode()

    def _data(self, honest: int, **lies: Any) -> bytes:
        host = lies.get("host", self.origin.split("//")[1].split(":")[0])
        self.counter = lies.get("counter", self.counter + 1 if self.counts else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([lies.get("flags", honest)]) + self.counter.to_bytes(4)

    def make(self, options: dict[str, Any], **lies: Any) -> str:
        """Answers a page that asks for a new passkey."""
        self.user = _bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        data = self._data(PRESENT | VERIFIED | ATTESTED, **lies)
        data += bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(cose)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        told = self._told("create", options["challenge"], **lies)
        return self._written(clientDataJSON=told, attestationObject=attestation)

    def use(self, options: dict[str, Any], **lies: Any) -> str:
        """Answers a page that asks for a passkey to be used."""
        data, told = self._data(PRESENT | VERIFIED, **lies), self._told("get", options["challenge"], **lies)
        signature = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        user = lies.get("user", self.user)
        return self._written(clientDataJSON=told, authenticatorData=data, signature=signature, userHandle=user)

    def _written(self, **response: bytes) -> str:
        inside = {name: text_of(value) for name, value in response.items() if value is not None}
        whole = {"id": text_of(self.id), "rawId": text_of(self.id), "type": "public-key", "response": inside}
        return json.dumps({**whole, "clientExtensionResults": {}})


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def options_on(client: FlaskClient) -> dict[str, Any]:
    """Begins to add a passkey, and reads what the page asks the browser for."""
    people.post(client, "/account/factors/passkey", page="/account/factors")
    page = client.get("/account/factors/passkey").text
    read: dict[str, Any] = json.loads(unescape(page.split('data-options="')[1].split('"')[0]))
    return read


def add_passkey(client: FlaskClient, held: Authenticator, name: str = "My phone", **lies: Any) -> TestResponse:
    """Adds a passkey to whoever is signed in."""
    answer = held.make(options_on(client), **lies)
    return people.post(
        client, "/account/factors/passkey/confirm", page="/account/factors/passkey", credential=answer, name=name
    )


def begin(client: FlaskClient, path: str = "/sign-in/passkey/begin", page: str = "/sign-in") -> dict[str, Any]:
    """Asks as the button's script does."""
    answer = client.post(path, headers={"X-CSRFToken": people.csrf_of(client, page)})
    assert answer.status_code == 200, answer.status
    read: dict[str, Any] = answer.get_json()
    return read


def send(client: FlaskClient, answer: str, **fields: str) -> TestResponse:
    """Sends what the browser answered, as the form around the button does."""
    return people.post(client, "/sign-in/passkey", page="/sign-in", credential=answer, **fields)
