"""What the command line says of what was typed: the option that is wrong, the word that is meant, what a file holds."""

import json
from pathlib import Path

import click
import pytest
from sqlalchemy import select

from portal import cli
from portal.accounts.reads import account_by_email, roles_of
from portal.audit.models import LogEntry
from portal.kernel.house import House
from portal.orders.maps.timelines import STATUSES, ZONE, read_rows
from portal.vendors.reads import find_vendor
from tests import people
from tests.roof.conftest import Run

BOOKS = ("vendor", "add", "Corner Books")


def entries(house: House, event: str) -> list[dict[str, object]]:
    """What stands in the log of an event."""
    house.lead()
    with house.reading() as unit:
        bodies = unit.connection.execute(select(LogEntry.body).where(LogEntry.event == event)).scalars().all()
    return [json.loads(body) for body in bodies]


def error_of(run: Run, *arguments: str) -> str:
    """The one line with which a command refuses."""
    done = run(*arguments)
    assert done.returncode in (1, 2)
    [line] = done.stderr.splitlines()
    return line


def test_a_company_is_shut_out_and_let_in_again_and_both_are_on_record(house: House, run: Run) -> None:
    run(*BOOKS)
    for command, event, state in (("block", "vendor.blocked", "blocked"), ("unblock", "vendor.unblocked", "live")):
        for _ in range(2):
            assert run("vendor", command, "corner books").returncode == 0
        assert run("vendor", "list").stdout.splitlines()[0].split()[1] == state
        [entry] = entries(house, event)
        assert entry["actor"] == {"kind": "operator", "id": "command-line"}
        with house.reading() as unit:
            assert (find_vendor(unit, "Corner Books").blocked_at is None) == (state == "live")
    assert error_of(run, "vendor", "block", "Nobody").startswith("Error: No company is called Nobody.")


def test_an_officers_role_is_taken_away_with_their_sessions_and_that_is_on_record(house: House, run: Run) -> None:
    people.officer(house)
    with house.reading() as unit:
        account_id = account_by_email(unit, "otto@example.org")
    assert account_id is not None
    assert run("officer", "remove", "Otto@Example.org").returncode == 0
    assert run("officer", "list").stdout == ""
    with house.reading() as unit:
        assert roles_of(unit, account_id) == []
    [entry] = entries(house, "role.ended")
    assert entry["detail"]["role"] == "officer"  # type: ignore[index]
    assert "is an officer" in error_of(run, "officer", "remove", "otto@example.org")
    assert run("officer", "add", "otto@example.org").returncode == 0


@pytest.mark.parametrize(
    ("group", "said"), [("vendor", "No company was let in yet."), ("officer", "There is no officer yet.")]
)
def test_an_empty_list_says_so_beside_what_a_script_reads(run: Run, group: str, said: str) -> None:
    done = run(group, "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{said}\n")


@pytest.mark.parametrize("command", ["add", "remove"])
def test_what_is_no_address_is_told_apart_from_one_that_nobody_proved(run: Run, command: str) -> None:
    assert error_of(run, "officer", command, "not-an-email") == "Error: not-an-email is no e-mail address."
    assert "not-an-email" not in error_of(run, "officer", command, "nobody@example.org")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("vendor", "add", "\t"), "NAME: Write a name"),
        ((*BOOKS, "--web", "books"), "--web: a web address"),
        ((*BOOKS, "--country", "Atlantis"), "--country: a country's code"),
        ((*BOOKS, "--privacy-contact", "Otto"), "--privacy-contact: an e-mail address"),
        ((*BOOKS, "--redirect-uri", "ftp://x"), "--redirect-uri: "),
        ((*BOOKS, "--purpose", "rubbish", "--may-ask", "profile.email"), "--purpose rubbish: there is no such name."),
        (
            (*BOOKS, "--purpose", "dpv#DeliveryOfGood", "--may-ask", "profile.email"),
            "--purpose dpv#DeliveryOfGood: there is no such name. Did you mean dpv#DeliveryOfGoods",
        ),
        (
            (*BOOKS, "--purpose", "dpv#CustomerCare", "--may-ask", "profile.email", "--may-ask", "rubbish.indeed"),
            "--may-ask rubbish.indeed: there is no such name. Known are",
        ),
        (
            (*BOOKS, "--purpose", "dpv#CustomerCare", "--may-ask", "profile.mail"),
            "--may-ask profile.mail: there is no such name. Did you mean profile.email",
        ),
    ],
)
def test_what_is_wrong_is_named_by_the_option_and_the_word(run: Run, arguments: tuple[str, ...], said: str) -> None:
    assert error_of(run, *arguments).startswith(f"Error: {said}")
    assert run("vendor", "list").stdout == ""


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "abc", "write a number from 1 to 65535"),
        ("FREEHOLD_THREADS", "0", "write a number from 1 to 256"),
        ("FREEHOLD_SMTP_PORT", "x", "write a whole number"),
        ("FREEHOLD_DEMO", "maybe", "write 1 or 0"),
        ("FREEHOLD_LOG_LEVEL", "loud", "write 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("FREEHOLD_TIME_ZONE", "Madrid", "this is no time zone, such as Europe/Madrid"),
    ],
)
def test_a_wrong_setting_says_what_to_write(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert error_of(run, "migrate") == f"Error: {name}: {said}"


def test_a_folder_that_cannot_be_made_is_said_as_such(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(tmp_path / "file" / "instance"))
    monkeypatch.delenv("FREEHOLD_DATABASE_URL")
    line = error_of(run, "migrate")
    assert line.startswith(f"Error: FREEHOLD_INSTANCE: the folder {tmp_path / 'file' / 'instance'} cannot be made (")


def test_no_list_of_commands_is_cut_short(run: Run) -> None:
    groups = [name for name, command in cli.cli.commands.items() if isinstance(command, click.Group)]
    for arguments in ((), *((name,) for name in groups)):
        assert "..." not in run(*arguments, "--help").stdout.replace("[ARGS]...", "")


def test_the_help_of_an_import_names_columns_states_and_times_that_are_read(run: Run) -> None:
    told = run("import", "orders", "--help").stdout
    columns = [word.strip(",") for word in told.split() if word.startswith(("order_", "customer_"))]
    assert len(columns) == len(set(columns)) == 8
    assert all(state in told for state in STATUSES)
    assert f"say their zone are read in that of {ZONE.key}" in " ".join(told.split())
    for written in ("2018-07-24T20:41+02:00", "7/24/2018 20:41"):
        assert f"({written})" in told.replace("\n ", "")
        cells = [written if name.endswith(("timestamp", "at", "date")) else "shipped" for name in columns]
        [row] = read_rows("\n".join((",".join(columns), ",".join(cells))).encode())
        assert row.order is not None, row.wrong
        assert len(row.order) == 8
