"""The guide's receiver, run as it stands there: it takes what we send, once, and nothing else."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from flask import Flask

from portal.events.jobs import Postman
from portal.kernel.house import House
from tests.browsing import free_port
from tests.events.listening import deliver, subscribe
from tests.events.subscribed import shares, standing
from tests.grants.cast import person
from tests.oauth.cast import program
from tests.processes import ROOT
from tests.prove.sizes import PROVING

[RECEIVE] = re.findall(r"`receive\.py`.*?```python\n(.*?)```", (ROOT / "docs" / "companies.md").read_text(), re.DOTALL)


@contextmanager
def receiving(folder: Path, port: int, key: str) -> Iterator["subprocess.Popen[str]"]:
    """The script, once it listens."""
    (folder / "receive.py").write_text(RECEIVE)
    command = [sys.executable, "receive.py", str(port)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "WEBHOOK_KEY": key}, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    )
    try:
        end = time.monotonic() + 60
        while not _answers(port):
            assert time.monotonic() < end
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 501
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("algorithm", ["v1", "v1a"] if PROVING else ["v1a"])
def test_the_guides_receiver_takes_what_is_ours_once_and_nothing_else(
    app: Flask, house: House, postman: Postman, tmp_path: Path, algorithm: str
) -> None:
    shop, ana, port = program(house), person(house, given_name="Ana"), free_port()
    endpoint, key = subscribe(house, shop.vendor_id, f"http://127.0.0.1:{port}/hooks", algorithm=algorithm)
    shares(app, shop, ana)
    with receiving(tmp_path, port, key) as process:
        deliver(house, postman)
        forged = {"webhook-id": "x", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,eA== v1a,eA=="}
        assert requests.post(f"http://127.0.0.1:{port}/", data=b"{}", headers=forged, timeout=60).status_code == 401
        assert process.stdout is not None
        assert process.stdout.readline().startswith('grant.created {"sub": ')
    assert [one.state for one in standing(house, endpoint)] == ["delivered"]
