"""The sequencer: the only hand that gives entries their index.

Several threads and processes may want to append. Whoever holds the gate (SQLite) or the state row (PostgreSQL) leads:
it takes its process's waiting disclosures, then the queue, checks conditions, appends, and commits once for all.
There is no thread of its own, so a fork can neither lose nor double it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, delete, exists, select, true
from sqlalchemy.engine import Connection

from portal.audit.appending import Appending, columns_of
from portal.audit.models import LogEntry, LogState
from portal.audit.tree import EMPTY_ROOT
from portal.kernel import clock
from portal.kernel.canonical import check
from portal.kernel.db import WRITING, dialect_insert
from portal.kernel.errors import Busy
from portal.kernel.facts import Prepared
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.line import Line, Waiter
from portal.kernel.log_queue import ASIDE, Disclosure, QueuedFact, is_own, prepared_from, set_aside
from portal.kernel.prepared import Prepared as PreparedStatement

log = logging.getLogger(__name__)

BATCH = 64
_ROUNDS = 8
_SKEW = 60_000_000
"""Microseconds by which clocks of one house may differ."""

_first = select(QueuedFact.id).where(QueuedFact.id < ASIDE).order_by(QueuedFact.id).limit(BATCH).scalar_subquery()
_one = select(LogState.size, LogState.edge, LogState.time).where(LogState.id == 1)
# Whether anything is queued comes along where nobody can queue anything meanwhile. PostgreSQL may have to wait for the row,
# and would then tell what was true before.
_states = {
    "sqlite": PreparedStatement(_one.add_columns(exists().where(QueuedFact.id < ASIDE).label("queued"))),
    "postgresql": PreparedStatement(_one.add_columns(true().label("queued")).with_for_update()),
}
_take = PreparedStatement(
    delete(QueuedFact)
    .where(QueuedFact.id.in_(_first))
    .returning(QueuedFact.id, QueuedFact.entry, QueuedFact.personal, QueuedFact.field_lists)
)
_WIDTHS = [(c.name, c.type.length) for c in LogEntry.__table__.columns if isinstance(c.type, String) and c.type.length]
_TRIED = Prepared({"event": "log.tried", "outcome": "done", "actor": {}, "request": ""}, b"-", {})


class _Waiter(Waiter):
    """A disclosure that waits for its outcome."""

    def __init__(self, disclosure: Disclosure) -> None:
        super().__init__()
        self.disclosure = disclosure
        self.kept = False

    @property
    def size(self) -> int:
        """How many entries it makes."""
        return len(self.disclosure.facts)


class Sequencer:
    """Registered as the log's leader (:class:`portal.kernel.log_queue.Leader`)."""

    def __init__(self, house: House) -> None:
        self._house = house
        name = house.engine.dialect.name
        self._state = _states[name]
        self._line = Line[_Waiter]()
        self._appending = Appending(house.engine.dialect)

    def disclose(self, disclosure: Disclosure) -> bool:
        """Appends durably, alone or in a batch with others; False when a condition no longer held."""
        waiter = _Waiter(disclosure)
        if self._line.serve(waiter, lambda: self._run(want_reads=True)):
            self._house.tidy()
        else:
            self._house.gate.give_way()
        return waiter.kept

    def lead(self) -> int:
        """Appends what is queued at this moment, in batches; gives how many entries."""
        total = self._run(want_reads=False)
        self._house.tidy()
        return total

    def append(self, connection: Connection, facts: Sequence[Prepared]) -> bool:
        """Appends what is queued, then these, in the transaction of a unit that holds the gate, where all make one batch.

        Whether the unit is committed is not known here, so that no field list counts as known by it.
        """
        # One of a kind is looked at: whatever else they differ in are ids and digests of ours. What fits no column goes
        # through the queue, and is set aside there.
        kinds = {(fact.entry["event"], fact.entry["outcome"], fact.entry.get("reason")): fact.entry for fact in facts}
        if len(facts) > BATCH or not all(_fits(entry) for entry in kinds.values()):
            return False
        state = self._state.first(connection) or begin_log(connection)
        queued = _take_facts(connection) if state.queued else []
        has_room = len(queued) + len(facts) <= BATCH
        entries = [*_read(connection, queued), *(facts if has_room else ())]
        if entries:
            self._appending.append(connection, state, entries, max(clock.micros(clock.now()), state.time + 1))
        return has_room

    def try_out(self) -> None:
        """Appends an entry and takes it back before anybody sees it: whatever would keep a read's entry out is raised."""
        house = self._house
        with house.gate.entered(), house.transaction(WRITING) as connection, connection.begin_nested() as place:
            state = self._state.first(connection) or begin_log(connection)
            self._appending.append(connection, state, [_TRIED], max(clock.micros(clock.now()), state.time + 1))
            place.rollback()

    def _run(self, *, want_reads: bool) -> int:
        taken: list[_Waiter] = []
        total, left = 0, _ROUNDS if want_reads else 1 << 30
        try:
            while left:
                left -= 1
                done, more, kept = self._batch(taken, want_reads, last=left == 0)
                total += done
                if not more:
                    break
        except BaseException as error:
            failure = error if isinstance(error, Busy) else Busy("log-unavailable")
            failure.__cause__ = None if failure is error else error
            for waiter in taken:
                waiter.answer(failure)
            raise failure from error
        for waiter in taken:
            waiter.kept = waiter in kept
            waiter.answer()
        return total

    def _batch(self, taken: list[_Waiter], want_reads: bool, *, last: bool) -> tuple[int, bool, set[_Waiter]]:
        """One transaction. Gives entries appended, whether another must follow, and the waiters that were kept."""
        house = self._house
        lists: set[str] = set()
        with house.gate.entered(), house.transaction(WRITING) as connection:
            state = self._state.first(connection) or begin_log(connection)
            if want_reads and not taken:
                taken.extend(self._line.take(BATCH, lambda waiter: waiter.size))
            facts = _take_facts(connection) if state.queued else []
            entries = _read(connection, facts)
            # One moment for the batch: what conditions are asked at is what its entries say. It is later than the batch
            # before by a microsecond at least, so that the entries tell at which sizes a root must stand.
            here = clock.now()
            time = max(clock.micros(here), state.time + 1)
            reads = sum(waiter.size for waiter in taken)
            more = len(facts) == BATCH or bool(entries and reads and len(entries) + reads > BATCH)
            kept: set[_Waiter] = set()
            if taken and (last or not more):
                more = False
                # A clock that once ran far ahead is no reason to call everything over until the world has caught up.
                now = clock.from_micros(time) if time - clock.micros(here) < _SKEW else here
                kept = self._claimed(connection, taken, self._still_good(connection, taken, now), now)
                for waiter in taken:
                    if waiter in kept:
                        entries.extend(waiter.disclosure.facts)
            if entries:
                lists = self._appending.append(connection, state, entries, time)
        self._appending.know(lists)
        return len(entries), more, kept

    def _still_good(self, connection: Connection, taken: Sequence[_Waiter], now: datetime) -> set[_Waiter]:
        """The waiters all of whose conditions hold in this transaction."""
        wanted: dict[str, dict[tuple[Any, ...], list[_Waiter]]] = {}
        for waiter in taken:
            for condition in waiter.disclosure.conditions:
                wanted.setdefault(condition.name, {}).setdefault(condition.args, []).append(waiter)
        good = set(taken)
        for name, by_args in wanted.items():
            args = list(by_args)
            for position in self._house.wiring.conditions[name](connection, args, now):
                good.difference_update(by_args[args[position]])
        return good

    def _claimed(
        self, connection: Connection, taken: Sequence[_Waiter], good: set[_Waiter], now: datetime
    ) -> set[_Waiter]:
        """Those of the good ones for whom there is enough of what they use up; whoever came first is served first."""
        for name in sorted({claim.name for waiter in good for claim in waiter.disclosure.claims}):
            wanted = [(waiter, args) for waiter in taken if waiter in good and (args := _args(waiter, name))]
            failed = self._house.wiring.claims[name](connection, [args for _, args in wanted], now) if wanted else ()
            good.difference_update([wanted[position][0] for position in failed])
        return good

def _args(waiter: _Waiter, name: str) -> list[tuple[Any, ...]]:
    return [claim.args for claim in waiter.disclosure.claims if claim.name == name]


def _take_facts(connection: Connection) -> list[Any]:
    return sorted(_take.all(connection))


def _read(connection: Connection, rows: Sequence[Any]) -> list[Prepared]:
    """The facts of queued rows. One that is not as a unit writes them is set aside: it must not stop all others."""
    found = []
    for id_, *row in rows:
        fact = _fact_of(*row)
        if fact is not None:
            found.append(fact)
        else:
            log.error("the queued fact %s cannot be read and was set aside", text_of(id_))
            set_aside(connection, id_, *row)
    return found


def _fact_of(entry: bytes, personal: bytes | None, lists: bytes | None) -> Prepared | None:
    try:
        fact = prepared_from(entry, personal, lists)
        if not is_own(entry, lists):
            check([fact.entry, fact.field_lists])
        if not _fits(fact.entry):
            return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return fact if isinstance(fact.field_lists, dict) else None


def _fits(entry: dict[str, Any]) -> bool:
    columns = columns_of({**entry, "index": 0, "time": 0})
    values = ((columns[name], most) for name, most in _WIDTHS)
    return all(value is None or (isinstance(value, str) and len(value) <= most) for value, most in values)


def begin_log(connection: Connection) -> Any:
    """Makes the one state row of an empty log and takes it."""
    row = {"id": 1, "size": 0, "root": EMPTY_ROOT, "edge": b"", "time": 0}
    # On PostgreSQL two processes may begin at once: the second waits for the first one's row and takes that.
    connection.execute(dialect_insert(connection.dialect.name, LogState).on_conflict_do_nothing(), row)
    return _states[connection.dialect.name].first(connection)
