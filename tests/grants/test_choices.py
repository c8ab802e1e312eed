"""What a customer may say: less, never more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.grants.choices import Choice, NothingLeft, applied, as_document, everything, required_only
from portal.grants.details import TYPE_PATH, Detail
from portal.grants.order import all_at_most
from portal.kernel.errors import Invalid

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORIGIN = "https://portal.example"
PURPOSES = tuple(f"https://w3id.org/dpv#{term}" for term in ("CustomerCare", "DeliveryOfGoods", "DirectMarketing"))
NAMES = ("profile.name", "profile.email", "profile.phone", "profile.address")
FAR = AT + timedelta(days=90)


def detail(purpose: str, names: set[str], required: set[str]) -> Detail:
    return Detail(
        type=ORIGIN + TYPE_PATH,
        datatypes=tuple(sorted(names)),
        necessity={name: "required" if name in required else "optional" for name in names},
        purpose=purpose,
        expires_at=int(FAR.timestamp()),
    )


_SETS = st.sets(st.sampled_from(NAMES))
_ASKED = st.lists(
    st.tuples(st.sampled_from(PURPOSES), st.sets(st.sampled_from(NAMES), min_size=1), _SETS),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one[0],
).map(lambda rows: tuple(detail(purpose, names, required & names) for purpose, names, required in rows))
_CHOICES = st.dictionaries(
    st.sampled_from(PURPOSES),
    st.builds(
        lambda names, days: Choice(frozenset(names), None if days is None else AT + timedelta(days=days)),
        _SETS,
        st.none() | st.integers(-3, 120),
    ),
)


@given(_ASKED, _CHOICES)
def test_no_choice_ever_widens_what_was_asked(asked: tuple[Detail, ...], choices: dict[str, Choice]) -> None:
    try:
        granted = applied(asked, choices, AT)
    except (Invalid, NothingLeft):
        return
    assert all_at_most(granted, asked)
    for one in granted:
        assert set(one.datatypes) == choices[one.purpose].datatypes
        assert one.required == next(each for each in asked if each.purpose == one.purpose).required
        assert AT < one.ends_at <= FAR


@given(_ASKED, _CHOICES)
def test_a_refused_required_item_drops_its_purpose_and_no_other(
    asked: tuple[Detail, ...], choices: dict[str, Choice]
) -> None:
    try:
        granted = {one.purpose for one in applied(asked, choices, AT)}
    except Invalid:
        return
    except NothingLeft:
        granted = set()
    for one in asked:
        chosen = choices.get(one.purpose, Choice(frozenset()))
        assert (one.purpose in granted) == (bool(chosen.datatypes) and one.required <= chosen.datatypes)


ASKED = (detail(PURPOSES[0], {"profile.name", "profile.email"}, {"profile.name"}),)


@pytest.mark.parametrize(
    "choices",
    [
        {PURPOSES[0]: Choice(frozenset({"profile.name", "profile.phone"}))},
        {PURPOSES[1]: Choice(frozenset({"profile.name"}))},
        {PURPOSES[0]: Choice(frozenset({"profile.name"}), FAR + timedelta(seconds=1))},
        {PURPOSES[0]: Choice(frozenset({"profile.name"}), AT)},
    ],
)
def test_more_than_asked_or_an_end_that_has_passed_is_invalid(choices: dict[str, Choice]) -> None:
    with pytest.raises(Invalid):
        applied(ASKED, choices, AT)


def test_a_page_before_anything_was_ticked_says_yes_to_the_required_alone() -> None:
    assert required_only(ASKED)[PURPOSES[0]].datatypes == {"profile.name"}
    assert everything(ASKED)[PURPOSES[0]].datatypes == {"profile.name", "profile.email"}


def test_a_counter_offer_is_kept_as_names_and_seconds() -> None:
    offer = {PURPOSES[0]: Choice(frozenset({"profile.email"}), FAR)}
    assert as_document(offer) == {PURPOSES[0]: {"datatypes": ["profile.email"], "ends_at": int(FAR.timestamp())}}
