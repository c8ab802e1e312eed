"""The inbox: each thing is told once, with the one thing to do about it, and is over when the thing itself is."""

from datetime import timedelta
from html import unescape
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.limits import FACTOR, SIGN_IN_ACCOUNT, SIGN_IN_MANY, charge
from portal.accounts.reads import account_by_email
from portal.accounts.service import open_case, refuse_sign_in, try_code
from portal.grants.reads import grants_of
from portal.grants.service import refuse, revoke, share_again
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.unit import SYSTEM, Actor
from portal.messages import jobs
from portal.messages.reads import notices_of
from portal.messages.service.telling import mark_seen
from tests import people
from tests.grants.cast import CARE, asked, company, detail, given, person, signed_in
from tests.messages.notices import new, request_for, told, watched
from tests.oauth.cast import connect, profile, program


def test_a_request_is_told_and_over_when_it_is_answered(house: House) -> None:
    vendor, ana = company(house), person(house)
    request = request_for(house, vendor, ana)
    assert told(house, ana) == [("request", "Librería del Mar asks you to share some of your data.", True)]
    assert new(house, ana) == 1
    people.do_jobs(house)
    given(house, ana, request)
    assert [row[::2] for row in told(house, ana)] == [("request", False)], "it was mailed, and says that it is over"
    assert new(house, ana) == 0


def test_what_was_answered_before_anybody_noticed_leaves_nothing(house: House) -> None:
    ana = person(house)
    given(house, ana, asked(house, company(house), ana))
    assert told(house, ana) == []


def test_a_request_that_is_refused_or_whose_time_is_over_is_no_news(house: House) -> None:
    vendor, ana, eva = company(house), person(house), person(house, "eva@example.org")
    request = request_for(house, vendor, ana)
    request_for(house, vendor, eva)
    with house.writing(ana) as unit:
        refuse(unit, request_id=request.id)
    assert new(house, ana) == 0
    with clock.moved(timedelta(days=200)):
        assert new(house, eva) == 0


def test_a_request_that_a_program_brings_is_told_to_whoever_opened_it_and_to_nobody_before(house: House) -> None:
    ana = person(house)
    asked(house, company(house))
    assert told(house, ana) == []
    asked(house, company(house, "Mercat Verd"), ana)
    assert [row[1] for row in told(house, ana)] == ["Mercat Verd asks you to share some of your data."]


def test_whoever_begins_to_share_again_is_not_told_of_it(house: House) -> None:
    ana = person(house)
    grant = given(house, ana, asked(house, company(house), ana))
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    with house.writing(ana) as unit:
        share_again(unit, grant_id=grant.id)
    assert new(house, ana) == 0


def test_whoever_goes_to_change_what_they_share_is_not_told_that_they_are_asked(house: House) -> None:
    vendor, ana = company(house), person(house)
    given(house, ana, asked(house, vendor, ana))
    asked(house, vendor, ana, detail(house, datatypes=("profile.name",)))
    assert told(house, ana) == []
    request_for(house, vendor, ana)
    assert [row[1] for row in told(house, ana)] == ["Librería del Mar asks you to share some of your data."]


def stopped(app: Flask, house: House) -> tuple[Actor, dict[str, str]]:
    """A customer who has stopped sharing with a company, and the tokens that it goes on trying."""
    ana = person(house, given_name="Ana")
    tokens = connect(app, program(house), ana)
    with house.reading(ana) as unit:
        (grant,) = grants_of(unit)
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    return ana, tokens


def test_a_companys_first_look_is_told_once(app: Flask, client: FlaskClient, house: House) -> None:
    ana = person(house, given_name="Ana")
    tokens = connect(app, program(house), ana)
    for _ in range(3):
        assert profile(client, tokens["access_token"]).status_code == 200
        watched(house)
    first = [row for row in told(house, ana) if row[0] != "request"]
    assert first == [("first-look", "Librería del Mar looked at your data for the first time.", True)]
    assert jobs.watch(house) == 0


def test_a_stopped_company_that_keeps_asking_is_one_notice_a_week_with_its_number(
    app: Flask, client: FlaskClient, house: House
) -> None:
    ana, tokens = stopped(app, house)
    for number in (1, 2, 3):
        assert profile(client, tokens["access_token"]).status_code in (401, 403)
        watched(house)
        blocked = [row[1] for row in told(house, ana) if row[0] == "blocked"]
        words = "an attempt" if number == 1 else f"{number} attempts"
        assert blocked == [f"We blocked {words} by Librería del Mar to look at your data."]


def test_what_was_read_stays_beside_what_came_since(app: Flask, client: FlaskClient, house: House) -> None:
    ana, tokens = stopped(app, house)

    def blocked(times: int, minute: int) -> list[tuple[str, bool]]:
        with clock.moved(timedelta(minutes=minute)):
            for _ in range(times):
                assert profile(client, tokens["access_token"]).status_code in (401, 403)
            watched(house)
        with house.reading(ana) as unit:
            found = notices_of(unit, ana.customer_id or b"")
        return [(one.sentence, one.is_new) for one in found if one.kind == "blocked"]

    attempts = "We blocked {} by Librería del Mar to look at your data."
    assert blocked(2, 0) == [(attempts.format("2 attempts"), True)]
    read = [(attempts.format("2 attempts"), False)]
    for minute in (2, 4):
        with clock.moved(timedelta(minutes=minute - 1)), house.writing(ana) as unit:
            mark_seen(unit)
        assert blocked(0, minute) == read
        assert blocked(1, minute) == [(attempts.format("an attempt"), True), *read]
        read = [(attempts.format("an attempt"), False), *read]


def test_two_workers_tell_nothing_twice(app: Flask, client: FlaskClient, house: House) -> None:
    ana = person(house, given_name="Ana")
    tokens = connect(app, program(house), ana)
    for _ in range(5):
        profile(client, tokens["access_token"])
    house.lead()
    hands = [Thread(target=jobs.watch, args=(house, 3)) for _ in range(3)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(30)
    jobs.watch(house)
    assert [row[0] for row in told(house, ana)].count("first-look") == 1


@pytest.mark.parametrize(("before", "number"), [(15, 0), (13, 1), (1, 1)])
def test_a_permission_is_told_of_two_weeks_and_two_days_before_its_end(house: House, before: int, number: int) -> None:
    ana = person(house)
    given(house, ana, asked(house, company(house), ana, detail(house, days=90)))
    with clock.moved(timedelta(days=90 - before)):
        for _ in range(2):
            list(jobs.remind(house))
        endings = [row for row in told(house, ana) if row[0] == "ending"]
    assert len(endings) == number


def test_the_second_word_of_an_end_takes_the_place_of_the_first(house: House) -> None:
    ana = person(house)
    grant = given(house, ana, asked(house, company(house), ana, detail(house, days=90)))
    for days in (80, 89):
        with clock.moved(timedelta(days=days)):
            list(jobs.remind(house))
            assert [row[0] for row in told(house, ana)].count("ending") == 1
    with clock.moved(timedelta(days=89)):
        assert new(house, ana) == 1
        with house.writing(ana) as unit:
            revoke(unit, grant_id=grant.id)
        assert new(house, ana) == 0, "what is stopped does not end soon"


def test_a_sign_in_from_a_new_device_is_told_and_the_first_of_all_is_not(app: Flask, house: House) -> None:
    ana = people.actor(house, people.register(house, "ana@example.org"))
    mine, other = app.test_client(), app.test_client()
    people.sign_in(mine, "ana@example.org")
    assert told(house, ana) == []
    for _ in range(2):
        people.post(mine, "/sign-out", "/account")
        people.sign_in(mine, "ana@example.org")
    assert told(house, ana) == [], "it is known"
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    other.environ_base["HTTP_USER_AGENT"] = agent
    people.sign_in(other, "ana@example.org")
    said = "Somebody signed in to your account from a new device: Firefox on Linux."
    assert told(house, ana) == [("new-device", said, True)]


def test_another_address_is_told(app: Flask, house: House) -> None:
    account_id = people.register(house, "ana@example.org")
    client = app.test_client()
    people.sign_in(client, "ana@example.org")
    people.post(client, "/account/address", email="ana.new@example.org", current_password=people.PASSWORD)
    people.do_jobs(house)
    people.post(client, people.link_in(people.mails(house, "ana.new@example.org")[0]))
    with house.reading() as unit:
        assert account_by_email(unit, "ana.new@example.org") == account_id
    assert [row[0] for row in told(house, people.actor(house, account_id))] == ["new-address"]


def test_a_notice_is_forgotten_after_a_year(house: House) -> None:
    ana = person(house)
    request_for(house, company(house), ana)
    for days, left in ((364, 1), (366, 0)):
        with clock.moved(timedelta(days=days)), house.writing(SYSTEM) as unit:
            jobs.sweep(unit)
        assert len(told(house, ana)) == left


@pytest.mark.parametrize("locale", LOCALES)
def test_the_inbox_speaks_every_language(app: Flask, house: House, locale: str) -> None:
    ana = person(house)
    request_for(house, company(house), ana)
    browser = signed_in(app, ana)
    people.post(browser, "/language", locale=locale)
    page = unescape(browser.get("/messages").text)
    assert ("asks you to share some of your data." in page) is (locale == "en")
    assert "Librería del Mar" in page


def test_a_look_that_is_not_usual_is_told_once_a_day_and_not_in_the_companys_first_day(
    app: Flask, client: FlaskClient, house: House
) -> None:
    ana = person(house, given_name="Ana", phone="+34600123456")
    shop = program(house)

    def looks(*names: str) -> list[str]:
        token = connect(app, shop, ana, detail(house, CARE, names, ()))["access_token"]
        for _ in range(3):
            assert profile(client, token).status_code == 200
            watched(house)
        return [row[1] for row in told(house, ana) if row[0] == "unusual-look"]

    assert looks("profile.name") == looks("profile.name", "profile.email") == [], "it has only begun"
    with clock.moved(timedelta(days=2)):
        said = "Librería del Mar looked at your data in a way that is not usual."
        assert looks("profile.name", "profile.email", "profile.phone") == [said]
        people.do_jobs(house)
        assert [mail["Subject"] for mail in people.mails(house, "ana@example.org") if "not usual" in mail["Subject"]] == [said]


def test_many_wrong_passwords_stand_in_the_inbox_once(house: House) -> None:
    ana = person(house)
    for _ in range(2):
        with house.writing() as unit:
            for _ in range(SIGN_IN_MANY):
                charge(unit, SIGN_IN_ACCOUNT, "ana@example.org")
            refuse_sign_in(unit, account_id=ana.id, network="203.0.113.0/24", agent="")
        people.do_jobs(house)
    said = "Somebody tried many wrong passwords at your account. They did not get in."
    assert told(house, ana) == [("tries", said, True)]
    subjects = [str(mail["Subject"]) for mail in people.mails(house, "ana@example.org")]
    assert subjects.count("Somebody tries passwords at your account") == 1


def test_wrong_codes_after_the_right_password_are_told_by_their_own_letter_and_not_as_wrong_passwords(house: House) -> None:
    ana = person(house)
    with house.writing(SYSTEM) as unit:
        for _ in range(FACTOR[0].most):
            try_code(
                unit, account_id=ana.id or b"", holder_id=ana.holder_id or b"", code="000000", network="203.0.113.0/24", device=None
            )
    assert told(house, ana) == []
    people.do_jobs(house)
    assert str(people.mails(house, "ana@example.org")[0]["Subject"]) == "Somebody knows your password"


def test_a_case_that_nobody_else_can_agree_to_stands_in_the_inbox_and_one_of_two_officers_does_not(house: House) -> None:
    ana, eva = person(house), person(house, "eva@example.org")
    otto = people.actor(house, people.officer(house), "officer")
    with house.writing(otto) as unit:
        open_case(unit, account_id=ana.id or b"", kind="misuse", reason="She wrote to us.")
    assert [row[0] for row in told(house, ana)] == ["identity"]
    people.officer(house, "olga@example.org")
    with house.writing(otto) as unit:
        open_case(unit, account_id=eva.id or b"", kind="misuse", reason="She wrote to us.")
    assert told(house, eva) == []
