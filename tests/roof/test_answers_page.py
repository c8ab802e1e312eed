"""docs/answers.md is true: its script and settings, as they stand there, let a mail in; and Postfix takes its configuration."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.kernel.mail.answers import address_for, new_token
from tests.conftest import HouseMaker
from tests.processes import ROOT
from tests.tickets.mailing import ANSWERS_TO, SETTINGS, mailed

PAGE = (ROOT / "docs" / "answers.md").read_text()


def block(kind: str) -> str:
    """What stands on the page for one file."""
    [found] = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.M | re.S)
    return str(found)


@pytest.mark.engines("sqlite")
def test_the_script_of_the_page_lets_an_answer_in_and_makes_trouble_wait(make_house: HouseMaker, tmp_path: Path) -> None:
    house = make_house("sqlite", **SETTINGS)
    ana = mailed(house)
    program, settings = tmp_path / "freehold", tmp_path / "answers.env"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m portal.cli "$@"\n')
    program.chmod(0o755)
    given = block("answers-env").replace("/srv/freehold/instance", str(house.settings.instance))
    given = given.replace("/mnt/other/freehold/erasures", str(tmp_path / "erasures"))
    script = tmp_path / "receive"
    text = block("receive-sh").replace("/etc/freehold/answers.env", str(settings)).replace("/opt/freehold/bin/freehold", str(program))
    script.write_text(text)
    script.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}

    def call(mail: bytes, to: str = ana.to) -> int:
        return subprocess.run([script, "--sender=ana@example.org", "--", to], input=mail, env=environment, cwd=ROOT).returncode

    assert call(ana.writes()) == 75
    settings.write_text(given)
    assert call(ana.writes()) == 0
    assert call(ana.writes(), address_for(ANSWERS_TO, new_token())) == 67
    program.write_text("#!/bin/sh\nexit 1\n")
    assert call(ana.writes()) == 75
    assert ana.words() == ["Size 40, please."]


def test_the_addresses_that_the_page_lets_in_are_ours() -> None:
    [line] = block("postfix-recipients").splitlines()
    pattern = line.removesuffix(" OK").strip("/")
    assert all(re.fullmatch(pattern, address_for(ANSWERS_TO, new_token())) for _ in range(50))
    for other in (ANSWERS_TO, f"x{address_for(ANSWERS_TO, new_token())}", address_for("answers@evil.example", new_token())):
        assert not re.fullmatch(pattern, other)
