"""Limits: no window ever holds more than its number, whatever the order and speed of the tries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.accounts import limits, service
from portal.accounts.limits import Rule
from portal.kernel import clock
from portal.kernel.errors import TooMany
from portal.kernel.house import House
from portal.kernel.ids import new_secret
from tests.conftest import HouseMaker
from tests.prove.sizes import size

RULE = Rule("test.rule", 10, 300)
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def _try(house: House, rule: Rule, who: str) -> int:
    """0 when it was counted, else the seconds to wait."""
    try:
        with house.writing() as unit:
            limits.charge(unit, rule, who)
    except TooMany as problem:
        return problem.retry_after or 0
    return 0


@pytest.fixture(scope="module")
def roomy(make_module_house: HouseMaker, engine_name: str) -> House:
    """One house for all examples: each takes a counter of its own."""
    return make_module_house(engine_name)


@settings(max_examples=size(test=25, prove=500), deadline=None)
@given(gaps=st.lists(st.integers(min_value=0, max_value=90), min_size=15, max_size=40))
def test_no_window_of_five_minutes_holds_more_than_ten_tries(roomy: House, gaps: list[int]) -> None:
    who, at, counted = new_secret(), NOON, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        with clock.moved(at):
            if _try(roomy, RULE, who) == 0:
                counted.append(at)
    for first in counted:
        inside = [moment for moment in counted if timedelta(0) <= moment - first < timedelta(seconds=RULE.seconds)]
        assert len(inside) <= RULE.most


def test_whoever_waits_as_long_as_told_is_let_in(roomy: House) -> None:
    who, at = new_secret(), NOON
    for n in range(RULE.most):
        with clock.moved(at + timedelta(seconds=7 * n)):
            assert _try(roomy, RULE, who) == 0
    at += timedelta(seconds=100)
    with clock.moved(at):
        wait = _try(roomy, RULE, who)
    assert 190 <= wait <= 215
    with clock.moved(at + timedelta(seconds=wait)):
        assert _try(roomy, RULE, who) == 0


def test_hammering_does_not_lengthen_the_wait(roomy: House) -> None:
    who = new_secret()
    with clock.moved(NOON):
        for _ in range(RULE.most):
            _try(roomy, RULE, who)
    for second in range(0, 290, 29):
        with clock.moved(NOON + timedelta(seconds=second)):
            assert _try(roomy, RULE, who) > 0
    with clock.moved(NOON + timedelta(seconds=312)):
        assert _try(roomy, RULE, who) == 0


def test_tries_of_a_clock_that_ran_ahead_and_came_back_shut_nobody_out(roomy: House) -> None:
    who = new_secret()
    with clock.moved(NOON + timedelta(hours=1)):
        assert [_try(roomy, RULE, who) for _ in range(RULE.most)] == [0] * RULE.most
        assert _try(roomy, RULE, who) > 0
    with clock.moved(NOON):
        assert _try(roomy, RULE, who) == 0
        with roomy.reading() as unit:
            assert limits.used(unit, RULE, who) == 1


def test_tries_on_a_machine_whose_clock_is_a_little_ahead_are_counted(roomy: House) -> None:
    who = new_secret()
    with clock.moved(NOON + timedelta(seconds=RULE.slice_seconds - 1)):
        assert [_try(roomy, RULE, who) for _ in range(RULE.most)] == [0] * RULE.most
    with clock.moved(NOON):
        assert _try(roomy, RULE, who) > 0


def test_of_twenty_tries_at_once_ten_are_counted(roomy: House) -> None:
    who = new_secret()
    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(lambda _: _try(roomy, RULE, who), range(20)))
    assert waits.count(0) == 10


def test_one_persons_tries_are_not_anothers_and_one_rule_is_not_another(roomy: House) -> None:
    one, other = new_secret(), new_secret()
    for _ in range(RULE.most):
        _try(roomy, RULE, one)
    assert _try(roomy, RULE, one) > 0
    assert _try(roomy, RULE, other) == 0
    assert _try(roomy, Rule("test.other", 10, 300), one) == 0


def _sign_in(house: House, network: str) -> bool:
    """Whether somebody whom nobody knows is let try from there."""
    try:
        with house.writing() as unit:
            service.begin_sign_in(unit, email=f"{new_secret()[:8]}@example.org", network=network)
    except TooMany:
        return False
    return True


def test_one_network_tries_sixty_times_in_five_minutes_and_takes_nothing_from_the_others(roomy: House) -> None:
    with clock.moved(NOON - timedelta(days=1)):
        assert [_sign_in(roomy, "192.0.2.60") for _ in range(100)] == [True] * 60 + [False] * 40
        with roomy.reading() as unit:
            assert limits.used(unit, limits.SIGN_IN_ALL) == 60, "what was refused counts against nobody"
        assert _sign_in(roomy, "192.0.2.61")


def test_more_than_a_thousand_tries_in_five_minutes_shut_nobody_out_but_leave_each_network_few(roomy: House) -> None:
    with clock.moved(NOON), roomy.writing() as unit:
        for _ in range(limits.SIGN_IN_ALL.most):
            limits.charge(unit, limits.SIGN_IN_ALL)
    with clock.moved(NOON + timedelta(minutes=4)):
        for network in ("192.0.2.1", "192.0.2.2"):
            assert [_sign_in(roomy, network) for _ in range(5)] == [True, True, True, False, False]
    with clock.moved(NOON + timedelta(minutes=11)):
        assert all(_sign_in(roomy, "192.0.2.1") for _ in range(20))


def _drawn(house: House, rule: Rule, who: str, most: int) -> int:
    """How many tries in a row go through before one is refused, up to ``most``."""
    with house.writing() as unit:
        for done in range(most):
            try:
                limits.charge_by_lot(unit, rule, who)
            except TooMany:
                return done
    return most


def test_a_small_number_is_counted_one_by_one(roomy: House) -> None:
    with clock.moved(NOON):
        assert _drawn(roomy, Rule("test.lot", 7, 300), new_secret(), 20) == 7


def test_a_large_number_is_counted_by_lot_and_holds_within_a_fifth(roomy: House) -> None:
    rule, who = Rule("test.lots", 5_000, 300), new_secret()
    with clock.moved(NOON):
        assert 4_000 < _drawn(roomy, rule, who, 10_000) < 6_000
    with clock.moved(NOON + timedelta(minutes=6)):
        assert _drawn(roomy, rule, who, 10) == 10


@pytest.mark.parametrize("most", [7, 5_000])
def test_of_what_is_counted_by_lot_no_more_is_told_to_be_left_than_is_served(roomy: House, most: int) -> None:
    rule, who, left = Rule("test.left", most, 300), new_secret(), most
    with clock.moved(NOON), roomy.writing() as unit, pytest.raises(TooMany):
        while True:
            quota = limits.charge_by_lot(unit, rule, who)
            assert left > 0, "it was said that there was none"
            assert quota.left + limits.used(unit, rule, who) <= most
            left = quota.left
    assert left == 0


def test_counters_that_no_window_reaches_are_forgotten(roomy: House) -> None:
    who = new_secret()
    with clock.moved(NOON):
        _try(roomy, RULE, who)
    with clock.moved(NOON + timedelta(seconds=RULE.seconds)), roomy.writing() as unit:
        limits.forget_old(unit)
        assert limits.used(unit, RULE, who) == 1
    with clock.moved(NOON + timedelta(seconds=3 * RULE.seconds)), roomy.writing() as unit:
        limits.forget_old(unit)
    with clock.moved(NOON), roomy.reading() as unit:
        assert limits.used(unit, RULE, who) == 0
