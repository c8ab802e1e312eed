"""Entries of the log, read back whole: for one line, for the desk and for files."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from portal.audit.models import LogEntry, LogFields
from portal.kernel.canonical import canonical
from portal.kernel.clock import from_micros
from portal.kernel.ids import id_from, text_of
from portal.kernel.prepared import Prepared
from portal.kernel.sealing import DataKey

GIVEN, REFUSED = "given", "refused"
END = 1 << 53  # indexes are integers that every JSON reader can hold
column = LogEntry.__table__.c
_AT_ONCE = 64
_keys = Prepared(
    select(DataKey.pseudonym, DataKey.holder_id).where(DataKey.pseudonym.in_(bindparam("names", expanding=True))),
    lists=("names",),
)
ROW = (column.idx, column.body, column.asked, column.given)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, read back. ``asked`` and ``given`` are the field lists that the entry names by their digest."""

    index: int
    at: datetime
    time: datetime
    event: str
    outcome: str
    kind: str
    entry: dict[str, Any]
    asked: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        # reason, purpose, basis, version, count, token, route, mode, request, cause, customer, counter, detail …
        if name.startswith("_"):
            raise AttributeError(name)
        return self.entry.get(name)

    @property
    def vendor(self) -> bytes | None:
        """The company's row."""
        return id_in(self.entry, "vendor")

    @property
    def link(self) -> bytes | None:
        """The link's row."""
        return id_in(self.entry, "link")

    @property
    def grant(self) -> bytes | None:
        """The permission's row."""
        return id_in(self.entry, "grant")

    @property
    def refused(self) -> bool:
        """Whether nothing was given."""
        return self.outcome == REFUSED

    @property
    def actor_name(self) -> str | None:
        """The client id or log pseudonym of whoever asked."""
        actor: dict[str, str] = self.entry["actor"]
        return actor.get("id")


class FieldList(NamedTuple):
    """A list of fields as an entry names it: by whom (``asked``, ``given``), its bytes, and the digest in the entry."""

    members: tuple[str, ...]
    text: str
    digest: str


def lists_of(line: Line) -> list[FieldList]:
    """The lists behind the digests of an entry; one that was asked for and given stands once."""
    members: dict[str, list[str]] = {}
    names = {"asked": line.asked, "given": line.given}
    for member in names:
        if digest := line.entry.get(member):
            members.setdefault(digest, []).append(member)
    return [
        FieldList(tuple(by), canonical(list(names[by[0]])).decode("ascii"), digest) for digest, by in members.items()
    ]


def id_in(entry: dict[str, Any], name: str) -> bytes | None:
    """A row's id that an entry names."""
    text = entry.get(name)
    return None if text is None else id_from(text)


def line_from(row: Any, lists: dict[str, tuple[str, ...]]) -> Line:
    """The entry behind a row."""
    entry = json.loads(row.body)
    return Line(
        index=row.idx,
        at=from_micros(entry["at"]),
        time=from_micros(entry["time"]),
        event=entry["event"],
        outcome=entry["outcome"],
        kind=entry["actor"]["kind"],
        entry=entry,
        asked=lists.get(row.asked, ()),
        given=lists.get(row.given, ()),
    )


def lines_from(connection: Connection, rows: Sequence[Any]) -> list[Line]:
    """Entries with the field lists they name."""
    lists = field_lists(connection, {digest for row in rows for digest in (row.asked, row.given) if digest})
    return [line_from(row, lists) for row in rows]


def field_lists(connection: Connection, digests: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Field lists by their digests."""
    if not digests:
        return {}
    rows = connection.execute(select(LogFields.digest, LogFields.fields).where(LogFields.digest.in_(digests)))
    return {row.digest: tuple(row.fields) for row in rows}


def holders_of(connection: Connection, names: Iterable[str]) -> dict[str, bytes]:
    """Whose log pseudonyms these are; erased ones are left out."""
    wanted = [id_from(name) for name in names]
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in _keys.all(connection, {"names": wanted[start : start + _AT_ONCE]}):
            found[text_of(row.pseudonym)] = row.holder_id
    return found
