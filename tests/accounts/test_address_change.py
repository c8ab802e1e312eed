"""Another address to sign in with: proved before it counts, and the old one can take the account back."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.limits import CHANGE_EMAIL
from portal.accounts.reads import account_by_email
from portal.accounts.service import reset_password, send_reset
from portal.kernel import clock
from portal.kernel.errors import Gone
from portal.kernel.house import House
from portal.kernel.jobs import run_due
from portal.kernel.unit import SYSTEM
from tests import people
from tests.accounts.answers import same, statements
from tests.people import PASSWORD

OLD, NEW = "ana@example.org", "ana.new@example.org"


def _ask(client: FlaskClient, email: str = NEW, password: str = PASSWORD) -> TestResponse:
    return people.post(client, "/account/address", email=email, current_password=password)


def _link(house: House, to: str) -> str:
    people.do_jobs(house)
    return people.link_in(people.mails(house, to)[0])


def _move(house: House, client: FlaskClient, email: str = NEW) -> None:
    assert _ask(client, email).status_code == 303
    assert people.post(client, _link(house, email)).status_code == 303


def test_attack_64_a_new_address_counts_once_it_is_proved_and_the_old_one_is_told(house: House, app: Flask) -> None:
    account_id = people.register(house, OLD)
    client, other = app.test_client(), app.test_client()
    people.sign_in(client, OLD)
    people.sign_in(other, OLD)
    assert _ask(client).status_code == 303
    link = _link(house, NEW)
    with house.reading() as unit:
        assert account_by_email(unit, OLD) == account_id
    assert other.get(link).status_code == 200, "looking changes nothing"
    people.post(client, link)
    assert client.get("/account").status_code == 200, "the browser that asked stays"
    assert other.get("/account").status_code == 303
    assert NEW in client.get("/account").text
    people.do_jobs(house)
    assert people.mails(house, OLD)[0]["Subject"] == "Your account has a new address"
    fresh = app.test_client()
    assert people.post(fresh, "/sign-in", email=OLD, password=PASSWORD).status_code == 422
    people.sign_in(fresh, NEW)


def test_without_the_password_nothing_is_asked(house: House, client: FlaskClient) -> None:
    people.register(house, OLD)
    people.sign_in(client, OLD)
    refused = _ask(client, password="a stolen session")
    assert refused.status_code == 422
    assert "This is not your password." in refused.text
    people.do_jobs(house)
    assert people.mails(house, NEW) == []


def test_attack_64_the_owner_of_the_old_address_takes_the_account_back_from_a_thief(house: House, app: Flask) -> None:
    people.register(house, OLD)
    thief, owner = app.test_client(), app.test_client()
    people.sign_in(thief, OLD)
    _move(house, thief)
    people.post(thief, "/account/password", current_password=PASSWORD, password="only the thief knows")
    people.do_jobs(house)
    undo = next(mail for mail in people.mails(house, OLD) if mail["Subject"] == "Your account has a new address")
    path = people.link_in(undo)
    with clock.moved(timedelta(days=6)):
        assert owner.get(path).status_code == 200
        done = people.post(owner, path)
        assert done.status_code == 200
        assert "The account is yours again" in done.text
        assert thief.get("/account").status_code == 303
        for email in (NEW, OLD):
            for password in (PASSWORD, "only the thief knows"):
                assert people.post(thief, "/sign-in", email=email, password=password).status_code == 422
        reset = _link(house, OLD)
        assert reset.startswith("/reset/")
        people.post(owner, reset, password="the owner knows this")
        people.sign_in(owner, OLD, "the owner knows this")
        assert people.post(owner, path, page="/account").status_code == 410


def test_a_reset_link_of_the_thief_is_worthless_after_the_account_was_taken_back(house: House, app: Flask) -> None:
    people.register(house, OLD)
    thief, owner = app.test_client(), app.test_client()
    people.sign_in(thief, OLD)
    _move(house, thief)
    undo = _link(house, OLD)
    people.post(thief, "/reset", email=NEW)
    planted = _link(house, NEW)
    assert thief.get(planted).status_code == 200
    people.post(owner, undo)
    assert thief.get(planted).status_code == 410


def test_after_two_changes_in_one_week_the_first_address_still_takes_it_back(house: House, app: Flask) -> None:
    account_id = people.register(house, OLD)
    thief = app.test_client()
    people.sign_in(thief, OLD)
    _move(house, thief)
    undo = _link(house, OLD)
    _move(house, thief, "further.away@example.org")
    people.do_jobs(house)
    told = people.mails(house, NEW)[0].get_content()
    assert "/account/undo/" not in told
    people.post(app.test_client(), undo)
    with house.reading() as unit:
        assert account_by_email(unit, OLD) == account_id
        assert account_by_email(unit, "further.away@example.org") is None


def test_attack_64_the_old_address_is_nobody_elses_for_a_week_and_free_after_it(house: House, app: Flask) -> None:
    people.register(house, OLD)
    client, other = app.test_client(), app.test_client()
    people.sign_in(client, OLD)
    _move(house, client)
    undo = _link(house, OLD)
    people.post(other, "/register", email=OLD, password=PASSWORD)
    people.do_jobs(house)
    assert people.mails(house, OLD)[0]["Subject"] == "You already have an account"
    with clock.moved(timedelta(days=7, minutes=1)):
        run_due(house)
        assert app.test_client().get(undo).status_code == 410
        people.post(other, "/register", email=OLD, password=PASSWORD)
        assert people.post(other, _link(house, OLD)).status_code == 303


def test_an_address_of_somebody_else_is_told_only_to_who_reads_its_mail(house: House, app: Flask) -> None:
    account_id = people.register(house, OLD)
    people.register(house, "joan@example.org")
    client = app.test_client()
    people.sign_in(client, OLD)
    free, taken = _ask(client), _ask(client, "joan@example.org")
    assert (free.status_code, free.location) == (taken.status_code, taken.location) == (303, "/account")
    answer = people.post(client, _link(house, "joan@example.org"))
    assert answer.status_code == 409
    assert "This address has an account" in answer.text
    with house.reading() as unit:
        assert account_by_email(unit, OLD) == account_id


def test_asking_for_an_address_costs_the_same_whether_it_is_somebody_elses(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    people.register(house, OLD)
    people.sign_in(client, OLD)
    _ask(client, "first.of.all@example.org")
    with statements(house) as for_known:
        known = _ask(client, "joan@example.org")
    with statements(house) as for_unknown:
        unknown = _ask(client, "nobody@example.org")
    same(known, unknown)
    assert known.status_code == 303
    assert for_known == for_unknown


def test_a_newer_wish_replaces_the_older_one(house: House, client: FlaskClient) -> None:
    people.register(house, OLD)
    people.sign_in(client, OLD)
    _ask(client)
    first = _link(house, NEW)
    _ask(client, "ana.other@example.org")
    assert client.get(first).status_code == 410
    assert client.get(_link(house, "ana.other@example.org")).status_code == 200


def test_the_address_one_has_is_no_new_one(house: House, client: FlaskClient) -> None:
    people.register(house, OLD)
    people.sign_in(client, OLD)
    refused = _ask(client, "Ana@Example.ORG")
    assert refused.status_code == 422
    assert "This is the address you have now." in refused.text


def test_the_page_that_confirms_names_the_address(house: House, client: FlaskClient) -> None:
    people.register(house, OLD)
    people.sign_in(client, OLD)
    _ask(client)
    page = client.get(_link(house, NEW)).text
    assert f"<dd>{NEW}</dd>" in page
    people.post(client, "/register", email="new@example.org", password=PASSWORD)
    assert "<dd>new@example.org</dd>" in client.get(_link(house, "new@example.org")).text


def test_a_link_that_the_old_mailbox_holds_opens_nothing_once_the_address_is_another(house: House, app: Flask) -> None:
    people.register(house, OLD)
    with house.writing(SYSTEM) as unit:
        token = send_reset(unit, email=OLD)
    client = app.test_client()
    people.sign_in(client, OLD)
    _move(house, client)
    stranger = app.test_client()
    assert stranger.get(f"/reset/{token}").status_code == 410
    with house.writing(SYSTEM) as unit, pytest.raises(Gone):
        reset_password(unit, token=token or "", password_hash="x")


def test_a_few_new_addresses_a_day_are_asked_for_and_no_more(house: House, client: FlaskClient) -> None:
    people.register(house, OLD)
    people.sign_in(client, OLD)
    tries = [_ask(client, f"ana.{number}@example.org").status_code for number in range(CHANGE_EMAIL.most + 1)]
    assert tries == [303] * CHANGE_EMAIL.most + [429]
    people.do_jobs(house)
    assert people.mails(house, f"ana.{CHANGE_EMAIL.most}@example.org") == []
