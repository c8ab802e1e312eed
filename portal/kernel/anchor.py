"""The anchor of erasures: a file on another path, with a line for each, that no backup takes back.

A line holds ids of key holders and a time, nothing personal. It is durable before the erasure is committed, so that
whoever restores an older backup finds in it who must be erased again before anything is served.
"""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from portal.kernel.clock import micros
from portal.kernel.errors import Busy
from portal.kernel.ids import id_from, text_of


def append(path: Path, holders: Iterable[bytes], at: datetime) -> None:
    """Adds a line and waits until it is on the disk; Busy where that cannot be, and then nobody is erased either."""
    line = json.dumps({"at": micros(at), "holders": sorted(map(text_of, holders))}, separators=(",", ":")) + "\n"
    try:
        _append(path, line.encode("ascii"))
    except OSError as trouble:
        raise Busy("anchor-unavailable", "Nothing was erased: the file of erasures cannot be written.") from trouble


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        # What a cut in power left of a line stays apart from the next one.
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        if os.write(handle, line) != len(line):
            raise OSError("the line was not written whole")
        os.fsync(handle)
    finally:
        os.close(handle)
    if is_new:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lines_of(path: Path) -> int:
    """How many lines the file has; 0 where nobody was ever erased."""
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def erased(path: Path) -> list[bytes]:
    """The key holders that the file names, in its order; half a line, of an erasure never committed, is passed over."""
    found: dict[bytes, None] = {}
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            found.update(dict.fromkeys(id_from(text) for text in json.loads(line)["holders"]))
        except (ValueError, LookupError, TypeError):
            continue
    return list(found)
