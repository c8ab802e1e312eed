"""A database as it is at one moment, in a file that has no name: whoever is killed leaves nothing of it."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.engine import URL

from portal.backup import postgresql

Progress = Callable[[int, int], None]
"""Is told how much is done, of how much."""

_PAGES = 256
"""A step: some 1 MiB, between which whoever writes goes on."""


@contextmanager
def taken(url: URL, beside: Path, progress: Progress) -> Iterator[BinaryIO]:
    """The database at this moment, while others go on reading and writing; ``beside`` is a folder with room for it."""
    if url.get_backend_name() == "sqlite":
        with _of_sqlite(str(url.database), beside, progress) as file:
            yield file
    else:
        with tempfile.TemporaryFile(dir=beside) as file:
            postgresql.dump(url, file)
            file.seek(0)
            yield file


@contextmanager
def _of_sqlite(database: str, beside: Path, progress: Progress) -> Iterator[BinaryIO]:
    source = sqlite3.connect(database, isolation_level=None)
    handle, name = tempfile.mkstemp(prefix=".snapshot-", dir=beside)
    with closing(source), os.fdopen(handle, "rb") as file, closing(sqlite3.connect(name)) as copy:
        # Whoever commits meanwhile would make the copy begin again: it is taken of what is read here from now on.
        source.execute("PRAGMA wal_autocheckpoint=0").close()
        source.execute("BEGIN").close()
        source.execute("PRAGMA schema_version").fetchone()
        copy.execute("PRAGMA journal_mode=OFF").close()
        copy.execute("PRAGMA synchronous=OFF").close()
        # Open it before it loses its name.
        copy.execute("PRAGMA schema_version").fetchone()
        os.unlink(name)
        source.backup(copy, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))
        yield file
