"""docs/serving.md as it stands: its blocks, and programs of the distribution that run them."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.serve import is_open
from tests.processes import ROOT
from tests.prove.sizes import PROVING

PAGE = ROOT / "docs" / "serving.md"
_BLOCK = re.compile(r"^```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = "portal.example.org"


def blocks(kind: str) -> list[str]:
    """The page's blocks of a kind, in their order."""
    found = [text for said, text in _BLOCK.findall(PAGE.read_text()) if said == kind]
    assert found, f"docs/serving.md has no block of {kind}"
    return found


def environment() -> dict[str, str]:
    """The page's settings."""
    return dict(line.split("=", 1) for line in blocks("ini")[0].splitlines())


def program(name: str, package: str) -> str:
    """A program of the distribution; loud where it is not there, and a failure where everything is proved."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        told = f"{name} is not installed (apt-get install {package}), so docs/serving.md was not tried with it"
        pytest.fail(told) if PROVING else pytest.skip(f"NOT RUN: {told}")
    return found


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that signs itself."""
    whole, key = folder / "fullchain.pem", folder / "privkey.pem"
    command = [program("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
               "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(whole)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return whole, key


@contextmanager
def running(command: list[str], port: int, folder: Path, **more: str) -> Iterator[None]:
    """A program until it is told to end, once it answers."""
    with (folder / "program.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **more}, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 30
        while not is_open(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "program.log").read_text())
            time.sleep(0.05)
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
