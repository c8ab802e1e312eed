"""The one gate before every SQLite writing transaction.

A fair lock within the process, then ``flock`` on a file among processes, then BEGIN IMMEDIATE. Without it writers
poll SQLite's own lock and starve (design section 7: p99 835 ms without, 76 ms with). PostgreSQL needs none.
"""

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from portal.kernel.errors import Busy

_KEPT = 4096
_COURTESY = 0.004
"""Seconds for which somebody lets the one behind the gate go first."""


class FairLock:
    """A lock that is handed on in the order of arrival."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Takes the lock, waiting up to ``timeout`` seconds; False when it did not come."""
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=timeout):
            return True
        return self._give_up(turn)

    def _give_up(self, turn: threading.Lock) -> bool:
        with self._mutex:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return False
        # Handed over between the time-out and here: it is ours.
        return True

    def release(self) -> None:
        """Hands the lock to whoever waited longest."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


class Gate:
    """Fair lock + ``flock``; measures how long it is held, in seconds.

    Whoever is behind it gives up the interpreter with each statement, and gets it back when all who want it had their turn:
    the more threads work, the longer everybody waits. So whoever begins to read, or was answered by another one's turn, lets
    the one behind the gate go first, until that one has only the disk to wait for.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FairLock()
        self._file = -1
        self._pid = 0
        self._inside = 0
        self._way = threading.Event()
        self._way.set()
        self.holds: deque[float] = deque(maxlen=_KEPT)

    def give_way(self) -> None:
        """Waits for a moment while another thread of this process is behind the gate and has work to do."""
        if not self._way.is_set() and self._inside != threading.get_ident():
            self._way.wait(_COURTESY)

    def open_way(self) -> None:
        """Said by whoever is behind the gate: from here on there is only the disk to wait for."""
        self._way.set()

    @contextmanager
    def entered(self, timeout: float = 10.0) -> Iterator[None]:
        """Held for the block; :class:`Busy` after ``timeout`` seconds of waiting."""
        if not self._lock.acquire(timeout):
            raise Busy("busy", "The house is busy. Try again in a moment.")
        try:
            self._flock(time.monotonic() + timeout)
            started = time.perf_counter()
            self._inside = threading.get_ident()
            self._way.clear()
            try:
                yield
            finally:
                self._way.set()
                self.holds.append(time.perf_counter() - started)
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._lock.release()

    def _flock(self, deadline: float) -> None:
        if self._pid != os.getpid():
            # A forked child shares its parent's open file, and with it the parent's lock.
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._pid = os.getpid()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._flock_slowly(deadline)

    def _flock_slowly(self, deadline: float) -> None:
        # A blocking flock queues fairly in the kernel but knows no time-out; a helper thread would cost more than
        # the rare stuck process does. So: block in short, growing naps only while another process holds it.
        pause = 0.0002
        while True:
            time.sleep(pause)
            try:
                return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Busy("busy", "The house is busy. Try again in a moment.") from None
                pause = min(pause * 1.5, 0.005)


class OpenGate:
    """Where the engine needs no gate (PostgreSQL): always open, still counted."""

    def __init__(self) -> None:
        self.holds: deque[float] = deque(maxlen=_KEPT)

    def give_way(self) -> None:
        """To nobody."""

    def open_way(self) -> None:
        """It is open."""

    def entered(self, timeout: float = 10.0) -> AbstractContextManager[None]:
        """Nothing to wait for."""
        return nullcontext()
