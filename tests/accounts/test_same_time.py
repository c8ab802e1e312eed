"""Nobody learns by a watch whose address has an account: measured, beside the equal statements held elsewhere."""

import math
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel import clock
from portal.kernel.house import House
from tests import people
from tests.people import PASSWORD
from tests.prove.sizes import PROVING, size

BEGIN = datetime(2026, 5, 3, 12, tzinfo=UTC)
# What takes the time is a password's hash, which knows no engine.
PAIRS = {"sqlite": 2000, "postgresql": 400}
FORMS = {
    "/sign-in": {"password": "not the password"},
    "/register": {"password": PASSWORD},
    "/reset": {},
}


def _seconds(client: FlaskClient, token: str, path: str, email: str) -> float:
    started = time.perf_counter()
    answer = client.post(path, data={"csrf_token": token, "email": email, **FORMS[path]})
    taken = time.perf_counter() - started
    assert answer.status_code in (303, 422)
    return taken


def likely_same(one: list[float], other: list[float]) -> float:
    """The two-sided p of Mann and Whitney's test, by its normal approximation."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    deviation = math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(u - n * m / 2) / deviation / math.sqrt(2))


@pytest.mark.parametrize("path", FORMS)
def test_a_known_address_takes_as_long_as_an_unknown_one(
    house: House, app: Flask, path: str, figure: Callable[..., float]
) -> None:
    people.register(house, "ana@example.org")
    client = app.test_client()
    token = people.csrf_of(client)
    taken: dict[str, list[float]] = {"ana@example.org": [], "eva@example.org": []}
    for n in range(size(test=8, prove=PAIRS[house.engine.dialect.name])):
        # Each pair on a day of its own, so that no limit is met; who comes first alternates.
        with clock.moved(BEGIN + timedelta(days=2 * n)):
            for email in sorted(taken, reverse=bool(n % 2)):
                taken[email].append(_seconds(client, token, path, email))
    known, unknown = (statistics.median(times[1:]) for times in taken.values())
    if PROVING:
        # A few tries on a busy machine say nothing in per cent; equal statements are held beside the registrations.
        name = f"{path}: known against unknown address, {house.engine.dialect.name}"
        figure(f"{name}, medians", abs(known - unknown) / unknown * 100, goal=2, unit="%", better="lower")
        figure(f"{name}, Mann-Whitney p", likely_same(*taken.values()), goal=0.01)
    # An answer that skips the password of an unknown address would take a tenth of the time.
    assert 0.25 < known / unknown < 4


def test_the_watch_would_notice_a_difference() -> None:
    slow, fast = [1.0 + n / 1000 for n in range(40)], [0.97 + n / 1000 for n in range(40)]
    assert likely_same(slow, fast) < 0.001
    even, odd = [n / 1000 for n in range(0, 80, 2)], [n / 1000 for n in range(1, 81, 2)]
    assert likely_same(even, odd) > 0.5
