"""``freehold demo``: sets the demonstration up once, then serves it with its worker and the bookshop beside it."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from rich.console import Console

from portal.app import create_app
from portal.demo.cast import BOOKSHOP, PASSWORD, PEOPLE
from portal.demo.stage import ALL_SCOPES, Stage, redirect_of
from portal.demo.story import tell
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.migrate import upgrade
from portal.kernel.settings import Settings
from portal.serve import serve
from portal.wiring import open_house

BOOKSHOP_CONFIG = "bookshop.json"


def is_set_up(settings: Settings) -> bool:
    """Whether the demonstration was told to its end in this instance."""
    return (settings.instance / "demo.json").exists()


def bookshop_url(settings: Settings) -> str:
    """Where the bookshop runs: the next port."""
    return f"http://localhost:{settings.port + 1}"


def set_up(house: House, app: Flask) -> None:
    """Tells the story and writes who can sign in; what was half told before is refused by its first step."""
    stage = Stage(house, app, opening=clock.now(), bookshop_url=bookshop_url(house.settings))
    tell(stage)
    _write_private(house.settings.instance / BOOKSHOP_CONFIG, _bookshop(stage))
    _write_private(house.settings.instance / "demo.json", _cast(stage))


def _cast(stage: Stage) -> dict[str, Any]:
    people = [({"email": p.email, "password": PASSWORD, "name": p.name}, p.officer) for p in PEOPLE]
    return {
        "origin": stage.house.settings.origin,
        "customers": [shown for shown, officer in people if not officer],
        "officers": [shown for shown, officer in people if officer],
        "vendors": [
            {
                "name": program.company.name,
                "client_id": program.client_id,
                "client_secret": program.secret,
                "redirect_uris": [redirect_of(stage, program.company)],
                "scopes": list(ALL_SCOPES),
            }
            for program in stage.programs.values()
        ],
    }


def _bookshop(stage: Stage) -> dict[str, Any]:
    program, settings = stage.programs[BOOKSHOP.key], stage.house.settings
    return {
        "name": BOOKSHOP.name,
        "freehold": settings.origin,
        "client_id": program.client_id,
        "client_secret": program.secret,
        "redirect_uri": redirect_of(stage, BOOKSHOP),
        "port": settings.port + 1,
        "secret_key": secrets.token_hex(32),
        "database": str(settings.instance / "bookshop.db"),
    }


def _write_private(path: Path, value: dict[str, Any]) -> None:
    half = path.with_suffix(".new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
    half.rename(path)


def run(settings: Settings, *, fresh: bool = False) -> None:
    """Sets up what is not there, prints who can sign in, and serves until told to end."""
    console = Console(highlight=False)
    if fresh or not is_set_up(settings):
        _begin_anew(settings, console)
    console.print(who_can_sign_in(settings))
    _serve_all(settings)


def _begin_anew(settings: Settings, console: Console) -> None:
    _clear(settings)
    with console.status("Making half a year of demonstration data…"):
        house = open_house(settings)
        upgrade(house.engine)
        set_up(house, create_app(house))
        house.close()


def _clear(settings: Settings) -> None:
    """Removes what an interrupted telling left. Only the embedded database is ours to remove."""
    if not settings.database_url.startswith("sqlite"):
        return
    for name in ("freehold.db", "freehold.db-wal", "freehold.db-shm", "demo.json", "bookshop.json", "bookshop.db"):
        (settings.instance / name).unlink(missing_ok=True)
    shutil.rmtree(settings.instance / "mail", ignore_errors=True)


def _serve_all(settings: Settings) -> None:
    config = settings.instance / BOOKSHOP_CONFIG
    bookshop = subprocess.Popen([sys.executable, "-m", "portal.demo.bookshop", str(config)])
    try:
        serve(settings)
    finally:
        bookshop.send_signal(signal.SIGTERM)
        bookshop.wait(timeout=10)


def who_can_sign_in(settings: Settings) -> str:
    """The lines that the command prints."""
    cast = json.loads((settings.instance / "demo.json").read_text())
    people = [(p, "customer") for p in cast["customers"]] + [(p, "officer") for p in cast["officers"]]
    lines = [f"  {person['email']:<22} {person['password']:<22} {person['name']}, {what}" for person, what in people]
    return "\n".join(
        [
            f"Freehold        {cast['origin']}",
            f"The bookshop    {bookshop_url(settings)}",
            "",
            "Who can sign in (in this demonstration alone):",
            *lines,
        ]
    )
