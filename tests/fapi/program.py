"""A client as one is written to the FAPI 2.0 Security Profile: private_key_jwt, DPoP with nonces, PAR, PKCE.

Each thing it sends can be sent wrongly: members of statements and forms are changed or left out, proofs and proving replaced.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from tests.fapi import jws
from tests.fapi.answers import error_of, json_of, parameters_of, wants_nonce
from tests.fapi.described import Described, Landed, Registered
from tests.fapi.jws import LEFT_OUT
from tests.fapi.signing import Signing
from tests.fapi.watching import Watch
from tests.fapi.web import TIMEOUT, Web

Proof = Callable[[str, str], str]
"""Makes the proof for a method and an address."""


class Program(Signing):
    """One registered client in conversation with the server."""

    def __init__(self, server: Described, me: Registered, watch: Watch, metadata: Mapping[str, Any]) -> None:
        super().__init__(server, me)
        self.watch, self.metadata = watch, metadata
        self.verifier = jws.b64(secrets.token_bytes(32))
        self.state = secrets.token_urlsafe(16)

    def post(
        self,
        endpoint: str,
        form: Mapping[str, str],
        *,
        proving: Callable[[], Mapping[str, str]] | None = None,
        proof: Proof | None = None,
        bound: bool = True,
        method: str = "POST",
    ) -> requests.Response:
        """Sends a form to an endpoint of the metadata; once more where it is told a nonce to send it with."""
        address = self.metadata[endpoint]

        def once() -> requests.Response:
            headers = {"DPoP": (proof or self.proof)(method, address)} if bound else {}
            sent = {**form, **(proving or self.proving)()}
            return requests.request(method, address, data=sent, headers=headers, timeout=TIMEOUT, allow_redirects=False)

        return self._heard(method, address, once)

    def read(
        self, token: str, *, scheme: str = "DPoP", proof: Proof | None = None, bound: bool = True, **headers: str
    ) -> requests.Response:
        """Reads the resource with a token."""

        def own(method: str, address: str) -> str:
            return self.proof(method, address, token)

        def once() -> requests.Response:
            sent = {"Authorization": f"{scheme} {token}", **headers}
            if bound:
                sent["DPoP"] = (proof or own)("GET", self.server.resource)
            return requests.get(self.server.resource, headers=sent, timeout=TIMEOUT, allow_redirects=False)

        return self._heard("GET", self.server.resource, once)

    def at_grant(self, method: str, grant_id: str, token: str) -> requests.Response:
        """Looks a grant up, or gives it up, with a token of the client's."""
        address = f"{self.metadata['grant_management_endpoint']}/{grant_id}"

        def once() -> requests.Response:
            sent = {"Authorization": f"DPoP {token}", "DPoP": self.proof(method, address, token)}
            return requests.request(method, address, headers=sent, timeout=TIMEOUT, allow_redirects=False)

        return self._heard(method, address, once)

    def forget_nonces(self) -> None:
        """Sends its next proofs as if it had never been told a nonce."""
        self.nonces.clear()

    def _heard(self, method: str, address: str, once: Callable[[], requests.Response]) -> requests.Response:
        place = address.partition("?")[0]
        for _ in range(2):
            answer = once()
            if "DPoP-Nonce" in answer.headers:
                self.nonces[place] = answer.headers["DPoP-Nonce"]
            self.watch.saw(f"{method} {urlsplit(place).path}: {answer.status_code} {error_of(answer)}".rstrip())
            if not wants_nonce(answer):
                break
        return answer

    def form(self, **changes: Any) -> dict[str, str]:
        """An authorization request; members can be changed or left out."""
        asked = {
            "response_type": "code",
            "client_id": self.me.client_id,
            "redirect_uri": self.me.redirect_uri,
            "state": self.state,
            "code_challenge": jws.sha256(self.verifier),
            "code_challenge_method": "S256",
            **self.server.asks,
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not LEFT_OUT}

    def push(self, *, bound: bool = False, proof: Proof | None = None, proving: Any = None, **changes: Any) -> requests.Response:
        """Pushes an authorization request."""
        form = self.form(**changes)
        return self.post("pushed_authorization_request_endpoint", form, bound=bound, proof=proof, proving=proving)

    def pushed(self, **changes: Any) -> str:
        """The ``request_uri`` of a request that must be taken."""
        answer = self.push(**changes)
        self.watch.must(answer.status_code == 201, "a pushed request that is in order is answered with 201")
        uri: str = json_of(answer)["request_uri"]
        return uri

    def address(self, request_uri: str, **more: str) -> str:
        """Where the browser is sent with what was pushed."""
        return self.at_authorize(client_id=self.me.client_id, request_uri=request_uri, **more)

    def at_authorize(self, **parameters: str) -> str:
        """The authorization endpoint with parameters."""
        return f"{self.metadata['authorization_endpoint']}?{urlencode(parameters)}"

    def answered(self, address: str, yes: bool = True) -> Landed:
        """What the person's answer came to."""
        landed = self.server.person(address, yes)
        self._saw("person", landed)
        return landed

    def looked(self, address: str) -> Landed:
        """What somebody finds there who does nothing."""
        landed = Web(self.server.issuer).look(address)
        self._saw("look", landed)
        return landed

    def _saw(self, who: str, landed: Landed) -> None:
        outcome = f"page {landed.status}" if landed.address is None else f"back with {sorted(parameters_of(landed.address))}"
        self.watch.saw(f"{who}: {outcome}")

    def came_back(self, landed: Landed, state: str | None = None) -> dict[str, str]:
        """The parameters that an answer came back with, at the registered address, and for this request alone."""
        must = self.watch.must
        must(landed.address is not None, "the browser comes back to the client")
        back, registered = urlsplit(str(landed.address)), urlsplit(self.me.redirect_uri)
        must(back[:3] == registered[:3], "the answer comes to the registered redirect_uri")
        found = parse_qsl(back.query, keep_blank_values=True)
        mine = parse_qsl(registered.query)
        must(found[: len(mine)] == mine, "the redirect_uri keeps the query that it was registered with")
        told = dict(found[len(mine) :])
        must(len(told) == len(found) - len(mine), "no parameter of the answer stands twice")
        must(told.get("iss") == self.server.issuer, "iss of the answer is the issuer (RFC 9207)")
        must(told.get("state") == (self.state if state is None else state or None), "state of the answer is that of the request")
        return told

    def code(self, **changes: Any) -> str:
        """A code for what the person said yes to."""
        state = changes.get("state")
        told = self.came_back(self.answered(self.address(self.pushed(**changes))), "" if state is LEFT_OUT else state)
        self.watch.must("code" in told, "a yes is answered with a code")
        return told["code"]

    def redeem(self, code: str, *, form: Mapping[str, Any] | None = None, **sending: Any) -> requests.Response:
        """Exchanges a code."""
        mine = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.me.redirect_uri,
            "code_verifier": self.verifier,
            **(form or {}),
        }
        kept = {name: value for name, value in mine.items() if value is not LEFT_OUT}
        return self.post("token_endpoint", kept, **sending)

    def refresh(self, token: str, **sending: Any) -> requests.Response:
        """Asks for another access token."""
        return self.post("token_endpoint", {"grant_type": "refresh_token", "refresh_token": token}, **sending)

    def tokens(self, answer: requests.Response) -> dict[str, Any]:
        """The members of a token answer that must be a good one."""
        self.watch.must(answer.status_code == 200, "a token request that is in order is answered with 200")
        members = json_of(answer)
        self.watch.must(str(members.get("token_type")).lower() == "dpop", "token_type is DPoP")
        return members

    def connect(self, **changes: Any) -> dict[str, Any]:
        """The whole way to tokens."""
        return self.tokens(self.redeem(self.code(**changes)))

    def must_read(self, token: str, **sending: Any) -> None:
        """A read that must succeed."""
        answer = self.read(token, **sending)
        self.watch.must(answer.status_code in (200, 201), "the resource is given for a token with a good proof")
