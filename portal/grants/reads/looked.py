"""A company's latest look at a customer's things, as the log has it: when it was, and the line that a letter quotes."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from portal.audit.models import LogEntry
from portal.audit.reads import GIVEN, pseudonyms_of
from portal.kernel.clock import from_micros
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit


class LastLook(NamedTuple):
    """The entry of a look, and when it was recorded."""

    entry: int
    at: datetime


def last_look_of(unit: Unit, holder_id: bytes, vendor_id: bytes) -> LastLook | None:
    """The latest look of a company that was answered; None if it never got anything."""
    statement = (
        select(LogEntry.idx, LogEntry.time)
        .where(
            LogEntry.customer.in_(pseudonyms_of(unit, holder_id)),
            LogEntry.outcome == GIVEN,
            LogEntry.vendor == text_of(vendor_id),
        )
        .order_by(LogEntry.idx.desc())
        .limit(1)
    )
    row = unit.connection.execute(statement).one_or_none()
    return None if row is None else LastLook(row.idx, from_micros(row.time))
