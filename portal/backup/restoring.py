"""``freehold restore``: an empty instance filled from a backup, and whoever was erased since erased again, before it serves."""

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from portal.accounts import service as accounts
from portal.audit.report import Report
from portal.audit.verify import verify
from portal.backup import postgresql
from portal.backup.making import BELONGS, DATABASE, FORMAT, MANIFEST
from portal.backup.snapshots import Progress
from portal.customers import service as customers
from portal.kernel import anchor, last_backup, restored
from portal.kernel.away import database_errors
from portal.kernel.db import open_engine
from portal.kernel.errors import Conflict, Problem
from portal.kernel.house import House
from portal.kernel.key_files import KEYSETS, places
from portal.kernel.keysets import Keys
from portal.kernel.migrate import bring_up, newest
from portal.kernel.sealed_file import BadBackup, SealedReader
from portal.kernel.settings import Settings
from portal.kernel.unit import Unit
from portal.links import service as links
from portal.oauth import service as oauth
from portal.vendors import service as vendors
from portal.wiring import WIRING

_PART = ".restoring"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: the backup's own words, who was erased again, who has their week again, and the verification."""

    about: dict[str, Any]
    erased: int
    waiting: int
    report: Report


def restore(settings: Settings, file: Path, passphrase: bytes, *, without_erasures: bool, progress: Progress) -> Restored:
    """Fills an empty instance and database; whatever goes wrong, they are as empty as before."""
    url = make_url(settings.database_url)
    with file.open("rb") as sealed:
        reader = SealedReader(sealed, passphrase)
        # A stream: what is read is authentic, and that nothing is missing shows at its end.
        with tarfile.open(fileobj=reader, mode="r|", bufsize=tarfile.RECORDSIZE) as archive:  # type: ignore[call-overload]
            members = iter(archive)
            about = _about(archive, next(members, None))
            _check(settings, url, about, without_erasures)
            with _place(settings, url) as place:
                for member in members:
                    _take(archive, member, place, lambda done: progress(done, file.stat().st_size))
                reader.end()
                return _publish(settings, url, place, about)


def _about(archive: tarfile.TarFile, member: tarfile.TarInfo | None) -> dict[str, Any]:
    text = None if member is None or member.name != MANIFEST else archive.extractfile(member)
    if text is None:
        raise BadBackup(detail="This file is no backup of Freehold.")
    about: dict[str, Any] = json.loads(text.read())
    if about["format"] != FORMAT or about["revision"] > newest():
        raise Conflict("newer", f"Freehold {about['made_by']} made this backup. Restore it with that release, or a later one.")
    return about


def _check(settings: Settings, url: URL, about: dict[str, Any], without_erasures: bool) -> None:
    """All that can be known before anything is written."""
    engine = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
    if about["engine"] != engine:
        raise Conflict("other-engine", f"This is a backup of {about['engine']}; FREEHOLD_DATABASE_URL names {engine}.")
    _check_empty(settings, url)
    _check_keys(settings, about)
    lines = anchor.lines_of(settings.anchor)
    if lines < about["erasures"] and not without_erasures:
        raise Conflict(
            "erasures-missing",
            f"When this backup was made, {about['erasures']} erasures were written down; {settings.anchor} has {lines}. "
            "Name the file of erasures in FREEHOLD_ERASURES: without it people who were erased would be back. "
            "If it is lost, say --without-erasures.",
        )


def _check_empty(settings: Settings, url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        if Path(url.database or "").exists():
            raise Conflict("not-empty", f"There is a database already: {url.database}. Restore into an empty folder.")
        return
    engine = open_engine(url)
    try:
        restored.clear(engine)
        with engine.connect() as connection:
            if inspect(connection).get_table_names():
                raise Conflict("not-empty", "The database holds tables already. Make it anew, empty, and try again.")
    finally:
        engine.dispose()


def _check_keys(settings: Settings, about: dict[str, Any]) -> None:
    folder, elsewhere = settings.instance / "keys", settings.key_files
    if not (folder.is_dir() or elsewhere):
        if not about["with_keys"]:
            raise Conflict("keys-missing", f"The backup holds no keys. Put those it was made with into {folder} first.")
        return
    are_there = all(path.is_file() for path in places(folder, elsewhere).values())
    marks = Keys(folder, elsewhere).fingerprints() if are_there else {}
    known = {name: bytes.fromhex(mark) for name, mark in about["keys"].items()}
    if wrong := [f"{name}.json" for name, mark in known.items() if mark not in marks.get(name, {}).values()]:
        raise Conflict("wrong-keys", f"The keys in {folder} are not those of this backup: {', '.join(sorted(wrong))}.")


@contextmanager
def _place(settings: Settings, url: URL) -> Iterator[Path]:
    """A folder within the instance, where everything lies until all of it is ready; it goes whatever happens."""
    was_there = settings.instance.is_dir()
    had_gate = (settings.instance / "gate.lock").exists()
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = settings.instance / _PART
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    try:
        yield place
    except BaseException:
        if url.get_backend_name() != "sqlite":
            # The mark keeps everybody out all the same, and what went wrong first is what is told.
            with suppress(SQLAlchemyError, *database_errors()):
                _clear(url)
        shutil.rmtree(place, ignore_errors=True)
        if not had_gate:
            (settings.instance / "gate.lock").unlink(missing_ok=True)
        if not was_there:
            with suppress(OSError):
                settings.instance.rmdir()
        raise
    shutil.rmtree(place, ignore_errors=True)


def _clear(url: URL) -> None:
    engine = open_engine(url)
    try:
        restored.clear(engine)
    finally:
        engine.dispose()


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, place: Path, progress: Any) -> None:
    known = {DATABASE, *(f"instance/{name}" for name in BELONGS), *(f"keys/{name}.json" for name in KEYSETS)}
    content = archive.extractfile(member) if member.name in known else None
    if content is None:
        raise BadBackup(detail="The backup holds something that no backup of Freehold holds.")
    target = place / member.name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    done = 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while block := content.read(_BLOCK):
            file.write(block)
            progress(done := done + len(block))
        file.flush()
        os.fsync(file.fileno())


def _publish(settings: Settings, url: URL, place: Path, about: dict[str, Any]) -> Restored:
    """Makes the database ready where nobody finds it yet, and then gives everything its name: the database last."""
    if not (place / DATABASE).is_file():
        raise BadBackup(detail="The backup holds no database.")
    keys = settings.instance / "keys"
    brings_keys = not (keys.is_dir() or settings.key_files)
    working = url.set(database=str(place / DATABASE)) if about["engine"] == "sqlite" else url
    if about["engine"] != "sqlite":
        _load(url, place / DATABASE)
    held = Keys(place / "keys") if brings_keys else Keys(keys, settings.key_files)
    done = _made_ready(settings, working, held, about)
    for name in BELONGS:
        with suppress(FileNotFoundError):
            (place / "instance" / name).replace(settings.instance / name)
    if brings_keys:
        (place / "keys").replace(keys)
    last_backup.forget(settings)
    _name(settings, url, place / DATABASE)
    return done


def _load(url: URL, archive: Path) -> None:
    engine = open_engine(url)
    try:
        restored.mark(engine)
    finally:
        engine.dispose()
    with archive.open("rb") as file:
        postgresql.load(url, file)


def _made_ready(settings: Settings, url: URL, keys: Keys, about: dict[str, Any]) -> Restored:
    engine = open_engine(url)
    settings = settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)})
    house = House(settings, engine, keys, WIRING)
    try:
        bring_up(house)
        erased = _erase_again(house)
        with house.writing() as unit:
            _end_what_was_good_once(unit, about["at"])
            waiting = customers.wait_anew(unit)
            accounts.let_recoveries_wait_anew(unit)
        house.lead()
        house.scrub()
        report = verify(house)
        if report.exit_code:
            raise Problem(reason="not-sound", detail=f"The restored record does not verify. {report.verdict()}")
        return Restored(about, erased, waiting, report)
    finally:
        house.close()


def _erase_again(house: House) -> int:
    erased = 0
    for holder in anchor.erased(house.settings.anchor):
        with house.writing() as unit:
            erased += customers.erase_again(unit, holder_id=holder)
    return erased


def _end_what_was_good_once(unit: Unit, kept_at: int) -> None:
    """What was used since the backup must not be good again, and nobody knows what was."""
    accounts.end_after_restore(unit, kept_at=kept_at)
    links.end_invitations(unit)
    vendors.end_staff_invitations(unit)
    oauth.forget_all(unit)


def _name(settings: Settings, url: URL, database: Path) -> None:
    if url.get_backend_name() != "sqlite":
        engine = open_engine(url)
        try:
            restored.unmark(engine)
        finally:
            engine.dispose()
        return
    assert url.database is not None
    log = database.with_name(f"{database.name}-wal")
    if log.exists() and log.stat().st_size:
        raise Problem(reason="not-whole", detail="The restored database still has a log beside it. Try again.")
    _sync(database, os.O_RDWR)
    database.replace(url.database)
    _sync(Path(url.database).parent, os.O_RDONLY | os.O_DIRECTORY)
    _sync(settings.instance, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
