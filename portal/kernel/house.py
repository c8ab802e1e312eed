"""The house: settings, engine, keys, gate and log of one process, and the units it opens."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Engine, make_url

from portal.kernel.away import database_errors, is_away
from portal.kernel.connections import Lender, lender
from portal.kernel.db import READING, WRITING, open_engine
from portal.kernel.errors import Busy
from portal.kernel.facts import Fact, Prepared
from portal.kernel.gate import Gate, OpenGate
from portal.kernel.key_checks import hold, is_held, keys_of
from portal.kernel.keysets import Keys
from portal.kernel.log_queue import Leader, enqueue_facts
from portal.kernel.restored import refuse_half
from portal.kernel.sealing import Box, month_holder, month_holder_if_made
from portal.kernel.settings import Settings
from portal.kernel.together import Together
from portal.kernel.trial import Trial
from portal.kernel.turns import turns
from portal.kernel.unit import SYSTEM, Actor, Nested, Unit
from portal.kernel.wal import Stopped, Wal
from portal.kernel.written import follow_what_is_written

Reaction = Callable[[Unit, Any], None]
"""A verb that answers a fact in the same transaction."""
Check = Callable[[Connection, Sequence[tuple[Any, ...]], datetime], set[int]]
"""A condition's batch function: which positions of the arguments no longer hold."""
Claim = Callable[[Connection, Sequence[Sequence[tuple[Any, ...]]], datetime], set[int]]
"""A claim's batch function: uses up what each disclosure names, or gives its position where there is nothing left."""
_LEAD_AFTER = 1000
_MANY = 16
"""Facts of one unit for which the one batch that they make in the log costs less than the way through its queue."""


@dataclass
class Wiring:
    """What the roof registers: reactions, the log's conditions and claims, exporters."""

    reactions: Mapping[type[Fact], Sequence[Reaction]] = field(default_factory=dict)
    conditions: Mapping[str, Check] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    leader: Callable[["House"], Leader] | None = None


class House:
    """One a process. :meth:`writing` and :meth:`reading` are the only ways to the database."""

    log: Leader

    def __init__(self, settings: Settings, engine: Engine, keys: Keys, wiring: Wiring) -> None:
        self.settings = settings
        self.engine = engine
        self.keys = keys
        self.wiring = wiring
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.gate = Gate(settings.instance / "gate.lock") if self.is_sqlite else OpenGate()
        self._connections: Lender = lender(engine)
        self._wal = Wal(engine, self.gate) if isinstance(self.gate, Gate) else None
        self._together = Together(self) if self.is_sqlite else None
        # PostgreSQL is waited for outside the interpreter, by as many as may.
        self._turns = turns() if self.is_sqlite else {}
        self._log_holders: dict[tuple[int, int], bytes] = {}
        self._log_boxes: dict[tuple[int, int], Box] = {}
        self._unled = 0
        self._here = threading.local()
        self.trial = Trial(self)
        follow_what_is_written(engine)
        if wiring.leader is not None:
            self.log = wiring.leader(self)

    @classmethod
    def open(cls, settings: Settings, wiring: Wiring) -> "House":
        """Opens the house of an instance; what is missing is made, but no keys for a database that is sealed under others."""
        _make_database(settings)
        engine = open_engine(settings.database_url)
        try:
            refuse_half(engine)
            house = cls(settings, engine, keys_of(engine, settings.instance / "keys", settings.key_files), wiring)
            house.hold_keys()
        except BaseException as error:
            engine.dispose()
            if isinstance(error, database_errors()) and is_away(error):
                raise Busy("unavailable", "The database cannot be reached. Nothing was changed.") from error
            raise
        return house

    def hold_keys(self) -> None:
        """Keeps in the database which keys are its own, once its tables are there; WrongKeys where it knows others."""
        with self.reading() as unit:
            held = is_held(unit.connection, self.keys)
        if not held:
            with self.gate.entered(), self.transaction(WRITING) as connection:
                hold(connection, self.keys)

    @contextmanager
    def writing(self, actor: Actor = SYSTEM, **context: Any) -> Iterator[Unit]:
        """A writing unit: commits at the end of the block, or rolls back and lets the error out."""
        self.keys.look()
        with self._not_nested(), self.gate.entered(), self.transaction(WRITING) as connection:
            unit = Unit(self, connection, actor, writing=True, **context)
            connection.info["facts"] = unit.facts
            yield unit
            unit.settle()
        self._follow(len(unit.facts))

    def together(self, work: Callable[[Unit], None], actor: Actor = SYSTEM, **context: Any) -> None:
        """The same for a piece of work that many threads have at once: SQLite commits those that wait with one COMMIT.

        The work may run in another thread, within this one's context, and at most once.
        """
        self.keys.look()
        if self._together is None:
            with self.writing(actor, **context) as unit:
                work(unit)
            return
        with self._not_nested():
            noted = self._together.write(work, actor, context)
        self._follow(noted)

    def _follow(self, noted: int) -> None:
        self._unled += noted
        if self._unled > _LEAD_AFTER:
            self.lead()
        self.tidy()

    @contextmanager
    def _not_nested(self) -> Iterator[None]:
        # SQLite would wait for itself until it is busy, PostgreSQL commit the inner one whatever becomes of the outer.
        if getattr(self._here, "writes", False):
            raise Nested
        self._here.writes = True
        try:
            yield
        finally:
            self._here.writes = False

    def lead(self) -> int:
        """Appends what is queued to the log; gives how many entries."""
        self._unled = 0
        with self._not_nested():
            return self.log.lead()

    def keep_facts(self, connection: Connection, facts: Sequence[Prepared]) -> None:
        """Puts a unit's facts into the queue, in its transaction; many of them into the log itself where it holds the gate."""
        if not (self.is_sqlite and len(facts) >= _MANY and self.log.append(connection, facts)):
            enqueue_facts(connection, facts)

    def reading(self, actor: Actor = SYSTEM, **context: Any) -> AbstractContextManager[Unit]:
        """A reading unit on one snapshot; always rolled back."""
        self.keys.look()
        self.gate.give_way()
        return _Reading(self, self._connections.lent(READING), actor, context)

    @contextmanager
    def transaction(self, mode: str) -> Iterator[Connection]:
        """A bare transaction for the unit, the sequencer and jobs; committed at the end of the block."""
        try:
            with self._connections.lent(mode) as connection:
                info = connection.info
                info["written"], info["places"], info["facts"] = set(), [], []
                yield connection
                if mode == WRITING:
                    self.gate.open_way()
            if self._wal is not None and mode == WRITING and not self._wal.committed(info):
                self._connections, self._wal = Stopped(self._connections), None
                raise Busy("unavailable", retry_after=60)
        except database_errors() as error:
            _tell_if_away(error)
            raise

    def turn(self, kind: str | None) -> AbstractContextManager[None]:
        """The turn of an answer to a machine: ``SHORT`` ones wait for each other alone, and so do ``LONG`` and ``BULK`` ones."""
        turn = self._turns.get(kind) if kind else None
        return nullcontext() if turn is None else turn.taken()

    def tidy(self) -> None:
        """What is done for the database beside: after a commit, without the gate, when others have gone on."""
        if self._wal is not None:
            self._wal.tidy()

    def scrub(self) -> bool:
        """After keys were destroyed: SQLite's log, which may still hold them, is moved and cut; False to try again later.

        PostgreSQL overwrites old rows when it vacuums, and its own log when it goes round; see docs/backup.md.
        """
        return self._wal is None or self._wal.cut()

    def log_box(self, at: datetime) -> Box:
        """The box of the log's month, for facts that concern no customer: kept open until another month's is asked for."""
        box = self._log_boxes.get((at.year, at.month))
        if box is None:
            holder = self.log_holder(at)
            if holder is None:
                with self.writing(SYSTEM) as unit:
                    holder = self._log_holders[at.year, at.month] = month_holder(unit, "log")
            with self.reading(SYSTEM) as unit:
                box = unit.box(holder)
            self._log_boxes = {(at.year, at.month): box}
        return box

    def log_holder(self, at: datetime) -> bytes | None:
        """The holder of the log's month, asked for once and only as others see it: what is not committed may go again."""
        month = at.year, at.month
        found = self._log_holders.get(month)
        if found is None:
            with self.reading(SYSTEM) as unit:
                found = month_holder_if_made(unit, "log", at)
            if found is not None:
                self._log_holders[month] = found
        return found

    def close(self) -> None:
        """Gives back every connection."""
        self._connections.close()
        self.engine.dispose()


class _Reading:
    """What :meth:`House.reading` enters. A class of its own, as a loan is: each request enters one."""

    __slots__ = ("_actor", "_context", "_house", "_loan")

    def __init__(self, house: House, loan: AbstractContextManager[Connection], actor: Actor, context: dict[str, Any]) -> None:
        self._house = house
        self._loan = loan
        self._actor = actor
        self._context = context

    def __enter__(self) -> Unit:
        try:
            connection = self._loan.__enter__()
        except database_errors() as error:
            _tell_if_away(error)
            raise
        return Unit(self._house, connection, self._actor, writing=False, **self._context)

    def __exit__(self, *failure: Any) -> None:
        try:
            self._loan.__exit__(*failure)
        except database_errors() as error:
            _tell_if_away(error)
            raise
        if isinstance(failure[1], database_errors()):
            _tell_if_away(failure[1])


def _tell_if_away(error: BaseException) -> None:
    if is_away(error):
        raise Busy("unavailable", "Nothing was changed. Try again in a moment.") from error


def _make_database(settings: Settings) -> None:
    """A new SQLite file is its owner's alone, whatever the folder allows; what stands beside it takes its mode."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    # One that is there is left alone: to close a file gives up every lock that this process has on it, SQLite's too.
    if not os.path.exists(url.database):
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(url.database, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


_house: ContextVar["House"] = ContextVar("house")


class use_house:  # noqa: N801 - reads as the verb it is, and is entered once a request
    """The house of everything within the block; gives it."""

    __slots__ = ("_house_here", "_token")

    def __init__(self, house: House) -> None:
        self._house_here = house

    def __enter__(self) -> House:
        self._token = _house.set(self._house_here)
        return self._house_here

    def __exit__(self, *_: object) -> None:
        _house.reset(self._token)


def current_house() -> House:
    """The house of this request, command or job."""
    return _house.get()
