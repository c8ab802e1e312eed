"""What was used since a backup is not good again after its restore: sessions, links, codes, tokens, invitations."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, func, select

from portal.accounts import service
from portal.accounts.models import Factor, OneTimeToken, Session
from portal.accounts.reads import codes_left
from portal.app import create_app
from portal.audit.verify import verify
from portal.backup.making import make
from portal.backup.restoring import restore
from portal.kernel import clock
from portal.kernel.db import Base, Digest
from portal.kernel.house import House, use_house
from portal.kernel.settings import Settings
from portal.links.reads import invited
from tests import people
from tests.accounts import apps
from tests.databases import Databases
from tests.grants.cast import person
from tests.links.test_folding import invite, prospect
from tests.oauth.cast import answered, bearing, connect, entries, own_token, profile, program, redeem, refresh, yes
from tests.oauth.test_pushed import brought, form_of
from tests.roof.keeping import PASSPHRASE, opened, tools

ANA = "ana@example.org"
LATER = 20 * apps.STEP
"""When a restore that was made about noon is surely over."""

ENDED = {
    *("sessions", "recovery_codes", "challenges", "one_time_tokens", "pushed_requests", "codes", "tokens"),
    *("invitations", "delegations", "staff_invitations"),
}
GOES_ON = {
    "added_orders": "by which an order that is sent twice is one, and whether it is there already",
    "authorization_requests": "the key that a code will be bound to; the codes are gone, and a question is asked again",
    "client_keys": "public halves; like a program's secret no thing of once",
    "clients": "a program's secret is no thing of once",
    "files": "whether the pieces are whole",
    "factors": "a passkey answers a question, and all questions are gone; the codes of apps are used up by their step",
    "guest_withdrawals": "pressed again, a link declares once more what was declared; it shows nothing of any order",
    "identifiers": "the blind index",
    "key_checks": "by which keys are known",
    "idempotency": "what it answers was done by the backup's own moment",
    "limits": "counters of tries",
    "mails": "whose turn it is",
    "notices": "the text that somebody was shown",
    "records": "what somebody chose",
    "refusal_counts": "how many equal refusals a minute had",
    "read_claims": "reads that were made: they go on counting",
    "read_proofs": "whoever shows one again needs its token as well, and all tokens are gone",
    "ticket_guests": "a guest's link is no thing of once: it opens the guest's own conversation as it stood at the backup",
    "tickets": "by which a question that is sent twice is one",
    "ticket_events": "by which words that are sent twice are said once",
    "ticket_notes": "by which a note that is sent twice is one",
    "used_proofs": "whoever shows one again gets at most a token bound to a key that they do not have",
}


@dataclass
class Again:
    """A house that was brought back, and its pages."""

    house: House
    app: Flask

    def browser(self, other: FlaskClient) -> FlaskClient:
        """The same browser, with the cookies that it had."""
        client = self.app.test_client()
        for name in ("session", "known"):
            if (cookie := other.get_cookie(name)) is not None:
                client.set_cookie(name, cookie.value)
        return client


BringBack = Callable[[House], Again]


@pytest.fixture
def bring_back(
    databases: Callable[[str], Databases], engine_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BringBack]:
    """Keeps a house, and fills another from the backup at once."""
    monkeypatch.setenv("PATH", tools())
    folder, made = tmp_path / "elsewhere", []
    url = databases(engine_name).empty(folder)

    def back(house: House) -> Again:
        make(house.settings, tmp_path / "one.backup", PASSPHRASE.encode(), with_keys=False, progress=lambda *_: None)
        folder.mkdir()
        shutil.copytree(house.settings.instance / "keys", folder / "keys")
        settings = Settings(instance=folder, database_url=url, erasures=tmp_path / "erasures")
        restore(settings, tmp_path / "one.backup", PASSPHRASE.encode(), without_erasures=False, progress=lambda *_: None)
        made.append(opened(folder, url, tmp_path / "erasures"))
        return Again(made[0], create_app(made[0]))

    yield back
    for one in made:
        one.close()
    databases(engine_name).drop(url)


@pytest.fixture
def browser(house: House, app: Flask) -> Iterator[FlaskClient]:
    """It is noon; Ana is signed in."""
    people.register(house, ANA)
    with apps.at():
        client = app.test_client()
        people.sign_in(client, ANA)
        yield client


def test_sessions_links_and_codes_from_before_a_restore_open_nothing(
    house: House, app: Flask, browser: FlaskClient, bring_back: BringBack
) -> None:
    mine, half = apps.add_app(browser), app.test_client()
    apps.half_way(half, ANA)
    people.post(app.test_client(), "/reset", email=ANA)
    people.do_jobs(house)
    link = next(people.link_in(mail) for mail in people.mails(house, ANA) if mail["Subject"] == "Choose a new password")
    with apps.at(apps.STEP):
        used_since = (mine.code(), mine.codes[0])
        again = bring_back(house)
        with use_house(again.house):
            assert again.browser(browser).get("/account").status_code == 303
            assert again.app.test_client().get(link).status_code == 410
            assert again.browser(half).get("/sign-in/second").location == "/sign-in"
            for code in used_since:
                fresh = again.app.test_client()
                apps.half_way(fresh, ANA)
                assert apps.second(fresh, code).status_code == 422
    with use_house(again.house), apps.at(LATER):
        fresh = again.app.test_client()
        apps.half_way(fresh, ANA)
        assert apps.second(fresh, mine.code()).status_code == 303
        assert "No code is left." in fresh.get("/account/factors").text


def test_whoever_had_recovery_codes_is_told_to_make_new_ones_and_nobody_else(
    house: House, browser: FlaskClient, bring_back: BringBack
) -> None:
    people.register(house, "joan@example.org")
    apps.add_app(browser)
    people.do_jobs(house)
    again = bring_back(house)
    with apps.at(LATER):
        people.do_jobs(again.house)
    [told] = people.mails(again.house)
    assert (told["To"], told["Subject"]) == (ANA, "Please make new recovery codes")
    words = " ".join(told.get_content().split())
    assert "a backup of 3 May 2030, 14:0" in words
    assert "/account/factors" in words
    assert "safety of your account" in words


def test_codes_tokens_pushed_requests_and_invitations_from_before_a_restore_are_unknown(
    house: House, app: Flask, client: FlaskClient, bring_back: BringBack
) -> None:
    with apps.at():
        shop, ana = program(house), person(house)
        held, own = connect(app, shop, person(house, "joan@example.org")), own_token(client, shop)
        code = answered(yes(app, shop, ana))["code"]
        pushed = client.post("/oauth/par", data=form_of(house, shop), headers=shop.basic).json["request_uri"]
        secret = invite(house, prospect(house, shop.vendor_id))
        again = bring_back(house)
        fresh = again.app.test_client()
        with use_house(again.house):
            assert redeem(fresh, shop, code).json["error"] == "invalid_grant"
            assert refresh(fresh, shop, held["refresh_token"]).json["error"] == "invalid_grant"
            assert profile(fresh, held["access_token"]).status_code == 401
            assert fresh.get("/api/v1/profiles", headers=bearing(own)).status_code == 401
            assert fresh.get(brought(shop, pushed)).status_code == 400
            with again.house.reading() as unit:
                assert invited(unit, secret) is None
            # The program is let in as before, and so is whoever says yes again.
            assert own_token(fresh, shop)
            assert profile(fresh, connect(again.app, shop, ana)["access_token"]).status_code == 200


def test_a_restore_is_an_entry_with_what_it_ended_and_the_record_stays_sound(
    house: House, app: Flask, browser: FlaskClient, bring_back: BringBack
) -> None:
    apps.add_app(browser)
    people.post(app.test_client(), "/reset", email=ANA)
    people.do_jobs(house)
    shop = program(house)
    own_token(app.test_client(), shop)
    invite(house, prospect(house, shop.vendor_id))
    with apps.at(apps.STEP):
        again = bring_back(house)
    [entry] = entries(again.house, "account.restored")
    told = entry["detail"]
    assert {name: told[name] for name in ("sessions", "links", "codes", "apps")} == {
        "sessions": 1, "links": 1, "codes": 10, "apps": 1}  # fmt: skip
    assert timedelta(0) <= clock.from_micros(told["kept"]) - apps.NOON < timedelta(hours=1)
    [ended] = entries(again.house, "invitation.ended")
    gone = [entry for entry in entries(again.house, "token.forgotten") if entry.get("reason") == "restored"]
    assert (ended["count"], ended["reason"], [entry["count"] for entry in gone]) == (1, "restored", [1])
    assert verify(again.house).exit_code == 0


def test_an_account_that_was_moved_away_can_still_be_taken_back_after_a_restore(
    house: House, browser: FlaskClient, bring_back: BringBack
) -> None:
    new = "ana.new@example.org"
    people.post(browser, "/account/address", email=new, current_password=people.PASSWORD)
    people.do_jobs(house)
    people.post(browser, people.link_in(people.mails(house, new)[0]))
    people.do_jobs(house)
    undo = next(mail for mail in people.mails(house, ANA) if mail["Subject"] == "Your account has a new address")
    again = bring_back(house)
    with use_house(again.house), apps.at(LATER):
        owner = again.app.test_client()
        assert "The account is yours again" in people.post(owner, people.link_in(undo)).text


def test_letters_that_waited_and_whose_links_are_dead_do_not_leave(
    house: House, app: Flask, browser: FlaskClient, bring_back: BringBack
) -> None:
    people.do_jobs(house)
    people.post(browser, "/account/address", email="ana.new@example.org", current_password=people.PASSWORD)
    again = bring_back(house)
    with apps.at(LATER):
        people.do_jobs(again.house)
    assert people.mails(again.house) == []


def test_restoring_touches_no_session_that_had_ended_and_no_newer_step(house: House, browser: FlaskClient) -> None:
    apps.add_app(browser)
    with house.reading() as unit:
        account_id = unit.connection.execute(select(Factor.account_id)).scalar_one()
        step = unit.connection.execute(select(Factor.counter)).scalar_one()
    with house.writing() as unit:
        service.end_sessions(unit, account_id=account_id, reason="asked")
    with apps.at(timedelta(hours=-1)), house.writing() as unit:
        service.end_after_restore(unit, kept_at=1)
        assert codes_left(unit, account_id) == 0
    with house.reading() as unit:
        assert unit.connection.execute(select(Factor.counter)).scalar_one() == step
        assert unit.connection.execute(select(func.count()).select_from(OneTimeToken)).scalar_one() == 0
        ended = unit.connection.execute(select(Session.ended_at)).scalars().all()
    assert ended == [apps.NOON] or max(ended) > apps.NOON - timedelta(minutes=1)


@pytest.mark.engines("sqlite")  # of the tables alone
def test_every_table_that_knows_a_secret_by_its_hash_is_ended_or_goes_on_for_a_reason() -> None:
    known = {
        table.name
        for table in Base.metadata.tables.values()
        if any(isinstance(column.type, LargeBinary) and column.type.length == Digest.length for column in table.columns)
    }
    assert known - {name for name in known if name.startswith("log_")} == ENDED | GOES_ON.keys()
