"""The doctor finds each fault that was planted, says its fix, and is content with a house that is well."""

import json
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import column, table, update

from portal.audit.models import LogEntry, LogRoot, LogState
from portal.kernel import clock
from portal.kernel.db import WRITING
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.mail import About, count_mail, queue_mail
from portal.kernel.settings import Settings
from portal.watch.doctor import around, inside, machine, setting
from portal.watch.doctor.finding import Finding
from tests import people
from tests.browsing import LiveServer, free_port
from tests.conftest import HouseMaker
from tests.processes import call
from tests.watch.test_standing import beat


def bad(found: Iterator[Finding]) -> list[tuple[str, str]]:
    """What is not well: about what, and how bad. Each has its fix, and what is well needs none."""
    listed = list(found)
    assert all(bool(one.fix) is (one.state != "well") for one in listed)
    return [(one.about, one.state) for one in listed if one.state != "well"]


def doctor(house: House, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The command, as an operator runs it."""
    told = {"FREEHOLD_INSTANCE": str(house.settings.instance), "FREEHOLD_DATABASE_URL": house.settings.database_url}
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")}
    return call("portal.cli", "doctor", *arguments, environment={**ours, **told, **environment})


def test_a_house_that_is_well_is_told_so_and_nothing_is_changed(house: House, make_server: Callable[..., LiveServer]) -> None:
    server = make_server(house)
    beat(house)
    for path in house.settings.instance.glob("freehold.db*"):
        path.chmod(0o600)  # a test's database is a copy
    answer = doctor(house, "--json", FREEHOLD_ORIGIN=server.url, FREEHOLD_CONTACT="ops@example.org")
    found = json.loads(answer.stdout)["findings"]
    # The clock, the disk and the limits are this machine's own.
    wrong = [one for one in found if one["state"] == "wrong" and one["about"] not in ("clock", "disk", "files", "versions")]
    assert wrong == []
    assert {one["about"] for one in found} >= {"settings", "versions", "modes", "disk", "files", "database", "log", "queue", "mail", "proxies"}
    assert answer.returncode in (0, 1)


def test_each_fault_is_a_line_with_its_fix_and_the_command_says_so_at_its_end(house: House) -> None:
    answer = doctor(house, FREEHOLD_ORIGIN="https://nobody.invalid")
    assert answer.returncode == 1
    assert "WRONG  settings  With https a proxy stands in front" in answer.stdout
    assert "Fix: set FREEHOLD_PROXIES to the number of proxies" in answer.stdout
    assert "LOOK   proxies   Nobody answers as Freehold at https://nobody.invalid." in answer.stdout


def test_without_an_instance_there_is_nothing_to_look_at(house: House, tmp_path: Path) -> None:
    answer = doctor(house, FREEHOLD_INSTANCE=str(tmp_path / "mistyped"), FREEHOLD_DATABASE_URL="")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert not (tmp_path / "mistyped").exists()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"origin": "https://portal.example.org", "proxies": 1}, []),
        ({"origin": "https://portal.example.org"}, ["wrong"]),
        ({"origin": "http://portal.example.org"}, ["wrong"]),
        ({"origin": "https://portal.example.org", "proxies": 1, "demo": True}, ["wrong"]),
        ({"origin": "https://portal.example.org", "proxies": 1, "calls_to_self": True}, ["wrong"]),
        ({"calls_to_self": True}, []),
        ({"contact": ""}, ["look"]),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path: Path, changes: dict[str, object], found: list[str]) -> None:
    settings = Settings(**{"instance": tmp_path, "contact": "ops@example.org", **changes})  # type: ignore[arg-type]
    assert [state for _, state in bad(setting.settings_fit(settings))] == found


def test_a_mistyped_setting_is_named_with_what_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_PROXYS", "1")
    found = list(setting.settings_fit(Settings(instance=tmp_path, contact="ops@example.org")))
    assert [(one.said, one.fix) for one in found] == [("FREEHOLD_PROXYS is no setting and does nothing.", "name it FREEHOLD_PROXIES")]


def test_files_that_others_can_read_are_named_with_their_fix(house: House) -> None:
    house.settings.instance.chmod(0o700)
    for path in house.settings.instance.glob("freehold.db*"):
        path.chmod(0o600)
    assert bad(machine.modes(house.settings)) == []
    key = house.settings.instance / "keys" / "seal.json"
    key.chmod(0o644)
    assert [(one.said, one.fix) for one in machine.modes(house.settings)] == [
        (f"{key} is open to other accounts (0644).", f"chmod 600 {key}")
    ]


def test_attack_95_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, state in ((50, []), (1.5, ["look"]), (0.1, ["wrong"])):
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path, free=free: SimpleNamespace(free=int(free * 1024**3)))
        assert [found for _, found in bad(machine.disk(Settings(instance=tmp_path)))] == state


def test_attack_95_few_files_to_open_are_named() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    try:
        assert bad(machine.descriptors()) == [("files", "look")]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("planted", [
    update(LogEntry).where(LogEntry.idx == 0).values(body=b"{}"),
    update(LogState).values(root=bytes(32)),
    update(LogState).values(edge=b""),
    update(LogRoot).values(root=bytes(32)),
    LogEntry.__table__.delete().where(LogEntry.idx == 1),
])  # fmt: skip
def test_a_change_in_the_newest_part_of_the_log_is_found(house: House, planted: object) -> None:
    people.register(house, "ana@example.org")
    house.lead()
    with house.engine.begin() as connection:
        connection.execute(planted)  # type: ignore[call-overload]
    assert bad(inside.log(house)) == [("log", "wrong")]


def test_tables_of_another_version_are_named(house: House) -> None:
    assert bad(inside.database(house)) == []
    for version, fix in (("0001", "freehold migrate"), ("9999", "run the newer Freehold that made them")):
        with house.engine.begin() as connection:
            connection.execute(update(table("alembic_version", column("version_num"))).values(version_num=version))
        assert [one.fix for one in inside.database(house)] == [fix]


def test_a_silent_worker_and_what_waits_for_it_are_named(house: House) -> None:
    people.register(house, "ana@example.org")
    assert bad(inside.queue(house)) == [("queue", "wrong")]
    beat(house)
    assert bad(inside.queue(house)) == []
    with clock.moved(timedelta(minutes=5)):
        assert bad(inside.queue(house)) == [("queue", "wrong")] * 2


class _Greeter:
    """Counts letters, of which there must be none."""

    letters = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """A letter came."""
        self.letters += 1
        return "250 OK"


@contextmanager
def mail_server(**how: object) -> Iterator[Controller]:
    """A server that takes letters and keeps none."""
    controller = Controller(_Greeter(), hostname="127.0.0.1", port=free_port(), **how)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


def test_the_mail_server_is_greeted_and_sent_no_letter(tmp_path: Path) -> None:
    with mail_server() as server:
        settings = Settings(instance=tmp_path, smtp_host="127.0.0.1", smtp_port=server.port, smtp_starttls=False)
        assert bad(around.mail(settings)) == []
        assert server.handler.letters == 0
        refused = settings.model_copy(update={"smtp_starttls": True})
        assert [one.said for one in around.mail(refused)] == [f"127.0.0.1:{server.port} offers no STARTTLS, or no sign-in."]
    assert bad(around.mail(settings)) == [("mail", "wrong")]


def test_without_a_mail_server_an_operator_is_told_that_no_mail_leaves(tmp_path: Path) -> None:
    assert bad(around.mail(Settings(instance=tmp_path))) == [("mail", "look")]
    assert bad(around.mail(Settings(instance=tmp_path, demo=True))) == []


@pytest.mark.engines("sqlite")  # the same headers whatever the engine
def test_a_server_that_believes_whoever_asks_is_named(house: House, make_server: Callable[..., LiveServer]) -> None:
    believing = make_server(house, FREEHOLD_PROXIES="1")
    settings = house.settings.model_copy(update={"origin": believing.url})
    assert [one.said for one in around.proxies(settings)] == ["Whoever sends X-Forwarded headers is believed."]


@pytest.mark.engines("sqlite")
def test_a_server_under_another_name_is_named(house: House, live_server: LiveServer) -> None:
    settings = house.settings.model_copy(update={"origin": live_server.url})
    assert bad(around.proxies(settings)) == []
    seen = {"address": "127.0.0.1", "scheme": "http", "host": f"localhost:{live_server.port}"}
    by_tls = settings.model_copy(update={"origin": f"https://localhost:{live_server.port}"})
    assert bad(around._believed(by_tls, seen)) == [("proxies", "wrong")]
    assert bad(around._believed(settings, {**seen, "host": "127.0.0.1:8000"})) == [("proxies", "wrong")]


def test_packages_that_are_too_old_or_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bad(setting.versions()) == []
    monkeypatch.setattr(setting.metadata, "requires", lambda _name: ["flask>=99", "no-such-package", "click>=8"])
    assert [one.said.partition(" ")[0] for one in setting.versions()] == ["flask", "no-such-package"]


def test_that_nobody_ever_answers_letters_that_can_be_answered_is_worth_a_look(make_house: HouseMaker, engine_name: str) -> None:
    house = make_house(engine_name, answers_to="answers@portal.example.org")
    assert [one.said for one in inside.answers(house)] == [
        "Answers to mails come in at answers@portal.example.org; none has come yet."
    ]
    with house.writing() as unit:
        for _ in range(inside.UNANSWERED):
            letter = {"company": "Shop", "number": "Q-1", "secret": "s", "answers": About("ticket", new_id())}
            queue_mail(unit, to="ana@example.org", template="tickets/guest_answer", **letter)
    with house.transaction(WRITING) as connection:
        connection.execute(update(table("mails", column("state"))).values(state="delivered"))
    assert bad(inside.answers(house)) == [("answers", "look")]
    with house.writing() as unit:
        count_mail(unit, "unknown")
    assert bad(inside.answers(house)) == [("answers", "look")], "that was no answer to anything"
    with house.writing() as unit:
        count_mail(unit, "taken")
    [found] = inside.answers(house)
    assert found.said.startswith("Mails that came in at answers@portal.example.org: 1, the last on ")


def test_a_house_that_takes_no_answers_in_is_not_asked_about_them(house: House) -> None:
    assert list(inside.answers(house)) == []
