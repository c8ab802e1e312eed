"""Which other companies read an order: what hiding cannot undo, and whom to ask to delete it."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.audit.models import ASKED_FOR, LogEntry, LogPersonal
from portal.kernel.clock import from_micros
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.vendors.reads import vendors_of

_LOOKED_THROUGH = 1000


@dataclass(frozen=True, slots=True)
class ReaderView:
    """A company that read an order, when it last did, and the entry that says so."""

    vendor_id: bytes
    company: str
    last_read: datetime
    entry: int


def readers_of(unit: Unit, holder_id: bytes, order_id: bytes, seller_id: bytes) -> list[ReaderView]:
    """Companies other than its seller that read the order, the latest first; among the newest looks at orders.

    Which orders a look held stands in its sealed personal part, which the customer's own key opens.
    """
    box, wanted = unit.box(holder_id), text_of(order_id)
    statement = (
        select(LogEntry.idx, LogEntry.body, LogEntry.time, LogEntry.vendor, LogPersonal.sealed)
        .join(LogPersonal, LogPersonal.idx == LogEntry.idx)
        .where(
            LogEntry.customer.in_(box.pseudonyms),
            LogEntry.event == "orders.disclosed",
            ASKED_FOR,
            LogEntry.vendor != text_of(seller_id),
        )
        .order_by(LogEntry.idx.desc())
        .limit(_LOOKED_THROUGH)
    )
    last: dict[str, tuple[int, int]] = {}
    for row in unit.connection.execute(statement):
        if row.vendor not in last:
            mark = bytes.fromhex(json.loads(row.body)["commitment"])
            # 64 digits of salt come before the personal part itself.
            personal = json.loads(box.open("log_personal", "sealed", mark, row.sealed)[64:])
            if wanted in personal.get("orders", "").split():
                last[row.vendor] = (row.idx, row.time)
    found = {id_from(vendor): row for vendor, row in last.items()}
    names = vendors_of(unit, found)
    return [ReaderView(id_, names[id_].name, from_micros(time), index) for id_, (index, time) in found.items()]
