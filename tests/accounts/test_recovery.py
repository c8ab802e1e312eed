"""A new password: only for whoever reads the mail or knows the old one, and everybody else is out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts import service
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import STRANGER
from tests import people
from tests.accounts.answers import same, statements
from tests.people import PASSWORD

ANA = "ana@example.org"
NEW = "a louder harbour at dawn"


def _ask(client: FlaskClient, email: str = ANA) -> TestResponse:
    return people.post(client, "/reset", email=email)


def _link(house: House, client: FlaskClient) -> str:
    _ask(client)
    people.do_jobs(house)
    return people.link_in(people.mails(house, ANA)[0])


def test_attack_67_whoever_reads_the_mail_sets_a_new_password_and_every_browser_is_out(house: House, app: Flask) -> None:
    people.register(house, ANA)
    old, fresh = app.test_client(), app.test_client()
    people.sign_in(old, ANA)
    link = _link(house, fresh)
    done = people.post(fresh, link, password=NEW)
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert old.get("/account").status_code == 303
    assert fresh.get("/account").status_code == 303, "a reset signs nobody in"
    assert people.post(fresh, "/sign-in", email=ANA, password=PASSWORD).status_code == 422
    people.sign_in(fresh, ANA, NEW)
    people.do_jobs(house)
    assert "Your password was changed" in [mail["Subject"] for mail in people.mails(house, ANA)]


def test_an_unknown_address_gets_the_same_answer_for_the_same_work(house: House, app: Flask) -> None:
    people.register(house, ANA)
    _ask(app.test_client(), "first.of.the.month@example.org")
    with statements(house) as for_known:
        known = _ask(app.test_client())
    with statements(house) as for_unknown:
        unknown = _ask(app.test_client(), "nobody@example.org")
    same(known, unknown)
    assert for_known == for_unknown
    people.do_jobs(house)
    assert people.mails(house, "nobody@example.org")[0]["Subject"] == "There is no account with this address"


def test_looking_at_the_link_never_uses_it_up_and_a_weak_password_neither(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    link = _link(house, client)
    assert [client.get(link).status_code for _ in range(3)] == [200] * 3
    weak = people.post(client, link, password="password123")
    assert weak.status_code == 422
    assert "Many people use this password" in weak.text
    assert people.post(client, link, password=NEW).status_code == 303


def test_attack_67_of_eight_resets_with_one_link_one_succeeds(house: House, app: Flask) -> None:
    people.register(house, ANA)
    link = _link(house, app.test_client())
    clients = [app.test_client() for _ in range(8)]
    tokens = [people.csrf_of(client) for client in clients]

    def reset(n: int) -> int:
        return clients[n].post(link, data={"csrf_token": tokens[n], "password": f"{NEW} {n}"}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(reset, range(8)))
    assert answers == [303, *[410] * 7]


def test_attack_67_the_link_works_for_a_quarter_of_an_hour(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    link = _link(house, client)
    with clock.moved(timedelta(minutes=14)):
        assert client.get(link).status_code == 200
    with clock.moved(timedelta(minutes=16)):
        assert client.get(link).status_code == 410
        assert people.post(client, link, page="/reset", password=NEW).status_code == 410


def test_one_reset_makes_every_other_link_worthless(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    first, second = _link(house, client), _link(house, client)
    assert people.post(client, second, password=NEW).status_code == 303
    assert client.get(first).status_code == 410


def test_attack_67_a_link_is_good_for_its_own_purpose_alone(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, ANA)
    with house.writing(STRANGER) as unit:
        reset = service.send_reset(unit, email=ANA)
        made = service.register(unit, email="joan@example.org", password_hash=people.hashed(PASSWORD))
        address = service.ask_to_change_address(
            unit, account_id=account_id, session_id=b"s" * 16, email="new@example.org"
        )
    assert made is not None
    assert client.get(f"/verify/{reset}").status_code == 410
    assert client.get(f"/account/undo/{reset}").status_code == 410
    for token in (made.token, address):
        assert client.get(f"/reset/{token}").status_code == 410
        assert people.post(client, f"/reset/{token}", page="/reset", password=NEW).status_code == 410
        assert people.post(client, f"/account/undo/{token}", page="/reset").status_code == 410


def test_five_links_a_day_for_one_address_and_the_page_says_until_when(house: House, app: Flask) -> None:
    people.register(house, ANA)
    for email in (ANA, "nobody@example.org"):
        assert [_ask(app.test_client(), email).status_code for _ in range(5)] == [303] * 5
    known, unknown = _ask(app.test_client()), _ask(app.test_client(), "nobody@example.org")
    assert known.status_code == unknown.status_code == 429
    assert "Try again in 25 hours" in known.text or "Try again in 24 hours" in known.text


@pytest.mark.parametrize("locale", ["ca", "es", "ro"])
def test_the_link_is_sent_in_the_language_of_the_account(house: House, client: FlaskClient, locale: str) -> None:
    people.register(house, ANA, locale=locale)
    _ask(client)
    people.do_jobs(house)
    subject = people.mails(house, ANA)[0]["Subject"]
    words = {"ca": "Tria una contrasenya nova", "es": "Elegir una contraseña nueva", "ro": "Alege o parolă nouă"}
    assert subject == words[locale]


def _change(client: FlaskClient, current: str, new: str) -> TestResponse:
    return people.post(client, "/account/password", current_password=current, password=new)


def test_changing_the_password_keeps_this_browser_with_a_new_session_and_ends_the_others(
    house: House, app: Flask
) -> None:
    people.register(house, ANA)
    here, there = app.test_client(), app.test_client()
    people.sign_in(here, ANA)
    people.sign_in(there, ANA)
    with here.session_transaction() as held:
        before = held["_user_id"]
    assert _change(here, PASSWORD, NEW).status_code == 303
    with here.session_transaction() as held:
        assert held["_user_id"] != before
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    people.do_jobs(house)
    assert "Your password was changed" in [mail["Subject"] for mail in people.mails(house, ANA)]


def test_a_wrong_password_changes_nothing_and_guessing_it_here_is_bounded_too(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    answers = [_change(client, f"guess number {n}", NEW) for n in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "This is not your password." in answers[0].text
    assert _change(client, PASSWORD, NEW).status_code == 429
    with clock.moved(timedelta(minutes=6)):
        assert _change(client, PASSWORD, NEW).status_code == 303


def test_a_sign_in_that_began_with_the_old_password_comes_too_late(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    with house.writing(STRANGER) as unit:
        begun = service.begin_sign_in(unit, email=ANA, network="192.0.2.1")
    link = _link(house, client)
    people.post(client, link, password=NEW)
    assert begun.account_id is not None
    with pytest.raises(Exception, match="sign-in-refused"), house.writing(STRANGER) as unit:
        service.enter(unit, account_id=begun.account_id, password_hash=begun.password_hash)
