"""An instance that a release left in the middle of a day is upgraded: the doctor, the record and the keys."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.audit.models import LogEntry, LogRoot
from portal.audit.verify import verify
from portal.demo.cast import JOAN
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.key_files import KEYSETS
from portal.kernel.log_queue import QueuedFact
from portal.kernel.migrate import newest
from portal.kernel.settings import Settings
from tests import people
from tests.grants.test_records import verified
from tests.house.upgrading import LAST_RELEASE
from tests.roof.conftest import Run
from tests.roof.upgraded.released import LOG, PASSWORD, STOPPED, TOLD, program, work
from tests.watch.test_standing import beat


def _wrong(found: str) -> list[dict[str, str]]:
    """What the doctor finds wrong in the instance; disk, clock and packages are this machine's own."""
    listed = json.loads(found)["findings"]
    return [one for one in listed if one["state"] == "wrong" and one["about"] not in ("clock", "disk", "files", "versions")]


@pytest.mark.parametrize("is_upgraded", [False])
def test_the_doctor_asks_for_the_upgrade_and_is_content_with_it_and_the_record_is_sound(house: House, run: Run) -> None:
    [before] = _wrong(run("doctor", "--json").stdout)
    assert (before["said"], before["fix"]) == (f"Its tables are of version {LAST_RELEASE}, this program's of {newest()}.", "freehold migrate")
    assert run("migrate").returncode == 0
    work(house)
    beat(house)
    assert _wrong(run("doctor", "--json").stdout) == []
    assert run("audit", "verify").returncode == 0


def test_the_record_of_before_is_as_it_was_and_what_waited_for_it_follows(house: House, left: Settings) -> None:
    with house.reading() as unit:
        kept = unit.connection.execute(select(LogRoot.root).where(LogRoot.size == LOG["size"])).scalar_one()
        before = unit.connection.execute(select(sa.func.count()).select_from(QueuedFact)).scalar_one()
        leaves = unit.connection.execute(select(LogEntry.leaf).order_by(LogEntry.idx)).scalars().all()
    assert kept.hex() == LOG["root"]
    assert before > 3, "nothing waited"
    assert house.lead() == before
    report = verify(house)
    assert (report.exit_code, report.size) == (0, LOG["size"] + before)
    with house.reading() as unit:
        after = unit.connection.execute(select(LogEntry.leaf).order_by(LogEntry.idx)).scalars().all()
    assert after[: LOG["size"]] == leaves


def test_keys_of_before_are_rotated_and_nothing_is_lost_by_it(
    house: House, app: Flask, ana: FlaskClient, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.kernel.rotation.KNOWN_AFTER", timedelta())
    rotated = [keyset for keyset in KEYSETS if keyset != "vendor"]
    for keyset in rotated:
        assert run("keys", "make", keyset).returncode == 0
    with clock.moved(STOPPED + timedelta(minutes=65)):  # others have learnt the new public key
        for keyset in rotated:
            assert run("keys", "rotate", keyset).returncode == 0
        assert run("keys", "rewrap").returncode == 0
    assert people.sign_in(app.test_client(), JOAN.email, PASSWORD).status_code == 303
    assert "Hello, Ana" in ana.get("/").text
    assert "Carrer de la Mar 14, 2n 1a" in ana.get("/data").text
    grocer = program(app, "grocer")
    grocer.renew()
    grocer.read("profile", grocer.company.asks[0].purpose)
    for signed in TOLD["records"].values():
        verified(house, signed)
    assert verify(house).exit_code == 0
