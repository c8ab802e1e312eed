"""Delegations: lent by their customer alone, answered once, over to the second, and gone with either of the two."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts import service
from portal.accounts.models import Delegation, Session
from portal.accounts.reads import acting_of, delegation_of, delegations_of, held_by
from portal.accounts.service.delegations import LONGEST, MOST, WAITS
from portal.customers.service import erase
from portal.kernel import clock
from portal.kernel.errors import Conflict, Gone, Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.mail import newest_mails
from portal.kernel.unit import STRANGER, SYSTEM, Actor
from portal.messages.reads import messages_of
from tests.accounts.delegating import ANA, BRUNO, LENT, accepted, answered, entries_of, invited, lent, session_of
from tests.customers.erased import everything
from tests.customers.someone import someone
from tests.people import do_jobs, link_in, mails


def test_an_invitation_is_mailed_says_who_asks_and_is_accepted_once(house: House) -> None:
    ana, bruno, eve = someone(house, ANA), someone(house, BRUNO), someone(house, "eve@example.org")
    invited(house, ana)
    do_jobs(house)
    mail = next(mail for mail in mails(house, BRUNO) if "act for them" in mail["Subject"])
    assert ANA in mail.get_content()
    token = link_in(mail).removeprefix("/delegations/")
    with house.writing(bruno) as unit:
        delegation = service.accept(unit, token=token)
    for other in (bruno, eve):
        with pytest.raises(Gone), house.writing(other) as unit:
            service.accept(unit, token=token)
    with house.reading(bruno) as unit:
        (held,) = held_by(unit, bruno.id or b"")
        assert (held.delegation_id, held.customer_id, held.areas) == (delegation, ana.customer_id, LENT)
        assert held_by(unit, eve.id or b"") == []
    do_jobs(house)
    told = next(mail for mail in mails(house, ANA) if "acts for you" in mail["Subject"])
    assert BRUNO in told.get_content()


def test_whoever_declines_acts_for_nobody_and_the_customer_is_told(house: House) -> None:
    ana, bruno = someone(house, ANA), someone(house, BRUNO)
    token = invited(house, ana)
    with house.writing(bruno) as unit:
        service.decline(unit, token=token)
    with pytest.raises(Gone), house.writing(bruno) as unit:
        service.accept(unit, token=token)
    with house.reading(ana) as unit:
        assert [one.state for one in delegations_of(unit, ana.customer_id or b"")] == ["declined"]
    do_jobs(house)
    assert "said no" in mails(house, ANA)[0].get_content()


def test_an_invitation_is_over_after_two_weeks_and_when_its_own_time_is(house: House) -> None:
    ana, bruno = someone(house, ANA), someone(house, BRUNO)
    for until, over in ((timedelta(days=90), WAITS), (timedelta(days=3), timedelta(days=3))):
        token = invited(house, ana, until=until)
        with clock.moved(over), pytest.raises(Gone), house.writing(bruno) as unit:
            service.accept(unit, token=token)


def test_nobody_accepts_their_own_invitation(house: House) -> None:
    ana = someone(house, ANA)
    token = invited(house, ana)
    with pytest.raises(Conflict), house.writing(ana) as unit:
        service.accept(unit, token=token)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"areas": {}}, "areas"),
        ({"areas": {"account": "see"}}, "areas"),
        ({"areas": {"data": "own"}}, "areas"),
        ({"until": timedelta()}, "until"),
        ({"until": LONGEST + timedelta(seconds=1)}, "until"),
        ({"email": ANA}, "own-address"),
    ],
)
def test_what_cannot_be_lent_is_refused(house: House, wrong: dict[str, Any], reason: str) -> None:
    ana = someone(house, ANA)
    with pytest.raises(Invalid) as problem:
        invited(house, ana, **wrong)
    assert problem.value.reason == reason


def test_nobody_lends_what_they_hold_as_a_delegate(house: House) -> None:
    ana, bruno = someone(house, ANA), someone(house, BRUNO)
    acting = lent(house, ana, bruno).acting(bruno)
    other = invited(house, someone(house, "eve@example.org"))
    calls: list[Callable[..., Any]] = [
        lambda unit: service.invite(unit, called="Eve", email="eve@example.org", areas=LENT, until=unit.at + WAITS),
        lambda unit: service.accept(unit, token=other),
        lambda unit: service.end_delegation(unit, delegation_id=acting.delegation or b""),
        lambda unit: service.begin_acting(unit, delegation_id=acting.delegation or b""),
    ]
    for call in calls:
        with pytest.raises(NotFound), house.writing(acting) as unit:
            call(unit)


def test_so_many_delegates_and_no_more(house: House) -> None:
    ana = someone(house, ANA)
    for _ in range(MOST):
        invited(house, ana)
    with pytest.raises(Conflict):
        invited(house, ana)
    with house.reading(ana) as unit:
        one = delegations_of(unit, ana.customer_id or b"")[0]
    with house.writing(ana) as unit:
        service.end_delegation(unit, delegation_id=one.id)
    invited(house, ana)


def test_invitations_that_nobody_answered_take_nobodys_place(house: House) -> None:
    ana = someone(house, ANA)
    for _ in range(MOST):
        invited(house, ana)
    with clock.moved(WAITS + timedelta(minutes=1)):
        invited(house, ana)


def test_an_invitation_that_is_taken_back_before_its_letter_left_does_not_leave(house: House) -> None:
    ana = someone(house, ANA)
    with house.writing(ana) as unit:
        until = unit.at + timedelta(days=9)
        id_ = service.invite(unit, called="Bruno", email=BRUNO, areas=LENT, until=until)
    with house.writing(ana) as unit:
        service.end_delegation(unit, delegation_id=id_)
    do_jobs(house)
    assert mails(house, BRUNO) == []


def test_with_its_sender_an_invitations_letter_is_erased(house: House) -> None:
    ana = someone(house, ANA)
    invited(house, ana)
    with house.reading(ana) as unit:
        assert all("act for" not in mail.subject for mail in messages_of(unit)[0]), "it is no letter to her"
    with house.writing(SYSTEM) as unit:
        erase(unit, customer_id=ana.customer_id or b"")
    with house.reading() as unit:
        left = [mail for mail in newest_mails(unit) if mail.to == BRUNO]
    assert left == []


def test_a_delegation_is_over_to_the_second(house: House) -> None:
    ana, bruno = someone(house, ANA), someone(house, BRUNO)
    held = lent(house, ana, bruno, until=timedelta(days=7))
    left = held.ends_at - clock.now()
    check = house.wiring.conditions
    for moved, lives in ((left - timedelta(seconds=1), True), (left, False)):
        with clock.moved(moved), house.writing(SYSTEM) as unit:
            assert bool(held_by(unit, bruno.id or b"")) is lives
            for name in ("delegation_live", "delegation_held"):
                dead = check[name](unit.connection, [(held.delegation_id, bruno.id)], held.ends_at + (moved - left))
                assert dead == (set() if lives else {0}), name


def test_either_of_the_two_ends_it_and_nobody_else_can(house: House) -> None:
    ana, bruno, eve = someone(house, ANA), someone(house, BRUNO), someone(house, "eve@example.org")
    for ender, told in ((ana, BRUNO), (bruno, ANA)):
        held = lent(house, ana, bruno)
        with pytest.raises(NotFound), house.writing(eve) as unit:
            service.end_delegation(unit, delegation_id=held.delegation_id)
        with house.writing(ender) as unit:
            service.end_delegation(unit, delegation_id=held.delegation_id)
        with house.writing(ender) as unit:
            service.end_delegation(unit, delegation_id=held.delegation_id)
            assert unit.facts == []
        with house.reading(bruno) as unit:
            assert acting_of(unit, held.delegation_id, bruno.id or b"") is None
        do_jobs(house)
        assert "no longer" in mails(house, told)[0]["Subject"]


def test_a_foreign_delegation_is_not_found(house: House) -> None:
    ana, bruno, eve = someone(house, ANA), someone(house, BRUNO), someone(house, "eve@example.org")
    held = lent(house, ana, bruno)
    session = session_of(house, eve)
    with house.reading(eve) as unit, pytest.raises(NotFound):
        delegation_of(unit, eve.customer_id or b"", held.delegation_id)
    for one in (held.delegation_id, b"\0" * 16):
        with pytest.raises(NotFound), house.writing(session) as unit:
            service.begin_acting(unit, delegation_id=one)


def test_every_entry_names_both(house: House) -> None:
    ana, bruno = someone(house, ANA), someone(house, BRUNO)
    held = lent(house, ana, bruno)
    here = session_of(house, bruno)
    with house.writing(here) as unit:
        service.begin_acting(unit, delegation_id=held.delegation_id)
    with house.writing(here) as unit:
        service.stop_acting(unit, session_id=here.session_id or b"", delegation_id=held.delegation_id)
    with house.writing(ana) as unit:
        service.end_delegation(unit, delegation_id=held.delegation_id)
    told = [entry for entry in entries_of(house) if entry["event"].startswith("delegation.") and entry["event"] != "delegation.invited"]
    assert len(told) == 4
    for entry in told:
        assert entry["customer"] == ana.name
        assert bruno.name in (entry["actor"]["id"], entry["detail"].get("delegate"))


@pytest.mark.parametrize("who", ["customer", "delegate"])
def test_with_either_of_the_two_a_delegation_is_erased(house: House, who: str) -> None:
    ana, bruno = someone(house, ANA), someone(house, BRUNO)
    held = lent(house, ana, bruno)
    here = session_of(house, bruno)
    with house.writing(here) as unit:
        service.begin_acting(unit, delegation_id=held.delegation_id)
    gone = ana if who == "customer" else bruno
    with house.writing(SYSTEM) as unit:
        erase(unit, customer_id=gone.customer_id or b"")
    with house.reading() as unit:
        assert acting_of(unit, held.delegation_id, bruno.id or b"") is None
        rows = unit.connection.execute(select(Delegation.state, Delegation.delegate_id)).all()
    assert rows == ([] if who == "customer" else [("ended", None)])
    assert any(entry.get("reason") == "erased" for entry in entries_of(house) if entry["event"] == "delegation.ended")
    if who == "customer":
        assert b"Bruno" not in everything(house)
        with house.writing(here) as unit:
            service.stop_acting(unit, session_id=here.session_id or b"", delegation_id=held.delegation_id, reason="over")
            assert len(unit.facts) == 1
        with house.reading() as unit:
            assert unit.connection.execute(select(Session.acting_for)).scalars().all() == [None]


def test_of_those_who_answer_at_once_one_does(house: House) -> None:
    ana, bruno, eve = someone(house, ANA), someone(house, BRUNO), someone(house, "eve@example.org")
    token = invited(house, ana)
    assert sorted(answered(house, token, *[bruno, eve] * 4)) == ["accepted", *["link-used-or-expired"] * 7]


def _strangers_may_not(house: House, actor: Actor) -> None:
    with pytest.raises(NotFound), house.writing(actor) as unit:
        service.invite(unit, called="Bruno", email=BRUNO, areas=LENT, until=unit.at + WAITS)


def test_whoever_is_no_customer_lends_nothing(house: House) -> None:
    _strangers_may_not(house, STRANGER)
    assert accepted(house, someone(house, ANA), someone(house, BRUNO)) is not None
