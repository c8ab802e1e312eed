"""Nobody learns whose address has an account, by an answer or by a watch: measured, beside the equal statements held elsewhere."""

import math
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.service.delegations import MOST
from portal.kernel import clock
from portal.kernel.house import House
from tests import people
from tests.accounts.answers import same
from tests.grants.cast import person, signed_in
from tests.people import PASSWORD
from tests.prove.sizes import PROVING, size

BEGIN = datetime(2026, 5, 3, 12, tzinfo=UTC)
KNOWN, UNKNOWN = "ana@example.org", "eva@example.org"
INVITATION = "/account/delegates/new"
FORMS = {
    "/sign-in": {"password": "not the password"},
    "/register": {"password": PASSWORD},
    "/reset": {},
    INVITATION: {"called": "Somebody", "may_orders": "see", "may_data": "no", "until": "7"},
}
# The hash of a password is most of what a sign-in or a registration takes, some 30 ms. It is left as it is, on both engines:
# what a watch sees is measured, and an answer that had no hash to make would show nowhere else.
PAIRS = size(test=8, prove=2000)
# So that no limit is met: an invitation is counted for whoever sends it, and each sends as many as one may; what strangers
# try is counted by address and network, and each pair has a day of its own.
PAIRS_OF_ONE = {INVITATION: MOST // 2}
DAYS_BETWEEN = {INVITATION: 0}


def _begin(house: House, app: Flask, path: str, n: int) -> tuple[FlaskClient, str]:
    """The browser that tries next, and its forms' token."""
    client = signed_in(app, person(house, f"sender{n}@example.org")) if path == INVITATION else app.test_client()
    return client, people.csrf_of(client, path)


def _timed(client: FlaskClient, token: str, path: str, email: str) -> tuple[float, TestResponse]:
    started = time.perf_counter()
    answer = client.post(path, data={"csrf_token": token, "email": email, **FORMS[path]})
    taken = time.perf_counter() - started
    assert answer.status_code == (422 if path == "/sign-in" else 303)
    return taken, answer


def likely_same(one: list[float], other: list[float]) -> float:
    """The two-sided p of Mann and Whitney's test, by its normal approximation."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    deviation = math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(u - n * m / 2) / deviation / math.sqrt(2))


@pytest.mark.alone
@pytest.mark.parametrize("path", FORMS)
def test_a_known_address_gets_the_same_answer_in_the_same_time_as_an_unknown_one(
    house: House, app: Flask, path: str, figure: Callable[..., float]
) -> None:
    people.register(house, KNOWN)
    taken: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    for n in range(PAIRS):
        with clock.moved(BEGIN + timedelta(days=DAYS_BETWEEN.get(path, 2) * n)):
            if n % PAIRS_OF_ONE.get(path, PAIRS) == 0:
                client, token = _begin(house, app, path, n)
            answers = {}
            # Who comes first alternates.
            for email in sorted(taken, reverse=bool(n % 2)):
                seconds, answers[email] = _timed(client, token, path, email)
                taken[email].append(seconds)
            same(answers[KNOWN], answers[UNKNOWN])
    known, unknown = (statistics.median(times[1:]) for times in taken.values())
    if PROVING:
        # A few tries on a busy machine say nothing in per cent; equal statements are held beside each form's tests.
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
