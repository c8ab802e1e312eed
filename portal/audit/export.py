"""Entries as CSV and as JSON Lines. Pure: lines in, bytes out."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from portal.audit.reads import Line

# What a spreadsheet would take for a formula, or for the way into one.
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS: dict[str, Callable[[Line], Any]] = {
    "index": lambda line: line.index,
    "time": lambda line: line.time.isoformat(),
    "at": lambda line: line.at.isoformat(),
    "event": lambda line: line.event,
    "outcome": lambda line: line.outcome,
    "reason": lambda line: line.reason,
    "actor_kind": lambda line: line.kind,
    "actor": lambda line: line.actor_name,
    "customer": lambda line: line.customer,
    "counter": lambda line: line.counter,
    "vendor": lambda line: line.entry.get("vendor"),
    "link": lambda line: line.entry.get("link"),
    "grant": lambda line: line.entry.get("grant"),
    "version": lambda line: line.version,
    "basis": lambda line: line.basis,
    "purpose": lambda line: line.purpose,
    "asked": lambda line: " ".join(line.asked),
    "given": lambda line: " ".join(line.given),
    "count": lambda line: line.count,
    "request": lambda line: line.request,
    "cause": lambda line: line.cause,
    "route": lambda line: line.route,
    "token": lambda line: line.token,
    "mode": lambda line: line.mode,
    "detail": lambda line: _packed(line.detail),
}


def _packed(value: Any) -> str:
    return "" if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"))


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula (a leading apostrophe, as OWASP advises)."""
    text = "" if value is None else str(value)
    if isinstance(value, int):
        return text
    return f"'{text}" if text.startswith(_LIVE) else text


def csv_row(cells: Iterable[Any]) -> str:
    """One row, every cell quoted."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()


def csv_head() -> str:
    """The names of the columns."""
    return csv_row(_COLUMNS)


def csv_line(line: Line) -> str:
    """An entry as a row."""
    return csv_row(cell(line) for cell in _COLUMNS.values())


def json_head() -> str:
    """JSON Lines have none."""
    return ""


def json_line(line: Line) -> str:
    """An entry as it stands in the log, with the field lists it names."""
    lists: Mapping[str, Any] = {"asked": list(line.asked), "given": list(line.given)}
    shown = {"entry": line.entry, **{name: value for name, value in lists.items() if value}}
    return json.dumps(shown, sort_keys=True, separators=(",", ":")) + "\n"


FORMS: dict[str, tuple[str, Callable[[], str], Callable[[Line], str]]] = {
    "csv": ("text/csv; charset=utf-8", csv_head, csv_line),
    "jsonl": ("application/jsonl; charset=utf-8", json_head, json_line),
}
