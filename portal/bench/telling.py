"""A company that tells its orders: requests of many, as the API takes them, new ones and news of those told before."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

EACH = 250
"""Orders a request."""
MOST = 24
"""Requests a turn: more than a core answers in one."""
_CUSTOMERS = 200


@dataclass(frozen=True)
class Telling:
    """The token that requests are made with."""

    token: str

    def new(self, many: int) -> list[str]:
        """Requests of orders that nobody has told before, each good once."""
        return [self._request(secrets.token_hex(6), "OrderProcessing") for _ in range(min(many, MOST))]

    def changed(self, many: int) -> list[str]:
        """The same, and behind them news of each of their orders."""
        keys = [secrets.token_hex(6) for _ in range(min(many, MOST) // 2)]
        return [self._request(key, status) for status in ("OrderProcessing", "OrderDelivered") for key in keys]

    def _request(self, key: str, status: str) -> str:
        body = json.dumps({"orders": list(_orders(key, status))})
        return (
            f"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
            f"Idempotency-Key: {key}-{status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )


def _orders(key: str, status: str) -> Iterator[dict[str, Any]]:
    """Two things each, of customers who are known after the first request."""
    for place in range(EACH):
        lines = [
            {"name": f"Olive oil of the year, {place % 40} litres", "category": "Pantry", "quantity": 2, "amount": 1850},
            {"name": "Beeswax candle", "quantity": 1, "amount": 640},
        ]
        told = {"number": f"{key}-{place}", "customer": f"told-{place % _CUSTOMERS}", "status": status, "currency": "EUR"}
        yield {**told, "placed_at": "2026-03-01T10:00:00Z", "lines": lines}
