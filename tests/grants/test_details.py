"""What companies ask: read strictly, in one normal form, and comparable."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.grants import durations
from portal.grants.details import (
    TYPE_PATH,
    Allowance,
    Detail,
    InvalidDetails,
    check_allowed,
    narrowed,
    parse,
    rate,
    stored,
)
from portal.grants.order import all_at_most, at_most, join, meet

ORIGIN = "https://portal.example"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = int(AT.timestamp()) + 86_400 * 90
GOOD: dict[str, Any] = {
    "type": ORIGIN + TYPE_PATH,
    "datatypes": ["profile.name", "orders.line.category"],
    "necessity": {"profile.name": "required"},
    "purpose": "https://w3id.org/dpv#DeliveryOfGoods",
    "expires_at": LATER,
}


def read(*details: Any) -> tuple[Detail, ...]:
    return parse(json.dumps(details), origin=ORIGIN, at=AT)


def test_a_normal_form_leaves_nothing_unsaid() -> None:
    (found,) = read(GOOD)
    assert found.document() == {
        **GOOD,
        "actions": ["read"],
        "locations": [f"{ORIGIN}/api/v1"],
        "datatypes": ["orders.line.category", "profile.name"],
        "necessity": {"orders.line.category": "optional", "profile.name": "required"},
        "onward_sharing": "none",
        "purpose_text": {},
    }


def test_a_normal_form_is_its_own_normal_form() -> None:
    once = read(GOOD, {**GOOD, "purpose": "https://w3id.org/dpv#CustomerCare", "lookback": "P12M", "retention": "P7D"})
    assert read(*(one.document() for one in once)) == once == stored([one.document() for one in once])


def test_a_request_without_an_end_ends_after_a_year() -> None:
    (found,) = read({name: value for name, value in GOOD.items() if name != "expires_at"})
    assert (found.ends_at - AT).days == 365


@pytest.mark.parametrize(
    "change",
    [
        {"type": ORIGIN + "/rar/customer-data/v2"},
        {"type": "https://elsewhere.example" + TYPE_PATH},
        {"unknown": 1},
        {"actions": ["write"]},
        {"actions": []},
        {"datatypes": []},
        {"datatypes": ["profile.name", 7]},
        {"datatypes": "profile.name"},
        {"datatypes": ["../etc/passwd"]},
        {"datatypes": ["profile.name\x00"]},
        {"datatypes": [f"profile.a{n}" for n in range(61)]},
        {"necessity": {"profile.email": "required"}},
        {"necessity": {"profile.name": "wanted"}},
        {"purpose": "DeliveryOfGoods"},
        {"purpose": "https://w3id.org/dpv#" + "x" * 200},
        {"purpose_text": {"en": "with\x00nul"}},
        {"purpose_text": {"en": "to deliver \u202ereven ot"}},
        {"purpose_text": {"en": "to de\u200bliver"}},
        {"identifier": "C-1\u3164"},
        {"purpose_text": {"en": "to deliver\u2028and to sell"}},
        {"purpose_text": {"english": "x"}},
        {"locations": ["https://elsewhere.example/api"]},
        {"expires_at": int(AT.timestamp())},
        {"expires_at": LATER * 1000},
        {"expires_at": "2027-01-01"},
        {"expires_at": True},
        {"expires_at": LATER + 0.5},
        {"expires_at": int(AT.timestamp()) + 86_400 * 2000},
        {"not_before": LATER},
        {"lookback": "12 months"},
        {"lookback": "P"},
        {"lookback": "P0D"},
        {"retention": "P-1D"},
        {"frequency": {"max": 0, "period": "P1D"}},
        {"frequency": {"max": 1, "period": "P1D", "burst": 2}},
        {"onward_sharing": "anyone"},
        {"terms": "https://elsewhere.example/terms"},
    ],
)
def test_what_is_not_exactly_our_type_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidDetails):
        read({**GOOD, **change})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        "[1]",
        "[[]]",
        "{",
        '[{"type":"\\ud800"}]',
        "[" * 6000,
        '"x"',
        "[NaN]",
        "\x00",
        b"\xff\xfe",
    ],
)
def test_what_is_not_a_list_of_details_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidDetails):
        parse(text, origin=ORIGIN, at=AT)


def test_a_refusal_never_repeats_what_was_sent() -> None:
    with pytest.raises(InvalidDetails) as caught:
        read({**GOOD, "secret-member": "secret-value", "datatypes": ["Secret Path"]})
    assert "secret" not in str(caught.value.detail).lower()


def test_one_purpose_is_asked_for_once() -> None:
    with pytest.raises(InvalidDetails):
        read(GOOD, {**GOOD, "datatypes": ["profile.email"]})


@pytest.mark.parametrize(
    "allowed",
    [
        {},
        {GOOD["purpose"]: Allowance(frozenset({"profile.name"}), frozenset({"profile.name"}))},
        {GOOD["purpose"]: Allowance(frozenset(GOOD["datatypes"]), frozenset())},
        {"https://w3id.org/dpv#CustomerCare": Allowance(frozenset(GOOD["datatypes"]), frozenset(GOOD["datatypes"]))},
    ],
)
def test_a_company_asks_and_requires_only_what_it_was_admitted_for(allowed: dict[str, Allowance]) -> None:
    with pytest.raises(InvalidDetails):
        check_allowed(read(GOOD), allowed)


def test_what_a_company_was_admitted_for_it_may_ask() -> None:
    check_allowed(read(GOOD), {GOOD["purpose"]: Allowance(frozenset(GOOD["datatypes"]), frozenset({"profile.name"}))})


# Whole days


@pytest.mark.parametrize(
    ("written", "days"),
    [("P1D", 1), ("P1W", 7), ("P30D", 30), ("P1M", 30), ("P2M", 60), ("P3M", 91), ("P6M", 182), ("P12M", 365),
     ("P1Y", 365), ("P18M", 547), ("P1Y6M", 547), ("P2Y", 730), ("PT1H", 1), ("PT24H", 1), ("PT25H", 2), ("P1DT1H", 2)],
)  # fmt: skip
def test_a_duration_is_whole_days_by_the_stated_rule(written: str, days: int) -> None:
    assert durations.parse(written) == durations.Duration(days)
    assert read({**GOOD, "lookback": written})[0].lookback == f"P{days}D"


_NUMBERS = st.lists(st.integers(1, 9999), min_size=2, max_size=2).map(sorted)


@given(_NUMBERS, _NUMBERS)
def test_whoever_writes_more_months_or_hours_never_gets_fewer_days(months: list[int], hours: list[int]) -> None:
    short, long = (durations.parse(f"P{one}MT{other}H") for one, other in zip(months, hours, strict=True))
    assert short <= long


@pytest.mark.parametrize(
    ("asked", "kept"),
    [((1, "PT1H"), (24, "P1D")), ((1, "PT5H"), (4, "P1D")), ((3, "PT23H"), (3, "P1D")), ((2, "PT24H"), (2, "P1D")),
     ((2, "PT36H"), (2, "P2D")), ((1, "P1M"), (1, "P30D")), ((4, "P1D"), (4, "P1D"))],
)  # fmt: skip
def test_how_often_is_a_whole_number_in_whole_days(asked: tuple[int, str], kept: tuple[int, str]) -> None:
    (found,) = read({**GOOD, "frequency": {"max": asked[0], "period": asked[1]}})
    assert found.frequency is not None and (found.frequency.max, found.frequency.period) == kept == rate(*asked)


# The order

_SPANS = st.none() | st.sampled_from(["P1D", "P28D", "P30D", "P31D", "P1M", "P2M", "P60D", "P1Y", "P12M", "P365D", "P1MT5H"])
_NAMES = ("profile.name", "profile.email", "profile.phone")
_ENDS = st.sampled_from([LATER, LATER + 1, LATER + 86_400])
_CARE = ("https://w3id.org/dpv#CustomerCare", "https://w3id.org/dpv#CommunicationForCustomerCare")
_TERMS = tuple(f"https://w3id.org/dpv/standards/ieee/7012#{term}" for term in ("SD-BASE", "SD-BASE-A"))


def _made(names: set[str], purpose: str, ends: int, **more: Any) -> Detail:
    """A normal form of what was drawn."""
    said = {name: value for name, value in more.items() if value is not None}
    return read({**GOOD, "datatypes": sorted(names), "necessity": {}, "purpose": purpose, "expires_at": ends, **said})[0]


def _details(purposes: tuple[str, ...]) -> Any:
    return st.builds(
        _made,
        st.sets(st.sampled_from(_NAMES), min_size=1),
        st.sampled_from(purposes),
        _ENDS,
        not_before=st.none() | st.sampled_from([1, 2, LATER - 1]),
        lookback=_SPANS,
        retention=_SPANS,
        frequency=st.none()
        | st.builds(
            lambda most, period: {"max": most, "period": period},
            st.integers(1, 3),
            _SPANS.filter(bool) | st.just("PT7H"),
        ),
        terms=st.none() | st.sampled_from(_TERMS),
    )


_DETAILS, _OF_ONE = _details(_CARE), _details(_CARE[:1])


@given(_DETAILS)
def test_the_order_is_reflexive(one: Detail) -> None:
    assert at_most(one, one)


@given(_DETAILS, _DETAILS)
def test_the_order_is_antisymmetric(one: Detail, other: Detail) -> None:
    assert not (at_most(one, other) and at_most(other, one)) or one == other


@given(_DETAILS, _DETAILS, _DETAILS)
def test_the_order_is_transitive(one: Detail, two: Detail, three: Detail) -> None:
    assert not (at_most(one, two) and at_most(two, three)) or at_most(one, three)


@given(_OF_ONE, _OF_ONE, _OF_ONE)
def test_a_join_is_the_least_that_allows_what_either_does(one: Detail, other: Detail, third: Detail) -> None:
    both = join(one, other)
    assert at_most(one, both) and at_most(other, both)
    assert not (at_most(one, third) and at_most(other, third)) or at_most(both, third)


@given(_OF_ONE, _OF_ONE, _OF_ONE)
def test_a_meet_is_the_most_that_both_allow(one: Detail, other: Detail, third: Detail) -> None:
    both = meet(one, other)
    assert both is None or (at_most(both, one) and at_most(both, other))
    if at_most(third, one) and at_most(third, other):
        assert both is not None and at_most(third, both)


@given(_OF_ONE, _OF_ONE, _OF_ONE)
def test_joins_and_meets_keep_the_laws_of_a_lattice(one: Detail, two: Detail, three: Detail) -> None:
    assert join(one, one) == one == meet(one, one)
    assert join(one, two) == join(two, one) and meet(one, two) == meet(two, one)
    assert join(join(one, two), three) == join(one, join(two, three))
    left, right = meet(one, two), meet(two, three)
    assert (left and meet(left, three)) == (right and meet(one, right))
    assert (at_most(one, two)) == (join(one, two) == two) == (meet(one, two) == one)
    assert meet(one, join(one, two)) == one and (left is None or join(one, left) == one)


@given(_OF_ONE, _OF_ONE)
def test_a_join_and_a_meet_are_their_own_normal_forms(one: Detail, other: Detail) -> None:
    for found in (join(one, other), meet(one, other)):
        assert found is None or read(found.document()) == (found,) == stored([found.document()])


@given(_DETAILS, st.sets(st.sampled_from(_NAMES)), st.integers(-1, 200_000))
def test_what_is_granted_is_at_most_what_was_asked(asked: Detail, names: set[str], sooner: int) -> None:
    ends_at = datetime.fromtimestamp((asked.expires_at or 0) - sooner, UTC)
    try:
        granted = narrowed(asked, frozenset(names), ends_at)
    except ValueError:
        assert not names <= set(asked.datatypes) or sooner < 0
        return
    assert (granted is None) == (not names)
    assert granted is None or (at_most(granted, asked) and all_at_most([granted], [asked]))


@pytest.mark.parametrize(
    ("less", "more", "holds"),
    [("P30D", "P31D", True), ("P30D", "P1M", True), ("P1M", "P30D", True), ("P31D", "P1M", False), ("P1Y", "P12M", True),
     ("P12M", "P1Y", True), ("P11M", "P1Y", True), ("P1W", "P7D", True), ("PT24H", "P1D", True), ("P2D", "PT24H", False)],
)  # fmt: skip
def test_of_any_two_durations_one_is_the_shorter(less: str, more: str, holds: bool) -> None:
    assert (durations.parse(less) <= durations.parse(more)) is holds


@pytest.mark.parametrize(
    ("span", "at", "before"),
    [
        ("P1M", datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        ("P1Y", datetime(2024, 2, 29, tzinfo=UTC), datetime(2023, 3, 1, tzinfo=UTC)),
        ("P14DT3H", datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 7, 12, tzinfo=UTC)),
        ("P9999Y", datetime(2026, 11, 22, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_looks_back_by_whole_days(span: str, at: datetime, before: datetime) -> None:
    assert durations.parse(span).before(at) == before
