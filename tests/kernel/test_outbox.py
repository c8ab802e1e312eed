"""The outbox: nothing is lost, nothing goes twice beyond SMTP's own uncertainty, and letters keep their order."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextvars import copy_context
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import select, update

from portal.kernel import clock
from portal.kernel.db import WRITING, isolation
from portal.kernel.errors import NotFound
from portal.kernel.house import House
from portal.kernel.i18n import use_locale
from portal.kernel.ids import new_id
from portal.kernel.jobs import Job, run_due
from portal.kernel.mail import Mail, NoReason, compose, queue_mail, retry_mail, smtp, stuck_mails, suppress
from portal.kernel.mail.reasons import REASONS, because, reason_of
from portal.kernel.migrate import config_for, upgrade
from portal.kernel.sealing import create_holder
from portal.kernel.unit import SYSTEM
from portal.migrations.tables import all_tables
from tests.browsing import free_port
from tests.kernel.posting import PHASES, SILENT, TRICKLE, Server, serving
from tests.kernel.test_mail import MakeSmtpHouse, _queue, _state, smtp_house
from tests.processes import ROOT
from tests.prove.sizes import size

__all__ = ["smtp_house"]
_ID = re.compile(r"^Message-ID: (\S+)$", re.MULTILINE)
_SAID = re.compile(r"/verify/(\d+)")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits twenty seconds for a server that is silent on purpose."""
    monkeypatch.setattr(smtp, "TIME_OUT", 0.3)


def _queue_numbered(house: House, to: str, number: int, topic: str | None = None) -> bytes:
    with house.writing(SYSTEM) as unit:
        return queue_mail(unit, to=to, template="accounts/verify", token=str(number), topic=topic)


def _ids(server: Server) -> list[str]:
    return [found for words in server.taken for found in _ID.findall(words)]


def _numbers(server: Server) -> list[int]:
    return [int(_SAID.findall(words)[0]) for words in server.taken]


def _run_later(house: House, **later: float) -> None:
    with clock.moved(timedelta(**later)):
        run_due(house)


@pytest.mark.parametrize("phase", PHASES)
def test_a_server_that_falls_silent_at_any_point_loses_no_mail(smtp_house: MakeSmtpHouse, phase: str) -> None:
    silences = iter([SILENT])
    with serving(lambda now, line: next(silences, None) if now == phase else None) as server:
        house = smtp_house(server.port)
        mail_id = _queue(house)
        run_due(house)
        known = phase == "QUIT"
        assert _state(house, mail_id) == (("delivered", 250) if known else ("technical-failure", None))
        _run_later(house, minutes=1)
    assert _state(house, mail_id) == ("delivered", 250)
    # Whoever fell silent after the last word may have taken it: that alone comes twice, and says that it is the same.
    assert len(server.taken) == (2 if phase == "." else 1)
    assert len(set(_ids(server))) == 1


@pytest.mark.parametrize("farewell", ["421 too busy for that", "500 what?", "221 bye"])
def test_a_mail_that_was_taken_is_not_sent_again_for_a_bad_farewell(smtp_house: MakeSmtpHouse, farewell: str) -> None:
    with serving(lambda phase, line: farewell if phase == "QUIT" else None) as server:
        house = smtp_house(server.port)
        mail_id = _queue(house)
        run_due(house)
        _run_later(house, days=5)
    assert _state(house, mail_id) == ("delivered", 250)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("phase", "word", "state"),
    [
        ("banner", "554 not from you", "technical-failure"),
        ("MAIL", "550 not as this sender", "technical-failure"),
        ("RCPT", "550 no such person", "permanent-failure"),
        (".", "554 not this text", "permanent-failure"),
        ("banner", "421 busy", "temporary-failure"),
        ("MAIL", "451 busy", "temporary-failure"),
        ("RCPT", "450 come back in five minutes", "temporary-failure"),
        (".", "451 busy", "temporary-failure"),
    ],
)
def test_only_what_is_said_of_the_recipient_or_the_text_is_final(
    smtp_house: MakeSmtpHouse, phase: str, word: str, state: str
) -> None:
    with serving(lambda now, line: word if now == phase else None) as server:
        house = smtp_house(server.port)
        mail_id = _queue(house)
        run_due(house)
    assert _state(house, mail_id) == (state, int(word[:3]))


def test_a_server_that_trickles_is_cut_off_long_before_another_worker_may_begin(
    smtp_house: MakeSmtpHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=smtp.LONGEST) < timedelta(minutes=5), "a job's claim must outlast a conversation"
    monkeypatch.setattr(smtp, "LONGEST", 0.5)
    with serving(lambda phase, line: TRICKLE if phase == "EHLO" else None) as server:
        house = smtp_house(server.port)
        mail_id = _queue(house)
        run_due(house)
    assert _state(house, mail_id) == ("technical-failure", None)


def test_letters_to_one_address_arrive_in_the_order_in_which_they_were_written(smtp_house: MakeSmtpHouse) -> None:
    refusals = iter(["451 greylisted", "451 greylisted"])
    with serving(lambda phase, line: next(refusals, None) if phase == "." and "/verify/1" in line else None) as server:
        house = smtp_house(server.port)
        for number in (1, 2, 3):
            _queue_numbered(house, "ana@example.org", number)
        _queue_numbered(house, "eva@example.org", 4)
        run_due(house)
        assert _numbers(server) == [4], "another's mail waits for nobody"
        _run_later(house, seconds=30)
        assert _numbers(server) == [4]
        for minutes in (1, 2, 3):
            _run_later(house, minutes=minutes)
    assert _numbers(server) == [4, 1, 2, 3]


def test_what_keeps_an_account_safe_does_not_wait_behind_what_can_be_turned_off(smtp_house: MakeSmtpHouse) -> None:
    with serving(lambda phase, line: "451 later" if phase == "." and "/verify/1" in line else None) as server:
        house = smtp_house(server.port)
        _queue_numbered(house, "ana@example.org", 1, topic="digest")
        _queue_numbered(house, "ana@example.org", 2)
        run_due(house)
    assert _numbers(server) == [2]


def test_waiting_for_ones_turn_uses_up_no_try(smtp_house: MakeSmtpHouse) -> None:
    house = smtp_house(1)
    first = _queue_numbered(house, "ana@example.org", 1)
    second = _queue_numbered(house, "ana@example.org", 2)
    for minutes in range(12):
        _run_later(house, minutes=minutes)
    assert _state(house, first)[0] == "technical-failure"
    assert _state(house, second) == ("created", None)
    with house.reading() as unit:
        job_id = select(Mail.job_id).where(Mail.id == second).scalar_subquery()
        assert unit.connection.execute(select(Job.attempts).where(Job.id == job_id)).scalar_one() == 0


def test_a_server_that_stays_dead_makes_a_mail_visible_and_another_try_sends_it(smtp_house: MakeSmtpHouse) -> None:
    port = free_port()
    house = smtp_house(port)
    first = _queue_numbered(house, "ana@example.org", 1)
    second = _queue_numbered(house, "ana@example.org", 2)
    for hours in range(0, 24 * 6, 2):
        _run_later(house, hours=hours)
    with house.reading() as unit:
        stuck = {one.id: one for one in stuck_mails(unit.connection)}
    assert stuck[first].next_at is None, "given up after four days"
    assert second in stuck, "what was given up keeps nobody waiting"
    with serving(port=port) as server, clock.moved(timedelta(days=6)):
        with house.writing(SYSTEM) as unit:
            retry_mail(unit, first)
            retry_mail(unit, second)
        run_due(house)
        assert sorted(_numbers(server)) == [1, 2]
        with house.reading() as unit:
            assert stuck_mails(unit.connection) == []
        with pytest.raises(NotFound), house.writing(SYSTEM) as unit:
            retry_mail(unit, first)


def test_a_mail_whose_keys_are_gone_is_given_up_and_keeps_nobody_waiting(smtp_house: MakeSmtpHouse) -> None:
    with serving() as server:
        house = smtp_house(server.port)
        with house.writing(SYSTEM) as unit:
            other = create_holder(unit, "person")
        broken, whole = _queue_numbered(house, "ana@example.org", 1), _queue_numbered(house, "ana@example.org", 2)
        with house.transaction(WRITING) as connection:
            connection.execute(update(Mail).where(Mail.id == broken).values(holder_id=other))
        run_due(house)
        assert _numbers(server) == [2]
        assert _state(house, broken) == ("technical-failure", None)
        assert _state(house, whole) == ("delivered", 250)


def test_what_nobody_wants_any_more_does_not_go(smtp_house: MakeSmtpHouse) -> None:
    with serving() as server:
        house = smtp_house(server.port)
        mail_id = _queue(house)
        with house.writing(SYSTEM) as unit:
            assert suppress(unit, [mail_id]) == 1
        run_due(house)
        with house.writing(SYSTEM) as unit:
            assert stuck_mails(unit.connection) == []
            with pytest.raises(NotFound):
                retry_mail(unit, mail_id)
    assert _state(house, mail_id) == ("suppressed", None)
    assert server.taken == []


def test_two_workers_at_once_send_each_mail_once_and_in_order(smtp_house: MakeSmtpHouse) -> None:
    many = size(test=24, prove=400)
    later = iter([None, "451 later", None, None, "450 later"] * many)
    with serving(lambda phase, line: next(later, None) if phase == "RCPT" else None) as server:
        house = smtp_house(server.port)
        for number in range(many):
            _queue_numbered(house, f"p{number % 4}@example.org", number)
        for minutes in range(0, 12 * many):
            with clock.moved(timedelta(minutes=minutes)):
                hands = [threading.Thread(target=copy_context().run, args=(run_due, house)) for _ in range(2)]
                for hand in hands:
                    hand.start()
                for hand in hands:
                    hand.join(60)
            if len(server.taken) == many:
                break
    assert Counter(_numbers(server)) == Counter(range(many))
    for person in range(4):
        assert all(a < b for a, b in pairwise(n for n in _numbers(server) if n % 4 == person)), f"out of order: {person}"


def test_a_worker_that_is_killed_while_it_sends_loses_nothing(smtp_house: MakeSmtpHouse) -> None:
    many, rounds = size(test=12, prove=100), size(test=2, prove=20)
    killed: list[int] = []

    def kill(phase: str, line: str) -> str | None:
        # At the last word of a message: the server has it, and nobody is left to write that down.
        if phase == "." and killed and len(server.taken) % 4 == 2:
            os.kill(killed.pop(), signal.SIGKILL)
        return None

    with serving(kill) as server:
        house = smtp_house(server.port)
        for number in range(many):
            # A person each: behind a message that nobody wrote down whoever else waits for that person waits for minutes.
            _queue_numbered(house, f"p{number}@example.org", number)
        for _ in range(rounds):
            instance, url = str(house.settings.instance), house.settings.database_url
            worker = subprocess.Popen([sys.executable, "-m", "tests.kernel.posting", instance, url, str(server.port)], cwd=ROOT)
            killed.append(worker.pid)
            assert worker.wait(60) == -signal.SIGKILL
        for minutes in range(6, 30, 2):
            _run_later(house, minutes=minutes)
    sent = Counter(_numbers(server))
    assert set(sent) == set(range(many)), "a mail was lost"
    assert sum(sent.values()) - many <= rounds, "more came twice than there were kills"
    assert len(set(_ids(server))) == many, "a second try is another message"


def test_promise_8_no_mail_is_queued_without_a_reason_that_it_says_itself(house: House) -> None:
    with house.writing(SYSTEM) as unit:
        with pytest.raises(NoReason):
            queue_mail(unit, to="ana@example.org", template="nowhere/plain")
        with pytest.raises(NoReason):
            queue_mail(unit, to="ana@example.org", template="accounts/verify", token="x", reason="because")
        mail_id = queue_mail(unit, to="ana@example.org", template="accounts/verify", token="x")
        assert unit.connection.execute(select(Mail.reason).where(Mail.id == mail_id)).scalar_one() == "address"


@pytest.mark.parametrize("template", sorted(path for path in Path("templates/mail").glob("*/*.txt")), ids=lambda path: path.stem)
def test_promise_8_every_mail_ends_with_why_it_comes(template: Path) -> None:
    assert '{% include "_foot.txt" %}' in template.read_text()


def test_promise_8_a_mail_says_its_reason_in_its_readers_language() -> None:
    for locale in ("en", "ca", "es", "ro"):
        _, body = compose("accounts/unknown", locale, origin="https://freehold.example")
        with use_locale(locale):
            assert because(reason_of("accounts/unknown")) in body
    assert set(REASONS)


def test_attack_73_a_letter_of_hostile_signs_makes_one_plain_text_and_no_header(smtp_house: MakeSmtpHouse) -> None:
    hostile = ["\r\nBcc: all@example.org", "\n.\r\nMAIL FROM:<x@example.org>", "\u2028Bcc: x", "\x0bBcc: x", "\x85Bcc: x"]
    with serving() as server:
        house = smtp_house(server.port)
        with house.writing(SYSTEM) as unit:
            for one in hostile:
                told = {"company": f"Casa{one}", "contact": "p@lumen.example", "sender": "joan@example.org", "message": one}
                queue_mail(unit, to="p@lumen.example", template="audit/privacy_copy", quote=[("x", one)], **told)
        run_due(house)
    assert len(server.taken) == len(hostile)
    for words in server.taken:
        head = words.split("\n\n")[0]
        assert "Bcc" not in re.findall(r"^([A-Za-z-]+):", head, re.MULTILINE)
        assert words.count("To: p@lumen.example") == 1


_NO_ADDRESSES = ("a@example.org\r\nBcc: b@example.org", "a@example.org>\nX: y", "no address", "\ud800@example.org")


@pytest.mark.parametrize("hostile", _NO_ADDRESSES, ids=range(len(_NO_ADDRESSES)))
def test_attack_73_an_address_that_is_none_is_given_up_and_sends_nothing(smtp_house: MakeSmtpHouse, hostile: str) -> None:
    with serving() as server:
        house = smtp_house(server.port)
        mail_id = _queue(house, to=hostile)
        run_due(house)
    assert server.taken == []
    assert _state(house, mail_id)[0] in ("technical-failure", "permanent-failure")


def test_mails_of_the_first_release_get_the_reason_that_they_had(house: House) -> None:
    """From the first release with data, up: nothing lost, each with its reason."""
    with house.engine.connect().execution_options(**isolation(house.engine, WRITING)) as connection, connection.begin():
        all_tables().drop_all(connection)
        connection.execute(sa.DDL("DROP TABLE alembic_version"))
    command.upgrade(config_for(house.engine), "0001")
    old = sa.MetaData()
    old.reflect(house.engine, only=["mails", "holders"])
    at, holder = clock.now(), new_id()
    row = {"holder_id": holder, "recipient": b"r", "subject": b"s", "body": b"b", "locale": "en", "state": "delivered"}
    with house.engine.connect().execution_options(**isolation(house.engine, WRITING)) as connection, connection.begin():
        connection.execute(old.tables["holders"].insert(), {"id": holder, "kind": "person", "created_at": _stored(house, at)})
        for template in ("accounts/verify", "accounts/reset", "audit/privacy_copy"):
            moments = {"created_at": _stored(house, at), "changed_at": _stored(house, at)}
            connection.execute(old.tables["mails"].insert(), {"id": new_id(), "template": template, **row, **moments})
    upgrade(house.engine)
    with house.engine.connect() as connection:
        found = dict(connection.execute(select(Mail.template, Mail.reason)).all())
    assert found == {"accounts/verify": "address", "accounts/reset": "account", "audit/privacy_copy": "letter"}


def _stored(house: House, at: datetime) -> datetime:
    return at.replace(tzinfo=None) if house.is_sqlite else at
