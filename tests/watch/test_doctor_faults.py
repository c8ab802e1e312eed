"""Further faults that are planted for the doctor: clocks, owners, servers that are too old, and what was lost on the way."""

import ctypes
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiosmtpd.smtp import AuthResult
from sqlalchemy import DDL, update

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.jobs import Job
from portal.kernel.mail import Mail, queue_mail
from portal.kernel.settings import Settings
from portal.watch.doctor import around, examine, inside, machine, setting
from portal.watch.doctor.finding import Finding
from tests import people
from tests.browsing import free_port
from tests.roof.serving_page import certificate
from tests.watch.test_doctor import bad, doctor, mail_server
from tests.watch.test_standing import beat

_STATUS_AT = 5 * ctypes.sizeof(ctypes.c_long)
"""Where adjtimex(2) writes the clock's status: behind modes, offset, freq, maxerror and esterror."""


class _Kernel:
    """A machine's C library, in a state that no test may bring its own machine into."""

    def __init__(self, status: int, answer: int = 0) -> None:
        self._status, self._answer = status, answer

    def adjtimex(self, at: object) -> int:
        """Fills in what adjtimex(2) does."""
        ctypes.memmove(ctypes.addressof(at._obj) + _STATUS_AT, ctypes.byref(ctypes.c_int(self._status)), 4)  # type: ignore[attr-defined]
        return self._answer


def said(found: Iterator[Finding]) -> list[tuple[str, str]]:
    """What is not well, and the fix."""
    return [(one.said, one.fix) for one in found if one.state != "well"]


STA_PLL, STA_UNSYNC, STA_NANO = 0x0001, 0x0040, 0x2000
TIME_ERROR = 5


@pytest.mark.parametrize(
    ("kernel", "found"),
    [
        (_Kernel(STA_PLL | STA_NANO), []),
        # A clock that follows no other is answered with TIME_ERROR, which is no failure of the call.
        (_Kernel(STA_UNSYNC | STA_NANO, TIME_ERROR), [("clock", "look")]),
        (_Kernel(0, -1), []),
        (SimpleNamespace(), []),
    ],
    ids=["follows", "follows no other", "forbidden", "another system"],
)
def test_attack_95_a_clock_that_follows_no_other_is_named(
    monkeypatch: pytest.MonkeyPatch, kernel: object, found: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(machine.ctypes, "CDLL", lambda *_how, **_more: kernel)
    assert bad(machine.synchronised()) == found
    if found:
        assert said(machine.synchronised()) == [
            ("The clock follows no other.", "timedatectl set-ntp true (or let the host of this container do so)")
        ]


def test_attack_95_a_clock_behind_the_log_is_named_with_its_fix(house: House) -> None:
    with clock.moved(timedelta(hours=1)):
        people.register(house, "ana@example.org")
        house.lead()
        assert bad(inside.times(house)) == []
    answer = doctor(house)
    assert answer.returncode == 1
    [line, fix] = [part for part in answer.stdout.splitlines() if " later than the clock." in part or "set the clock" in part]
    assert line.startswith("WRONG  clock     The newest entry of the log is 3")
    assert fix.strip() == "Fix: set the clock right: timedatectl set-ntp true"


def test_a_worker_of_later_than_now_keeps_no_silence_from_being_named(house: House) -> None:
    with clock.moved(timedelta(hours=1)):
        beat(house)
    [(fault, fix)] = said(inside.times(house))
    assert fault.startswith("A worker's last sign of life is 3")
    assert fix == "set the clock right: timedatectl set-ntp true"
    beat(house)
    assert bad(inside.times(house)) == []


def test_what_others_could_read_or_own_is_named_whatever_it_is(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, key = tmp_path / "smtp.password", tmp_path / "metrics.key"
    for path in (secret, key):
        path.write_text("9f2c4b7e81d03a56c7e8f9a0b1c2d3e4")
        path.chmod(0o600)
    settings = house.settings.model_copy(update={"smtp_password_file": secret, "metrics_key_file": key})
    private = [settings.instance, settings.instance / "keys", settings.instance / "keys" / "sign.json", secret, key]
    for path in (*private, *settings.instance.glob("freehold.db*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert bad(machine.modes(settings)) == []
    for path in private:
        mode = path.stat().st_mode & 0o777
        path.chmod(mode | 0o040)
        assert said(machine.modes(settings)) == [
            (f"{path} is open to other accounts ({mode | 0o040:04o}).", f"chmod {mode:o} {path}")
        ]
        path.chmod(mode)
    monkeypatch.setattr(machine.os, "geteuid", lambda: os.getuid() + 1)
    assert {state for _, state in bad(machine.modes(settings))} == {"look"}


def test_attack_95_a_disk_without_room_for_another_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: SimpleNamespace(free=50 * 1024**3))
    monkeypatch.setattr(machine.os, "statvfs", lambda _path: SimpleNamespace(f_files=1_000_000, f_favail=999))
    assert bad(machine.disk(Settings(instance=tmp_path))) == [("disk", "wrong")]


def test_a_program_that_is_no_package_and_a_setting_like_no_other_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(_name: str) -> list[str]:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(setting.metadata, "requires", missing)
    assert bad(setting.versions()) == [("versions", "look")]
    monkeypatch.setenv("FREEHOLD_ZZZ", "1")
    [(_, fix)] = said(setting.settings_fit(Settings(instance=tmp_path, contact="ops@example.org")))
    assert fix == "take it out; `freehold --help` lists the settings"


def test_a_database_server_that_is_too_old_is_named(house: House) -> None:
    too_old = (3, 36, 9) if house.is_sqlite else (13, 22)
    house.engine.dialect.server_version_info = too_old
    [(fault, fix)] = said(inside.database(house))
    assert fault.endswith(f"{'.'.join(map(str, too_old))} is too old.")
    assert fix == f"use version {'3.37' if house.is_sqlite else '14'} or newer"


def test_a_database_without_our_tables_is_named(house: House) -> None:
    with house.engine.begin() as connection:
        connection.execute(DDL("DROP TABLE alembic_version"))
    assert [fix for _, fix in said(inside.database(house))] == ["freehold migrate"]


def test_a_house_that_does_not_open_is_named_and_the_rest_is_looked_at(house: House) -> None:
    (house.settings.instance / "keys" / "seal.json").unlink()
    found = [one for one in examine(house.settings) if one.about in ("database", "mail", "proxies")]
    assert [one.about for one in found] == ["database", "mail", "proxies"]
    assert (found[0].state, "seal.json" in found[0].said) == ("wrong", True)


@pytest.mark.parametrize(
    ("gone", "about"), [("log_roots", ["log"]), ("heartbeats", ["clock", "queue"]), ("jobs", ["queue"])]
)
def test_what_cannot_be_read_is_named_and_stops_no_other_look(house: House, gone: str, about: list[str]) -> None:
    people.register(house, "ana@example.org")
    house.lead()
    with house.engine.begin() as connection:
        connection.execute(DDL(f"ALTER TABLE {gone} RENAME TO elsewhere"))
    found = list(examine(house.settings))
    assert [one.about for one in found if one.said.startswith("This could not be read (")] == about
    assert found[-1].about == "proxies"


def _job(house: House, **values: object) -> None:
    with house.writing() as unit:
        id_ = unit.enqueue("mail.send", {"mail": "x"})
        unit.connection.execute(update(Job).where(Job.id == id_).values(**values))


def test_jobs_that_wait_or_were_given_up_are_named(house: House) -> None:
    beat(house)
    _job(house, run_at=clock.now() - timedelta(seconds=61))
    _job(house, state="dead", finished_at=clock.now())
    assert bad(inside.queue(house)) == [("queue", "wrong"), ("queue", "look")]
    assert [fix for _, fix in said(inside.queue(house))][1] == "freehold worker --status"


def test_mails_that_nobody_takes_are_named(house: House) -> None:
    beat(house)
    with house.writing() as unit:
        queue_mail(unit, to="nobody@example.org", template="accounts/unknown")
    assert bad(inside.queue(house)) == []
    with house.writing() as unit:
        unit.connection.execute(update(Mail).values(state="permanent-failure", reply_code=550))
    assert said(inside.queue(house)) == [("1 mails could not be delivered.", "freehold mail list says which and why")]


def test_a_mail_server_that_nobody_vouches_for_or_that_refuses_our_password_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole, key)
    refusing = {"auth_required": True, "authenticator": lambda *_asked: AuthResult(success=False, handled=False)}
    with mail_server(tls_context=context, require_starttls=True, **refusing) as server:
        settings = Settings(
            instance=tmp_path, smtp_host="localhost", smtp_port=server.port, smtp_user="post", smtp_password="wrong word"
        )
        [(_, fix)] = said(around.mail(settings))
        assert fix == "mend its certificate, or name it as its certificate does"
        monkeypatch.setenv("SSL_CERT_FILE", str(whole))
        [(_, fix)] = said(around.mail(settings))
        assert fix == "check FREEHOLD_SMTP_USER and FREEHOLD_SMTP_PASSWORD_FILE"


@contextmanager
def _https(folder: Path) -> Iterator[str]:
    """A server whose certificate nobody knows."""
    whole, key = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole, key)
    with HTTPServer(("127.0.0.1", free_port()), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()


def test_nobody_is_told_to_start_a_demonstration_as_what_it_is_not(tmp_path: Path) -> None:
    for demo, start in ((True, "make demo"), (False, "systemctl start freehold")):
        settings = Settings(instance=tmp_path, origin=f"http://127.0.0.1:{free_port()}", proxies=1, demo=demo)
        [(_, fix)] = said(around.proxies(settings))
        assert fix.startswith(f"start it: {start};")


def test_a_proxy_whose_certificate_browsers_do_not_trust_is_named(tmp_path: Path) -> None:
    with _https(tmp_path) as origin:
        assert said(around.proxies(Settings(instance=tmp_path, origin=origin, proxies=1))) == [
            (f"{origin} has no certificate that browsers trust.", "mend the certificate of the proxy in front")
        ]
