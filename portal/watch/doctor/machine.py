"""The machine: whose files they are, its clock, its disk, what a process may open."""

import ctypes
import os
import resource
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from portal.kernel.settings import Settings
from portal.watch.doctor.finding import Finding, look, well, wrong

_GIGABYTE = 1024**3
_UNSYNCHRONISED = 0x40
_FEW = 1024


def modes(settings: Settings) -> Iterator[Finding]:
    """Keys, database and folder are their owner's alone."""
    open_to_others = [path for path in _private(settings) if path.exists() and path.stat().st_mode & 0o077]
    foreign = [path for path in _private(settings) if path.exists() and path.stat().st_uid != os.geteuid()]
    for path in open_to_others:
        mode = stat.S_IMODE(path.stat().st_mode)
        yield wrong(
            "modes",
            f"{path} is open to other accounts ({mode:04o}).",
            f"chmod {'700' if path.is_dir() else '600'} {path}",
        )
    for path in foreign:
        yield look(
            "modes",
            f"{path} belongs to another account than this command runs as.",
            f"run `freehold` as the account that owns {path}",
        )
    if not open_to_others and not foreign:
        yield well("modes", "Keys, database and folder are readable by their owner alone.")


def _private(settings: Settings) -> list[Path]:
    folder = settings.instance
    url = make_url(settings.database_url)
    files = [Path(f"{url.database}{end}") for end in ("", "-wal", "-shm")] if url.get_backend_name() == "sqlite" else []
    secrets = [path for path in (settings.smtp_password_file, settings.metrics_key_file) if path is not None]
    return [folder, folder / "keys", *sorted((folder / "keys").glob("*.json")), *files, *secrets]


class _Timex(ctypes.Structure):
    # Only the status after four long words is looked at; the kernel fills in all of it.
    _fields_ = [
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("rest", ctypes.c_byte * 512),
    ]  # fmt: skip


def is_synchronised() -> bool | None:
    """Whether the kernel's clock follows one outside; None where it does not tell."""
    kernel, asked = ctypes.CDLL(None, use_errno=True), _Timex()
    if not hasattr(kernel, "adjtimex") or kernel.adjtimex(ctypes.byref(asked)) < 0:
        return None
    return not asked.status & _UNSYNCHRONISED


def synchronised() -> Iterator[Finding]:
    """The clock follows one outside: permissions end by it."""
    told = is_synchronised()
    if told is False:
        yield look(
            "clock", "The clock follows no other.", "timedatectl set-ntp true (or let the host of this container do so)"
        )
    elif told:
        yield well("clock", "The clock follows one outside.")


def disk(settings: Settings) -> Iterator[Finding]:
    """There is room to write."""
    space, files = shutil.disk_usage(settings.instance), os.statvfs(settings.instance)
    free = space.free / _GIGABYTE
    said = f"{free:.1f} GB are free on the disk of {settings.instance}."
    fix = f"make room on the disk of {settings.instance}, or move the folder to a larger one while nothing runs"
    if free < 0.2 or (files.f_files and files.f_favail < 1000):
        yield wrong("disk", said, fix)
    elif free < 2:
        yield look("disk", said, fix)
    else:
        yield well("disk", said)


def descriptors() -> Iterator[Finding]:
    """A server may open as many files and connections as it needs."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= limit < _FEW:
        yield look(
            "files",
            f"A process may open {limit} files and connections at once.",
            "LimitNOFILE=65536 in the unit, or ulimit -n 65536",
        )
    else:
        yield well("files", f"A process may open {limit} files and connections at once.")
