"""Whether reads and changes are served at this moment: found out by trying both, at most once in some seconds."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from portal.kernel.errors import Busy
from portal.kernel.heartbeats import SERVER, beat

if TYPE_CHECKING:
    from portal.kernel.house import House

log = logging.getLogger(__name__)
EVERY = 5.0
"""Seconds for which a trial holds, so that whoever asks all the time costs a commit in so many."""


class Served(NamedTuple):
    """``reads``: what is shared can be put on record and read. ``writes``: changes are taken."""

    reads: bool
    writes: bool


class Trial:
    """Of one house and process. One caller tries; whoever comes meanwhile is told what was found before."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self._trying = threading.Lock()
        self._found: Served | None = None
        self._begun = 0.0

    def served(self) -> Served:
        """What is served; Busy where a trial hangs for longer than one holds."""
        found = self._found
        if found is not None and time.monotonic() - self._begun < EVERY:
            return found
        # Only the first of all has nobody's word to go by, and waits for whoever tries.
        if not self._trying.acquire(timeout=EVERY if found is None else 0):
            if found is None or time.monotonic() - self._begun > EVERY:
                raise Busy("unavailable")
            return found
        try:
            return self._try()
        finally:
            self._trying.release()

    def _try(self) -> Served:
        self._begun = time.monotonic()
        writes = _works(self._write)
        self._found = Served(reads=_works(self._house.log.try_out), writes=writes)
        return self._found

    def _write(self) -> None:
        with self._house.writing() as unit:
            beat(unit, SERVER)


def _works(work: Callable[[], object]) -> bool:
    try:
        work()
    except Exception as error:  # whatever it is: whoever reads or writes now meets the same
        log.warning("what was tried failed: %s", type(error).__name__)
        return False
    return True
