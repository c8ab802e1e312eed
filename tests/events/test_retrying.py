"""When a message is sent again, whatever its receiver answers."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.events.retrying import rest_after

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    ["soon", "", "-1", "Fri, 01 Jan 99999999999999999999 00:00:00 GMT", "Fri, 01 Jan 2030 00:00:00 +" + "9" * 30],
)
def test_attack_a_receiver_that_asks_for_a_rest_that_is_none_is_not_left_alone(told: str) -> None:
    assert rest_after(503, {"Retry-After": told}, NOW) == timedelta(0)


def test_a_rest_is_a_day_at_most() -> None:
    for told in ("9" * 60, "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert rest_after(429, {"Retry-After": told}, NOW) == timedelta(days=1)
    assert rest_after(500, {"Retry-After": "60"}, NOW) == timedelta(0), "only a 429 or 503 asks for one"
