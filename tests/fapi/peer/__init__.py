"""The peer: node's oidc-provider, which is certified for the profile, installed by its lock file and run beside the tests."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.browsing import free_port
from tests.fapi import jws
from tests.fapi.described import Described, Registered
from tests.fapi.people import Stranger

HERE = Path(__file__).parent
PROGRAMS = ("node", "npm")


def missing() -> list[str]:
    """Which of the programs that it takes are not installed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def install(folder: Path, source: Path = HERE) -> None:
    """Installs exactly what the lock file of a source names, each package by its hash, and runs nothing of theirs."""
    for path in [*source.glob("*.json"), *source.glob("*.mjs")]:
        shutil.copy(path, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]


@contextmanager
def running(folder: Path, *, nonces: bool) -> Iterator[Described]:
    """The peer with two clients, described."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    first = _registered("first", jws.rsa_key(), "https://first.example/back")
    second = _registered("second", jws.ec_key(), "https://second.example/back?dummy1=lorem&dummy2=ipsum")
    process = subprocess.Popen(
        ["node", "server.mjs"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdin is not None
        asked = {"port": port, "nonces": nonces, "clients": [_public(first), _public(second)]}
        # Left open: the peer ends with it, so that it never outlives whoever started it.
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        _wait(process, issuer)
        yield Described(issuer, first, second, {"scope": "openid"}, f"{issuer}/me?more=1", Stranger(issuer))
    finally:
        process.kill()
        process.wait()


def _registered(name: str, key: Any, back: str) -> Registered:
    named = {"kid": name, "alg": jws.algorithm_of(key)}
    return Registered(name, {**key.as_dict(private=True), **named}, back)


def _public(client: Registered) -> dict[str, object]:
    public = jws.key_of(client.jwk).as_dict(private=False)
    return {"client_id": client.client_id, "redirect_uri": client.redirect_uri, "jwk": {**public, "use": "sig"}}


def _wait(process: "subprocess.Popen[bytes]", issuer: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(issuer, timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError("the peer did not start")
