"""Requests that were on their way when their session ended, or their owner left: they come too late."""

import pytest
from sqlalchemy import update

from portal.accounts import service
from portal.accounts.models import Session
from portal.accounts.reads import actor_of_account, has_factor, password_hash_of, person_of
from portal.accounts.reads.factors import is_fresh
from portal.customers.service import ask_to_erase, take_back
from portal.kernel.errors import Conflict, NeedsProof, NeedsSignIn
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from tests import people

ANA = "ana@example.org"


def _signed_in(house: House, account_id: bytes) -> Actor:
    """Somebody in a session that has just proved who they are."""
    with house.writing(SYSTEM) as unit:
        holder_id = actor_of_account(unit, account_id).holder_id or b""
        secret = service.start_session(unit, account_id=account_id, holder_id=holder_id)
        person = person_of(unit, secret)
        assert person is not None
        unit.connection.execute(update(Session).where(Session.id == person.session_id).values(proved_at=unit.at))
    return person.acting()


def test_whoever_was_signed_out_while_a_new_password_was_on_its_way_sets_none_and_gets_no_session(house: House) -> None:
    account_id = people.register(house, ANA)
    people.equip(house, ANA, account_id)
    thief = _signed_in(house, account_id)
    with house.reading(thief) as unit:
        assert is_fresh(unit) and has_factor(unit, account_id)
        stored = password_hash_of(unit, account_id)
    with house.writing(SYSTEM) as unit:
        service.end_sessions(unit, account_id=account_id, reason="asked")
    with pytest.raises(NeedsProof), house.writing(thief) as unit:
        service.replace_password(unit, account_id=account_id, password_hash="theirs")
    with pytest.raises(NeedsSignIn), house.writing(thief) as unit:
        service.change_password(unit, account_id=account_id, old_hash=stored, password_hash="theirs")
    with house.reading() as unit:
        assert password_hash_of(unit, account_id) == stored


def test_nobody_who_is_about_to_be_erased_is_given_power(house: House) -> None:
    account_id = people.register(house, ANA)
    customer_id = people.actor(house, account_id).customer_id or b""
    with house.writing(SYSTEM) as unit:
        ask_to_erase(unit, customer_id=customer_id)
    with pytest.raises(Conflict, match="erasure-waits"), house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=account_id, role="officer")
    with house.writing(SYSTEM) as unit:
        take_back(unit, customer_id=customer_id)
        service.grant_role(unit, account_id=account_id, role="officer")
