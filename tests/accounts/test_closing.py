"""The end of an account and second steps: asked for with a fresh proof, and nothing that proved somebody is left."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.models import Account, Challenge, Factor, OneTimeToken, RecoveryCode, Session
from portal.audit.verify import verify
from portal.customers import service
from portal.customers.reads import erasure_of
from portal.kernel.db import Base
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from tests import people
from tests.accounts import apps
from tests.accounts.authenticator import Authenticator, add_passkey, begin, options_on, send
from tests.people import PASSWORD

ANA = "ana@example.org"
OTHER = "rada@example.org"
LATER = timedelta(minutes=11)


def _customer(house: House, account_id: bytes) -> bytes:
    return people.actor(house, account_id).customer_id or b""


def _asked(house: House, account_id: bytes) -> bool:
    with house.reading() as unit:
        return erasure_of(unit, _customer(house, account_id)) is not None


def _erase(house: House, account_id: bytes) -> None:
    customer_id = _customer(house, account_id)
    with house.writing(SYSTEM) as unit:
        service.erase(unit, customer_id=customer_id)


def _left(house: House, account_id: bytes) -> dict[str, int]:
    """How many rows name the account, for each table in which one can."""
    with house.reading() as unit:
        return {
            key.parent.table.name: unit.connection.execute(
                select(func.count()).select_from(key.parent.table).where(key.parent == account_id)
            ).scalar_one()
            for table in Base.metadata.sorted_tables
            for key in table.foreign_keys
            if key.column is Account.__table__.c.id
        }


def _equip(client: FlaskClient, email: str) -> tuple[apps.App, Authenticator]:
    """Gives somebody an app and a passkey, and begins a second of each."""
    people.sign_in(client, email)
    app, held = apps.add_app(client), Authenticator()
    assert add_passkey(client, held).status_code == 303
    apps.seed_on(client)
    options_on(client)
    return app, held


def test_of_an_erased_persons_factors_codes_and_half_done_proofs_nothing_is_left(house: House, app: Flask) -> None:
    mine, others = people.register(house, ANA), people.register(house, OTHER)
    with apps.at():
        for email in (ANA, OTHER):
            _equip(app.test_client(), email)
            apps.half_way(app.test_client(), email)
        tables = {one.__tablename__ for one in (Session, OneTimeToken, Factor, RecoveryCode, Challenge)}
        before, of_others = _left(house, mine), _left(house, others)
        assert tables <= set(before)
        assert (before["factors"], before["recovery_codes"], before["challenges"]) == (2, 10, 3)
        _erase(house, mine)
        left = _left(house, mine)
        assert {name for name, many in left.items() if many} <= {"roles"}, "a role is ended, and stays as a row"
        assert _left(house, others) == of_others
    house.lead()
    report = verify(house)
    assert (report.findings, report.could_not) == ([], None)


def test_neither_a_passkey_nor_a_half_done_sign_in_opens_an_account_that_is_erased(house: House, app: Flask) -> None:
    account_id = people.register(house, ANA)
    with apps.at():
        phone, held = _equip(app.test_client(), ANA)
        half, fresh = app.test_client(), app.test_client()
        apps.half_way(half, ANA)
        answer = held.use(begin(fresh))
        _erase(house, account_id)
        assert apps.second(half, phone.code(1)).location.startswith("/sign-in")
        assert send(fresh, answer).status_code == 422
        for client in (half, fresh):
            assert client.get("/account").status_code == 303


@pytest.fixture
def ana(house: House, client: FlaskClient) -> tuple[bytes, apps.App]:
    """Ana, who has added an app at noon in ``client``."""
    account_id = people.register(house, ANA)
    with apps.at():
        people.sign_in(client, ANA)
        return account_id, apps.add_app(client)


def test_attack_63_the_password_alone_deletes_nothing_where_there_is_a_second_step(
    house: House, client: FlaskClient, ana: tuple[bytes, apps.App]
) -> None:
    account_id, phone = ana
    with apps.at(LATER):
        page = client.get("/account/erasing")
        assert (page.status_code, page.location) == (303, "/account/prove?next=%2Faccount%2Ferasing")
        asked = people.post(client, "/account/erasing", page="/account", current_password=PASSWORD)
        assert (asked.status_code, asked.location) == (303, "/account/prove?next=%2Faccount%2Ferasing")
        assert not _asked(house, account_id)
        proved = people.post(
            client, "/account/prove", page=asked.location, proof_for="/account/erasing", proof_code=phone.code()
        )
        assert (proved.status_code, proved.location) == (303, "/account/erasing")
        assert people.post(client, "/account/erasing", current_password="a stolen phone").status_code == 422
        assert not _asked(house, account_id)
        assert people.post(client, "/account/erasing", current_password=PASSWORD).status_code == 303
        assert _asked(house, account_id)


def test_an_account_is_kept_with_one_press_and_no_proof(
    house: House, client: FlaskClient, ana: tuple[bytes, apps.App]
) -> None:
    account_id, _phone = ana
    with apps.at(), house.writing(SYSTEM) as unit:
        service.ask_to_erase(unit, customer_id=_customer(house, account_id))
    with apps.at(LATER):
        assert "Until then you can keep it" in client.get("/account/erasing").text
        assert people.post(client, "/account/erasing/keep", page="/account/erasing").status_code == 303
    assert not _asked(house, account_id)


def test_without_a_second_step_the_password_is_all_that_is_asked_for(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, ANA)
    with apps.at():
        people.sign_in(client, ANA)
    with apps.at(LATER):
        assert people.post(client, "/account/erasing", current_password=PASSWORD).status_code == 303
        assert _asked(house, account_id)
