"""The command line reads well to a stranger, and every trouble is one line and an exit code."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest

from portal import cli
from portal.accounts.service import register, verify_address
from portal.demo.files import CAST
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.instance import remember_origin
from portal.kernel.jobs import run_due
from portal.kernel.keysets import make_keys
from portal.links.models import Invitation
from portal.links.service import prospect
from portal.oauth.models import Client
from portal.oauth.service.clients import block_client, make_client
from portal.vendors.reads import find_vendor, purposes_of
from portal.vendors.service import admit
from tests.browsing import free_port
from tests.processes import ROOT
from tests.roof.conftest import Run


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that lead to it."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


EVERY = list(commands(cli.cli))


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[" ".join(path) for path, _ in EVERY])
def test_every_command_says_what_it_does(path: tuple[str, ...], command: click.Command) -> None:
    context = click.Context(command, info_name=" ".join(path))
    assert command.get_short_help_str(limit=200).endswith((".", ")"))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path}: {parameter.name}"
    assert "Usage:" in command.get_help(context)


def test_the_commands_are_these() -> None:
    first = {"demo", "serve", "worker", "migrate", "vendor", "officer", "import", "audit", "bench"}
    assert first | {"keys", "doctor", "backup", "restore", "mail", "auditor", "staff", "program", "report"} == set(cli.cli.commands)


def test_a_company_is_let_in_with_a_program_whose_secret_is_shown_once(house: House, run: Run) -> None:
    done = run("vendor", "add", "Corner Books", "--with-secret", "--redirect-uri", "http://localhost:8001/callback")
    assert done.returncode == 0, done.stderr
    shown = dict(line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
    with house.reading() as unit:
        [client] = unit.session.query(Client).all()
        assert client.client_id == shown["client_id"].strip()
        assert shown["client_secret"].strip().encode() not in bytes(client.secret_hash or b"")
    assert "Corner Books" in run("vendor", "list").stdout


def test_the_doctor_knows_a_demonstration_by_its_folder(house: House, run: Run) -> None:
    assert "Nobody is named whom people can write to." in run("doctor").stdout
    (house.settings.instance / CAST).write_text("{}")
    told = run("doctor").stdout
    assert "Nobody is named" not in told and "A demonstration is not kept." in told


def test_the_list_of_companies_names_their_programs(house: House, run: Run) -> None:
    run("vendor", "add", "Corner Books")
    run("vendor", "add", "Bakery", "--test")
    with house.reading() as unit:
        bakery, books = (find_vendor(unit, name).id for name in ("Bakery", "Corner Books"))
        ids = {client.vendor_id: client.client_id for client in unit.session.query(Client)}
    with house.writing() as unit:
        second, _secret = make_client(unit, books, "Till")
        block_client(unit, client_id=ids[books])
    told = [line.split() for line in run("vendor", "list").stdout.splitlines()]
    assert told[0][1:] == ["test", "Bakery"]
    assert told[1] == ["client_id:", ids[bakery]]
    assert told[2][1:] == ["live", "Corner", "Books"]
    assert told[3:] == [["client_id:", ids[books], "(blocked)"], ["client_id:", second]]


@pytest.mark.parametrize(
    "options", [("--may-ask", "profile.email"), ("--purpose", "dpv#DeliveryOfGoods")], ids=lambda options: options[0]
)
def test_what_a_company_may_ask_for_is_never_dropped_for_want_of_its_other_half(
    run: Run, options: tuple[str, ...]
) -> None:
    done = run("vendor", "add", "Corner Books", *options)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "--purpose" in line
    assert "--may-ask" in line
    assert run("vendor", "list").stdout == ""


def test_a_company_may_ask_for_what_it_was_let_in_for(house: House, run: Run) -> None:
    asked = ("--purpose", "dpv#DeliveryOfGoods", "--may-ask", "profile.email", "--may-ask", "profile.phone")
    assert run("vendor", "add", "Corner Books", *asked).returncode == 0
    with house.reading() as unit:
        [allowed] = purposes_of(unit, find_vendor(unit, "Corner Books").id).values()
    assert allowed.datatypes == ["profile.email", "profile.phone"]


def test_a_second_company_of_the_name_is_refused_in_one_line(run: Run) -> None:
    run("vendor", "add", "Corner Books")
    again = run("vendor", "add", "Corner Books")
    assert again.returncode == 1
    assert len(again.stderr.strip().splitlines()) == 1
    assert again.stderr.startswith("Error: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("vendor", "purposes", "approve", "Corner Books", "dpv#DeliveryOfGoods", "0123456789ab"),
        ("vendor", "purposes", "refuse", "Corner Books", "dpv#DeliveryOfGoods"),
        ("vendor", "invite", "Nobody", "--number", "7"),
        ("officer", "add", "nobody@example.org"),
        ("officer", "add", "not an address"),
        ("vendor", "add", ""),
        ("vendor", "add", "X", "--country", "Atlantis"),
        ("vendor", "add", "X", "--redirect-uri", "javascript:go()"),
        ("import", "orders", "/dev/null", "--vendor", "Nobody"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said_in_one_line(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize(("name", "value"), [("PORT", "99999"), ("PORT", "abc"), ("FREEHOLD_DATABASE_URL", "nonsense")])
def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    for command in (("migrate",), ("audit", "verify")):
        done = run(*command)
        assert done.returncode == 2
        [line] = done.stderr.splitlines()
        assert line.startswith(f"Error: {name}: ")


ON_AN_INSTANCE = [
    ("worker",),
    ("worker", "--status"),
    ("vendor", "add", "Corner Books"),
    ("vendor", "list"),
    ("vendor", "purposes", "list"),
    ("vendor", "purposes", "approve", "Corner Books", "dpv#DeliveryOfGoods", "0123456789ab"),
    ("vendor", "purposes", "refuse", "Corner Books", "dpv#DeliveryOfGoods"),
    ("program", "key-address", "nothing"),
    ("vendor", "block", "Corner Books"),
    ("vendor", "unblock", "Corner Books"),
    ("vendor", "invite", "Corner Books", "--number", "7"),
    ("vendor", "webhook", "add", "Corner Books", "https://hooks.example.com/"),
    ("vendor", "webhook", "list", "Corner Books"),
    ("vendor", "webhook", "rotate", "nothing"),
    ("vendor", "webhook", "disable", "nothing"),
    ("vendor", "webhook", "enable", "nothing"),
    ("vendor", "webhook", "test", "nothing"),
    ("vendor", "webhook", "resend", "nothing", "nothing"),
    ("program", "add", "Corner Books"),
    ("program", "keys", "nothing"),
    ("program", "add-key", "nothing", "/dev/null"),
    ("program", "end-key", "nothing", "old"),
    ("program", "block", "nothing"),
    ("officer", "add", "otto@example.org"),
    ("officer", "remove", "otto@example.org"),
    ("officer", "list"),
    ("auditor", "add", "otto@example.org", "--until", "2999-01-01"),
    ("auditor", "remove", "otto@example.org"),
    ("auditor", "list"),
    ("staff", "add", "otto@example.org", "--vendor", "Corner Books", "--rank", "reader"),
    ("staff", "remove", "otto@example.org"),
    ("staff", "list"),
    ("import", "orders", "/dev/null", "--vendor", "Corner Books"),
    ("report", "promises", "--vendor", "Corner Books"),
    ("audit", "verify"),
    ("doctor",),
    ("keys", "show"),
    ("keys", "make", "seal"),
    ("keys", "rotate", "seal"),
    ("keys", "rewrap"),
    ("keys", "retire", "seal"),
    ("backup", "/dev/null/kept", "--passphrase-file", __file__),
    ("mail", "list"),
    ("mail", "retry", "AAAAAAAAAAAAAAAAAAAAAA"),
]


def test_every_command_either_makes_an_instance_or_is_held_to_one_that_is_there() -> None:
    leaves = {path for path, command in EVERY if not isinstance(command, click.Group)}
    held = {path for path in leaves for arguments in ON_AN_INSTANCE if arguments[: len(path)] == path}
    makes = {("demo",), ("serve",), ("migrate",), ("bench",), ("restore",)}
    # Held to one by a code of its own: the mail waits at its server.
    assert leaves - held == makes | {("mail", "receive")}


@pytest.mark.parametrize("arguments", ON_AN_INSTANCE, ids=lambda words: " ".join(words[:3]))
@pytest.mark.parametrize("what_is_there", ["nothing", "a folder", "keys alone"])
def test_a_mistyped_folder_is_said_in_one_line_and_nothing_is_made(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], what_is_there: str
) -> None:
    folder = tmp_path / "mistyped"
    if what_is_there != "nothing":
        folder.mkdir()
    if what_is_there == "keys alone":
        make_keys(folder / "keys")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(folder))
    monkeypatch.delenv("FREEHOLD_DATABASE_URL")
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: ")
    for word in (str(folder), "freehold demo", "freehold serve", "FREEHOLD_INSTANCE"):
        assert word in line
    assert sorted(tmp_path.rglob("*")) == before


def test_a_mail_for_a_mistyped_folder_waits_at_its_server_and_nothing_is_made(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "mistyped"
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(folder))
    monkeypatch.delenv("FREEHOLD_DATABASE_URL")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"From: ana@example.org\r\n\r\nYes.\r\n")))
    done = run("mail", "receive", "answers+a@example.net")
    assert (done.returncode, done.stdout, folder.exists()) == (75, "", False)
    [line] = done.stderr.splitlines()
    assert line.startswith("Not now: ") and str(folder) in line


def test_an_operator_sees_what_waits_and_what_was_given_up(house: House, run: Run) -> None:
    assert (run("worker", "--status").stdout, run("worker", "--status").returncode) == ("Due: 0. Given up: 0.\n", 0)
    with house.writing() as unit:
        job_id = unit.enqueue("test.of-another-release", {"secret": "canary"})
    assert run("worker", "--status").stdout.startswith("Due: 1, the oldest for ")
    run_due(house)
    done = run("worker", "--status")
    assert done.returncode == 1
    [first, line] = done.stdout.splitlines()
    assert first == "Due: 0. Given up: 1."
    assert line.split()[1:] == ["test.of-another-release", text_of(job_id), "unknown-kind"]


@pytest.mark.parametrize("arguments", [*(each for each in ON_AN_INSTANCE if each[0] not in ("doctor", "backup")), ("migrate",)], ids=" ".join)
@pytest.mark.parametrize("trouble", ["missing", "not what it was made with"])
def test_a_database_is_opened_with_its_own_keys_or_not_at_all(
    house: House, run: Run, tmp_path: Path, arguments: tuple[str, ...], trouble: str
) -> None:
    keys = house.settings.instance / "keys"
    if trouble == "missing":
        (keys / "index.json").unlink()
    else:
        make_keys(tmp_path / "other")
        shutil.copy(tmp_path / "other" / "index.json", keys)
    before = {path: path.read_bytes() for path in keys.iterdir()}
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    for word in (str(keys), f"index.json {trouble}", "backup", "FREEHOLD_DATABASE_URL"):
        assert word in line
    assert {path: path.read_bytes() for path in keys.iterdir()} == before


def test_a_server_does_not_begin_on_a_database_whose_keys_are_lost(house: House) -> None:
    shutil.rmtree(house.settings.instance / "keys")
    environment = {
        **os.environ,
        "FREEHOLD_INSTANCE": str(house.settings.instance),
        "FREEHOLD_DATABASE_URL": house.settings.database_url,
    }
    command = [sys.executable, "-m", "portal.cli", "serve", "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "seal.json, index.json, cookie.json, cursor.json, vendor.json, sign.json missing" in line
    assert not (house.settings.instance / "keys").exists()


def test_migrate_makes_an_instance_that_the_others_then_work_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(tmp_path / "new"))
    monkeypatch.delenv("FREEHOLD_DATABASE_URL")
    assert run("migrate").returncode == 0
    assert run("vendor", "add", "Corner Books").returncode == 0
    assert run("audit", "verify").returncode == 0


def test_somebody_with_a_proved_address_becomes_an_officer(house: House, run: Run) -> None:
    with house.writing() as unit:
        made = register(unit, email="otto@example.org", password_hash="x")
    assert made is not None
    assert run("officer", "add", "otto@example.org").returncode == 1
    with house.writing() as unit:
        verify_address(unit, token=made.token)
    assert run("officer", "add", "Otto@Example.org").returncode == 0
    listed = run("officer", "list").stdout
    assert len(listed.splitlines()) == 1
    assert "otto" not in listed


@pytest.fixture
def customer_seven(house: House) -> House:
    """A company whose customer 7 can be invited."""
    with house.writing() as unit:
        prospect(unit, vendor_id=admit(unit, name="Corner Books").id, number="7")
    return house


INVITE = ("vendor", "invite", "Corner Books", "--number", "7")


def test_an_invitation_leads_to_where_the_instance_is_served_whatever_port_the_command_sees(
    customer_seven: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = customer_seven.settings.model_copy(update={"origin": "https://portal.example.org"})
    remember_origin(served)
    monkeypatch.setenv("PORT", "9000")
    assert run(*INVITE).stdout.startswith("https://portal.example.org/invitations/")
    unknown = run(*INVITE[:-1], "8")
    assert (unknown.returncode, "customer number 8" in unknown.stderr) == (1, True)
    remember_origin(customer_seven.settings.model_copy(update={"origin": "http://localhost:9100"}))
    assert run(*INVITE).stdout.startswith("http://localhost:9100/invitations/")
    monkeypatch.setenv("FREEHOLD_ORIGIN", "https://elsewhere.example.org/")
    assert run(*INVITE).stdout.startswith("https://elsewhere.example.org/invitations/")


def test_no_invitation_is_made_while_nobody_knows_where_it_would_lead(
    customer_seven: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "9000")
    done = run(*INVITE)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert "FREEHOLD_ORIGIN" in line
    with customer_seven.reading() as unit:
        assert unit.session.query(Invitation).count() == 0


def test_a_file_of_customers_is_invited_whole_or_not_at_all(customer_seven: House, run: Run, tmp_path: Path) -> None:
    remember_origin(customer_seven.settings.model_copy(update={"origin": "https://portal.example.org"}))
    sheet, links = tmp_path / "customers.csv", tmp_path / "links.csv"
    command = ("vendor", "invite", "Corner Books", str(sheet), "--links", str(links))
    sheet.write_text("number,email\n7,eva@example.org\n8,nobody\n")
    wrong = run(*command)
    assert (wrong.returncode, wrong.stdout.startswith("line 3: email: ")) == (1, True)
    with customer_seven.reading() as unit:
        assert unit.session.query(Invitation).count() == 0
    sheet.write_text("number,email\n7,eva@example.org\n=8,\n")
    links.unlink(missing_ok=True)
    done = run(*command)
    assert (done.returncode, done.stdout) == (0, "2 invited\n"), done.stderr
    _head, seven, eight = links.read_text().splitlines()
    assert seven.startswith('"7","https://portal.example.org/invitations/') and eight.startswith("\"'=8\"")
    assert links.stat().st_mode & 0o077 == 0
    again = run(*command)
    assert again.returncode == 1 and "links.csv" in again.stderr, "what is there already is not written over"


def test_a_file_or_a_number_is_named(customer_seven: House, run: Run) -> None:
    assert run("vendor", "invite", "Corner Books").returncode == 1


def test_migrating_twice_changes_nothing(run: Run) -> None:
    assert run("migrate").returncode == run("migrate").returncode == 0


def test_a_broken_pipe_is_no_accident() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "--help"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with suppress(BrokenPipeError):
        assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()
