"""``freehold mail receive``, as a mail server calls it: its exit codes, and that a mail is taken once whatever happens to it."""

import os
import random
import signal
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from portal.kernel import clock
from portal.kernel.db import WRITING
from portal.kernel.house import House
from portal.kernel.mail import KEPT
from portal.tickets.reads.attached import files_said
from tests.accounts.counting import count_from_none
from tests.conftest import HouseMaker
from tests.files import corpus
from tests.processes import begin
from tests.prove.sizes import size
from tests.tickets.mailing import SETTINGS, Mailed, came, mailed
from tests.tickets.test_mailed import with_files

OK, NO_USER, LATER, REFUSED = 0, 67, 75, 77


@pytest.fixture
def ana(make_house: HouseMaker, engine_name: str) -> Mailed:
    """Somebody who answers a letter, in a house that takes answers in."""
    return mailed(make_house(engine_name, **SETTINGS))


def environment_of(house: House, **more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")}
    told = {"INSTANCE": str(house.settings.instance), "DATABASE_URL": house.settings.database_url}
    told |= {name.upper(): value for name, value in SETTINGS.items()}
    return {**ours, **{f"FREEHOLD_{name}": value for name, value in told.items()}, **more}


class Handed:
    """A process of the command, to which a mail server hands a mail over."""

    def __init__(self, mail: bytes, *arguments: str, environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="freehold-")
        given, self._out, self._err = (Path(self._folder.name, name) for name in ("given", "out", "err"))
        given.write_bytes(mail)
        words = ("mail", "receive", *arguments)
        self._process = begin("portal.cli", *words, environment=environment, out=self._out, err=self._err, given=given)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()

    def ended(self) -> tuple[int, str]:
        """Its exit code, and what it said."""
        code = self._process.wait(300)
        assert self._out.read_text() == ""
        said = self._err.read_text()
        self._folder.cleanup()
        return code, said


def received(ana: Mailed, mail: bytes, *arguments: str, **more: str) -> tuple[int, str]:
    return Handed(mail, *arguments, environment=environment_of(ana.house, **more)).ended()


def test_a_mail_is_taken_and_said_to_be_in_one_line_without_a_value(ana: Mailed) -> None:
    code, said = received(ana, ana.writes(), ana.to, "--sender", "ana@example.org")
    assert (code, said) == (OK, "Answer by mail: taken\n")
    assert ana.words() == ["Size 40, please."]


def test_to_whom_it_was_delivered_is_told_by_argument_environment_or_the_servers_own_header(ana: Mailed) -> None:
    assert received(ana, ana.writes(words="1"), RECIPIENT=ana.to, SENDER="ana@example.org")[0] == OK
    assert received(ana, b"Delivered-To: " + ana.to.encode() + b"\r\n" + ana.writes(words="2"))[0] == OK
    forged = b"Return-Path: <>\r\nX-Original-To: " + ana.to.encode() + b"\r\nDelivered-To: x@y\r\n" + ana.writes(words="3")
    assert received(ana, forged)[0] == NO_USER
    assert received(ana, ana.writes(words="4"))[0] == NO_USER
    assert ana.words() == ["1", "2"]


def test_the_server_is_told_what_to_do_with_each(ana: Mailed) -> None:
    mail = ana.writes()
    told = {
        "nobody": received(ana, mail, f"answers+{'a' * 32}@portal.example.org"),
        "somebody else": received(ana, ana.writes(sent_from="eve@example.org"), ana.to),
        "a program": received(ana, ana.writes(Auto_Submitted="auto-replied"), ana.to),
        "a bounce": received(ana, mail, ana.to, "--sender", ""),
        "no setting": received(ana, mail, ana.to, FREEHOLD_ANSWERS_TO=""),
        "a wrong setting": received(ana, mail, ana.to, FREEHOLD_ANSWERS_TO="no address"),
        "another folder": received(ana, mail, ana.to, FREEHOLD_INSTANCE="/nonexistent/x"),
        "a wrong option": received(ana, mail, "--recipient", ana.to),
        "no database": received(ana, mail, ana.to, FREEHOLD_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"),
    }
    assert {what: code for what, (code, _) in told.items()} == {
        "nobody": NO_USER, "somebody else": OK, "a program": OK, "a bounce": OK, "no setting": LATER, "a wrong setting": LATER,
        "another folder": LATER, "a wrong option": LATER, "no database": LATER,
    }  # fmt: skip
    for _, said in told.values():
        assert len(said.splitlines()) == 1 and "Traceback" not in said
        assert "example.org" not in said.replace("answers@example.net", "") and "Size 40" not in said
    assert ana.words() == []
    assert received(ana, mail, ana.to)[0] == OK


def test_an_address_that_has_ended_is_refused(ana: Mailed) -> None:
    from sqlalchemy import update

    from portal.kernel.mail import Mail

    with ana.house.transaction(WRITING) as connection:
        connection.execute(update(Mail).values(created_at=clock.now() - KEPT - timedelta(days=1)))
    assert received(ana, ana.writes(), ana.to) == (REFUSED, "Answer by mail: this address takes nothing any more: answer on the page\n")


@pytest.mark.engines("sqlite")  # PostgreSQL's writers wait for rows alone, and end whoever is idle within a transaction
def test_while_somebody_writes_for_long_the_mail_waits_and_comes_again(ana: Mailed) -> None:
    mail = ana.writes()
    with ana.house.gate.entered(), ana.house.transaction(WRITING) as connection:
        from sqlalchemy import update

        from portal.tickets.models import Ticket

        connection.execute(update(Ticket).values(version=Ticket.version))
        code, said = received(ana, mail, ana.to)
    assert (code, said.split(":")[0]) == (LATER, "Not now")
    assert received(ana, mail, ana.to)[0] == OK
    assert ana.words() == ["Size 40, please."]


def test_one_mail_delivered_by_eight_processes_at_once_is_said_once(ana: Mailed) -> None:
    mail = with_files(ana, (corpus.TEXT, "note.txt", "text/plain"))
    environment = environment_of(ana.house)
    started = [Handed(mail, ana.to, environment=environment) for _ in range(8)]
    ended = [process.ended() for process in started]
    assert [code for code, _said in ended] == [OK] * 8, ended
    assert ana.words() == ["See this."]
    assert len(files_of(ana)) == 1
    assert came(ana.house) == {"taken": 1, "again": 7}


def files_of(ana: Mailed) -> list[str]:
    with ana.house.reading() as unit:
        found = files_said(unit, ana.talk.customer.customer_id or b"", [one.id for one in ana.said()])
    return [file.name for files in found.values() for file in files]


def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_said_twice(ana: Mailed) -> None:
    rng, environment = random.Random(11), environment_of(ana.house)
    began = time.monotonic()
    assert Handed(ana.writes(words="First."), ana.to, environment=environment).ended()[0] == OK
    span = time.monotonic() - began
    words = ["First."]
    for at in range(size(test=4, prove=120)):
        mail = with_files(ana, (corpus.pdf(), "bill.pdf", "application/pdf"), words=f"Number {at}.").replace(
            b"<files@", f"<{at}@".encode()
        )
        # Sixty answers an hour are taken in one conversation, and what comes beyond waits at the mail server.
        count_from_none(ana.house)
        process = Handed(mail, ana.to, environment=environment)
        time.sleep(rng.uniform(0.1, 1.0) * span)
        process.kill()
        code, _ = process.ended()
        words.append(f"Number {at}.")
        # What was said to be taken is there; what was not is delivered again.
        assert code in (OK, -signal.SIGKILL)
        assert code != OK or ana.words() == words
        assert received(ana, mail, ana.to)[0] == OK
        assert ana.words() == words
    assert files_of(ana) == ["bill.pdf"] * (len(words) - 1)
