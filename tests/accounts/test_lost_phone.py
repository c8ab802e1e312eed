"""A lost second step: a password and a mailed link begin seven days in which anybody who is told can stop it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts import service
from portal.accounts.models import Factor, OneTimeToken, Recovery, RecoveryCode
from portal.accounts.reads import recovery_due
from portal.customers.service import set_attribute
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from portal.kernel.unit import SYSTEM
from tests import people
from tests.accounts import apps
from tests.people import PASSWORD

ANA, OTHER = "ana@example.org", "ana.profile@example.org"
WEEK, DAY = timedelta(days=7), timedelta(days=1)
NEAR, OVER = timedelta(days=6, hours=-1), timedelta(days=7, minutes=1)
LINK = "You have lost your second step?"
BANNER = "Keep my second step"


class Ana:
    """A customer with an app, whose browser of before is still signed in."""

    def __init__(self, house: House, app: Flask) -> None:
        self.house, self.app = house, app
        self.account_id = people.register(house, ANA)
        self.browser = app.test_client()
        people.sign_in(self.browser, ANA)
        self.phone = apps.add_app(self.browser)

    def half_way(self) -> FlaskClient:
        """A browser in which the right password was given, and nothing more."""
        client = self.app.test_client()
        apps.half_way(client, ANA)
        return client

    def asks(self) -> str:
        """Says that all is lost; gives the link that came by mail."""
        client = self.half_way()
        assert people.post(client, "/sign-in/lost").location == "/sign-in/lost/sent"
        return self.letter(LINK)

    def begins(self) -> None:
        """The same, and presses the button behind the link."""
        assert people.post(self.app.test_client(), self.asks()).status_code == 200

    def letter(self, subject: str, to: str = ANA) -> str:
        """The link of the newest letter that is called so."""
        people.do_jobs(self.house)
        return people.link_in(next(mail for mail in people.mails(self.house, to) if mail["Subject"].startswith(subject)))

    def subjects(self, to: str = ANA) -> list[str]:
        """What the letters to an address are called."""
        people.do_jobs(self.house)
        return [mail["Subject"] for mail in people.mails(self.house, to)]

    @property
    def waits(self) -> bool:
        """Whether the second step is about to be removed."""
        with self.house.reading() as unit:
            return recovery_due(unit, self.account_id) is not None

    @property
    def has_factor(self) -> bool:
        """Whether there is still one, or a recovery code."""
        with self.house.reading() as unit:
            tables = (Factor.account_id, RecoveryCode.account_id)
            return any(unit.connection.execute(select(column)).first() is not None for column in tables)

    def live(self, *until: timedelta) -> None:
        """A worker that does what is due at each of these moments."""
        for later in until:
            with apps.at(later):
                people.do_jobs(self.house)


@pytest.fixture
def ana(house: House, app: Flask) -> Iterator[Ana]:
    with apps.at():
        yield Ana(house, app)


def _events(house: House) -> list[bytes]:
    with house.reading() as unit:
        return [entry for entry in unit.connection.execute(select(QueuedFact.entry)).scalars() if b"factor.recovery" in entry]


def test_after_password_link_and_seven_days_the_password_opens_the_account_and_leads_to_a_new_second_step(ana: Ana) -> None:
    page = ana.half_way().get("/sign-in/second").text
    assert 'href="/sign-in/lost"' in page
    ana.begins()
    assert ana.waits and ana.has_factor
    ana.live(NEAR, OVER)
    assert not ana.has_factor and not ana.waits
    with apps.at(OVER):
        client = ana.app.test_client()
        assert people.sign_in(client, ANA, next="/data").location == "/account/factors"
        assert "Your lost second step is removed" in client.get("/account/factors").text
        again = ana.app.test_client()
        assert people.sign_in(again, ANA).location == "/", "it is said once"
        assert apps.add_app(again).codes


def test_at_the_end_every_browser_is_signed_out_and_every_link_is_worthless(ana: Ana) -> None:
    ana.begins()
    stop = ana.letter("Your second step will be removed")
    assert ana.browser.get("/account").status_code == 200
    ana.live(NEAR)
    with apps.at(WEEK - timedelta(minutes=5)):
        people.post(ana.app.test_client(), "/reset", email=ANA)
        reset = ana.letter("Choose a new password")
    ana.live(OVER)
    with apps.at(OVER):
        assert ana.browser.get("/account").status_code == 303
        assert ana.app.test_client().get(reset).status_code == 410
        assert ana.app.test_client().get(stop).status_code == 410
        assert "Your second step was removed" in ana.subjects()


@pytest.mark.parametrize("late", [timedelta(0), 6 * DAY, WEEK - timedelta(minutes=1)])
def test_nothing_is_removed_before_the_seven_days_are_over(ana: Ana, late: timedelta) -> None:
    ana.begins()
    ana.live(late)
    with apps.at(late), ana.house.writing(SYSTEM) as unit:
        assert not service.end_recovery(unit, account_id=ana.account_id)
    assert ana.has_factor and ana.waits


def test_nothing_is_removed_that_was_not_told_a_day_before_though_no_worker_ran_for_long(ana: Ana) -> None:
    ana.begins()
    ana.live(20 * DAY)
    assert ana.has_factor and ana.waits
    with apps.at(20 * DAY):
        assert "Tomorrow your second step will be removed" in ana.subjects()
    ana.live(21 * DAY - timedelta(minutes=1))
    assert ana.has_factor
    ana.live(21 * DAY + timedelta(minutes=1))
    assert not ana.has_factor


def test_every_known_address_is_told_at_once_a_day_before_and_at_the_end(ana: Ana) -> None:
    moved = "ana.new@example.org"
    people.post(ana.browser, "/account/address", email=moved, current_password=PASSWORD)
    people.do_jobs(ana.house)
    people.post(ana.browser, people.link_in(people.mails(ana.house, moved)[0]))
    customer_id = people.actor(ana.house, ana.account_id).customer_id or b""
    with ana.house.writing(SYSTEM) as unit:
        set_attribute(unit, customer_id=customer_id, path="profile.email", value=OTHER, source="account", verified=True)
    with ana.house.writing(SYSTEM) as unit:
        token = service.mail_lost_link(unit, account_id=ana.account_id)
    assert people.post(ana.app.test_client(), f"/account/recovery/{token}").status_code == 200
    ana.live(timedelta(minutes=1), NEAR, OVER)
    with apps.at(OVER):
        for address in (moved, ANA, OTHER):
            told = [subject for subject in ana.subjects(address) if "second step" in subject and subject != LINK]
            former = address == ANA
            assert [subject[:32] for subject in reversed(told)] == [
                "Your second step will be removed",
                "Tomorrow your second step will b",
                *([] if former else ["Your second step was removed"]),
            ], address
        assert all(LINK not in ana.subjects(address) for address in (ANA, OTHER)), "only the sign-in address begins it"


@pytest.mark.parametrize("how", ["link", "page", "code", "paper", "proof"])
def test_a_link_a_press_or_any_second_step_stops_it(ana: Ana, how: str) -> None:
    ana.begins()
    with apps.at(DAY):
        _stop(ana, how)
        assert not ana.waits
        assert "Your second step stays" in ana.subjects()
    ana.live(NEAR, OVER, WEEK + DAY)
    assert ana.has_factor
    assert sum(b"factor.recovery_stopped" in event for event in _events(ana.house)) == 1


def _stop(ana: Ana, how: str) -> None:
    if how == "link":
        link = ana.letter("Your second step will be removed")
        assert people.post(ana.app.test_client(), link).status_code == 200
        assert people.post(ana.app.test_client(), link, page="/sign-in").status_code == 410
    elif how == "page":
        assert people.post(ana.browser, "/account/recovery/stop", page="/account").location == "/account"
        assert people.post(ana.browser, "/account/recovery/stop", page="/account").status_code == 303
    elif how == "proof":
        data = {"csrf_token": people.csrf_of(ana.browser, "/account"), "proof_code": ana.phone.code()}
        assert ana.browser.post("/account/prove", data=data).status_code == 303
    else:
        code = ana.phone.code() if how == "code" else ana.phone.codes[0]
        assert apps.second(ana.half_way(), code).status_code == 303


def test_looking_at_a_link_changes_nothing(ana: Ana) -> None:
    link, reader = ana.asks(), ana.app.test_client()
    assert [reader.get(link).status_code for _ in range(3)] == [200] * 3
    assert not ana.waits
    people.post(reader, link)
    stop = ana.letter("Your second step will be removed")
    assert [reader.get(stop).status_code for _ in range(3)] == [200] * 3
    assert ana.waits


def test_the_owner_sees_it_on_every_page_while_it_waits_and_on_none_after(ana: Ana) -> None:
    pages = ("/", "/data", "/sharing", "/orders", "/messages", "/account", "/account/factors", "/account/erasing", "/promises")
    ana.begins()
    for page in pages:
        assert BANNER in ana.browser.get(page).text, page
    assert "Nothing" not in ana.half_way().get("/sign-in/second").text
    people.post(ana.browser, "/account/recovery/stop", page="/account")
    for page in pages:
        assert BANNER not in ana.browser.get(page).text, page


def test_attack_67_without_the_password_nobody_gets_the_link_and_three_a_day_are_sent(ana: Ana) -> None:
    stranger = ana.app.test_client()
    assert stranger.get("/sign-in/lost").location == "/sign-in"
    assert people.post(stranger, "/sign-in/lost", page="/sign-in").location == "/sign-in"
    assert LINK not in ana.subjects()
    client = ana.half_way()
    assert [people.post(client, "/sign-in/lost").status_code for _ in range(4)] == [303, 303, 303, 429]


def test_attack_67_the_link_works_once_for_an_hour_and_the_newest_alone(ana: Ana) -> None:
    first, second = ana.asks(), ana.asks()
    browser = ana.app.test_client()
    assert browser.get(first).status_code == 410
    with apps.at(timedelta(minutes=61)):
        assert browser.get(second).status_code == 410
        assert people.post(browser, second, page="/sign-in").status_code == 410
    assert people.post(browser, second).status_code == 200
    assert people.post(browser, second, page="/sign-in").status_code == 410


def test_attack_67_a_new_password_makes_the_link_worthless(ana: Ana) -> None:
    link = ana.asks()
    people.post(ana.app.test_client(), "/reset", email=ANA)
    people.post(ana.app.test_client(), ana.letter("Choose a new password"), password="a louder harbour at dawn")
    assert ana.app.test_client().get(link).status_code == 410


def test_attack_67_a_link_that_stops_begins_nothing_and_one_that_begins_stops_nothing(ana: Ana) -> None:
    browser, begin = ana.app.test_client(), ana.asks()
    token = begin.rpartition("/")[2]
    assert browser.get(f"/account/recovery/stop/{token}").status_code == 410
    people.post(browser, begin)
    stop = ana.letter("Your second step will be removed").rpartition("/")[2]
    for path in (f"/account/recovery/{stop}", f"/reset/{stop}", f"/account/undo/{stop}", f"/account/keep/{stop}"):
        assert browser.get(path).status_code == 410, path


def test_begun_twice_the_days_stay_those_that_they_were(ana: Ana) -> None:
    ana.begins()
    with apps.at(2 * DAY):
        ana.begins()
        with ana.house.reading() as unit:
            due = recovery_due(unit, ana.account_id)
        assert due is not None and due - apps.NOON - WEEK < timedelta(minutes=5)


def test_begun_anew_after_it_was_stopped_the_letters_of_before_end_nothing_early(ana: Ana) -> None:
    ana.begins()
    with apps.at(5 * DAY):
        apps.second(ana.half_way(), ana.phone.code())
        ana.begins()
    ana.live(NEAR, OVER, 8 * DAY)
    assert ana.has_factor and ana.waits
    ana.live(5 * DAY + NEAR, 5 * DAY + OVER)
    assert not ana.has_factor


def test_taking_the_account_back_from_a_thief_stops_what_the_thief_began(ana: Ana) -> None:
    people.post(ana.browser, "/account/address", email="thief@example.org", current_password=PASSWORD)
    people.do_jobs(ana.house)
    people.post(ana.browser, people.link_in(people.mails(ana.house, "thief@example.org")[0]))
    with ana.house.writing(SYSTEM) as unit:
        token = service.mail_lost_link(unit, account_id=ana.account_id)
    people.post(ana.app.test_client(), f"/account/recovery/{token}")
    assert ana.waits
    people.post(ana.app.test_client(), ana.letter("Your account has a new address"))
    assert not ana.waits


def test_other_officers_hear_of_an_officers_loss_and_of_a_customers_nobody_does(house: House, app: Flask) -> None:
    with apps.at():
        otto = people.officer(house)
        people.officer(house, "olga@example.org")
        ana = Ana(house, app)
        ana.begins()
        assert not any("acts for others" in subject for subject in ana.subjects("olga@example.org"))
        with house.writing(SYSTEM) as unit:
            token = service.mail_lost_link(unit, account_id=otto)
        people.post(app.test_client(), f"/account/recovery/{token}")
        told = "Somebody who acts for others has lost their second step"
        assert [subject for subject in ana.subjects("olga@example.org") if subject == told] == [told]
        assert told not in ana.subjects("otto@example.org")
        letter = next(mail for mail in people.mails(house, "olga@example.org") if mail["Subject"] == told).get_content()
        assert people.actor(house, otto).name in letter
        assert "otto@example.org" not in letter


def test_after_it_an_officer_only_sets_up_a_new_second_step(house: House, app: Flask) -> None:
    with apps.at():
        otto = people.officer(house)
        with house.writing(SYSTEM) as unit:
            token = service.mail_lost_link(unit, account_id=otto)
        people.post(app.test_client(), f"/account/recovery/{token}")
    for later in (NEAR, OVER):
        with apps.at(later):
            people.do_jobs(house)
    with apps.at(OVER):
        client = app.test_client()
        assert people.sign_in(client, "otto@example.org").location == "/account/factors"
        assert client.get("/desk").location == "/account/factors"


def test_each_step_stands_on_record_with_its_reason_and_no_address(ana: Ana) -> None:
    ana.begins()
    ana.live(NEAR, OVER)
    events = _events(ana.house)
    for name in (b"asked", b"begun", b"near", b"done"):
        assert sum(b"factor.recovery_" + name in event for event in events) == 1, name
    assert not any(b"example.org" in event for event in events)


def test_after_a_restore_what_waits_has_its_days_again(ana: Ana) -> None:
    ana.begins()
    with apps.at(6 * DAY), ana.house.writing(SYSTEM) as unit:
        assert service.let_recoveries_wait_anew(unit) == 1
        due = recovery_due(unit, ana.account_id)
        assert due is not None and due - apps.NOON >= 13 * DAY
    ana.live(NEAR, OVER)
    assert ana.has_factor


def test_nothing_of_it_is_left_of_somebody_who_is_erased(ana: Ana) -> None:
    from portal.customers.service import erase

    ana.begins()
    customer_id = people.actor(ana.house, ana.account_id).customer_id or b""
    with ana.house.writing(SYSTEM) as unit:
        erase(unit, customer_id=customer_id)
        assert unit.connection.execute(select(Recovery.account_id)).first() is None
    ana.live(NEAR, OVER)


def test_attack_67_neither_link_leads_to_a_host_that_a_request_names(ana: Ana) -> None:
    client = ana.half_way()
    for path, data in (("/sign-in/lost", {}), ("/reset", {"email": ANA})):
        sent = {"csrf_token": people.csrf_of(client, "/sign-in/lost"), **data}
        assert client.post(path, data=sent, headers={"X-Forwarded-Host": "evil.example"}).status_code == 303
    people.do_jobs(ana.house)
    bodies = [mail.get_content() for mail in people.mails(ana.house, ANA)]
    assert not any("evil.example" in body for body in bodies)
    for path in ("/account/recovery/", "/reset/"):
        assert sum(f"{ana.house.settings.origin}{path}" in body for body in bodies) == 1, path


def test_attack_67_of_both_links_only_the_digest_is_kept(ana: Ana) -> None:
    begin = ana.asks()
    people.post(ana.app.test_client(), begin)
    stop = ana.letter("Your second step will be removed")
    with ana.house.reading() as unit:
        rows = unit.connection.execute(select(*OneTimeToken.__table__.columns)).all()
    kept = b"".join(value for row in rows for value in row if isinstance(value, bytes))
    assert rows
    for link in (begin, stop):
        assert link.rpartition("/")[2].encode() not in kept
