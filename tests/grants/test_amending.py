"""What merging and replacing come to: more only by a yes, less by nothing but what was asked."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.grants.amending import MERGE, NARROWER, REPLACE, SAME, WIDER, amendment
from portal.grants.choices import Choice, NothingLeft, everything
from portal.grants.details import TYPE_PATH, Detail, normal
from portal.grants.order import all_at_most, is_covered, join
from portal.grants.reads.difference import changes

ORIGIN = "https://portal.example"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOON = int(AT.timestamp()) + 86_400 * 30
LATER = SOON + 86_400 * 60
DELIVERY, CARE, NEWS = (
    "https://w3id.org/dpv#" + term for term in ("DeliveryOfGoods", "CustomerCare", "CommunicationForCustomerCare")
)
NAMES = ("profile.name", "profile.email", "profile.phone")


def one(purpose: str = DELIVERY, names: Any = NAMES[:1], ends: int = SOON, **more: Any) -> Detail:
    """A detail in normal form."""
    kept = {name: value for name, value in more.items() if value is not None}
    made = Detail(type=ORIGIN + TYPE_PATH, datatypes=tuple(names), purpose=purpose, expires_at=ends, **kept)
    return normal([made], origin=ORIGIN, at=AT)[0]


_SPAN = st.none() | st.sampled_from(["P30D", "P1M", "P90D", "P1Y"])
_ONE = st.builds(
    one,
    st.sampled_from((DELIVERY, CARE, NEWS)),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sampled_from((SOON, LATER)),
    lookback=_SPAN,
    retention=_SPAN,
)
_SOME = st.lists(_ONE, min_size=1, max_size=3, unique_by=lambda detail: detail.purpose)
_ACTION = st.sampled_from((MERGE, REPLACE))


@example(MERGE, [one(NEWS), one(CARE, ends=LATER, retention="P30D")], [one(NEWS, ends=LATER, retention="P30D")])
@given(_ACTION, _SOME, _SOME)
def test_only_what_would_be_more_is_a_question(action: str, present: list[Detail], asked: list[Detail]) -> None:
    to = amendment(action, present, asked, AT)
    assert to.quiet == all_at_most(asked, present)
    assert not any(is_covered(question, present) for question in to.questions)
    assert {detail.purpose for detail in to.questions} <= {detail.purpose for detail in asked}


@given(_SOME, _SOME)
def test_a_merge_with_a_yes_to_all_is_the_least_that_allows_both(present: list[Detail], asked: list[Detail]) -> None:
    to = amendment(MERGE, present, asked, AT)
    after = to.unasked() if to.quiet else to.answered(everything(to.questions), AT)
    assert all_at_most(present, after) and all_at_most(asked, after) and to.gone == {}
    now, wanted = ({detail.purpose: detail for detail in some} for some in (present, asked))
    for detail in after:
        both = [some[detail.purpose] for some in (now, wanted) if detail.purpose in some]
        assert is_covered(detail, [join(both[0], both[-1])])


@given(_SOME, _SOME)
def test_a_replacement_with_a_yes_to_all_is_what_was_asked(present: list[Detail], asked: list[Detail]) -> None:
    to = amendment(REPLACE, present, asked, AT)
    after = to.unasked() if to.quiet else to.answered(everything(to.questions), AT)
    assert list(after) == sorted(asked, key=lambda detail: detail.purpose)


@given(_ACTION, _SOME, _SOME, st.data())
def test_without_a_yes_to_it_nothing_is_more(action: str, present: list[Detail], asked: list[Detail], data: Any) -> None:
    to = amendment(action, present, asked, AT)
    yes = everything(to.questions)
    chosen = {purpose: yes[purpose] for purpose in data.draw(st.sets(st.sampled_from(sorted(yes))))} if yes else {}
    if not chosen:
        return
    after = to.answered(chosen, AT)
    allowed = [*present, *(question for question in to.questions if question.purpose in chosen)]
    assert all_at_most(after, allowed)
    if action == MERGE:
        assert all_at_most(present, after)


@given(_ACTION, _SOME, _SOME)
def test_what_an_amendment_is_to_the_permission_is_said_rightly(
    action: str, present: list[Detail], asked: list[Detail]
) -> None:
    to = amendment(action, present, asked, AT)
    after = to.unasked()
    wider, narrower = not all_at_most(after, present), not all_at_most(present, after)
    said = to.change(after)
    assert (said == WIDER) == wider == (not to.quiet)
    assert said != SAME or not narrower
    assert said != NARROWER or not wider


def test_nothing_chosen_changes_nothing() -> None:
    to = amendment(MERGE, [one()], [one(names=NAMES)], AT)
    with pytest.raises(NothingLeft):
        to.answered({}, AT)


def test_a_no_to_one_reason_of_a_replacement_leaves_of_it_what_both_have_in_common() -> None:
    to = amendment(REPLACE, [one(names=NAMES[:2])], [one(names=NAMES[1:]), one(CARE)], AT)
    after = to.answered({CARE: Choice(frozenset(NAMES[:1]))}, AT)
    assert {detail.purpose: detail.datatypes for detail in after} == {DELIVERY: NAMES[1:2], CARE: NAMES[:1]}
    assert to.gone == {DELIVERY: ["profile.name"]} and to.kept(DELIVERY) == {"profile.email"}


def test_a_purpose_whose_time_is_over_covers_nothing_and_does_not_come_back() -> None:
    over = one(CARE).model_copy(update={"expires_at": int(AT.timestamp())})
    to = amendment(MERGE, [one(), over], [one()], AT)
    assert to.quiet and [detail.purpose for detail in to.unasked()] == [DELIVERY]
    assert not amendment(MERGE, [one(), over], [one(CARE)], AT).quiet


def test_whoever_names_no_terms_is_held_to_those_that_hold() -> None:
    terms = "https://w3id.org/dpv/standards/ieee/7012#SD-BASE"
    to = amendment(REPLACE, [one(terms=terms, names=NAMES)], [one()], AT)
    assert to.quiet and to.unasked()[0].terms == terms


def test_a_narrower_purpose_needs_no_question() -> None:
    to = amendment(MERGE, [one(CARE)], [one(NEWS)], AT)
    assert to.quiet and {detail.purpose for detail in to.unasked()} == {CARE, NEWS}
    assert not amendment(MERGE, [one(NEWS)], [one(CARE)], AT).quiet


@given(_ONE, _ONE)
def test_every_way_in_which_a_question_is_more_is_said(present: Detail, asked: Detail) -> None:
    to = amendment(MERGE, [present], [asked.model_copy(update={"purpose": present.purpose})], AT)
    for question in to.questions:
        new = set(question.datatypes) - to.kept(question.purpose)
        assert new or changes(present, question)


def test_attack_a_narrower_purpose_beside_one_that_allows_a_look_is_a_question() -> None:
    often = {"max": 1, "period": "P30D"}
    for frequency in (often, None):
        to = amendment(MERGE, [one(CARE, frequency=often)], [one(NEWS, frequency=frequency)], AT)
        assert [question.purpose for question in to.questions] == [NEWS], "it would have a look of its own"
    assert amendment(MERGE, [one(CARE)], [one(NEWS, frequency=often)], AT).quiet
