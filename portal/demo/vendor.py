"""A company of the demonstration at work: it speaks to the API as any vendor's program does."""

import base64
import hashlib
import secrets
from typing import Any

from flask import Flask

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

    def own_token(self, scope: str) -> str:
        """A token of the company's own."""
        token: str = self._token(grant_type="client_credentials", scope=scope)["access_token"]
        return token

    def _token(self, **form: str) -> dict[str, Any]:
        answer = self._http.post("/oauth/token", data=form, headers=self._basic)
        return self._expect(answer, 200)

    def _expect(self, answer: Any, *statuses: int) -> dict[str, Any]:
        # A story that goes another way than it is told would leave pages without what they promise.
        got: dict[str, Any] = answer.get_json()
        if answer.status_code not in statuses:
            why = got.get("reason", got.get("error"))
            raise RuntimeError(f"{self.company.name}: {answer.request.path} was answered {answer.status_code} {why}")
        return got

    def redeem(self, code: str, verifier: str, redirect_uri: str) -> None:
        """The code's tokens."""
        self._keep(
            self._token(grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect_uri)
        )

    def renew(self) -> None:
        """A fresh access token for the customer who connected."""
        self._keep(self._token(grant_type="refresh_token", refresh_token=self.refresh))

    def _keep(self, got: dict[str, Any]) -> None:
        self.access, self.refresh = got["access_token"], got["refresh_token"]

    def read(self, path: str, purpose: str) -> None:
        """A read that is answered, with the customer's token."""
        self._expect(self._get(path, purpose), 200)

    def try_to_read(self, path: str, purpose: str) -> None:
        """A read that is refused."""
        self._expect(self._get(path, purpose), 401, 403)

    def _get(self, path: str, purpose: str) -> Any:
        bearer = {"Authorization": f"Bearer {self.access}"}
        return self._http.get(f"/api/v1/{path}", query_string={"purpose": purpose}, headers=bearer)

    def put_order(self, order: dict[str, Any]) -> None:
        """Tells the portal about an order, with the company's own token."""
        own = self.own_token("orders:write")
        headers = {"Authorization": f"Bearer {own}", "Idempotency-Key": order["number"]}
        got = self._expect(self._http.post("/api/v1/orders", json={"orders": [order]}, headers=headers), 200)
        if got["results"][0]["outcome"] != "created":
            raise RuntimeError(f"{self.company.name}: order {order['number']} was not taken: {got['results'][0]}")

    def put_shipment(self, order: str, shipment: dict[str, Any]) -> None:
        """Tells with whom an order is on its way."""
        own = self.own_token("orders:write")
        headers = {"Authorization": f"Bearer {own}", "Idempotency-Key": f"{order}-{shipment['number']}-{len(shipment['events'])}"}
        self._expect(self._http.post(f"/api/v1/orders/{order}/shipments", json=shipment, headers=headers), 200)

    def answer_waiting(self, action: str, words: str | None, refund: int | None) -> None:
        """Does this about all that customers ask and about which it can be done."""
        read, write = (self.own_token(f"orders:{what}") for what in ("read", "write"))
        bearer = {"Authorization": f"Bearer {read}"}
        waiting = self._expect(self._http.get("/api/v1/demands?waiting=true", headers=bearer), 200)["demands"]
        for one in waiting:
            path, headers = f"/api/v1/orders/{one['order']}/demands/{one['id']}", {"Authorization": f"Bearer {write}"}
            said = {name: value for name, value in (("words", words), ("refund", refund)) if value is not None}
            if action in one["allowed_actions"]:
                key = {"Idempotency-Key": f"{one['id'][:20]}-{action}"}
                self._expect(self._http.post(path, json={"action": action, **said}, headers=headers | key), 200)


def pkce() -> tuple[str, str]:
    """A verifier and its S256 challenge (RFC 7636)."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return verifier, challenge


def details_of(company: Company, origin: str, purposes: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What the company asks, as RFC 9396 details; for all of its purposes where none is named."""
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
