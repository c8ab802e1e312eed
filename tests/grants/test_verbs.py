"""Ask, give, refuse, narrow, stop, share again: each once, each one's own, each with its record."""

from datetime import timedelta

import pytest

from portal.grants import reads
from portal.grants.choices import Choice, NothingLeft, everything
from portal.grants.details import InvalidDetails, stored
from portal.grants.service import ask, claim_request, give, narrow, refuse, revoke, share_again
from portal.kernel import clock
from portal.kernel.errors import Conflict, Gone, Invalid, NotFound, Refused
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.links import service as links
from portal.links.reads import link_between
from portal.vendors import service as vendors
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, asked, company, detail, given, person

NAME = frozenset({"profile.name"})
BOTH = frozenset({"profile.name", "profile.email"})


def datatypes(house: House, actor: Actor, grant_id: bytes) -> dict[str, set[str]]:
    """What a permission holds now, by purpose."""
    with house.reading(actor) as unit:
        grant = reads.grant_of(unit, grant_id)
        return {one.purpose: set(one.datatypes) for one in reads.details_of(unit, grant)}


def test_a_permission_holds_exactly_what_was_chosen(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana, detail(house), detail(house, CARE, ("profile.email", "profile.phone"), ()))
    choices = {DELIVERY: Choice(BOTH, clock.now() + timedelta(days=30)), CARE: Choice(frozenset({"profile.phone"}))}
    grant = given(house, ana, request, choices)
    assert datatypes(house, ana, grant.id) == {DELIVERY: set(BOTH), CARE: {"profile.phone"}}
    with house.reading(ana) as unit:
        ends = {one.purpose: one.ends_at for one in reads.details_of(unit, reads.grant_of(unit, grant.id))}
    assert ends[DELIVERY] < ends[CARE] == grant.ends_at


def test_a_purpose_without_its_required_item_drops_out_and_the_rest_stays(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana, detail(house), detail(house, CARE, ("profile.email",), ()))
    email = Choice(frozenset({"profile.email"}))
    grant = given(house, ana, request, {DELIVERY: email, CARE: email})
    assert datatypes(house, ana, grant.id) == {CARE: {"profile.email"}}


def test_nothing_left_writes_nothing_and_can_become_a_no_with_its_counter_offer(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    offer = {DELIVERY: Choice(frozenset({"profile.email"}))}
    with house.writing(ana) as unit:
        with pytest.raises(NothingLeft):
            give(unit, request_id=request.id, choices=offer)
        refuse(unit, request_id=request.id, counter_offer=offer)
    with house.reading(ana) as unit:
        kept = reads.request_of(unit, request.id)
        assert (kept.state, kept.answer) == ("answered", "refused")
        assert kept.counter_offer == {DELIVERY: {"datatypes": ["profile.email"]}}
        assert not reads.grants_of(unit)
        assert [record.kind for record in reads.records_of(unit)] == ["refused"]


def test_more_than_was_asked_is_never_given(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    for choice in (Choice(BOTH | {"profile.phone"}), Choice(NAME, clock.now() + timedelta(days=91))):
        with pytest.raises(Invalid), house.writing(ana) as unit:
            give(unit, request_id=request.id, choices={DELIVERY: choice})


def test_a_yes_said_twice_is_one_permission(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    assert given(house, ana, request).id == given(house, ana, request).id
    with house.reading(ana) as unit:
        assert len(reads.grants_of(unit)) == len(reads.records_of(unit)) == 1


def test_a_no_after_a_yes_and_a_yes_after_a_no_change_nothing(house: House) -> None:
    vendor, ana = company(house), person(house)
    yes, no = asked(house, vendor, ana), asked(house, vendor, ana, detail(house, CARE))
    given(house, ana, yes)
    with pytest.raises(Conflict), house.writing(ana) as unit:
        refuse(unit, request_id=yes.id)
    with house.writing(ana) as unit:
        refuse(unit, request_id=no.id)
    with house.writing(ana) as unit:
        refuse(unit, request_id=no.id)
    with pytest.raises(Conflict):
        given(house, ana, no)


def test_somebody_elses_request_permission_and_record_are_not_found(house: House) -> None:
    vendor, ana, joan = company(house), person(house), person(house, "joan@example.org")
    waiting = asked(house, vendor, ana, detail(house, CARE))
    grant = given(house, ana, asked(house, vendor, ana))
    with house.reading(ana) as unit:
        record = reads.records_of(unit)[0]
    verbs = (
        lambda unit: claim_request(unit, request_id=waiting.id),
        lambda unit: give(unit, request_id=waiting.id, choices=everything(stored(waiting.details))),
        lambda unit: refuse(unit, request_id=waiting.id),
        lambda unit: revoke(unit, grant_id=grant.id),
        lambda unit: narrow(unit, grant_id=grant.id, keep={}),
        lambda unit: share_again(unit, grant_id=grant.id),
        lambda unit: reads.request_of(unit, waiting.id),
        lambda unit: reads.grant_of(unit, grant.id),
        lambda unit: reads.record_of(unit, record.id),
    )
    for verb in verbs:
        with pytest.raises(NotFound), house.writing(joan) as unit:
            verb(unit)
    with house.reading(joan) as unit:
        assert not reads.grants_of(unit) and not reads.records_of(unit) and not reads.waiting_requests(unit)
    with house.reading(ana) as unit:
        assert reads.grant_of(unit, grant.id).state == "live"


def test_a_request_is_bound_to_whoever_opens_it_first_and_waits_for_them(house: House) -> None:
    vendor, ana, joan = company(house), person(house), person(house, "joan@example.org")
    request = asked(house, vendor)
    with pytest.raises(NotFound):
        given(house, ana, request)
    for _ in range(2):
        with house.writing(ana) as unit:
            claim_request(unit, request_id=request.id)
    with pytest.raises(NotFound), house.writing(joan) as unit:
        claim_request(unit, request_id=request.id)
    with clock.moved(timedelta(days=29)), house.reading(ana) as unit:
        assert [one.id for one in reads.waiting_requests(unit)] == [request.id]
    with clock.moved(timedelta(days=31)):
        with house.reading(ana) as unit:
            assert not reads.waiting_requests(unit)
        with pytest.raises(Gone):
            given(house, ana, request)


def test_less_is_a_new_version_and_the_old_one_stays_as_it_was(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana, detail(house), detail(house, CARE, ("profile.email",), ())))
    with house.writing(ana) as unit:
        narrow(unit, grant_id=grant.id, keep={DELIVERY: Choice(NAME)}, version=1)
    assert datatypes(house, ana, grant.id) == {DELIVERY: set(NAME)}
    with house.reading(ana) as unit:
        now = reads.grant_of(unit, grant.id)
        assert now.version == 2
        assert {one.purpose for one in reads.details_of(unit, now, version=1)} == {DELIVERY, CARE}
        assert [record.kind for record in reads.records_of(unit)] == ["narrowed", "given"]


def test_less_can_only_be_less_and_only_of_what_was_seen(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME)})
    for keep, version, problem in (
        ({DELIVERY: Choice(BOTH)}, 1, Invalid),
        ({CARE: Choice(NAME)}, 1, Invalid),
        ({DELIVERY: Choice(NAME, clock.now() + timedelta(days=200))}, 1, Invalid),
        ({DELIVERY: Choice(NAME)}, 2, Conflict),
    ):
        with pytest.raises(problem), house.writing(ana) as unit:
            narrow(unit, grant_id=grant.id, keep=keep, version=version)
    with house.writing(ana) as unit:
        assert narrow(unit, grant_id=grant.id, keep={DELIVERY: Choice(NAME)}).version == 1


def test_less_without_anything_left_is_a_stop(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        assert narrow(unit, grant_id=grant.id, keep={}).state == "ended"
    with house.reading(ana) as unit:
        assert [record.kind for record in reads.records_of(unit)] == ["withdrawn", "given"]


def test_a_stop_said_twice_is_one_stop(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    for _ in range(2):
        with house.writing(ana) as unit:
            assert revoke(unit, grant_id=grant.id).ended_by == "customer"
    with house.reading(ana) as unit:
        assert len(reads.records_of(unit)) == 2


def test_a_newer_yes_takes_the_place_of_the_older_for_its_purposes_alone(house: House) -> None:
    vendor, ana = company(house), person(house)
    care = detail(house, CARE, ("profile.email",), ())
    first = given(house, ana, asked(house, vendor, ana, detail(house), care))
    second = given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME)})
    assert datatypes(house, ana, first.id) == {CARE: {"profile.email"}}
    third = given(house, ana, asked(house, vendor, ana, care))
    with house.reading(ana) as unit:
        states = {grant.id: (grant.state, grant.ended_by) for grant in reads.grants_of(unit)}
    assert states == {first.id: ("ended", "replaced"), second.id: ("live", None), third.id: ("live", None)}


def test_sharing_again_asks_for_what_was_shared_and_for_as_long(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana, detail(house, days=40)), {DELIVERY: Choice(BOTH)})
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    with clock.moved(timedelta(days=100)):
        with house.writing(ana) as unit:
            again = share_again(unit, grant_id=grant.id)
        with house.writing(ana) as unit:
            assert share_again(unit, grant_id=grant.id).id == again.id
        (one,) = stored(again.details)
        assert set(one.datatypes) == BOTH and one.required == NAME
        assert timedelta(days=39) < one.ends_at - clock.now() < timedelta(days=41)
        renewed = given(house, ana, again)
        assert renewed.id != grant.id and datatypes(house, ana, renewed.id) == {DELIVERY: set(BOTH)}


def test_sharing_again_leaves_out_what_the_company_may_no_longer_ask(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(
        house, ana, asked(house, vendor, ana, detail(house, SUGGESTIONS, ("profile.tastes", "profile.phone"), ()))
    )
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    with house.writing(SYSTEM) as unit:
        vendors.allow_purpose(unit, vendor_id=vendor.id, purpose=SUGGESTIONS, datatypes=("profile.tastes",))
    with house.writing(ana) as unit:
        again = share_again(unit, grant_id=grant.id)
    assert stored(again.details)[0].datatypes == ("profile.tastes",)


def test_a_company_asks_only_for_what_it_was_admitted_for(house: House) -> None:
    vendor = company(house)
    for wrong in (
        detail(house, "https://w3id.org/dpv#DirectMarketing"),
        detail(house, datatypes=("profile.iban",), required=()),
        detail(house, required=("profile.email",)),
    ):
        with pytest.raises(InvalidDetails), house.writing(SYSTEM) as unit:
            ask(unit, vendor_id=vendor.id, details=[wrong])


def test_a_customer_number_is_believed_only_from_the_company_itself(house: House) -> None:
    vendor = company(house)
    for pushed, number in ((False, None), (True, "C-77")):
        with house.writing(SYSTEM) as unit:
            made = ask(unit, vendor_id=vendor.id, details=[detail(house, identifier="C-77")], pushed=pushed)
            assert made.customer_number == number
            assert "identifier" not in made.details[0]


def test_a_blocked_company_cannot_ask_and_what_it_had_is_over(house: House) -> None:
    vendor, ana = company(house), person(house)
    waiting = asked(house, vendor, ana, detail(house, CARE))
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        links.block(unit, link_id=grant.link_id)
    with house.reading(ana) as unit:
        assert reads.grant_of(unit, grant.id).ended_by == "link"
        assert not reads.waiting_requests(unit)
    with pytest.raises(Refused), house.writing(SYSTEM) as unit:
        ask(unit, vendor_id=vendor.id, details=[detail(house)], customer_id=ana.customer_id)
    with pytest.raises(Conflict):
        given(house, ana, waiting)
    with house.writing(ana) as unit:
        links.unblock(unit, link_id=grant.link_id)
    with house.reading(ana) as unit:
        assert reads.grant_of(unit, grant.id).state == "ended"
    given(house, ana, waiting)


def test_a_company_that_the_operator_blocked_gets_no_yes(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    with house.writing(SYSTEM) as unit:
        vendors.block(unit, vendor_id=vendor.id)
    with pytest.raises(Conflict):
        given(house, ana, request)
    with pytest.raises(Refused):
        asked(house, vendor, ana)
    with house.reading(ana) as unit:
        assert not reads.waiting_requests(unit) and link_between(unit, ana.customer_id or b"", vendor.id) is None
