"""A company of the demonstration at work: it speaks to the API as any vendor's program does."""

import base64
import hashlib
import secrets
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from portal.demo.cast import Company
from portal.kernel.ids import text_of


class Program:
    """One company's program: its client, and the tokens it was given."""

    def __init__(self, app: Flask, company: Company, vendor_id: bytes, client_row: bytes, secret: str) -> None:
        self.company = company
        self.vendor_id = vendor_id
        self.client_row = client_row
        self.client_id = text_of(client_row)
        self.secret = secret
        self.access = ""
        self.refresh = ""
        self._http = app.test_client(use_cookies=False)
        pair = base64.b64encode(f"{self.client_id}:{secret}".encode()).decode()
        self._basic = {"Authorization": f"Basic {pair}"}

    def token(self, **form: str) -> None:
        """One token request; keeps what it gets."""
        got = self._http.post("/oauth/token", data=form, headers=self._basic).get_json()
        self.access = got.get("access_token", self.access)
        self.refresh = got.get("refresh_token", self.refresh)

    def redeem(self, code: str, verifier: str, redirect_uri: str) -> None:
        """The code's tokens."""
        self.token(grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect_uri)

    def renew(self) -> None:
        """A fresh access token for the customer who connected."""
        self.token(grant_type="refresh_token", refresh_token=self.refresh)

    def read(self, path: str, **query: str) -> TestResponse:
        """A read with the customer's token, as it stands."""
        bearer = {"Authorization": f"Bearer {self.access}"}
        answer = self._http.get(f"/api/v1/{path}", query_string=query, headers=bearer)
        if answer.status_code >= 500:
            raise RuntimeError(f"{self.company.name}: a read was answered {answer.status_code}")
        return answer

    def put_orders(self, orders: list[dict[str, Any]], key: str) -> None:
        """Tells the portal about orders, with the company's own token."""
        kept, self.access = self.access, ""
        self.token(grant_type="client_credentials", scope="orders:write")
        headers = {"Authorization": f"Bearer {self.access}", "Idempotency-Key": key}
        self.access = kept
        answer = self._http.post("/api/v1/orders", json={"orders": orders}, headers=headers)
        if answer.status_code >= 300:
            raise RuntimeError(f"{self.company.name}: orders were answered {answer.status_code}")


def pkce() -> tuple[str, str]:
    """A verifier and its S256 challenge (RFC 7636)."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return verifier, challenge


def details_of(company: Company, origin: str, purposes: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What the company asks, as RFC 9396 details."""
    return [
        {
            "type": f"{origin}/rar/customer-data/v1",
            "datatypes": sorted({*ask.required, *ask.optional}),
            "necessity": dict.fromkeys(ask.required, "required"),
            "purpose": ask.purpose,
            **({"purpose_text": ask.text} if ask.text else {}),
        }
        for ask in company.asks
        if not purposes or ask.purpose in purposes
    ]
