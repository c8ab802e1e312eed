"""The statements of one client: assertions of who it is, and proofs of the key that its tokens are bound to."""

import secrets
from collections.abc import Mapping
from typing import Any

from tests.fapi import jws
from tests.fapi.described import Described, Registered
from tests.fapi.jws import LEFT_OUT

ASSERTED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Signing:
    """Signs for one registered client. Members are changed or left out by whoever asks."""

    def __init__(self, server: Described, me: Registered) -> None:
        self.server, self.me = server, me
        self.key = jws.key_of(me.jwk)
        self.bound_to = jws.ec_key()
        self.always: dict[str, int] = {}
        """Claims that every proof of this client has, as seconds from the moment it is made."""
        self.nonces: dict[str, str] = {}
        """The nonce that each address gave last."""

    def now(self) -> int:
        """The time in statements."""
        return int(self.server.clock.now())

    def assertion(self, *, header: Mapping[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
        """A client assertion."""
        mine = {
            "iss": self.me.client_id,
            "sub": self.me.client_id,
            "aud": self.server.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": self.now(),
            "exp": self.now() + 60,
            **claims,
        }
        top = {"alg": self.me.jwk["alg"], "kid": self.me.jwk["kid"], **(header or {})}
        return jws.compact(top, mine, key or self.key)

    def proving(self, **changes: Any) -> dict[str, str]:
        """The members of a form by which it proves who it is."""
        return {"client_assertion_type": ASSERTED, "client_assertion": self.assertion(**changes)}

    def proof(
        self,
        method: str,
        address: str,
        token: str | None = None,
        *,
        header: Mapping[str, Any] | None = None,
        key: Any = None,
        **claims: Any,
    ) -> str:
        """A proof of the key for one request."""
        holder = key or self.bound_to
        place = address.partition("?")[0]
        mine = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": place,
            "iat": self.now(),
            "nonce": self.nonces.get(place, LEFT_OUT),
            "ath": LEFT_OUT if token is None else jws.sha256(token),
            **{name: self.now() + seconds for name, seconds in self.always.items()},
            **claims,
        }
        public = holder.as_dict(private=False)
        top = {"typ": "dpop+jwt", "alg": jws.algorithm_of(holder), "jwk": public, **(header or {})}
        return jws.compact(top, mine, holder)
