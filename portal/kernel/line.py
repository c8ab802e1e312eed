"""A line of waiters of one process, in which one at a time does the work of all that stand there.

There is no thread of its own: whoever comes while nobody leads, leads; whoever is done hands on to the first who waits.
"""

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar


class Waiter:
    """Somebody who waits: for an answer, or for the turn to lead."""

    def __init__(self) -> None:
        self.answered = False
        self.error: BaseException | None = None
        self.turn = threading.Lock()
        self.turn.acquire()

    def answer(self, error: BaseException | None = None) -> None:
        """Lets the waiter go on; with an error, which it raises. Only the first answer counts."""
        if not self.answered:
            self.error, self.answered = error, True
            self.turn.release()


W = TypeVar("W", bound=Waiter)


class Line(Generic[W]):
    """The line of one kind of work. A forked child has none of its parent's threads, and begins with an empty one."""

    def __init__(self) -> None:
        self._begin()
        begin = weakref.WeakMethod(self._begin)
        os.register_at_fork(after_in_child=lambda: (again := begin()) and again())

    def _begin(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[W] = deque()
        self._leading = False

    def serve(self, waiter: W, lead: Callable[[], object]) -> bool:
        """Waits until somebody answered, or leads; whether it led. Raises the error that the waiter was answered with.

        ``lead`` takes waiters out of the line and answers each. What goes wrong before it took any is told to this one
        alone: the next one tries again.
        """
        with self._mutex:
            self._waiting.append(waiter)
            leads, self._leading = not self._leading, True
        if not leads:
            waiter.turn.acquire()
        led = not waiter.answered
        if led:
            self._lead(waiter, lead)
        if waiter.error is not None:
            raise waiter.error
        return led

    def _lead(self, waiter: W, lead: Callable[[], object]) -> None:
        try:
            lead()
        except BaseException as error:
            with self._mutex:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)
            waiter.answer(error)
        finally:
            self._hand_on()

    def _hand_on(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting[0].turn.release()
            else:
                self._leading = False

    def take(self, room: int, size: Callable[[W], int] = lambda _: 1) -> list[W]:
        """Those who wait, in the order in which they came, as far as there is room; the first one always."""
        taken: list[W] = []
        with self._mutex:
            while self._waiting:
                room -= size(self._waiting[0])
                if taken and room < 0:
                    break
                taken.append(self._waiting.popleft())
        return taken
