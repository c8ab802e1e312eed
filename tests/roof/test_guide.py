"""The guide's own blocks, run in its order as they stand: a first read, a first read with a key, a copy that stays right; and
the same by JavaScript, with a library that is not ours (openid-client).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from portal.oauth.service.pushing import LIFE
from portal.oauth.tokens import CODE_LIFE
from tests.fapi.peer import install, missing
from tests.plain_browser import Browser
from tests.processes import ROOT
from tests.prove.sizes import PROVING
from tests.roof.demonstration import Demonstration, Web
from tests.roof.test_demo_script import Script

GUIDE = (ROOT / "docs" / "companies.md").read_text()
INSURER = "Mútua Cap de Creus"
LIBRARY = ROOT / "tests" / "roof" / "openid_client"


class Developer:
    """Somebody with a folder, who copies blocks out of the guide and runs them."""

    def __init__(self, folder: Path, running: Demonstration) -> None:
        self.folder = folder
        self.environment = {**os.environ, "FREEHOLD_INSTANCE": str(running.instance)}
        for name in ("fapi.py", "connect.py", "sync.py", "bring.py", "ask.py", "connect.mjs"):
            kind = "js" if name.endswith(".mjs") else "python"
            [block] = re.findall(rf"`{re.escape(name)}`.*?```{kind}\n(.*?)```", GUIDE, re.DOTALL)[:1]
            (folder / name).write_text(block)

    def run(self, *command: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def begin(self, name: str, program: str = sys.executable) -> "subprocess.Popen[str]":
        """Starts a script that will ask something."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [program, name], cwd=self.folder, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )


@pytest.fixture
def developer(tmp_path: Path, running: Demonstration) -> Developer:
    """Somebody who has just read the guide."""
    return Developer(tmp_path, running)


def test_the_guide_says_how_long_the_address_lives_and_that_the_page_after_it_will_not_load() -> None:
    told = " ".join(GUIDE.split())
    assert f"Open the address that it prints within {LIFE.seconds} seconds" in told
    assert CODE_LIFE.seconds == 60 and "paste it within a minute" in told
    assert "the page will not load" in told and "copy it out of the address bar" in told


def test_the_first_read_takes_five_lines(developer: Developer) -> None:
    [block] = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    assert '"name":"Ana Puig Ferrer"' in developer.run("bash", "-eu", "-c", block).replace('": "', '":"')


def test_the_first_read_with_a_key_and_a_copy_that_stays_right(developer: Developer, running: Demonstration) -> None:
    script = Script(running.instance / "demo.json")
    python = sys.executable
    assert developer.run(python, "sync.py") == "0 shared\n"
    joan = Browser(Web())
    told = connected(developer.begin("connect.py"), joan, script)
    assert '"name": "Joan Vidal"' in told
    assert "email" not in told, "what was optional was left out"
    assert developer.run(python, "sync.py") == "1 shared\n"
    joan.open(f"{script.origin}/sharing").follow(f"See or change {INSURER}").follow("Stop sharing")
    joan.press("Stop sharing")
    assert developer.run(python, "sync.py") == "0 shared\n"
    assert developer.run(python, "ask.py") == "waiting\nwaiting\n"
    joan.open(f"{script.origin}/sharing").press("See what they ask")
    brought = developer.run(python, "bring.py").splitlines()
    assert [line.split()[1] for line in brought[:3]] == ["invited", "invited", "refused"]
    assert f"{script.origin}/invitations/" in brought[1] and "laia" not in brought[2]
    assert brought[3] == "{'K-1': 'waiting', 'K-2': 'waiting'}"


@pytest.mark.slow
def test_a_library_that_is_not_ours_does_the_same_renews_looks_up_and_gives_back(
    developer: Developer, running: Demonstration
) -> None:
    if not PROVING:
        pytest.skip("NOT RUN: it installs openid-client with npm; make prove does")
    lacking = missing()
    assert not lacking, f"{' and '.join(lacking)} not installed: the guide's JavaScript needs Node 20"
    install(developer.folder, LIBRARY)
    script = Script(running.instance / "demo.json")
    told = connected(developer.begin("connect.mjs", "node"), Browser(Web()), script)
    assert '"name": "Joan Vidal"' in told and "email" not in told
    assert told.splitlines()[-2:] == ["active: true", "active once revoked: false"]


def connected(connecting: "subprocess.Popen[str]", joan: Browser, script: Script) -> str:
    """Joan says yes to what a program asks; gives what it prints."""
    assert connecting.stdin is not None and connecting.stdout is not None
    joan.open(connecting.stdout.readline().strip())
    script.sign_in(joan, script.cast["customers"][1])
    joan.write("First name", "Joan")
    joan.write("Family name", "Vidal")
    told, trouble = connecting.communicate(sent_back(joan) + "\n", timeout=60)
    assert connecting.returncode == 0, trouble
    return told


def sent_back(browser: Browser) -> str:
    """Presses yes; gives the company's address that the browser would go to, which nobody serves here."""
    with pytest.raises(requests.ConnectionError) as nowhere:
        browser.press(f"Share with {INSURER}")
    assert nowhere.value.request is not None
    return str(nowhere.value.request.url)
