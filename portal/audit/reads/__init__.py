"""What the log tells: a person who looked, the companies what changed, the desk everything. Nothing here writes."""

from portal.audit.reads.changes import CHANGES, Change, changes_since, last_changes, size_of
from portal.audit.reads.desk import State, Whole, aside_of, entry_of, last_of, leaves, queue_state, state_of
from portal.audit.reads.entries import GIVEN, REFUSED, Line, field_lists, holders_of, id_in, line_from, lines_from
from portal.audit.reads.looks import (
    HABIT,
    Judged,
    Seen,
    first_looks,
    last_read_of,
    last_reads,
    look_of,
    looks_of,
    pseudonyms_of,
    waiting_of,
)

__all__ = [
    "CHANGES",
    "GIVEN",
    "HABIT",
    "REFUSED",
    "Change",
    "Judged",
    "Line",
    "Seen",
    "State",
    "Whole",
    "aside_of",
    "changes_since",
    "entry_of",
    "field_lists",
    "first_looks",
    "holders_of",
    "id_in",
    "last_changes",
    "last_of",
    "last_read_of",
    "last_reads",
    "leaves",
    "line_from",
    "lines_from",
    "look_of",
    "looks_of",
    "pseudonyms_of",
    "queue_state",
    "size_of",
    "state_of",
    "waiting_of",
]
