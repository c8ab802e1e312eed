"""Entries as they are written: index, counter and leaf, the searchable columns, and the tree with its new root."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.engine import Connection, Dialect

from portal.audit.models import LogCounter, LogEntry, LogFields, LogPersonal, LogRoot, LogState
from portal.audit.tree import Edge, leaf_hash
from portal.kernel.bulk import BulkInsert, sent_together
from portal.kernel.canonical import canonical
from portal.kernel.db import dialect_insert
from portal.kernel.facts import Prepared
from portal.kernel.prepared import Prepared as PreparedStatement

_new_state = PreparedStatement(
    update(LogState)
    .where(LogState.id == 1)
    .values(size=bindparam("n_size"), root=bindparam("n_root"), edge=bindparam("n_edge"), time=bindparam("n_time"))
)
_ENTRY_COLUMNS = [column.name for column in LogEntry.__table__.columns]
_add_root = PreparedStatement(
    insert(LogRoot).values(size=bindparam("size"), root=bindparam("root"), time=bindparam("time"))
)


class Appending:
    """The statements of a process that append; whoever holds the gate or the state row uses them."""

    def __init__(self, dialect: Dialect) -> None:
        self._count_up = BulkInsert(dialect, _upsert_counters(dialect.name), ["customer", "entries"], returns=True)
        self._add_entries = BulkInsert(dialect, insert(LogEntry), _ENTRY_COLUMNS)
        self._add_personal = BulkInsert(dialect, insert(LogPersonal), ["idx", "sealed"])
        self._add_fields = dialect_insert(dialect.name, LogFields).on_conflict_do_nothing()
        self._known_lists: set[str] = set()

    def append(self, connection: Connection, state: Any, facts: Sequence[Prepared], time: int) -> set[str]:
        """Gives indexes and counters; writes entries, tree and counters. Gives new field lists, to be known once committed."""
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

    def know(self, lists: set[str]) -> None:
        """Field lists that are in the table for good."""
        self._known_lists |= lists


def _upsert_counters(dialect: str) -> Any:
    adding = dialect_insert(dialect, LogCounter)
    sum_ = LogCounter.entries + adding.excluded.entries
    return adding.on_conflict_do_update(index_elements=[LogCounter.customer], set_={"entries": sum_}).returning(
        LogCounter.customer, LogCounter.entries
    )


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
