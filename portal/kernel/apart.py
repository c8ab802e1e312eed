"""Work on what a stranger sent, done apart: in a process without keys, without a database, with little memory and time.

What reads pictures is a great deal of C, and what reads mails can be led in circles. Whatever either does, it happens to
a process that knows nothing and ends at once. A module that works apart has ``work(source, out)``: it reads one file,
writes another and gives what it has to say of it, as JSON.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any, BinaryIO, NamedTuple

from portal.kernel.errors import Busy

MEMORY = 64 * 1024 * 1024
"""Bytes of its own that such a process may have; what it reads and writes lies outside of them."""
WRITTEN = 16 * 1024 * 1024
SECONDS = 10
"""Of the processor; by the clock more, since others may want it, too."""
_LONGEST = 60
_AT_ONCE = threading.BoundedSemaphore(2)
_PATIENCE = 20.0
_ROOT = str(Path(__file__).resolve().parents[2])
_BEGIN = "import sys; sys.path.insert(0, sys.argv[1]); from portal.kernel.apart import begin; begin(*sys.argv[2:])"
_LENGTH = 4


class Failed(Exception):
    """The work ended without an answer: it wanted more memory or time than there is, or broke."""


class TookTooLong(Failed):
    """By the clock, and not of the processor: others wanted it. The same work may well end at another time."""


class Done(NamedTuple):
    """What was said of a file, and the file that was written, from its beginning."""

    said: Mapping[str, Any]
    out: BinaryIO


def memory_file() -> BinaryIO:
    """A file that has no name and lies in memory; where the system knows none, one without a name on the disk."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("freehold", os.MFD_CLOEXEC), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def work_apart(module: str, source: IO[bytes], *, keep: bool = False, memory: int = MEMORY) -> Done:
    """What the module's ``work`` makes of a file, with so much memory. At most two such processes at a time.

    The file itself is empty then, so that it does not lie in memory twice, unless it is to be kept.
    """
    with memory_file() as given:
        source.seek(0)
        copyfileobj(source, given, 64 * 1024)
        if not keep:
            source.truncate(0)
        given.seek(0)
        out = memory_file()
        if not _AT_ONCE.acquire(timeout=_PATIENCE):
            raise Busy("busy", "Too many files at once. Try again in a moment.")
        try:
            _run(module, given, out, memory)
        finally:
            _AT_ONCE.release()
    return _answer(out)


def _run(module: str, given: BinaryIO, out: BinaryIO, memory: int) -> None:
    # Nothing of our surroundings: what opens the database and the keys stands in them.
    environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    command = [sys.executable, "-I", "-B", "-c", _BEGIN, _ROOT, module, str(memory)]
    with subprocess.Popen(
        command, stdin=given, stdout=out, stderr=subprocess.DEVNULL, cwd="/", env=environment
    ) as process:
        try:
            code = process.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            raise TookTooLong from None
    if code != 0:
        raise Failed


def _answer(out: BinaryIO) -> Done:
    """The file ends in what was said of it, and how long that is."""
    end = out.seek(0, os.SEEK_END)
    out.seek(max(0, end - _LENGTH))
    length = int.from_bytes(out.read(_LENGTH))
    if not 0 < length <= end - _LENGTH:
        raise Failed
    out.seek(end - _LENGTH - length)
    said = json.loads(out.read(length))
    out.truncate(end - _LENGTH - length)
    out.seek(0)
    return Done(said, out)


def begin(module: str, memory: str) -> None:
    """What such a process does; it never comes back from here."""
    _bind(int(memory))
    with os.fdopen(0, "rb") as source, os.fdopen(1, "wb", buffering=0) as out:
        said = import_module(module).work(source, out)
        text = json.dumps(said).encode("ascii")
        out.seek(0, os.SEEK_END)
        out.write(text + len(text).to_bytes(_LENGTH))
    os._exit(0)


def _bind(memory: int) -> None:
    limits = {
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_FSIZE: WRITTEN,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))
