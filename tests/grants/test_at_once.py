"""The same press many times at the same moment: one answer, one permission, one record."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from portal.grants import reads
from portal.grants.choices import Choice, everything
from portal.grants.details import stored
from portal.grants.models import Request
from portal.grants.service import claim_request, give, narrow, refuse, revoke, share_again
from portal.kernel.errors import Problem
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor, Unit
from tests.grants.cast import DELIVERY, asked, company, given, person
from tests.prove.sizes import size

AT_ONCE = 8


def at_once(house: House, *calls: tuple[Actor, Callable[[Unit], Any]]) -> list[Any]:
    """Every call in a thread and unit of its own, all let go at the same moment; a refusal is its reason."""
    barrier = Barrier(len(calls))

    def run(call: tuple[Actor, Callable[[Unit], Any]]) -> Any:
        actor, verb = call
        barrier.wait()
        try:
            with house.writing(actor) as unit:
                return verb(unit)
        except Problem as problem:
            return problem.reason

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_eight_yeses_at_once_are_one_permission(house: House) -> None:
    vendor, ana = company(house), person(house)
    for _ in range(size(test=3, prove=20)):
        request = asked(house, vendor, ana)

        def yes(unit: Unit, one: Request = request) -> str:
            return text_of(give(unit, request_id=one.id, choices=everything(stored(one.details))).id)

        assert len(set(at_once(house, *[(ana, yes)] * AT_ONCE))) == 1
        with house.reading(ana) as unit:
            (live,) = [grant for grant in reads.grants_of(unit) if grant.state == "live"]
            assert live.request_id == request.id
            assert [record.kind for record in reads.records_of(unit, grant_id=live.id)] == ["given"]


def test_yes_and_no_at_once_are_one_answer(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    yes = everything(stored(request.details))
    calls = [
        (ana, lambda unit: give(unit, request_id=request.id, choices=yes) and "yes"),
        (ana, lambda unit: refuse(unit, request_id=request.id) and "no"),
    ] * (AT_ONCE // 2)
    answers = set(at_once(house, *calls))
    assert len(answers & {"yes", "no"}) == 1 and "already-answered" in answers
    with house.reading(ana) as unit:
        assert len(reads.records_of(unit)) == 1


def test_yeses_to_two_requests_at_once_leave_one_permission_for_a_purpose(house: House) -> None:
    vendor, ana = company(house), person(house)
    for _ in range(size(test=2, prove=30)):
        requests = [asked(house, vendor, ana) for _ in range(4)]
        at_once(
            house,
            *(
                (ana, lambda unit, one=one: give(unit, request_id=one.id, choices=everything(stored(one.details))))
                for one in requests
            ),
        )
        with house.reading(ana) as unit:
            assert len([grant for grant in reads.grants_of(unit) if grant.state == "live"]) == 1


def test_a_request_opened_by_two_people_at_once_is_bound_to_one(house: House) -> None:
    vendor, ana, joan = company(house), person(house), person(house, "joan@example.org")
    for _ in range(size(test=3, prove=20)):
        request = asked(house, vendor)

        def opened(unit: Unit, id_: bytes = request.id) -> str:
            return text_of(claim_request(unit, request_id=id_).customer_id or b"")

        answers = at_once(house, *[(ana, opened), (joan, opened)] * (AT_ONCE // 2))
        assert len(set(answers) - {"not-found"}) == 1 and "not-found" in answers


def test_stops_and_less_at_once_end_it_once(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    keep = {DELIVERY: Choice(frozenset({"profile.name"}))}
    calls = [
        (ana, lambda unit: revoke(unit, grant_id=grant.id).state),
        (ana, lambda unit: narrow(unit, grant_id=grant.id, keep=keep, version=1).state),
    ] * (AT_ONCE // 2)
    at_once(house, *calls)
    with house.reading(ana) as unit:
        kinds = [record.kind for record in reads.records_of(unit)]
        assert reads.grant_of(unit, grant.id).state == "ended"
    assert kinds.count("withdrawn") == 1 and kinds.count("narrowed") <= 1


def test_pressing_share_again_eight_times_prepares_one_request_each_time_it_is_answered(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    calls = [(ana, lambda unit: text_of(share_again(unit, grant_id=grant.id).id))] * AT_ONCE
    assert len(set(at_once(house, *calls))) == 1
