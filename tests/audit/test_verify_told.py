"""What verification says: to whoever runs the command, and in how many words."""

from pathlib import Path

import pytest
from sqlalchemy import update

from portal.audit import verify as verifying
from portal.audit.report import CHANGED, SENTENCES, SOUND, UNCHECKED, Report, print_report
from portal.audit.verify import verify
from portal.audit.verify.command import run
from portal.kernel.house import House
from tests.audit.small_facts import a_varied_log, change
from tests.audit.small_logs import ENTRIES, STATE, Log


def test_the_report_tells_what_waits_to_be_recorded(house: House) -> None:
    change(house)
    report = verify(house)
    assert report.queue_length == 1
    assert 0 <= report.queue_age < 60
    house.lead()
    assert verify(house).queue_length == 0


def test_a_log_that_cannot_be_read_is_neither_sound_nor_changed(house: House) -> None:
    with house.engine.begin() as connection:
        STATE.drop(connection)
    report = verify(house)
    assert (report.exit_code, report.findings) == (UNCHECKED, [])
    assert report.could_not


def test_the_command_says_sound_changed_or_could_not_check(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    a_varied_log(house)
    assert run(house.settings) == SOUND
    told = capsys.readouterr().out
    assert "Sound" in told
    assert house.log is not None
    with house.reading() as unit:
        from portal.audit.reads import state_of

        assert state_of(unit.connection).root.hex() in told
    Log(house, []).do(update(ENTRIES).where(ENTRIES.c.idx == 4).values(event="x"))
    assert run(house.settings) == CHANGED
    told = capsys.readouterr().out
    assert "entry 4" in told
    assert "event" in told
    with house.engine.begin() as connection:
        STATE.drop(connection)
    assert run(house.settings) == UNCHECKED
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("Could not check: the database cannot be read (")


def test_a_database_that_cannot_be_opened_is_said_in_one_line_that_names_it(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nowhere = f"sqlite:///{tmp_path / 'no' / 'where.db'}"
    assert run(house.settings.model_copy(update={"database_url": nowhere})) == UNCHECKED
    [line] = capsys.readouterr().out.splitlines()
    assert line == f"Could not check: the database cannot be read (OperationalError): {nowhere}."
    (tmp_path / "text.db").write_text("no database at all, but long enough to be taken for the head of one\n" * 20)
    assert run(house.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'text.db'}"})) == UNCHECKED
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_no_password_of_a_database_is_printed(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = "postgresql+psycopg://freehold:secret@127.0.0.1:1/freehold"
    assert run(house.settings.model_copy(update={"database_url": nobody})) == UNCHECKED
    told = capsys.readouterr().out
    assert "127.0.0.1:1" in told
    assert "secret" not in told


def test_every_finding_has_its_sentence() -> None:
    source = "".join(module.read_text() for module in Path(verifying.__file__).parent.glob("*.py"))
    assert all(f'"{code}"' in source or code.startswith("state-") for code in SENTENCES)


def test_a_report_with_very_many_findings_stays_short(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    for index in range(5_000):
        report.found("log_entries", index, "leaf")
    print_report(report)
    assert len(capsys.readouterr().out.splitlines()) < 130
    assert report.changed == 5_000
