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
    stored,
)
from portal.grants.order import all_at_most, at_most

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


# The order

_SPANS = st.none() | st.sampled_from(
    ["P1D", "P28D", "P30D", "P31D", "P1M", "P2M", "P60D", "P1Y", "P12M", "P365D", "P1MT5H"]
)
_NAMES = ("profile.name", "profile.email", "profile.phone")
_ENDS = st.sampled_from([LATER, LATER + 1, LATER + 86_400])
_DETAILS = st.builds(
    lambda names, purpose, ends, begins, lookback, retention, frequency, terms: Detail.model_validate_json(
        json.dumps(
            {
                **GOOD,
                "datatypes": sorted(names),
                "necessity": {},
                "purpose": purpose,
                "expires_at": ends,
                **({"not_before": begins} if begins else {}),
                **({"lookback": lookback} if lookback else {}),
                **({"retention": retention} if retention else {}),
                **({"frequency": frequency} if frequency else {}),
                **({"terms": terms} if terms else {}),
            }
        )
    ),
    st.sets(st.sampled_from(_NAMES), min_size=1),
    st.sampled_from(["https://w3id.org/dpv#" + term for term in ("CustomerCare", "CommunicationForCustomerCare")]),
    _ENDS,
    st.none() | st.sampled_from([1, 2]),
    _SPANS,
    _SPANS,
    st.none() | st.builds(lambda most, period: {"max": most, "period": period}, st.integers(1, 3), _SPANS.filter(bool)),
    st.none() | st.just("https://w3id.org/dpv/standards/ieee/7012#SD-BASE"),
)


@given(_DETAILS)
def test_the_order_is_reflexive(one: Detail) -> None:
    assert at_most(one, one)


@given(_DETAILS, _DETAILS)
def test_the_order_is_antisymmetric(one: Detail, other: Detail) -> None:
    assert not (at_most(one, other) and at_most(other, one)) or one == other


@given(_DETAILS, _DETAILS, _DETAILS)
def test_the_order_is_transitive(one: Detail, two: Detail, three: Detail) -> None:
    assert not (at_most(one, two) and at_most(two, three)) or at_most(one, three)


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
    [("P30D", "P31D", True), ("P30D", "P1M", False), ("P28D", "P1M", True), ("P1M", "P31D", True), ("P1Y", "P12M", True),
     ("P12M", "P1Y", True), ("P1M", "P30D", False), ("P1W", "P7D", True), ("PT24H", "P1D", True), ("P1D", "PT23H", False)],
)  # fmt: skip
def test_durations_compare_only_where_it_holds_in_every_month(less: str, more: str, holds: bool) -> None:
    assert (durations.parse(less) <= durations.parse(more)) is holds


@pytest.mark.parametrize(
    ("span", "at", "before"),
    [
        ("P1M", datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC)),
        ("P1Y", datetime(2024, 2, 29, tzinfo=UTC), datetime(2023, 2, 28, tzinfo=UTC)),
        ("P14M2DT3H", datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2025, 9, 20, 9, tzinfo=UTC)),
        ("P9999Y", datetime(2026, 11, 22, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_looks_back_by_the_calendar(span: str, at: datetime, before: datetime) -> None:
    assert durations.parse(span).before(at) == before
