"""Locks among the processes of one test run."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """The floor, shared with others or not. Whoever wants it alone keeps the door, so that nobody slips in before."""
    with (folder / "door").open("a") as door, (folder / "floor").open("a") as floor:
        with _held(door, fcntl.LOCK_EX):
            fcntl.flock(floor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        with _held(floor, None):
            yield


@contextmanager
def _held(file: IO[str], how: int | None) -> Iterator[None]:
    if how is not None:
        fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def one_after_the_other(folder: Path, what: str) -> Iterator[None]:
    """A block that one worker at a time may be in."""
    with os.fdopen(os.open(folder / f"{what}.lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as file, _held(file, fcntl.LOCK_EX):
        yield
