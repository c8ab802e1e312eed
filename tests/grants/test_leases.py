"""What a read may take: decided at the read, by one function for the API, the pages and the log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from portal.grants import decision, reads
from portal.grants.choices import Choice
from portal.grants.lease import Lease
from portal.grants.leases import NoLease, PurposeNeeded, open_lease, open_leases, own_leases
from portal.grants.models import Grant
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.errors import BadRequest, NotFound
from portal.kernel.house import House
from portal.kernel.unit import Actor, Unit
from portal.links import service as links
from portal.links.reads import link_of, sub_of
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, asked, company, detail, given, person
from tests.prove.sizes import size

NAME = frozenset({"profile.name"})


@dataclass(frozen=True)
class Token:
    """A company's token: its own, or one for a permission."""

    vendor_id: bytes
    grant_id: bytes | None = None


def lease(house: House, token: Token, purpose: str | None = None, sub: str | None = None) -> Lease:
    with house.reading() as unit:
        return open_lease(unit, token=token, purpose=purpose, sub=sub)


def refusal(house: House, token: Token, purpose: str | None = None, sub: str | None = None) -> str:
    with pytest.raises(NoLease) as caught:
        lease(house, token, purpose, sub)
    return caught.value.reason


def do(house: House, actor: Actor, verb: Callable[..., Any], **what: Any) -> Any:
    with house.writing(actor) as unit:
        return verb(unit, **what)


def held(house: House, one: Lease, at: timedelta = timedelta(0)) -> bool:
    """Whether the log would still append a read under this lease."""
    args = [(one.grant_id, one.version, one.expires_at, one.customer_id, one.sharing_version)]
    with house.reading() as unit:
        return not reads.grant_live(unit.connection, args, clock.now() + at)


def test_a_lease_is_what_the_permission_says(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana, detail(house, lookback="P1Y")), {DELIVERY: Choice(NAME)})
    found = lease(house, Token(vendor.id, grant.id))
    assert (found.datatypes, found.purpose, found.version) == (NAME, DELIVERY, 1)
    assert (found.customer_id, found.holder_id, found.link_id) == (ana.customer_id, ana.holder_id, grant.link_id)
    assert found.since is not None and 364 < (clock.now() - found.since).days < 367
    with house.reading() as unit:
        sub = sub_of(unit, grant.link_id)
    assert found.sub == sub
    assert lease(house, Token(vendor.id), sub=sub) == found or found.since is not None
    assert held(house, found)


def test_no_lease_opens_after_a_stop_has_answered(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    before = lease(house, Token(vendor.id, grant.id))
    do(house, ana, revoke, grant_id=grant.id)
    assert refusal(house, Token(vendor.id, grant.id)) == "revoked"
    assert not held(house, before)


def test_an_end_needs_no_job(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana, detail(house, days=10)))
    before = lease(house, Token(vendor.id, grant.id))
    assert held(house, before, timedelta(days=9)) and not held(house, before, timedelta(days=10))
    with clock.moved(timedelta(days=9)):
        assert lease(house, Token(vendor.id, grant.id)).grant_id == grant.id
    with clock.moved(timedelta(days=10)), house.reading() as unit:
        assert open_leases(unit, vendor_id=vendor.id, purpose=DELIVERY) == []
        with pytest.raises(NoLease, match="expired"):
            open_lease(unit, token=Token(vendor.id, grant.id))
    with house.reading() as unit:
        row = unit.session.get(Grant, grant.id)
        assert row is not None and row.state == "live"


def test_a_pause_refuses_and_ends_nothing(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    before = lease(house, Token(vendor.id, grant.id))
    do(house, ana, links.pause, link_id=grant.link_id)
    assert refusal(house, Token(vendor.id, grant.id)) == "paused"
    assert not held(house, before)
    do(house, ana, links.resume, link_id=grant.link_id)
    after = lease(house, Token(vendor.id, grant.id))
    assert held(house, after) and not held(house, before)


def test_a_block_says_blocked_and_later_that_it_is_over(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    do(house, ana, links.block, link_id=grant.link_id)
    assert refusal(house, Token(vendor.id, grant.id)) == "blocked"
    do(house, ana, links.unblock, link_id=grant.link_id)
    assert refusal(house, Token(vendor.id, grant.id)) == "revoked"


def test_a_part_that_was_taken_out_says_narrowed_and_one_never_given_says_so(house: House) -> None:
    vendor, ana = company(house), person(house)
    care = detail(house, CARE, ("profile.email",), ())
    grant = given(house, ana, asked(house, vendor, ana, detail(house), care))
    before = lease(house, Token(vendor.id, grant.id), CARE)
    do(house, ana, narrow, grant_id=grant.id, keep={DELIVERY: Choice(NAME)})
    token = Token(vendor.id, grant.id)
    assert refusal(house, token, CARE) == "narrowed"
    assert refusal(house, token, SUGGESTIONS) == "no-grant"
    assert lease(house, token).datatypes == NAME
    assert not held(house, before)


def test_a_permission_that_has_not_begun_is_not_yet(house: House) -> None:
    vendor, ana = company(house), person(house)
    begins = int((clock.now() + timedelta(days=5)).timestamp())
    grant = given(house, ana, asked(house, vendor, ana, detail(house, not_before=begins)))
    assert refusal(house, Token(vendor.id, grant.id)) == "not-yet"
    with clock.moved(timedelta(days=6)):
        assert lease(house, Token(vendor.id, grant.id)).purpose == DELIVERY


def test_several_purposes_must_be_told_apart(house: House) -> None:
    vendor, ana = company(house), person(house)
    care = detail(house, CARE, ("profile.email",), ())
    grant = given(house, ana, asked(house, vendor, ana, detail(house), care))
    with pytest.raises(PurposeNeeded) as caught:
        lease(house, Token(vendor.id, grant.id))
    assert (caught.value.status, caught.value.reason) == (400, "purpose-needed")
    assert lease(house, Token(vendor.id, grant.id), "dpv#CustomerCare").datatypes == {"profile.email"}


def test_one_company_never_opens_anothers(house: House) -> None:
    mine, theirs, ana = company(house), company(house, "Florista"), person(house)
    grant = given(house, ana, asked(house, mine, ana))
    with house.reading() as unit:
        sub = sub_of(unit, grant.link_id)
        assert open_leases(unit, vendor_id=theirs.id, purpose=DELIVERY) == []
        assert own_leases(unit, vendor_id=theirs.id, link_ids=[grant.link_id]) == {}
        assert own_leases(unit, vendor_id=mine.id, link_ids=[grant.link_id])[grant.link_id].basis == "own"
    for token, name in ((Token(theirs.id, grant.id), None), (Token(theirs.id), sub), (Token(mine.id), "nobody\0")):
        with pytest.raises(NotFound):
            lease(house, token, sub=name)
    with pytest.raises(BadRequest):
        lease(house, Token(mine.id))


@pytest.mark.parametrize("purpose", ["\0", "x" * 5000, "https://w3id.org/dpv#\n", "", "ă"])
def test_odd_purposes_are_refused_like_any_other(house: House, purpose: str) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    assert refusal(house, Token(vendor.id, grant.id), purpose) == "no-grant"
    with house.reading() as unit:
        assert open_leases(unit, vendor_id=vendor.id, purpose=purpose) == []


def test_a_blocked_attempt_names_whose_it_was_and_why(house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    do(house, ana, revoke, grant_id=grant.id)
    with pytest.raises(NoLease) as caught:
        lease(house, Token(vendor.id, grant.id), DELIVERY)
    fact = caught.value.extra["fact"]
    assert (fact.holder, fact.vendor, fact.link, fact.grant) == (ana.holder_id, vendor.id, grant.link_id, grant.id)
    assert (fact.outcome, fact.reason, fact.purpose) == ("refused", "revoked", DELIVERY)
    assert fact.asked == ("profile.address", "profile.email", "profile.name")


def said(unit: Unit, token: Token) -> str | None:
    """Why a read is refused; None when it is not."""
    try:
        open_lease(unit, token=token)
    except NoLease as problem:
        return problem.reason
    return None


def pages(unit: Unit, vendor_id: bytes, limit: int) -> list[Lease]:
    found: list[Lease] = []
    while page := open_leases(
        unit, vendor_id=vendor_id, purpose=DELIVERY, after=found[-1].link_id if found else None, limit=limit
    ):
        found += page
    return found


def test_the_list_the_single_read_the_log_and_the_page_agree(house: House) -> None:
    """Ends of every kind are dealt out at random; all four ask the same function."""
    vendor, random = company(house), Random(7)
    people = [person(house, f"p{number}@example.org") for number in range(size(test=24, prove=200))]
    grants = {}
    for actor in people:
        days = random.choice((5, 40))
        grants[given(house, actor, asked(house, vendor, actor, detail(house, days=days))).id] = actor
    opened = {id_: lease(house, Token(vendor.id, id_)) for id_ in grants}
    ends = (revoke, links.pause, links.block, narrow, given, None)
    for id_, actor in grants.items():
        end, link_id = random.choice(ends), opened[id_].link_id
        if end is revoke:
            do(house, actor, revoke, grant_id=id_)
        elif end in (links.pause, links.block):
            do(house, actor, end, link_id=link_id)
        elif end is narrow:
            do(house, actor, narrow, grant_id=id_, keep={DELIVERY: Choice(NAME)})
        elif end is given:
            given(house, actor, asked(house, vendor, actor))
    with clock.moved(timedelta(days=20)):
        single, listed, shown = set(), set(), set()
        for id_, actor in grants.items():
            with house.reading(actor) as unit:
                grant = reads.grant_of(unit, id_)
                (status,) = reads.statuses_of(unit, [grant], {grant.link_id: link_of(unit, grant.link_id)})
                shown |= {id_} if status.reason is None else set()
                verdict = said(unit, Token(vendor.id, id_))
                assert verdict == status.reason
                single |= {id_} if verdict is None else set()
        with house.reading() as unit:
            whole = pages(unit, vendor.id, 7)
            listed = {one.grant_id for one in whole} & grants.keys()
            assert [one.link_id for one in whole] == sorted({one.link_id for one in whole})
            assert whole == pages(unit, vendor.id, 1) == pages(unit, vendor.id, 50)
            now = [(one.grant_id, one.version, one.expires_at, one.customer_id, one.sharing_version) for one in whole]
            assert reads.grant_live(unit.connection, now, unit.at) == set()
            old = list(opened.values())
            args = [(one.grant_id, one.version, one.expires_at, one.customer_id, one.sharing_version) for one in old]
            failed = reads.grant_live(unit.connection, args, unit.at)
            same = {old[at].grant_id for at in range(len(old)) if at not in failed}
        assert single == listed == shown
        assert same == {id_ for id_ in shown if lease(house, Token(vendor.id, id_)).version == 1}


def test_every_reason_of_the_decision_has_words() -> None:
    from portal.grants.words import REASON_WORDS

    assert set(decision.REASONS) == set(REASON_WORDS)
