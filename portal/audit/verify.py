"""Holds the log against itself and changes nothing: `freehold audit verify`.

On one read-only snapshot, in slices of bounded size: every leaf is made again from its canonical body, every column
held against it, indexes and each customer's counter followed, every stored root recomputed, every commitment opened.
What stays unseen: a tail cut away together with its roots, counters and state, since nothing outside this database yet
remembers how long the log was.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from rich.console import Console
from rich.progress import Progress as RichProgress
from sqlalchemy import Row, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from portal.audit.models import LogCounter, LogEntry, LogFields, LogPersonal, LogRoot, LogState
from portal.audit.reads import aside_of, queue_state
from portal.audit.report import KEPT, Report, print_report
from portal.audit.sequencer import columns_of
from portal.audit.tree import HASH_SIZE, Edge, leaf_hash
from portal.audit.walking import (
    SLICE,
    Peek,
    any_bytes,
    no_integers,
    plain,
    raw,
    raw_table,
    slices,
    walk,
    without_limits,
)
from portal.kernel.canonical import canonical, fields_digest
from portal.kernel.clock import from_micros
from portal.kernel.db import open_engine
from portal.kernel.errors import Problem
from portal.kernel.facts import VERSION, commitment
from portal.kernel.house import House, Wiring
from portal.kernel.i18n import gettext
from portal.kernel.ids import text_of
from portal.kernel.keysets import Keys
from portal.kernel.sealing import Box, DataKey
from portal.kernel.settings import Settings
from portal.kernel.unit import SYSTEM

CUSTOMER_ERASED = "customer.erased"
MONTH_ERASED = "month.erased"

Progress = Callable[[int, int], None]
_entry = LogEntry.__table__.c


def verify(house: House, progress: Progress | None = None) -> Report:
    """Verifies the whole log on one snapshot; ``progress`` is told entries done and the size."""
    report, started = Report(), time.monotonic()
    try:
        with house.reading(SYSTEM) as unit:
            without_limits(unit.connection)
            with any_bytes(unit.connection):
                _run(unit.connection, house.keys, report, progress or (lambda done, size: None))
    except (Problem, SQLAlchemyError, OSError, TypeError, ValueError) as error:
        # The class alone: a driver's message may quote a row.
        report.could_not = type(error.__cause__ or error).__name__
    report.seconds = time.monotonic() - started
    return report


def _run(connection: Connection, keys: Keys, report: Report, progress: Progress) -> None:
    report.queue_length, report.queue_age = queue_state(connection)
    for id_ in aside_of(connection):
        report.found("log_queue", None, "fact-unreadable", text_of(id_))
    _check_kinds(connection, report)
    state = _state(connection, report)
    lists = _Lists(connection, report)
    personal = _Personal(connection, keys, report)
    tree = _Tree(connection, report, None if state is None else state.size)
    for rows in slices(connection, select(*raw_table(LogEntry)), LogEntry.idx):
        parsed = [(row, parsed_body(row.body)) for row in rows]
        for row, entry in parsed:
            if tree.takes(row, entry) and entry is not None:
                _check_columns(row, entry, report)
                lists.named_by(row.idx, entry)
        personal.check(parsed)
        progress(report.entries, report.size)
    tree.end(state)
    lists.end()
    personal.end()
    _Counters(connection, report).check()


def _check_kinds(connection: Connection, report: Report) -> None:
    """What the walk counts and orders by: it could not go past anything else, and so it is told first."""
    for model in (LogEntry, LogPersonal, LogState, LogRoot):
        for key, name in no_integers(connection, model, KEPT):
            index = key if isinstance(key, int) and model is not LogState else None
            report.found(model.__tablename__, index, "kind", name)


def parsed_body(body: Any) -> dict[str, Any] | None:
    """The entry of a canonical body; None where it is not one."""
    body = plain(body)
    if not isinstance(body, bytes):
        return None
    try:
        entry = json.loads(body)
        return entry if isinstance(entry, dict) and canonical(entry) == body else None
    except (ValueError, RecursionError):
        return None


def _state(connection: Connection, report: Report) -> Any:
    rows = connection.execute(select(*raw_table(LogState)).order_by(LogState.id)).all()
    for row in rows:
        if row.id != 1:
            report.found("log_state", None, "state-extra", str(row.id))
    state = next((row for row in rows if row.id == 1), None)
    if state is not None:
        root = plain(state.root)
        report.size, report.root = int(state.size), root if isinstance(root, bytes) else b""
    return state


def _check_columns(row: Row[Any], entry: dict[str, Any], report: Report) -> None:
    try:
        expected = columns_of(entry)
    except (KeyError, AttributeError, TypeError):
        return report.found("log_entries", row.idx, "body")
    for name, value in expected.items():
        if getattr(row, name) != value:
            report.found("log_entries", row.idx, "column", name)
    if entry.get("v") != VERSION:
        report.found("log_entries", row.idx, "version", str(entry.get("v")))
    return None


@dataclass(frozen=True, slots=True)
class _Grown:
    """One entry of the open batch: its index, the hash its body gives, and the one stored beside it."""

    index: int
    made: bytes
    stored: bytes


class _Tree:
    """Grows the tree again and holds each batch against the root stored after it."""

    def __init__(self, connection: Connection, report: Report, size: int | None) -> None:
        self._report, self._size = report, size
        self._roots = Peek(walk(connection, select(*raw_table(LogRoot)), LogRoot.size), "size")
        self._edge = Edge()
        self._whole = True
        self._batch: list[_Grown] = []
        self._next, self._time = 0, 0

    def takes(self, row: Row[Any], entry: dict[str, Any] | None) -> bool:
        """Adds an entry; False for one that stands where the log has none."""
        if row.idx < 0 or (self._size is not None and row.idx >= self._size):
            self._report.found("log_entries", row.idx, "entry-extra")
            return False
        if row.idx > self._next:
            self._missing(row.idx)
        self._report.entries += 1
        body, stored = plain(row.body), plain(row.leaf)
        stored = stored if isinstance(stored, bytes) else b""
        made = leaf_hash(body) if isinstance(body, bytes) else b""
        if entry is None:
            self._report.found("log_entries", row.idx, "body")
        if made != stored:
            self._report.found("log_entries", row.idx, "leaf")
        self._batched(_Grown(row.idx, made, stored), row.time if entry is None else entry.get("time", row.time))
        return True

    def _missing(self, until: int) -> None:
        self._whole = False
        for index in range(self._next, min(until, self._next + KEPT)):
            self._report.found("log_entries", index, "entry-missing")
        self._report.changed += max(0, until - self._next - KEPT)

    def _batched(self, grown: _Grown, written: int) -> None:
        if self._batch and written != self._time:
            self._close()
        if written < self._time:
            self._report.found("log_entries", grown.index, "time-back")
        self._batch.append(grown)
        self._next, self._time = grown.index + 1, written

    def _close(self) -> None:
        """A batch is complete (the next entry has a later time): its root must be stored, and be the right one."""
        batch, self._batch = self._batch, []
        size = batch[-1].index + 1
        stored = None
        for root in self._roots.up_to(size):
            if root.size == size:
                stored = root
            else:
                self._report.found("log_roots", root.size, "root-extra")
        if stored is None:
            self._report.found("log_roots", size, "root-missing")
        elif stored.time != self._time:
            self._report.found("log_roots", size, "root-time")
        if self._whole:
            self._grow(batch, plain(stored.root) if stored is not None else None)

    def _grow(self, batch: list[_Grown], root: bytes | None) -> None:
        edges = [self._edge.copy(), self._edge.copy()]
        edges[0].extend(grown.made for grown in batch)
        edges[1].extend(grown.stored if len(grown.stored) == HASH_SIZE else grown.made for grown in batch)
        # Where bodies were changed and told, the hashes beside them may still be the true ones: the walk goes on there.
        good = [edge for edge in edges if edge.root() == root]
        self._edge = good[0] if good else edges[0]
        self._report.roots += root is not None
        if root is not None and not good:
            self._report.found("log_roots", batch[-1].index + 1, "root", f"{batch[0].index}-{batch[-1].index}")

    def end(self, state: Any) -> None:
        """The last batch, and what the state says of the whole."""
        if self._batch:
            self._close()
        for root in self._roots.rest():
            self._report.found("log_roots", root.size, "root-extra")
        if state is not None:
            self._check_state(state)
        elif self._next:  # a log that has begun has a state
            self._report.found("log_state", self._next - 1, "state-missing")
        if self._size is not None and self._next < self._size:
            self._missing(self._size)

    def _check_state(self, state: Any) -> None:
        found: dict[str, Any] = {"size": self._next, "time": self._time}
        if self._whole:
            found |= {"root": self._edge.root(), "edge": self._edge.to_bytes()}
        for name, value in found.items():
            if plain(getattr(state, name)) != value:
                self._report.found("log_state", self._next - 1 if self._next else None, f"state-{name}")


class _Lists:
    """Field lists against the digests they are kept under, and against the entries that name them."""

    def __init__(self, connection: Connection, report: Report) -> None:
        self._report = report
        self._named: set[str] = set()
        self._first: dict[str, int] = {}
        self._kept = {
            row.digest: _is_list_of(row) for row in walk(connection, select(*raw_table(LogFields)), LogFields.digest)
        }
        report.lists = len(self._kept)

    def named_by(self, index: int, entry: dict[str, Any]) -> None:
        """Notes which lists an entry names."""
        for digest in (entry.get("asked"), entry.get("given")):
            if digest is None or digest in self._named:
                continue
            self._named.add(digest)
            if digest not in self._kept:
                self._report.found("log_fields", index, "fields-missing", digest)
            elif not self._kept[digest]:
                self._report.found("log_fields", index, "fields-changed", digest)

    def end(self) -> None:
        """Lists that no entry names."""
        for digest in sorted(self._kept.keys() - self._named, key=str):
            self._report.found("log_fields", None, "fields-extra", str(digest))


def _is_list_of(row: Row[Any]) -> bool:
    try:
        names = json.loads(row.fields) if isinstance(row.fields, str) else row.fields
        return fields_digest(names) == (row.digest, names)
    except (TypeError, ValueError):
        return False


class _Personal:
    """Personal parts against the commitments of their entries; an erasure explains what is gone."""

    def __init__(self, connection: Connection, keys: Keys, report: Report) -> None:
        self._connection, self._keys, self._report = connection, keys, report
        self._parts = Peek(walk(connection, select(*raw_table(LogPersonal)), LogPersonal.idx), "idx")
        self._customers: set[str] = set()
        self._months: set[str] = set()
        self._names: dict[bytes, str] = {}
        self._read_erasures()

    def _read_erasures(self) -> None:
        statement = select(_entry.idx, *raw(_entry.body)).where(_entry.event.in_((CUSTOMER_ERASED, MONTH_ERASED)))
        for row in walk(self._connection, statement, _entry.idx):
            # A body that names another event, or none, is told as changed by the walk over the entries.
            entry = parsed_body(row.body) or {}
            detail = entry.get("detail", {})
            if entry.get("event") == CUSTOMER_ERASED:
                self._customers.update(filter(None, [entry.get("customer"), *detail.get("pseudonyms", ())]))
            if entry.get("event") == MONTH_ERASED:
                self._months.add(detail.get("month"))
            self._report.erasures += 1

    def check(self, rows: list[tuple[Row[Any], dict[str, Any] | None]]) -> None:
        """The personal parts of one slice of entries."""
        parts = {part.idx: plain(part.sealed) for part in self._parts.up_to(rows[-1][0].idx)}
        box = self._box(parts.values())
        for row, entry in rows:
            sealed = parts.pop(row.idx, None)
            if entry is not None:
                self._check_one(row.idx, entry, sealed, box)
        for index in parts:
            self._report.found("log_personal", index, "personal-extra")

    def end(self) -> None:
        """Parts beyond the last entry."""
        for part in self._parts.rest():
            self._report.found("log_personal", part.idx, "personal-extra")

    def _box(self, sealed: Iterable[Any]) -> Box:
        ids = {value[1:17] for value in sealed if isinstance(value, bytes)}
        columns = (DataKey.id, DataKey.wrapped, DataKey.pseudonym, DataKey.is_current)
        rows = self._connection.execute(select(*columns).where(DataKey.id.in_(ids))).all()
        self._names = {row.id: text_of(row.pseudonym) for row in rows}
        return Box(self._keys, rows)

    def _check_one(self, index: int, entry: dict[str, Any], sealed: Any, box: Box) -> None:
        mark = entry.get("commitment")
        if mark is None:
            if sealed is not None:
                self._report.found("log_personal", index, "personal-extra")
            return
        code = "personal-missing" if sealed is None else _fault(box, sealed, mark)
        if code is None:
            self._report.opened += 1
            # Another name beside the key would take a person's entries off their page, with the log as it was.
            if entry.get("customer", self._names[sealed[1:17]]) != self._names[sealed[1:17]]:
                self._report.found("log_personal", index, "personal-name")
        elif code != "personal-changed" and self._is_erased(entry):
            self._report.erased += 1
        else:
            self._report.found("log_personal", index, code)

    def _is_erased(self, entry: dict[str, Any]) -> bool:
        if "customer" in entry:
            return entry["customer"] in self._customers
        return f"{from_micros(entry['at']):%Y-%m}" in self._months


def _fault(box: Box, sealed: Any, mark: str) -> str | None:
    """None where the personal part opens to what was committed to; else what is wrong."""
    if not isinstance(sealed, bytes) or sealed[:1] != b"\x01":
        return "personal-changed"
    try:
        text = box.open("log_personal", "sealed", bytes.fromhex(mark), sealed)
        same = commitment(bytes.fromhex(text[:64]), text[64:].encode()).hex() == mark
    except KeyError:
        return "personal-key"
    except (InvalidTag, ValueError):
        return "personal-changed"
    return None if same else "personal-changed"


class _Counters:
    """Each customer's counter: dense and rising with the index, and its last value the one that is kept."""

    def __init__(self, connection: Connection, report: Report) -> None:
        self._connection, self._report = connection, report

    def check(self) -> None:
        """All customers."""
        pairs = select(_entry.customer, _entry.counter, _entry.idx)
        pairs = pairs.where(_entry.customer.is_not(None), _entry.counter.is_not(None))
        counted: dict[str, int] = {}
        last = -1
        for row in walk(self._connection, pairs, _entry.customer, _entry.counter):
            if row.customer not in counted:
                self._report.customers += 1
                last = -1
                if len(counted) >= SLICE:
                    self._check_kept(counted)
                    counted.clear()
            if row.counter != counted.get(row.customer, 0) or row.idx <= last:
                self._report.found("log_entries", row.idx, "counter", row.customer)
            counted[row.customer], last = row.counter + 1, row.idx
        self._check_kept(counted)
        self._check_idle()

    def _check_kept(self, counted: dict[str, int]) -> None:
        kept = select(*raw_table(LogCounter)).where(LogCounter.customer.in_(list(counted)))
        stored = {row.customer: row.entries for row in self._connection.execute(kept)}
        for customer, count in counted.items():
            if stored.get(customer) != count:
                code = "counter-row" if customer in stored else "counter-missing"
                self._report.found("log_counters", self._last_of(customer), code, customer)

    def _last_of(self, customer: str) -> int | None:
        last = select(func.max(_entry.idx)).where(_entry.customer == customer)
        index: int | None = self._connection.execute(last).scalar()
        return index

    def _check_idle(self) -> None:
        none = ~select(_entry.idx).where(_entry.customer == LogCounter.customer).exists()
        for customer in self._connection.execute(select(LogCounter.customer).where(none).limit(KEPT)).scalars():
            self._report.found("log_counters", None, "counter-extra", customer)


# The command


def run(settings: Settings) -> int:
    """`freehold audit verify`: opens the instance, makes nothing, prints the report, gives the exit code."""
    house = House(settings, open_engine(settings.database_url), Keys(settings.instance / "keys"), Wiring())
    try:
        report = _with_progress(house)
    finally:
        house.close()
    print_report(report)
    return report.exit_code


def _with_progress(house: House) -> Report:
    console = Console(stderr=True)
    with RichProgress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(gettext("Entries"), total=None)
        return verify(house, lambda done, size: bar.update(task, completed=done, total=size or None))
