"""What makes a look unusual: tables of cases, and what must hold for any history."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.unusual import (
    BUSY_WEEK,
    FIRST,
    HABIT_LOOKS,
    HABIT_WEEKS,
    NEW_FIELD,
    ODD_HOUR,
    REFUSED,
    Look,
    judge_all,
    week_of,
)

ZONE = ZoneInfo("Europe/Madrid")
SHOP, BANK = b"shop" * 4, b"bank" * 4
MONDAY = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
CITY, EMAIL = "profile.address.city", "profile.email"


def looks(*lines: tuple[timedelta, str] | tuple[timedelta, str, bool], vendor: bytes = SHOP) -> list[Look]:
    """Looks at MONDAY + offset at the named fields (comma separated)."""
    return [
        Look(index, vendor, MONDAY + line[0], frozenset(filter(None, line[1].split(","))), refused=len(line) > 2)
        for index, line in enumerate(lines)
    ]


def reasons(history: list[Look]) -> list[tuple[str, ...]]:
    """The reasons of each look, in order."""
    verdicts = judge_all(history, ZONE)
    return [verdicts[look.index].reasons for look in history]


def daily(days: int, fields: str = CITY) -> list[tuple[timedelta, str]]:
    """One look a day at the same hour."""
    return [(timedelta(days=day), fields) for day in range(days)]


@pytest.mark.parametrize(
    ("history", "last"),
    [
        pytest.param([(timedelta(0), CITY)], (FIRST,), id="the first look ever"),
        pytest.param([*daily(3)], (), id="an ordinary look"),
        pytest.param([*daily(3), (timedelta(days=3), f"{CITY},{EMAIL}")], (NEW_FIELD,), id="a field never read before"),
        pytest.param(
            [(timedelta(0), CITY), (timedelta(hours=23), f"{CITY},{EMAIL}")], (), id="what its first day brings is its beginning"
        ),
        pytest.param([(timedelta(0), CITY), (timedelta(days=1), EMAIL)], (NEW_FIELD,), id="the first day is over"),
        pytest.param([*daily(3), (timedelta(days=3), CITY, True)], (REFUSED,), id="refused"),
        pytest.param([(timedelta(0), CITY, True)], (REFUSED,), id="refused before it ever read"),
        pytest.param([(timedelta(0), CITY, True), (timedelta(1), CITY)], (FIRST,), id="a refusal is no first look"),
        pytest.param(
            [*daily(12), (timedelta(days=12, hours=9), CITY)], (ODD_HOUR,), id="at eight in the evening after mornings"
        ),
        pytest.param([*daily(12), (timedelta(days=12, minutes=59), CITY)], (), id="within the usual hour"),
        pytest.param([*daily(12), (timedelta(days=12, hours=1), CITY)], (), id="an hour beside the usual one"),
        pytest.param([*daily(HABIT_LOOKS - 1), (timedelta(days=20, hours=9), CITY)], (), id="no habit yet"),
        pytest.param(
            [(timedelta(minutes=m), CITY) for m in range(12)] + [(timedelta(hours=9), CITY)],
            (),
            id="many looks on one day are no habit of hours",
        ),
        pytest.param(
            [*daily(28), *[(timedelta(days=28, minutes=m), CITY) for m in range(21)]],
            (),
            id="three times the weekly median is still usual",
        ),
        pytest.param(
            [*daily(28), *[(timedelta(days=28, minutes=m), CITY) for m in range(22)]],
            (BUSY_WEEK,),
            id="over three times the weekly median",
        ),
        pytest.param(
            [*daily(21), *[(timedelta(days=21, minutes=m), CITY) for m in range(40)]],
            (),
            id="three weeks make no median",
        ),
    ],
)
def test_each_reason_stands_where_it_should_and_nowhere_else(
    history: list[tuple[timedelta, str]], last: tuple[str, ...]
) -> None:
    assert reasons(looks(*history))[-1] == last


def test_a_line_says_every_reason_that_holds_strongest_first() -> None:
    history = [
        *daily(28),
        *[(timedelta(days=28, minutes=m), CITY) for m in range(21)],
        (timedelta(days=28, hours=9), EMAIL),
    ]
    assert reasons(looks(*history))[-1] == (NEW_FIELD, BUSY_WEEK, ODD_HOUR)


def test_a_line_names_the_fields_that_are_new() -> None:
    verdicts = judge_all(looks((timedelta(0), CITY), (timedelta(1), f"{CITY},{EMAIL}")), ZONE)
    assert verdicts[0].new_fields == frozenset()
    assert verdicts[1].new_fields == {EMAIL}


def test_the_hour_is_the_readers_own_on_both_sides_of_the_change_of_clocks() -> None:
    at_ten = [datetime(2026, 3, 10 + day, 10, 0, tzinfo=ZONE) for day in range(19)]
    after = datetime(2026, 3, 30, 10, 0, tzinfo=ZONE)
    history = [Look(i, SHOP, at.astimezone(UTC), frozenset({CITY})) for i, at in enumerate([*at_ten, after])]
    assert reasons(history)[-1] == ()


def test_weeks_begin_on_the_readers_monday() -> None:
    late_sunday_utc = datetime(2026, 1, 4, 23, 30, tzinfo=UTC)
    assert week_of(late_sunday_utc, ZONE).isoformat() == "2026-01-05"


any_looks = st.lists(
    st.tuples(
        st.sampled_from([SHOP, BANK]),
        st.integers(0, 200 * 24 * 60),
        st.frozensets(st.sampled_from([CITY, EMAIL, "profile.name"])),
        st.booleans(),
    ),
    max_size=80,
).map(
    lambda rows: [
        Look(i, vendor, MONDAY + timedelta(minutes=at), fields, refused=refused)
        for i, (vendor, at, fields, refused) in enumerate(sorted(rows, key=lambda row: row[1]))
    ]
)


@given(any_looks)
def test_a_company_has_one_first_look_and_it_is_its_earliest_that_was_answered(history: list[Look]) -> None:
    verdicts = judge_all(history, ZONE)
    for vendor in (SHOP, BANK):
        answered = [look.index for look in history if look.vendor == vendor and not look.refused]
        assert [i for i in answered if FIRST in verdicts[i].reasons] == answered[:1]


@given(any_looks)
def test_each_field_is_new_once_at_most_and_every_refusal_is_said(history: list[Look]) -> None:
    verdicts = judge_all(history, ZONE)
    for vendor in (SHOP, BANK):
        new = [name for look in history if look.vendor == vendor for name in verdicts[look.index].new_fields]
        assert len(new) == len(set(new))
    assert all((REFUSED in verdicts[look.index].reasons) == look.refused for look in history)


@given(any_looks, st.integers(0, 80))
def test_what_happens_later_never_changes_what_a_line_said(history: list[Look], cut: int) -> None:
    whole, part = judge_all(history, ZONE), judge_all(history[:cut], ZONE)
    assert all(whole[index] == verdict for index, verdict in part.items())


@given(any_looks)
def test_one_company_never_changes_the_verdict_on_another(history: list[Look]) -> None:
    alone = judge_all([look for look in history if look.vendor == SHOP], ZONE)
    whole = judge_all(history, ZONE)
    assert all(whole[index] == verdict for index, verdict in alone.items())


@given(any_looks)
def test_a_young_history_has_no_habits(history: list[Look]) -> None:
    young = [look for look in history if look.at < MONDAY + timedelta(weeks=HABIT_WEEKS - 1)]
    assert all(BUSY_WEEK not in verdict.reasons for verdict in judge_all(young, ZONE).values())
