"""Turns of answers to machines: how many of a kind are worked on at once, by the threads of one interpreter."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

SHORT = "short"
"""The turn of an answer about one thing."""
LONG = "long"
"""The turn of a page of many."""
BULK = "bulk"
"""The turn of many things that a company tells at once."""


class Turn:
    """A few at a time, as long as that is worth waiting for: after ``patience`` seconds one goes on beside the others."""

    def __init__(self, places: "threading.Lock | threading.Semaphore", patience: float) -> None:
        self._places = places
        self._patience = patience

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A place, or the end of the patience."""
        has = self._places.acquire(timeout=self._patience)
        try:
            yield
        finally:
            if has:
                self._places.release()


def turns() -> dict[str, Turn]:
    """The turns of a process."""
    # Threads of one interpreter only take it from each other, and from whoever holds the gate. Whose page takes long must
    # not make others wait for it, so that a turn is soon given up. Of two who tell much, one works while the other's is
    # written to the disk; whoever waits for them is a program that works at night.
    return {
        SHORT: Turn(threading.Lock(), patience=0.02),
        LONG: Turn(threading.Semaphore(2), patience=0.2),
        BULK: Turn(threading.Semaphore(2), patience=2),
    }
