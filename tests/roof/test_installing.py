"""The commands of docs/serving.md, run as they stand: what they install serves, and its doctor finds it well."""

import getpass
import json
import os
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browsing import free_port
from tests.processes import ROOT
from tests.prove.sizes import PROVING
from tests.roof.serving_page import blocks, environment, running

# Of a machine's administrator alone, and not of this test: packages, accounts, services.
_OF_THE_MACHINE = ("apt-get ", "adduser ", "systemctl ", "nginx ", "journalctl ")


def _here(text: str, folder: Path) -> str:
    """A command of the page with the folder in the place of the machine's root, and ourselves in that of the account."""
    text = re.sub(r"(?<![\w/])/(opt|srv|mnt|etc/freehold)\b", rf"{folder}/\1", text)
    return re.sub(r"-o freehold -g freehold", f"-o {getpass.getuser()}", text)


def _commands(block: str) -> str:
    return "\n".join(line for line in block.splitlines() if not line.startswith(_OF_THE_MACHINE))


def _run(script: str, **more: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FREEHOLD_", "PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, env={**clean, **more}, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.engines("sqlite")  # the page's own first choice
@pytest.mark.skipif(not PROVING, reason="NOT RUN: it installs everything anew, which takes minutes; make prove does")
def test_the_pages_commands_install_what_serves_and_the_doctor_finds_it_well(engine_name: str, tmp_path: Path) -> None:
    for parent in ("opt", "srv/freehold", "mnt/other", "etc"):
        (tmp_path / parent).mkdir(parents=True)
    install, secrets, *_, watch = blocks("sh")
    for block in (install, secrets):
        done = _run(_here(_commands(block), tmp_path))
        assert done.returncode == 0, done.stderr
    port = free_port()
    settings = {name: _here(value, tmp_path) for name, value in environment().items()}
    settings |= {"PORT": str(port), "FREEHOLD_ORIGIN": f"http://localhost:{port}", "FREEHOLD_SMTP_HOST": ""}
    program = str(tmp_path / "opt/freehold/bin/freehold")
    with ExitStack() as stack:
        stack.enter_context(running([program, "serve"], port, tmp_path, **settings))
        looks = _here(_commands(watch), tmp_path).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        doctor, *asked = looks.splitlines()
        told = _run("\n".join(asked))
        assert told.returncode == 0, told.stderr
        assert "freehold_" in told.stdout
        said = re.sub(r"^systemd-run .*?EnvironmentFile=\S+ ", "", doctor)
        found = json.loads(_run(f"{said} --json", **settings).stdout)["findings"]
    of_this_machine = ("clock", "disk", "files", "versions", "proxies", "settings")
    assert [one for one in found if one["state"] == "wrong" and one["about"] not in of_this_machine] == []
    assert any(one["about"] == "erasures" and one["state"] == "well" for one in found)
