"""What is kept beside the entries, held against them: field lists, personal parts, and each customer's counter."""

import json
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import Row, func, select
from sqlalchemy.engine import Connection

from portal.audit.models import LogCounter, LogEntry, LogFields, LogPersonal
from portal.audit.report import KEPT, Report
from portal.audit.verify.entries import parsed_body
from portal.audit.walking import SLICE, Peek, plain, raw, raw_table, walk
from portal.kernel.canonical import fields_digest
from portal.kernel.clock import from_micros
from portal.kernel.facts import commitment
from portal.kernel.ids import text_of
from portal.kernel.keysets import Keys
from portal.kernel.sealing import Box, DataKey

CUSTOMER_ERASED = "customer.erased"
MONTH_ERASED = "month.erased"
LAPSED = "account.registration_lapsed"
_ENDS_KEYS = (CUSTOMER_ERASED, LAPSED)

_entry = LogEntry.__table__.c


class Lists:
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


class Personal:
    """Personal parts against the commitments of their entries; an erasure explains what is gone, and so does a lapse."""

    def __init__(self, connection: Connection, keys: Keys, report: Report) -> None:
        self._connection, self._keys, self._report = connection, keys, report
        self._parts = Peek(walk(connection, select(*raw_table(LogPersonal)), LogPersonal.idx), "idx")
        self._customers: set[str] = set()
        self._months: set[str] = set()
        self._names: dict[bytes, str] = {}
        self._read_erasures()

    def _read_erasures(self) -> None:
        statement = select(_entry.idx, *raw(_entry.body)).where(_entry.event.in_((*_ENDS_KEYS, MONTH_ERASED)))
        for row in walk(self._connection, statement, _entry.idx):
            # A body that names another event, or none, is told as changed by the walk over the entries.
            entry = parsed_body(row.body) or {}
            detail = entry.get("detail", {})
            if entry.get("event") in _ENDS_KEYS:
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


class Counters:
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
