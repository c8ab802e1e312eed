"""What is told by mail: as its reader chose, in their language, with its reason, and turned off by one press."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.grants.reads import grants_of
from portal.grants.service import refuse, revoke
from portal.kernel import clock
from portal.kernel.house import House, use_house
from portal.kernel.i18n import LOCALES, use_locale
from portal.kernel.jobs import run_one
from portal.kernel.mail import REASONS, Mail, because
from portal.kernel.unit import SYSTEM, Actor
from portal.messages import jobs
from portal.messages.kinds import ADJUSTABLE, KINDS, SECURITY, WRITTEN_BY_ACCOUNTS
from portal.messages.models import InboxNotice
from portal.messages.reads import hows_of
from portal.messages.service import choose
from tests import people
from tests.grants.cast import asked, company, detail, given, person, signed_in
from tests.messages.notices import request_for, told, watched
from tests.oauth.cast import connect, entries, profile, program, refresh

MONDAY = datetime(2027, 3, 8, 10, tzinfo=UTC)
"""A Monday morning, after eight in every zone of Europe."""
ANA = "ana@example.org"


def sent(house: House, to: str = ANA) -> list[str]:
    """The subjects of what was mailed, without the mails of the account itself; the newest first."""
    people.do_jobs(house)
    own = ("Confirm your address",)
    return [str(mail["Subject"]) for mail in people.mails(house, to) if mail["Subject"] not in own]


def chosen(house: House, actor: Actor) -> dict[str, str]:
    with house.reading(actor) as unit:
        return hows_of(unit, actor.customer_id or b"")


def wants(house: House, actor: Actor, **hows: str) -> None:
    with house.writing(actor) as unit:
        for kind, how in hows.items():
            choose(unit, customer_id=actor.customer_id or b"", kind=kind.replace("_", "-"), how=how)


def stop_of(house: House) -> str:
    """Where the newest mail says that it can be turned off."""
    header = people.mails(house, ANA)[0]["List-Unsubscribe"]
    return urlsplit(str(header).strip("<>")).path


def a_mailed_request(house: House) -> Actor:
    ana = person(house)
    request_for(house, company(house), ana)
    assert sent(house) == ["Librería del Mar asks you to share some of your data."]
    return ana


def test_promise_8_a_notice_by_mail_says_why_it_comes_and_what_turns_it_off(house: House) -> None:
    a_mailed_request(house)
    mail = people.mails(house, ANA)[0]
    words = mail.get_content()
    assert because("request") in words
    assert "/requests/" in words and "/messages/settings" in words and stop_of(house) in words
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with house.reading() as unit:
        assert None not in unit.connection.execute(select(Mail.reason)).scalars().all()


def test_promise_8_every_kind_has_a_reason_in_every_language() -> None:
    for kind in KINDS.values():
        if kind.name not in WRITTEN_BY_ACCOUNTS:  # those letters have reasons of their own
            said = set()
            for locale in LOCALES:
                with use_locale(locale):
                    said.add(because(kind.name))
            assert len(said) == len(LOCALES)
    assert "request" in REASONS


def test_a_request_that_was_answered_meanwhile_is_not_mailed(house: House) -> None:
    ana = person(house)
    request = request_for(house, company(house), ana)
    with house.writing(ana) as unit:
        refuse(unit, request_id=request.id)
    assert sent(house) == []


def test_a_mail_that_waits_for_its_server_is_kept_back_when_the_request_is_answered(house: House) -> None:
    ana = person(house)
    request = request_for(house, company(house), ana)
    before = len(_mails(house))
    with use_house(house):
        while len(_mails(house)) == before:
            assert run_one(house)
    with house.writing(ana) as unit:
        refuse(unit, request_id=request.id)
    assert sent(house) == []
    assert "suppressed" in _mails(house).values()


def _mails(house: House) -> dict[bytes, str]:
    with house.reading() as unit:
        return dict(unit.connection.execute(select(Mail.id, Mail.state)).all())


def test_whoever_has_just_opened_a_request_is_mailed_only_if_they_leave_it(house: House) -> None:
    ana = person(house)
    asked(house, company(house), ana)
    assert sent(house) == []
    with clock.moved(timedelta(hours=2)):
        assert len(sent(house)) == 1


def test_what_is_wanted_here_only_or_in_the_weekly_mail_is_not_mailed_at_once(house: House) -> None:
    ana = person(house)
    for how in ("inbox", "digest"):
        wants(house, ana, request=how)
        request_for(house, company(house, f"Casa {how}"), ana)
    assert sent(house) == []
    assert len(told(house, ana)) == 2


def test_news_of_long_ago_is_not_mailed_any_more(app: Flask, client: FlaskClient, house: House) -> None:
    ana = person(house, given_name="Ana")
    wants(house, ana, first_look="mail")
    profile(client, connect(app, program(house), ana)["access_token"])
    house.lead()
    with clock.moved(timedelta(days=3)):
        jobs.watch(house)
        assert told(house, ana)[0][0] == "first-look"
        assert not [subject for subject in sent(house) if "first time" in subject]


def test_a_new_device_is_always_mailed_and_cannot_be_turned_off(app: Flask, house: House) -> None:
    people.register(house, ANA)
    for browser in (app.test_client(), app.test_client()):
        people.sign_in(browser, ANA)
    (subject,) = sent(house)
    assert subject == "Somebody signed in to your account from a new device."
    mail = people.mails(house, ANA)[0]
    assert mail["List-Unsubscribe"] is None and mail["List-Unsubscribe-Post"] is None
    assert "/reset" in mail.get_content() and "/account/sessions" in mail.get_content()


def test_the_page_of_choices_keeps_what_was_chosen_and_says_why_some_cannot_be(app: Flask, house: House) -> None:
    ana = person(house)
    browser = signed_in(app, ana)
    page = browser.get("/messages/settings").text
    assert "These cannot be turned off" in page
    assert "Where two of our data protection team have to agree before one of them sees who you are, no mail comes" in page
    for kind in (*ADJUSTABLE, KINDS["week"]):
        assert re.search(rf'name="{kind.name}" id="[\w-]+" value="{kind.how}" checked', page)
    for kind in SECURITY:
        assert f'name="{kind.name}"' not in page and str(kind.label) in page
    answer = people.post(browser, "/messages/settings", request="digest", week="never")
    assert answer.status_code == 303
    assert (chosen(house, ana)["request"], chosen(house, ana)["week"]) == ("digest", "never")
    people.post(browser, "/messages/settings", request="digest", week="never")
    assert len(entries(house, "mail.chosen")) == 2, "what stays as it was is no choice"


@pytest.mark.parametrize("wrong", [{"request": "never"}, {"week": "mail"}, {"request": ""}])
def test_a_choice_that_is_none_is_refused_whole(app: Flask, house: House, wrong: dict[str, str]) -> None:
    ana = person(house)
    fields = {"blocked": "mail", **wrong}
    assert people.post(signed_in(app, ana), "/messages/settings", **fields).status_code == 400
    assert chosen(house, ana)["blocked"] == "digest"
    assert people.post(signed_in(app, ana), "/messages/settings", **{"new-device": "inbox"}).status_code == 303
    assert chosen(house, ana)["new-device"] == "mail"


def a_look(app: Flask, client: FlaskClient, house: House, at: datetime) -> Actor:
    """A company connects, and looks, on a day."""
    with clock.moved(at):
        ana = person(house, given_name="Ana")
        list(jobs.tell_weeks(house))
        profile(client, connect(app, program(house), ana)["access_token"])
        watched(house)
        people.do_jobs(house)
    return ana


def monday(house: House, at: datetime = MONDAY) -> list[str]:
    """The weekly mails of a moment."""
    with clock.moved(at):
        for _ in range(2):
            list(jobs.tell_weeks(house))
        return [subject for subject in sent(house) if subject.startswith("Your week")]


def test_the_weekly_mail_tells_who_looked_and_comes_once(app: Flask, client: FlaskClient, house: House) -> None:
    ana = a_look(app, client, house, MONDAY - timedelta(days=5))
    assert monday(house, MONDAY - timedelta(hours=8)) == [], "not at night"
    assert monday(house) == ["Your week: 1–7 Mar 2027"]
    words = people.mails(house, ANA)[0].get_content()
    assert "Librería del Mar: 1 look\n- the first time" in words.replace("\r", "")
    assert because("week") in words
    assert len(monday(house, MONDAY + timedelta(days=1))) == 1
    assert ("week", "In the week 1–7 Mar 2027 your data was looked at 1 time.", True) in told(house, ana)


@pytest.mark.parametrize(
    ("looks", "tries", "said"),
    [
        (2, 0, "your data was looked at 2 times."),
        (1, 2, "your data was looked at 1 time. We blocked 2 attempts."),
        (0, 1, "nobody got to look at your data. We blocked 1 attempt."),
    ],
)
def test_a_week_tells_looks_and_blocked_attempts_apart(
    app: Flask, client: FlaskClient, house: House, looks: int, tries: int, said: str
) -> None:
    with clock.moved(MONDAY - timedelta(days=5)):
        ana = person(house, given_name="Ana")
        list(jobs.tell_weeks(house))
        token = connect(app, program(house), ana)["access_token"]
        for _ in range(looks):
            assert profile(client, token).status_code == 200
        with house.reading(ana) as unit:
            (grant,) = grants_of(unit)
        with house.writing(ana) as unit:
            revoke(unit, grant_id=grant.id)
        for _ in range(tries):
            assert profile(client, token).status_code in (401, 403)
        watched(house)
    monday(house)
    assert ("week", f"In the week 1–7 Mar 2027 {said}", True) in told(house, ana)


def test_a_week_that_was_told_before_they_were_counted_apart_says_what_is_known(
    app: Flask, client: FlaskClient, house: House
) -> None:
    ana = a_look(app, client, house, MONDAY - timedelta(days=5))
    monday(house)
    with house.writing(SYSTEM) as unit:
        unit.connection.execute(update(InboxNotice).where(InboxNotice.kind == "week").values(blocked=None))
    assert ("week", "In the week 1–7 Mar 2027 companies looked at your data 1 time, or tried to.", True) in told(house, ana)


def test_nothing_is_sent_of_a_week_in_which_nothing_happened(app: Flask, client: FlaskClient, house: House) -> None:
    a_look(app, client, house, MONDAY - timedelta(days=12))
    assert len(monday(house, MONDAY - timedelta(days=7))) == 1
    assert len(monday(house)) == 1


def test_a_week_of_usual_looks_is_told_to_whoever_wants_every_week(app: Flask, client: FlaskClient, house: House) -> None:
    made = None
    for days in (12, 5):
        with clock.moved(MONDAY - timedelta(days=days)):
            if made is None:
                made, both = program(house), [person(house, ANA), person(house, "eva@example.org")]
                list(jobs.tell_weeks(house))
                tokens = [connect(app, made, one) for one in both]
            else:
                tokens = [refresh(client, made, one["refresh_token"]).get_json() for one in tokens]
            for one in tokens:
                assert profile(client, one["access_token"]).status_code == 200
            watched(house)
    wants(house, both[1], week="always")
    for days in (7, 0):
        monday(house, MONDAY - timedelta(days=days))
    weekly = {to: len([s for s in sent(house, to) if s.startswith("Your week")]) for to in (ANA, "eva@example.org")}
    assert weekly == {ANA: 1, "eva@example.org": 2}


def test_whoever_wants_no_weekly_mail_gets_none(app: Flask, client: FlaskClient, house: House) -> None:
    ana = a_look(app, client, house, MONDAY - timedelta(days=5))
    wants(house, ana, week="never")
    assert monday(house) == []


def test_what_was_wanted_in_the_weekly_mail_stands_in_it_with_its_link(house: House) -> None:
    with clock.moved(MONDAY - timedelta(days=4)):
        ana = person(house)
        list(jobs.tell_weeks(house))
        wants(house, ana, request="digest")
        request_for(house, company(house), ana)
    assert len(monday(house)) == 1
    words = people.mails(house, ANA)[0].get_content()
    assert "Librería del Mar asks you to share some of your data." in words
    assert "/requests/" in words


def test_a_house_that_begins_to_tell_weeks_tells_none_of_before(app: Flask, client: FlaskClient, house: House) -> None:
    with clock.moved(MONDAY - timedelta(days=5)):
        ana = person(house, given_name="Ana")
        profile(client, connect(app, program(house), ana)["access_token"])
        house.lead()
    assert monday(house) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_mails_of_notices_speak_their_readers_language(app: Flask, client: FlaskClient, house: House, locale: str) -> None:
    ana = a_look(app, client, house, MONDAY - timedelta(days=5))
    people.post(signed_in(app, ana), "/language", locale=locale)
    with clock.moved(MONDAY):
        list(jobs.tell_weeks(house))
        people.do_jobs(house)
    mail = people.mails(house, ANA)[0]
    with use_locale(locale):
        assert because("week") in mail.get_content().replace("\n", " ").replace("  ", " ")
    assert mail["Content-Language"] == locale
    assert ("Hello," in mail.get_content()) is (locale == "en")


def test_attack_73_a_companys_name_makes_no_header_of_a_notice(house: House) -> None:
    ana = person(house)
    request_for(house, company(house, "Casa\u2028Bcc: all@example.org"), ana)
    (subject,) = sent(house)
    assert subject.startswith("Casa Bcc: all@example.org asks")
    assert people.mails(house, ANA)[0]["Bcc"] is None


def test_a_permission_that_ends_is_mailed_with_its_day(house: House) -> None:
    ana = person(house)
    given(house, ana, asked(house, company(house), ana, detail(house, days=90)))
    with clock.moved(timedelta(days=80)):
        list(jobs.remind(house))
        assert [subject for subject in sent(house) if "ends on" in subject] != []
