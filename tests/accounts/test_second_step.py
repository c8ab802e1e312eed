"""The second step of signing in: a code of an app or of paper, good once, and guesses are bounded."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts import codes, service, totp
from portal.accounts.facts.sessions import SignInRefused
from portal.accounts.models import Factor, RecoveryCode
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from tests import people
from tests.accounts import apps
from tests.accounts.apps import NOON
from tests.processes import printed_by_two
from tests.prove.sizes import size

ANA = "ana@example.org"
RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The seed of RFC 6238, appendix B."""


@pytest.fixture
def ana(house: House, app: Flask) -> Iterator[apps.App]:
    """It is noon, and Ana has just added an app to her account, in a browser that no test uses."""
    people.register(house, ANA)
    browser = app.test_client()
    with apps.at():
        people.sign_in(browser, ANA)
        yield apps.add_app(browser)


def test_codes_are_those_of_any_app() -> None:
    seed = totp.new_seed()
    for seconds in (0, 29, 30, 61, 10**9):
        at = NOON + timedelta(seconds=seconds)
        assert totp.code_at(seed, totp.step_of(at)) == pyotp.TOTP(seed).at(at)
    # The table of RFC 6238, appendix B: the last six of its eight digits.
    assert [totp.code_at(RFC, second // 30) for second in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_the_picture_says_what_the_address_says_and_carries_no_style(client: FlaskClient) -> None:
    address = totp.address_of(RFC, "ana+x@example.org")
    assert address == (
        "otpauth://totp/Freehold:ana%2Bx@example.org?secret="
        f"{RFC}&issuer=Freehold&algorithm=SHA1&digits=6&period=30"
    )
    parsed = pyotp.parse_uri(address)
    assert (parsed.name, parsed.issuer, parsed.secret) == ("ana+x@example.org", "Freehold", RFC)
    picture = totp.picture_of(address, "QR <code>")
    assert picture.startswith("<svg")
    assert not re.search(r"style|script|href|QR <code>|on\w+=", picture)


def test_the_password_alone_opens_nothing_and_the_code_leads_to_where_the_person_was_going(
    app: Flask, ana: apps.App
) -> None:
    client = app.test_client()
    sent = apps.half_way(client, ANA, next="/account/sessions")
    assert sent.location == "/sign-in/second?next=%2Faccount%2Fsessions"
    assert client.get("/account").status_code == 303
    page = client.get(sent.location).text
    assert 'name="next" type="hidden" value="/account/sessions"' in page
    with apps.at(apps.STEP):
        done = people.post(client, "/sign-in/second", page=sent.location, code=ana.code(), next="/account/sessions")
    assert (done.status_code, done.location) == (303, "/account/sessions")
    assert client.get("/account").status_code == 200


def test_who_has_not_given_a_password_has_no_second_step(client: FlaskClient, ana: apps.App) -> None:
    assert client.get("/sign-in/second").location == "/sign-in"
    with apps.at(apps.STEP):
        assert apps.second(client, ana.code()).location == "/sign-in"
        assert client.get("/account").status_code == 303


def test_a_wrong_code_is_refused_beside_its_field_and_stands_on_record(house: House, app: Flask, ana: apps.App) -> None:
    client = app.test_client()
    apps.half_way(client, ANA)
    refused = apps.second(client, ana.wrong())
    assert refused.status_code == 422
    assert "This code is not good now." in refused.text
    for odd in ("", "abc", "١٢٣٤٥٦", "\x00" * 6, "9" * 41, "12345", "-1-1-1"):
        with apps.at(timedelta(minutes=6)):
            apps.half_way(client, ANA)
            assert apps.second(client, odd).status_code in (422, 429)
    assert client.get("/account").status_code == 303
    with house.reading() as unit:
        entries = unit.connection.execute(select(QueuedFact.entry)).scalars().all()
    refusals = [entry for entry in entries if SignInRefused.EVENT.encode() in entry and b"wrong-code" in entry]
    assert refusals
    assert all(b'"customer"' in entry and b"192.0.2.1" not in entry for entry in refusals)


def test_attack_68_a_code_is_good_once_and_no_older_one_after_it(app: Flask, ana: apps.App) -> None:
    with apps.at(10 * apps.STEP):
        shown, before = ana.code(), ana.code(-1)
        for code, status in ((shown, 303), (shown, 422), (before, 422)):
            client = app.test_client()
            apps.half_way(client, ANA)
            assert apps.second(client, code).status_code == status


def test_attack_68_the_code_that_added_the_app_is_used_up(app: Flask, ana: apps.App) -> None:
    client = app.test_client()
    apps.half_way(client, ANA)
    assert apps.second(client, ana.code()).status_code == 422


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 422)])
def test_attack_68_only_the_present_code_and_the_one_before_count(
    app: Flask, ana: apps.App, steps: int, status: int
) -> None:
    client = app.test_client()
    with apps.at(10 * apps.STEP):
        apps.half_way(client, ANA)
        assert apps.second(client, ana.code(steps)).status_code == status


def test_attack_68_of_eight_who_bring_one_code_in_two_processes_one_gets_in(
    house: House, ana: apps.App, figure: Callable[..., float]
) -> None:
    rounds = size(test=3, prove=100)
    said = (str(house.settings.instance), house.settings.database_url, ANA, ana.seed, str(rounds), ana.codes[0])
    got = printed_by_two("tests.accounts.code_claiming", *said)
    assert Counter(got) == Counter([*(f"app:{n}" for n in range(rounds)), "paper"])
    figure("codes that got in once, of 8 tries each in 2 processes", rounds, unit="codes")


def test_attack_68_a_recovery_code_is_good_once_however_it_is_typed(house: House, app: Flask, ana: apps.App) -> None:
    assert len(set(ana.codes)) == codes.MANY
    typed = ana.codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    for status in (303, 422):
        client = app.test_client()
        apps.half_way(client, ANA)
        assert apps.second(client, typed).status_code == status
    people.do_jobs(house)
    (told,) = [mail for mail in people.mails(house, ANA) if mail["Subject"] == "A recovery code was used"]
    assert "9 are left." in told.get_content()


def test_attack_67_a_new_password_by_mail_does_not_skip_the_second_step(house: House, app: Flask, ana: apps.App) -> None:
    client = app.test_client()
    people.post(client, "/reset", email=ANA)
    people.do_jobs(house)
    link = next(people.link_in(mail) for mail in people.mails(house, ANA) if mail["Subject"] == "Choose a new password")
    assert people.post(client, link, password="a louder harbour at dawn").location == "/sign-in"
    assert people.sign_in(client, ANA, "a louder harbour at dawn").location == "/sign-in/second"
    assert client.get("/account").status_code == 303


def test_a_second_step_ends_after_ten_minutes_with_a_new_password_and_with_being_used(
    house: House, app: Flask, ana: apps.App
) -> None:
    late, voided, used, copy = (app.test_client() for _ in range(4))
    for client in (late, voided, used):
        apps.half_way(client, ANA)
    copy.set_cookie("session", used.get_cookie("session").value)  # type: ignore[union-attr]
    with apps.at(timedelta(minutes=11)):
        assert apps.second(late, ana.code()).location == "/sign-in"
    with apps.at(2 * apps.STEP):
        assert apps.second(used, ana.code()).location == "/"
    with apps.at(4 * apps.STEP):
        assert apps.second(copy, ana.code()).location == "/sign-in"
    with house.writing() as unit:
        account_id = unit.connection.execute(select(Factor.account_id)).scalar_one()
        service.end_sessions(unit, account_id=account_id, reason="asked")
    with apps.at(6 * apps.STEP):
        assert apps.second(voided, ana.code()).location == "/sign-in"
        assert voided.get("/account").status_code == 303


def test_five_codes_in_five_minutes_twenty_an_hour_fifty_a_day_and_the_owners_browser_still_gets_in(
    app: Flask, ana: apps.App, figure: Callable[..., float]
) -> None:
    owner = app.test_client()
    with apps.at(apps.STEP):
        apps.half_way(owner, ANA)
        assert apps.second(owner, ana.code()).status_code == 303
        people.post(owner, "/sign-out", page="/account")
    looked_at: list[datetime] = []
    for minute in range(0, 30 * 60, 5 if size(test=0, prove=1) else 30):
        with apps.at(timedelta(minutes=minute, seconds=30)):
            thief = app.test_client()
            thief.environ_base["REMOTE_ADDR"] = f"198.51.100.{minute % 250}"
            apps.half_way(thief, ANA)
            answers = [apps.second(thief, ana.wrong(), from_=f"203.0.113.{n}").status_code for n in range(6)]
            assert set(answers) <= {422, 429}
            looked_at += [clock.now()] * answers.count(422)
    for seconds, most in ((300, 5), (3600, 20), (86_400, 50)):
        span = timedelta(seconds=seconds)
        worst = max(sum(1 for at in looked_at if begin <= at < begin + span) for begin in looked_at)
        assert figure(f"codes looked at in {seconds} s during an attack", worst, goal=most, better="lower") <= most
    with apps.at(timedelta(hours=23, minutes=55)):
        stranger = app.test_client()
        apps.half_way(stranger, ANA)
        refused = apps.second(stranger, ana.code())
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        apps.half_way(owner, ANA)
        assert apps.second(owner, ana.code()).status_code == 303, "the owner's own browser gets in"


def test_recovery_codes_are_counted_with_the_others(app: Flask, ana: apps.App) -> None:
    client = app.test_client()
    apps.half_way(client, ANA)
    tries = ["0000-0000-0000-0000"] * 3 + [ana.wrong()] * 2
    assert [apps.second(client, code).status_code for code in tries] == [422] * 5
    assert apps.second(client, ana.codes[0]).status_code == 429


def test_the_owner_is_told_once_a_day_that_somebody_knows_the_password(house: House, app: Flask, ana: apps.App) -> None:
    def told() -> int:
        # Later than all letters before it, which it waits for.
        with apps.at(timedelta(hours=3)):
            people.do_jobs(house)
        return sum(mail["Subject"] == "Somebody knows your password" for mail in people.mails(house, ANA))

    client = app.test_client()
    with apps.at():
        apps.half_way(client, ANA)
        for _ in range(4):
            apps.second(client, ana.wrong())
        assert told() == 0, "a slip or two is no news"
        apps.second(client, ana.wrong())
        assert told() == 1
    with apps.at(timedelta(hours=2)):
        apps.half_way(client, ANA)
        for _ in range(5):
            apps.second(client, ana.wrong())
        assert told() == 1


def test_seeds_are_sealed_and_codes_kept_as_digests(house: House, ana: apps.App) -> None:
    with house.reading() as unit:
        factor = unit.connection.execute(select(*Factor.__table__.columns)).one()
        papers = unit.connection.execute(select(RecoveryCode.hash)).scalars().all()
        queued = unit.connection.execute(select(QueuedFact.entry)).scalars().all()
    kept = b"".join(value for value in [*factor, *papers, *queued] if isinstance(value, bytes))
    assert len(papers) == codes.MANY
    for secret in (ana.seed, "My phone", *ana.codes, *(code.replace("-", "") for code in ana.codes)):
        assert secret.encode() not in kept
