"""Group commit: small writing units of several threads in one transaction, each behind a savepoint of its own.

SQLite writes one transaction after the other, and the price of each is its end: the wait at the gate, the waking of the
next thread, the disk. Whoever leads pays it once for all who wait. What goes wrong in one unit is rolled back to where
it began and told to its own thread; what goes wrong with the transaction is told to all: nobody's work was kept.
"""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from portal.kernel.away import is_away
from portal.kernel.db import WRITING
from portal.kernel.errors import Busy
from portal.kernel.line import Line, Waiter
from portal.kernel.unit import Actor, Unit

if TYPE_CHECKING:
    from portal.kernel.house import House

MOST = 16
"""Units of one transaction: the gate is held for all of them."""


class _Piece(Waiter):
    """One unit's work. It runs in its own thread's context, whichever thread runs it."""

    def __init__(self, work: Callable[[Unit], None], actor: Actor, about: Mapping[str, Any]) -> None:
        super().__init__()
        self.work = work
        self.actor = actor
        self.about = about
        self.context = copy_context()
        self.failure: Exception | None = None
        self.noted = 0


class Together:
    """The units of a house that are written together."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self._line = Line[_Piece]()

    def write(self, work: Callable[[Unit], None], actor: Actor, about: Mapping[str, Any]) -> int:
        """Runs the work in a unit that is committed when this returns; raises what it raised, and then nothing was done.

        Gives how many facts this thread has brought to the queue, for itself and for others.
        """
        noted = 0

        def lead() -> None:
            nonlocal noted
            noted = self._lead()

        if not self._line.serve(_Piece(work, actor, about), lead):
            self._house.gate.give_way()
        return noted

    def _lead(self) -> int:
        taken: list[_Piece] = []
        try:
            with self._house.gate.entered(), self._house.transaction(WRITING) as connection:
                taken += self._line.take(MOST)
                for piece in taken:
                    self._do(connection, piece)
        except BaseException as error:
            failure = error if isinstance(error, Busy) else Busy("unavailable", "Nothing was changed. Try again in a moment.")
            for piece in taken:
                piece.answer(failure)
            raise failure from error
        for piece in taken:
            piece.answer(piece.failure)
        return sum(piece.noted for piece in taken)

    def _do(self, connection: Connection, piece: _Piece) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("SAVEPOINT piece")
        try:
            piece.context.run(self._run, connection, piece)
        except Exception as error:
            # Some errors end the whole transaction: then there is no going back to a place within it.
            if not driver.in_transaction or is_away(error):
                raise
            driver.execute("ROLLBACK TO piece")
            piece.failure = error
        driver.execute("RELEASE piece")

    def _run(self, connection: Connection, piece: _Piece) -> None:
        unit = Unit(self._house, connection, piece.actor, writing=True, **piece.about)
        connection.info.update(written=set(), places=[], facts=unit.facts)
        piece.work(unit)
        unit.settle()
        piece.noted = len(unit.facts)
