"""Registering: an address is proved, and nobody learns whose address has an account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.accounts import service
from portal.accounts.models import Account, OneTimeToken
from portal.accounts.reads import account_by_email, actor_of_account
from portal.audit.verify import verify
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.jobs import dead_jobs, run_due
from portal.kernel.mail import Mail
from portal.kernel.sealing import DataKey, Holder
from portal.kernel.unit import STRANGER
from tests import people
from tests.accounts.answers import same, statements
from tests.people import PASSWORD

ANA = "ana@example.org"


def _register(client: FlaskClient, email: str = ANA, password: str = PASSWORD, **fields: str) -> TestResponse:
    return people.post(client, "/register", email=email, password=password, **fields)


def _link(house: House, email: str = ANA) -> str:
    people.do_jobs(house)
    return people.link_in(people.mails(house, email)[0])


def _accounts(house: House, state: str) -> int:
    with house.reading() as unit:
        statement = select(func.count()).select_from(Account).where(Account.state == state)
        return unit.connection.execute(statement).scalar_one()


def test_a_person_registers_confirms_and_is_signed_in_where_they_were_going(house: House, client: FlaskClient) -> None:
    asked = _register(client, "New.Person@Example.org", next="/data")
    assert (asked.status_code, asked.location) == (303, "/register/sent")
    link = _link(house, "new.person@example.org")
    assert client.get(link).status_code == 200
    done = people.post(client, link)
    assert (done.status_code, done.location) == (303, "/data")
    assert client.get("/account").status_code == 200


def test_whoever_confirms_has_a_profile_of_their_own(house: House, client: FlaskClient) -> None:
    _register(client)
    people.post(client, _link(house))
    with house.reading() as unit:
        account_id = account_by_email(unit, ANA)
        assert account_id is not None
        actor = actor_of_account(unit, account_id)
        assert actor.customer_id is not None
        assert actor.holder_id is not None


def test_where_the_person_was_going_survives_another_device_and_a_question_in_the_address(
    house: House, app: Flask
) -> None:
    target = "/requests/abc?from=shop&page=2"
    here, phone = app.test_client(), app.test_client()
    page = here.get(f"/register?next={quote(target, safe='')}")
    assert 'value="/requests/abc?from=shop&amp;page=2"' in page.text
    _register(here, next=target)
    link = _link(house)
    assert 'name="password"' in phone.get(link).text
    wrong = people.post(phone, link, password="not the one I chose")
    assert wrong.status_code == 422
    assert phone.get("/account").status_code == 303
    done = people.post(phone, link, password=PASSWORD)
    assert (done.status_code, done.location) == (303, target)


def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(house: House, app: Flask) -> None:
    people.register(house, ANA)
    one, other = app.test_client(), app.test_client()
    known, unknown = _register(one), _register(other, "somebody@example.org")
    same(known, unknown)
    same(one.get(known.location), other.get(unknown.location))
    people.do_jobs(house)
    to_owner, to_other = people.mails(house, ANA)[0], people.mails(house, "somebody@example.org")[0]
    assert to_owner["Subject"] == "You already have an account"
    assert to_other["Subject"] == "Confirm your address"
    assert _accounts(house, "active") == 1


@pytest.mark.parametrize("where", ["/register", "/reset"])
def test_the_browser_that_typed_an_address_sees_it_again_and_no_other_one(app: Flask, where: str) -> None:
    typing, elsewhere = app.test_client(), app.test_client()
    sent = people.post(typing, where, email=ANA, password=PASSWORD)
    assert f"We have sent a message to {ANA}." in typing.get(sent.location).text
    other = elsewhere.get(sent.location).text
    assert ANA not in other
    assert "We have sent a message to the address you gave." in other
    assert "spam" in other


def test_an_address_that_was_typed_is_forgotten_once_somebody_signs_in(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    sent = _register(client)
    people.sign_in(client, "joan@example.org")
    assert ANA not in client.get(sent.location).text


def test_where_the_link_goes_is_said_under_the_address(client: FlaskClient) -> None:
    page = client.get("/register").text
    address, said, password = map(page.index, ('for="email"', "We will send a link", 'for="password"'))
    assert address < said < password


def test_a_known_address_costs_as_many_statements_as_an_unknown_one(house: House, app: Flask) -> None:
    people.register(house, ANA)
    _register(app.test_client(), "first.of.the.month@example.org")
    with statements(house) as known:
        _register(app.test_client())
    with statements(house) as unknown:
        _register(app.test_client(), "somebody@example.org")
    assert known == unknown


def test_looking_at_the_link_never_uses_it_up(house: House, client: FlaskClient) -> None:
    _register(client)
    link = _link(house)
    for _ in range(3):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    assert people.post(client, link).status_code == 303


def test_of_eight_who_confirm_at_once_one_succeeds(house: House, app: Flask) -> None:
    with house.writing(STRANGER) as unit:
        made = service.register(unit, email=ANA, password_hash=people.hashed(PASSWORD))
    assert made is not None
    clients = [app.test_client() for _ in range(8)]
    tokens = [people.csrf_of(client) for client in clients]

    def confirm(number: int) -> int:
        fields = {"csrf_token": tokens[number], "password": PASSWORD}
        return clients[number].post(f"/verify/{made.token}", data=fields).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(confirm, range(8)))
    assert answers == [303, *[410] * 7]


def test_the_link_works_for_a_day(house: House, client: FlaskClient) -> None:
    _register(client)
    link = _link(house)
    with clock.moved(timedelta(hours=23, minutes=59)):
        assert client.get(link).status_code == 200
    with clock.moved(timedelta(hours=24, minutes=1)):
        assert client.get(link).status_code == 410
        assert people.post(client, link, page="/register").status_code == 410


def test_a_registration_that_nobody_confirms_is_forgotten(house: House, client: FlaskClient) -> None:
    _register(client)
    people.do_jobs(house)
    assert _accounts(house, "waiting") == 1
    with clock.moved(timedelta(hours=26)):
        run_due(house)
    assert _accounts(house, "waiting") == 0
    with house.reading() as unit:
        assert unit.connection.execute(select(func.count()).select_from(OneTimeToken)).scalar_one() == 0


def test_of_a_registration_that_nobody_proved_nothing_is_left_that_opens(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    _link(house, "joan@example.org")

    def kept() -> list[int]:
        with house.reading() as unit:
            persons = select(func.count()).select_from(Holder).where(Holder.kind == "person")
            mails = select(func.count()).select_from(Mail)
            return [unit.connection.execute(statement).scalar_one() for statement in (persons, mails)]

    before = kept()
    _register(client)
    _link(house)
    assert kept() == [count + 1 for count in before]
    with house.reading() as unit:
        (waiting,) = unit.connection.execute(select(Account.holder_id).where(Account.state == "waiting")).scalars()
        keys = unit.connection.execute(select(DataKey.id).where(DataKey.holder_id == waiting)).scalars().all()
    assert keys
    with clock.moved(timedelta(hours=26)):
        people.do_jobs(house)
    assert kept() == before
    with house.reading() as unit:
        assert unit.connection.execute(select(DataKey.id).where(DataKey.id.in_(keys))).first() is None
        assert dead_jobs(unit.connection) == []
    house.lead()
    report = verify(house)
    assert (report.findings, report.erasures) == ([], 1)
    assert report.erased > 0, "the lapse explains what can no longer be opened"
    people.post(client, "/sign-in", email="joan@example.org", password=PASSWORD)
    assert client.get("/account").status_code == 200


def test_attack_65_an_account_registered_by_somebody_else_never_opens_with_their_password(house: House, app: Flask) -> None:
    attacker, owner = app.test_client(), app.test_client()
    _register(attacker, password="the attacker knows this")
    planted = _link(house)
    assert people.post(owner, planted, password=PASSWORD).status_code == 422
    assert people.post(owner, planted).status_code == 422
    assert _accounts(house, "active") == 0
    _register(owner)
    assert people.post(owner, _link(house)).status_code == 303
    refused = people.post(attacker, "/sign-in", email=ANA, password="the attacker knows this")
    assert refused.status_code == 422
    assert people.post(attacker, planted).status_code == 409
    assert attacker.get("/account").status_code == 303


def test_of_two_registrations_of_one_address_the_first_confirmed_has_it(house: House, app: Flask) -> None:
    first, second = app.test_client(), app.test_client()
    _register(first)
    one = _link(house)
    _register(second, "ANA@EXAMPLE.ORG", password="another quiet harbour")
    two = _link(house)
    assert one != two
    assert people.post(second, two).status_code == 303
    taken = people.post(first, one)
    assert taken.status_code == 409
    assert "This address has an account" in taken.text


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "Use 10 characters or more."),
        ("x" * 257, "Use 256 characters or fewer."),
        ("Password1234", "Many people use this password"),
        ("aaaaaaaaaaaaaa", "Many people use this password"),
        ("antonia.somebody", "too close to your e-mail address"),
    ],
)
def test_what_is_wrong_with_a_password_stands_beside_it_and_the_address_is_kept(
    client: FlaskClient, password: str, sentence: str
) -> None:
    refused = _register(client, "antonia.somebody@example.org", password)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert 'value="antonia.somebody@example.org"' in refused.text
    assert f'value="{password}"' not in refused.text


@pytest.mark.parametrize("email", ["", "ana", "ana@", "@example.org", "ana@localhost", "a b@example.org", "ana@exa mple"])
def test_an_address_that_cannot_be_one_is_refused_beside_the_field(client: FlaskClient, email: str) -> None:
    refused = _register(client, email)
    assert refused.status_code == 422
    assert 'id="email-error"' in refused.text


def test_registering_one_address_again_and_again_is_limited_and_says_until_when(house: House, app: Flask) -> None:
    for _ in range(5):
        assert _register(app.test_client()).status_code == 303
    refused = _register(app.test_client())
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 3600
    assert "Too many tries. Try again in" in refused.text
    assert _register(app.test_client(), "somebody@example.org").status_code == 303


@pytest.mark.parametrize("path", ["/register", "/sign-in", "/sign-out", "/reset", "/verify/x", "/reset/x", "/account/undo/x"])
def test_a_form_without_its_token_changes_nothing(house: House, client: FlaskClient, path: str) -> None:
    assert client.post(path, data={"email": ANA, "password": PASSWORD}).status_code == 400
    assert people.do_jobs(house) == 0


def test_a_link_that_never_was_is_answered_calmly(client: FlaskClient) -> None:
    for path in ("/verify/", "/reset/", "/account/undo/"):
        for token in ("x", "a" * 43, "é", "a" * 5000):
            assert client.get(path + token).status_code == 410
        assert client.get(path + "%00").status_code == 404


def test_attack_67_an_address_in_a_request_leads_to_no_other_host(house: House, client: FlaskClient) -> None:
    token = people.csrf_of(client, "/register")
    client.post(
        "/register",
        data={"csrf_token": token, "email": ANA, "password": PASSWORD},
        headers={"X-Forwarded-Host": "evil.example", "Host": "localhost"},
    )
    people.do_jobs(house)
    body = people.mails(house, ANA)[0].get_content()
    assert "evil.example" not in body
    assert f"{house.settings.origin}/verify/" in body


def test_a_registration_speaks_the_language_of_its_page(house: House, client: FlaskClient) -> None:
    client.get("/register", headers={"Accept-Language": "ca"})
    token = people.csrf_of(client, "/register")
    data = {"csrf_token": token, "email": ANA, "password": PASSWORD}
    client.post("/register", data=data, headers={"Accept-Language": "ca"})
    people.do_jobs(house)
    assert people.mails(house, ANA)[0]["Subject"] == "Confirma la teva adreça"
