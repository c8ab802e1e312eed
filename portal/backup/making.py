"""``freehold backup``: the database at one moment and what belongs to it, in one encrypted file, whole or not at all."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, column, inspect, select, table
from sqlalchemy.engine import make_url

from portal import __version__
from portal.backup.snapshots import Progress, taken
from portal.kernel import anchor, clock
from portal.kernel.db import open_engine
from portal.kernel.errors import Conflict
from portal.kernel.key_checks import keys_of, marks_of
from portal.kernel.key_files import places
from portal.kernel.last_backup import Kept
from portal.kernel.sealed_file import SealedWriter
from portal.kernel.settings import Settings

FORMAT = 1
DATABASE, MANIFEST = "database", "manifest.json"
BELONGS = ("origin",)
"""Files of the instance that go along. Letters, locks and the demonstration's own files stay behind."""


def make(settings: Settings, target: Path, passphrase: bytes, *, with_keys: bool, progress: Progress) -> Kept:
    """Writes the backup and says what it is; ``target`` is afterwards the new one whole, or what it was."""
    # Read first: an erasure that comes now is one line more in the file, and newer than this backup.
    erasures = anchor.lines_of(settings.anchor)
    url = make_url(settings.database_url)
    about = {**_about(settings), "erasures": erasures, "with_keys": with_keys}
    with _written(target) as file, taken(url, target.parent, progress) as database:
        counted = _Counted(file)
        sealed = SealedWriter(counted, passphrase)
        with closing(tarfile.open(fileobj=sealed, mode="w|", bufsize=tarfile.RECORDSIZE)) as archive:  # type: ignore[call-overload]
            _add(archive, MANIFEST, json.dumps(about, sort_keys=True).encode("ascii"))
            for name, content in _beside(settings, with_keys):
                _add(archive, name, content)
            _add_file(archive, DATABASE, database)
        sealed.finish()
    return Kept(about["at"], counted.sha256.hexdigest(), counted.size)


class _Counted:
    """A file to write into, which knows the SHA-256 of what it got."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256, self.size = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        """Writes on."""
        self.sha256.update(data)
        self.size += len(data)
        return self._file.write(data)


def _about(settings: Settings) -> dict[str, Any]:
    engine = open_engine(settings.database_url)
    try:
        # With keys that are not the database's it could never be restored.
        keys_of(engine, settings.instance / "keys", settings.key_files, make=False)
        return {
            "format": FORMAT,
            "at": clock.micros(clock.now()),
            "made_by": __version__,
            "engine": engine.dialect.name,
            "revision": _revision(engine),
            "keys": {name: mark.hex() for name, mark in marks_of(engine).items()},
        }
    finally:
        engine.dispose()


def _revision(engine: Engine) -> str:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            raise Conflict("no-database", "There is nothing to keep yet: the database has no tables.")
        found: str = connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar_one()
        return found


def _beside(settings: Settings, with_keys: bool) -> Iterator[tuple[str, bytes]]:
    for name in BELONGS:
        if (settings.instance / name).is_file():
            yield f"instance/{name}", (settings.instance / name).read_bytes()
    for keyset, path in places(settings.instance / "keys", settings.key_files).items() if with_keys else ():
        yield f"keys/{keyset}.json", path.read_bytes()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _add_file(archive: tarfile.TarFile, name: str, file: BinaryIO) -> None:
    member = tarfile.TarInfo(name)
    member.size = file.seek(0, os.SEEK_END)
    file.seek(0)
    archive.addfile(member, file)


@contextmanager
def _written(target: Path) -> Iterator[BinaryIO]:
    """A file without a name, for its owner alone, which takes the target's once it is whole and on the disk."""
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    half = f".{target.name}.{os.urandom(6).hex()}.part"
    try:
        handle, named = _nameless(folder, half)
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                if not named:
                    # Through its handle: only now does it get a name at all.
                    place = f"/proc/self/fd/{file.fileno()}"
                    os.link(place, half, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
            os.replace(half, target.name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(half, dir_fd=folder)
            raise
    finally:
        os.close(folder)


def _nameless(folder: int, half: str) -> tuple[int, bool]:
    """A new file, and whether it has a name already, where the file system cannot do without."""
    try:
        if Path("/proc/self/fd").is_dir():
            return os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=folder), False
    except OSError:
        pass
    return os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder), True
