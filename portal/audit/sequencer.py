"""The sequencer: the only hand that gives entries their index.

Several threads and processes may want to append. Whoever holds the gate (SQLite) or the state row (PostgreSQL) leads:
it takes its process's waiting disclosures, then the queue, checks conditions, appends, and commits once for all.
There is no thread of its own, so a fork can neither lose nor double it.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, delete, exists, insert, select, true, update
from sqlalchemy.engine import Connection

from portal.audit.models import LogCounter, LogEntry, LogFields, LogPersonal, LogRoot, LogState
from portal.audit.tree import EMPTY_ROOT, Edge, leaf_hash
from portal.kernel import clock
from portal.kernel.bulk import BulkInsert, sent_together
from portal.kernel.canonical import canonical, check
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
_new_state = PreparedStatement(
    update(LogState)
    .where(LogState.id == 1)
    .values(size=bindparam("n_size"), root=bindparam("n_root"), edge=bindparam("n_edge"), time=bindparam("n_time"))
)
_ENTRY_COLUMNS = [column.name for column in LogEntry.__table__.columns]
_WIDTHS = [(c.name, c.type.length) for c in LogEntry.__table__.columns if isinstance(c.type, String) and c.type.length]
_add_root = PreparedStatement(
    insert(LogRoot).values(size=bindparam("size"), root=bindparam("root"), time=bindparam("time"))
)


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
        dialect = house.engine.dialect
        self._count_up = BulkInsert(dialect, _upsert_counters(name), ["customer", "entries"], returns=True)
        self._add_entries = BulkInsert(dialect, insert(LogEntry), _ENTRY_COLUMNS)
        self._add_personal = BulkInsert(dialect, insert(LogPersonal), ["idx", "sealed"])
        self._add_fields = dialect_insert(name, LogFields).on_conflict_do_nothing()
        self._line = Line[_Waiter]()
        self._known_lists: set[str] = set()

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

    def try_out(self) -> None:
        """Appends an entry and takes it back before anybody sees it: whatever would keep a read's entry out is raised."""
        house = self._house
        with house.gate.entered(), house.transaction(WRITING) as connection, connection.begin_nested() as place:
            state = self._state.first(connection) or begin_log(connection)
            self._append(connection, state, [_TRIED], max(clock.micros(clock.now()), state.time + 1))
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
                lists = self._append(connection, state, entries, time)
        self._known_lists |= lists
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

    def _append(self, connection: Connection, state: Any, facts: Sequence[Prepared], time: int) -> set[str]:
        """Gives indexes and counters; writes entries, tree and counters. Gives new field lists."""
        edge = Edge.from_bytes(state.size, state.edge)
        counters = self._counted(connection, facts)
        entries, personal = [], []
        for fact in facts:
            row = _entry_row(fact, edge.size, time, counters)
            edge.append(row["leaf"])
            entries.append(row)
            if fact.personal is not None:
                personal.append({"idx": row["idx"], "sealed": fact.personal})
        root = edge.root()
        new = {"n_size": edge.size, "n_root": root, "n_edge": edge.to_bytes(), "n_time": time}
        with sent_together(connection):
            self._add_entries.execute(connection, entries)
            self._add_personal.execute(connection, personal)
            _new_state.run(connection, new)
            _add_root.run(connection, {"size": edge.size, "root": root, "time": time})
        return self._keep_lists(connection, facts)

    def _counted(self, connection: Connection, facts: Sequence[Prepared]) -> dict[str, int]:
        """Counts these facts for their customers; gives for each the number that its first one has."""
        new = Counter(fact.entry["customer"] for fact in facts if "customer" in fact.entry)
        ends = self._count_up.execute(connection, [{"customer": name, "entries": many} for name, many in new.items()])
        return {name: end - new[name] for name, end in ends}

    def _keep_lists(self, connection: Connection, facts: Sequence[Prepared]) -> set[str]:
        new = {d: names for fact in facts for d, names in fact.field_lists.items() if d not in self._known_lists}
        if new:
            connection.execute(self._add_fields, [{"digest": d, "fields": names} for d, names in new.items()])
        return set(new)


def _args(waiter: _Waiter, name: str) -> list[tuple[Any, ...]]:
    return [claim.args for claim in waiter.disclosure.claims if claim.name == name]


def _upsert_counters(dialect: str) -> Any:
    adding = dialect_insert(dialect, LogCounter)
    sum_ = LogCounter.entries + adding.excluded.entries
    return adding.on_conflict_do_update(index_elements=[LogCounter.customer], set_={"entries": sum_}).returning(
        LogCounter.customer, LogCounter.entries
    )


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
        columns = columns_of({**fact.entry, "index": 0, "time": 0})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    for name, most in _WIDTHS:
        value = columns[name]
        if value is not None and not (isinstance(value, str) and len(value) <= most):
            return None
    return fact if isinstance(fact.field_lists, dict) else None


def _entry_row(fact: Prepared, index: int, time: int, counters: dict[str, int]) -> dict[str, Any]:
    entry = {**fact.entry, "index": index, "time": time}
    customer = entry.get("customer")
    if customer is not None:
        entry["counter"] = counters[customer]
        counters[customer] += 1
    return {**columns_of(entry), **_leaf_of(entry)}


def _leaf_of(entry: dict[str, Any]) -> dict[str, bytes]:
    body = canonical(entry)
    return {"body": body, "leaf": leaf_hash(body)}


def columns_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The searchable columns that repeat members of an entry; verify holds each against its leaf."""
    get = entry.get
    return {
        "idx": entry["index"],
        "time": entry["time"],
        "event": entry["event"],
        "outcome": entry["outcome"],
        "reason": get("reason"),
        "actor": entry["actor"].get("id"),
        "customer": get("customer"),
        "counter": get("counter"),
        "vendor": get("vendor"),
        "grant_id": get("grant"),
        "asked": get("asked"),
        "given": get("given"),
        "request": entry["request"],
    }


def begin_log(connection: Connection) -> Any:
    """Makes the one state row of an empty log and takes it."""
    row = {"id": 1, "size": 0, "root": EMPTY_ROOT, "edge": b"", "time": 0}
    # On PostgreSQL two processes may begin at once: the second waits for the first one's row and takes that.
    connection.execute(dialect_insert(connection.dialect.name, LogState).on_conflict_do_nothing(), row)
    return _states[connection.dialect.name].first(connection)
