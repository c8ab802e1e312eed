"""The walk: one pass over the entries in slices, and who judges what of each."""

import time
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from portal.audit.models import LogEntry, LogPersonal, LogRoot, LogState
from portal.audit.reads import aside_of, queue_state
from portal.audit.report import KEPT, Report
from portal.audit.verify.beside import Counters, Lists, Personal
from portal.audit.verify.entries import Tree, check_columns, kept_state, parsed_body
from portal.audit.walking import any_bytes, no_integers, raw_table, slices, without_limits
from portal.kernel.errors import Problem
from portal.kernel.house import House
from portal.kernel.i18n import gettext
from portal.kernel.ids import text_of
from portal.kernel.keysets import Keys
from portal.kernel.unit import SYSTEM

Progress = Callable[[int, int], None]


def verify(house: House, progress: Progress | None = None) -> Report:
    """Verifies the whole log on one snapshot; ``progress`` is told entries done and the size."""
    report, started = Report(), time.monotonic()
    try:
        with house.reading(SYSTEM) as unit:
            without_limits(unit.connection)
            with any_bytes(unit.connection):
                _run(unit.connection, house.keys, report, progress or (lambda done, size: None))
    except (Problem, SQLAlchemyError, OSError, TypeError, ValueError) as error:
        report.could_not = _trouble(error)
    report.seconds = time.monotonic() - started
    return report


def _trouble(error: Exception) -> str:
    # The class alone: a driver's message may quote a row.
    cause = error.__cause__ or error
    name = type(cause).__name__
    if isinstance(error, SQLAlchemyError) or isinstance(cause, SQLAlchemyError | OSError):
        return gettext("the database cannot be read (%(error)s)", error=name)
    return name


def _run(connection: Connection, keys: Keys, report: Report, progress: Progress) -> None:
    report.queue_length, report.queue_age = queue_state(connection)
    for id_ in aside_of(connection):
        report.found("log_queue", None, "fact-unreadable", text_of(id_))
    _check_kinds(connection, report)
    state = kept_state(connection, report)
    lists = Lists(connection, report)
    personal = Personal(connection, keys, report)
    tree = Tree(connection, report, None if state is None else state.size)
    for rows in slices(connection, select(*raw_table(LogEntry)), LogEntry.idx):
        parsed = [(row, parsed_body(row.body)) for row in rows]
        for row, entry in parsed:
            if tree.takes(row, entry) and entry is not None:
                check_columns(row, entry, report)
                lists.named_by(row.idx, entry)
        personal.check(parsed)
        progress(report.entries, report.size)
    tree.end(state)
    lists.end()
    personal.end()
    Counters(connection, report).check()


def _check_kinds(connection: Connection, report: Report) -> None:
    """What the walk counts and orders by: it could not go past anything else, and so it is told first."""
    for model in (LogEntry, LogPersonal, LogState, LogRoot):
        for key, name in no_integers(connection, model, KEPT):
            index = key if isinstance(key, int) and model is not LogState else None
            report.found(model.__tablename__, index, "kind", name)
