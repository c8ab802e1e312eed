"""Entries against their hashes, their columns, the stored roots and the state of the whole."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.engine import Connection

from portal.audit.appending import columns_of
from portal.audit.models import LogRoot, LogState
from portal.audit.report import KEPT, Report
from portal.audit.tree import HASH_SIZE, Edge, leaf_hash
from portal.audit.walking import Peek, plain, raw_table, walk
from portal.kernel.canonical import canonical
from portal.kernel.facts import VERSION


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


def kept_state(connection: Connection, report: Report) -> Any:
    """The log's size, root and edge as they are kept; None where they are missing."""
    rows = connection.execute(select(*raw_table(LogState)).order_by(LogState.id)).all()
    for row in rows:
        if row.id != 1:
            report.found("log_state", None, "state-extra", str(row.id))
    state = next((row for row in rows if row.id == 1), None)
    if state is not None:
        root = plain(state.root)
        report.size, report.root = int(state.size), root if isinstance(root, bytes) else b""
    return state


def check_columns(row: Row[Any], entry: dict[str, Any], report: Report) -> None:
    """The columns of a row against the entry that they repeat members of."""
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


class Tree:
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
