"""What the demonstration keeps beside its database: who can sign in, the bookshop's settings, and whose folder it is."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from portal.demo.cast import BOOKSHOP, PASSWORD, PEOPLE, STAFF, Person, bookshop_url
from portal.demo.stage import ALL_SCOPES, Stage, redirect_of
from portal.kernel.errors import Conflict
from portal.kernel.settings import Settings
from portal.oauth.scopes import SCOPES

CAST = "demo.json"
BOOKSHOP_CONFIG = "bookshop.json"
_BEGUN = "demo.begun"
_OURS = ("freehold.db", "freehold.db-wal", "freehold.db-shm", CAST, BOOKSHOP_CONFIG, "bookshop.db", "bookshop.log")


def is_set_up(settings: Settings) -> bool:
    """Whether the demonstration was told to its end in this instance, and its database is still there."""
    return (settings.instance / CAST).exists() and _has_database(settings)


def _has_database(settings: Settings) -> bool:
    url = make_url(settings.database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Only one demonstration at a time runs on an instance."""
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.instance.stat().st_uid == os.geteuid():
        # One that a clone brought is open to others; from here on it holds keys.
        settings.instance.chmod(0o700)
    lock = os.open(settings.instance / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Conflict("running", f"A demonstration runs on {settings.instance} already.") from None
    try:
        yield
    finally:
        os.close(lock)


def begin(settings: Settings) -> None:
    """Makes room for a new telling: what an earlier one left goes, whole or half. Nobody else's data is touched."""
    folder = settings.instance
    is_ours = (folder / CAST).exists() or (folder / _BEGUN).exists()
    if not is_ours and (folder / "freehold.db").exists():
        raise Conflict(
            "not-a-demonstration",
            f"{folder} holds data that is no demonstration's. Name another folder: FREEHOLD_INSTANCE=…",
        )
    (folder / _BEGUN).touch()
    for name in _OURS:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "mail", ignore_errors=True)


def keep(stage: Stage) -> None:
    """Writes what the story made; from here on the demonstration is there."""
    folder = stage.house.settings.instance
    _write_private(folder / BOOKSHOP_CONFIG, _bookshop(stage))
    _write_private(folder / CAST, _cast(stage))
    (folder / _BEGUN).unlink(missing_ok=True)


def cast_of(settings: Settings) -> dict[str, Any]:
    """Who can sign in, and the companies' programs."""
    found: dict[str, Any] = json.loads((settings.instance / CAST).read_text())
    return found


def is_elsewhere(settings: Settings) -> bool:
    """Whether the address or the folder is another one than at the telling."""
    config = json.loads((settings.instance / BOOKSHOP_CONFIG).read_text())
    here = (settings.origin, settings.port + 1, _shelf(settings))
    return (config["freehold"], config["port"], config["database"]) != here


def bookshop_client(settings: Settings) -> str:
    """The client id of the bookshop's program."""
    return str(json.loads((settings.instance / BOOKSHOP_CONFIG).read_text())["client_id"])


def move(settings: Settings, redirect: str) -> None:
    """Another address or folder than at the telling: both files follow it."""
    config = json.loads((settings.instance / BOOKSHOP_CONFIG).read_text())
    cast = {**cast_of(settings), "origin": settings.origin, "bookshop": bookshop_url(settings)}
    for vendor in cast["vendors"]:
        if vendor["client_id"] == config["client_id"]:
            vendor["redirect_uris"] = [redirect]
    config |= {"freehold": settings.origin, "redirect_uri": redirect, "port": settings.port + 1}
    config["database"] = _shelf(settings)
    _write_private(settings.instance / CAST, cast)
    _write_private(settings.instance / BOOKSHOP_CONFIG, config)


def _cast(stage: Stage) -> dict[str, Any]:
    return {
        "origin": stage.house.settings.origin,
        "bookshop": stage.bookshop_url,
        "customers": [_shown(person) for person in PEOPLE if not person.officer],
        "officers": [_shown(person) for person in PEOPLE if person.officer],
        "staff": [{**_shown(person), "company": stage.vendors[person.company or ""].name} for person in STAFF],
        "vendors": [
            {
                "name": program.company.name,
                "client_id": program.client_id,
                "client_secret": program.secret,
                "redirect_uris": [redirect_of(stage, program.company)],
                "scopes": list(ALL_SCOPES),
            }
            for program in stage.programs.values()
        ]
        + _with_key(stage),
    }


def _shown(person: Person) -> dict[str, str]:
    return {"email": person.email, "password": PASSWORD, "name": person.name}


def _with_key(stage: Stage) -> list[dict[str, Any]]:
    if stage.keyed is None:
        return []
    keyed = stage.keyed
    return [
        {
            "name": keyed.company.name,
            "client_id": keyed.client_id,
            "private_jwk": keyed.private_jwk,
            "redirect_uris": [redirect_of(stage, keyed.company)],
            "scopes": sorted(SCOPES),
        }
    ]


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
        "database": _shelf(settings),
    }


def _shelf(settings: Settings) -> str:
    return str(settings.instance / "bookshop.db")


def _write_private(path: Path, value: dict[str, Any]) -> None:
    half = path.with_suffix(".new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
    half.rename(path)
