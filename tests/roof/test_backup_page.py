"""The page on backups is right: its commands, run as they stand, keep an instance and bring it back."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from portal.cli import cli
from portal.kernel.house import House
from portal.kernel.settings import Settings
from portal.wiring import open_house
from tests import people
from tests.conftest import HouseMaker
from tests.processes import ROOT
from tests.roof.serving_page import environment

PAGE = ROOT / "docs" / "backup.md"


def commands() -> str:
    """All that stands in the page's blocks, in their order."""
    return "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL))


@pytest.mark.engines("sqlite")  # the page's paths are those of an instance with its own file
def test_the_commands_of_the_page_keep_an_instance_and_bring_it_back(
    make_house: HouseMaker, engine_name: str, tmp_path: Path
) -> None:
    kept = make_house(engine_name)
    account_id = people.register(kept, "ana@example.org")
    kept.close()
    for folder in ("srv/freehold", "mnt/other/freehold", "mnt/apart", "etc/freehold", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    kept.settings.instance.rename(tmp_path / "srv" / "freehold" / "instance")
    kept.settings.instance.mkdir()
    (tmp_path / "etc/freehold/passphrase").write_text("a quiet harbour at dusk\n")
    _as_installed(tmp_path / "bin" / "freehold")
    script = re.sub(r"(?<=[ =])/(srv|mnt|etc)\b", rf"{tmp_path}/\1", commands())
    assert "freehold restore" in script
    environment = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    environment.pop("FREEHOLD_DATABASE_URL", None)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env=environment, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "THE KEYS ARE NOT IN IT" in done.stderr
    assert "Sound" in done.stdout
    again: House = open_house(Settings(instance=tmp_path / "srv" / "freehold-again", database_url=""))
    assert people.actor(again, account_id).customer_id
    again.close()


def _as_installed(command: Path) -> None:
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m portal.cli "$@"\n')
    command.chmod(0o755)


def test_both_pages_speak_of_one_instance_and_of_one_file_of_erasures() -> None:
    page, said = PAGE.read_text(), environment()
    for name in ("FREEHOLD_INSTANCE", "FREEHOLD_ERASURES"):
        assert set(re.findall(rf"{name}=(\S+)", page)) - {"/srv/freehold-again"} == {said[name]}


def test_the_nightly_line_is_one_that_cron_reads_and_our_command_understands() -> None:
    [line] = re.findall(r"```cron\n(.*?)\n```", PAGE.read_text())
    *when, account, command = line.split(None, 6)
    assert len(when) == 5
    assert account == "freehold"
    # What follows a bare % would be given to the command's standard input.
    assert re.search(r"(?<!\\)%", command) is None
    words = [word for word in shlex.split(command.replace("\\%", "%")) if "=" not in word]
    assert words[0] == "/opt/freehold/bin/freehold"
    assert words[1] in cli.commands
    options = {one for part in cli.commands[words[1]].params for one in part.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_page_is_one_screen() -> None:
    assert len(PAGE.read_text().splitlines()) <= 66
