"""``private_key_jwt`` (RFC 7523 section 2.2, OpenID Connect Core section 9), as FAPI 2.0 narrows it.

A program proves who it is by a statement that it signed for us alone, that is good for a short while and for once.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.oauth import jose
from portal.oauth.dpop import Use, moment

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MOST_AHEAD = timedelta(minutes=65)
"""How far the end of an assertion may lie ahead: an hour, and some minutes by which clocks differ."""
SKEW = timedelta(seconds=30)
_TYPES = (None, "JWT", "jwt", "client-authentication+jwt")
"""What an assertion may call itself. Statements of other kinds are signed with the same keys."""


class BadAssertion(ValueError):
    """Why the assertion is not taken. ``why`` tells nothing that its sender did not write."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class Assertion:
    """An assertion that was read: whose it says it is, and what is to be claimed when its signature holds."""

    def __init__(self, text: str, *, issuer: str, at: datetime) -> None:
        try:
            self._statement = jose.read(text)
        except jose.BadJws as bad:
            raise BadAssertion(bad.why) from None
        if self._statement.header.get("typ") not in _TYPES:
            raise BadAssertion("is a statement of another kind (typ)")
        claims = self._statement.claims
        self.client_id = self._text("sub")
        if self._text("iss") != self.client_id:
            raise BadAssertion("needs iss and sub that are both the client_id")
        if claims.get("aud") != issuer:
            raise BadAssertion(f"needs aud to be {issuer}, as one string")
        until = self._end(at)
        jti = hashlib.sha256(f"{self.client_id} {self._text('jti')}".encode()).digest()
        self.use = Use(jti, until)

    def _text(self, name: str) -> str:
        value = self._statement.claims.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 256 or not (value.isascii() and value.isprintable()):
            raise BadAssertion(f"needs {name}, as plain text")
        return value

    def _end(self, at: datetime) -> datetime:
        claims = self._statement.claims
        end = moment(claims.get("exp"))
        if end is None or end > at + MOST_AHEAD:
            raise BadAssertion("needs exp, at most an hour ahead")
        if end <= at - SKEW:
            raise BadAssertion("is over (exp): set your clock")
        for name in ("nbf", "iat"):
            if name in claims and ((begin := moment(claims[name])) is None or begin > at + SKEW):
                raise BadAssertion(f"has {name} that is still to come: set your clock")
        return end + SKEW

    def signed_by(self, keys: Sequence[jose.PublicKey]) -> bool:
        """Whether one of a client's keys signed it: the one that it names, where it names one."""
        kid = self._statement.header.get("kid")
        mine = [key for key in keys if kid is None or key.kid == kid]
        return any(jose.verify(self._statement, key) for key in mine)
