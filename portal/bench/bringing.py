"""A company that brings its customers: requests of a hundred invitations each, by mail, as the API takes them."""

import json
import secrets
from dataclasses import dataclass

EACH = 100
"""Invitations a request."""
MOST = 60
"""Requests a turn: more than a core answers in one."""


@dataclass(frozen=True)
class Bringing:
    """The token that requests are made with."""

    token: str

    def requests(self, many: int) -> list[str]:
        """Requests whose customers nobody has heard of, each good once."""
        return [self._request() for _ in range(min(many, MOST))]

    def _request(self) -> str:
        key = secrets.token_hex(8)
        items = [
            {"number": f"{key}-{number}", "email": f"{key}.{number}@example.org", "language": "ca", "deliver": "mail"}
            for number in range(EACH)
        ]
        body = json.dumps({"invitations": items})
        return (
            f"POST /api/v1/invitations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
