"""What time brings: looks that the log holds since it was read last, and permissions that are about to end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select

from portal.audit.reads import Judged, Seen, looks_of
from portal.audit.reads.entries import GIVEN, REFUSED, column
from portal.audit.unusual import FIRST, week_of
from portal.customers.models import Customer
from portal.grants import reads as grants
from portal.grants.decision import LIVE
from portal.grants.models import Grant
from portal.grants.once import is_once
from portal.grants.words import ENDS_SOON
from portal.kernel.clock import from_micros
from portal.kernel.errors import NotFound
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from, text_of
from portal.kernel.prepared import Prepared
from portal.kernel.sealing import DataKey
from portal.kernel.unit import Unit
from portal.messages.kinds import BLOCKED, FIRST_LOOK, STALE, UNUSUAL_LOOK
from portal.messages.looks import RECENT
from portal.messages.models import InboxNotice, Walk
from portal.orders.models import Order, OrderStep
from portal.orders.statuses import NEVER_LATE, OPEN, PROMISED_FOR

SOON = (ENDS_SOON, timedelta(days=2))
"""How long before its end a permission is told of: once with time to think, once before it is over."""
LOG = "log"
"""The walk through the log."""
_NO_END = 1 << 62
_ORDER, _STEP = "late", "late-step"


@dataclass(frozen=True)
class Look:
    """A look that is to be told: whose, of which kind, by whom, and which line."""

    customer_id: bytes
    holder_id: bytes
    kind: str
    mark: str
    seen: Seen


@dataclass
class Stretch:
    """A stretch of the log: where it ends, and what is to be told of it."""

    end: int
    looks: list[Look] = field(default_factory=list)


def person_of_holder(unit: Unit, holder_id: bytes | None) -> bytes | None:
    """The customer with an account behind a holder."""
    row = _person.first(unit.connection, {"holder": holder_id or b""})
    return None if row is None else row.id


_person = Prepared(select(Customer.id).where(Customer.holder_id == bindparam("holder"), Customer.account_id.is_not(None)))


def walk_of(unit: Unit, name: str) -> tuple[int, bytes | None] | None:
    """How far something is read through; None where it never was."""
    row = unit.connection.execute(select(Walk.position, Walk.after).where(Walk.name == name)).one_or_none()
    return None if row is None else (row.position, row.after)


def stretch_after(unit: Unit, start: int, most: int) -> Stretch:
    """What the log holds from an entry on, of people with an account."""
    wanted = select(column.idx, column.customer, column.vendor, column.outcome, column.time).where(column.idx >= start)
    rows = unit.connection.execute(wanted.order_by(column.idx).limit(most)).all()
    if not rows:
        return Stretch(start)
    end = rows[-1].idx + 1
    names = {row.customer for row in rows if row.customer and row.vendor and row.outcome in (GIVEN, REFUSED)}
    since = from_micros(rows[0].time)
    looks = [look for person in _people(unit, names) for look in _looks(unit, *person, since, start, end)]
    return Stretch(end, looks)


def untold_to(unit: Unit, customer_id: bytes, holder_id: bytes) -> list[Look]:
    """What the log holds of one person and nobody read through yet; of the last days, as pages show them."""
    was = walk_of(unit, LOG)
    return list(_looks(unit, customer_id, holder_id, unit.at - RECENT, 0 if was is None else was[0], _NO_END))


def _people(unit: Unit, names: set[str]) -> Iterator[tuple[bytes, bytes]]:
    people = (
        select(Customer.id, Customer.holder_id)
        .join(DataKey, DataKey.holder_id == Customer.holder_id)
        .where(DataKey.pseudonym.in_([id_from(name) for name in names]), Customer.account_id.is_not(None))
        .distinct()
    )
    yield from ((row.id, row.holder_id) for row in unit.connection.execute(people).all())


def _looks(unit: Unit, customer_id: bytes, holder_id: bytes, since: Any, start: int, end: int) -> Iterator[Look]:
    try:
        found = looks_of(unit, holder_id, zone(), since=since)
    except NotFound:  # forgotten at this moment
        return
    for look in found:
        if start <= look.line.index < end and look.verdict and look.line.vendor is not None:
            kind, mark = _kind(look)
            yield Look(customer_id, holder_id, kind, mark, look.line)


def _kind(look: Judged[Seen]) -> tuple[str, str]:
    """A company's first look is told once, an unusual one once a day, blocked attempts once a week."""
    company, at = text_of(look.line.vendor or b""), look.line.at
    if look.line.refused:
        return BLOCKED, f"blocked:{company}:{week_of(at, zone())}"
    if FIRST in look.verdict.reasons:
        return FIRST_LOOK, f"first:{company}"
    return UNUSUAL_LOOK, f"unusual:{company}:{at.astimezone(zone()).date()}"


@dataclass(frozen=True)
class Ending:
    """A permission that is about to end."""

    grant: Grant
    holder_id: bytes
    mark: str


def endings_after(unit: Unit, after: bytes, most: int) -> tuple[list[Ending], bytes | None]:
    """Permissions that end soon and of which that was not told yet; and where to go on, if there may be more."""
    soon = Grant.id > after, Grant.state == LIVE, Grant.ends_at > unit.at, Grant.ends_at <= unit.at + SOON[0]
    found = unit.session.scalars(select(Grant).where(*soon).order_by(Grant.id).limit(most)).all()
    details = grants.last_details(unit, found)
    # Whoever allowed one look chose its end with it: there is nothing to be reminded of.
    wanted = [one for one in found if not all(is_once(detail, one.created_at) for detail in details[one.id])]
    marks = {one.id: _ending_mark(unit, one) for one in wanted}
    told = set(unit.connection.execute(select(InboxNotice.mark).where(InboxNotice.mark.in_(marks.values()))).scalars())
    mine = select(Customer.id, Customer.holder_id).where(Customer.id.in_({one.customer_id for one in wanted}))
    holders = {row.id: row.holder_id for row in unit.connection.execute(mine)}
    new = [Ending(one, holders[one.customer_id], marks[one.id]) for one in wanted if marks[one.id] not in told]
    return new, found[-1].id if len(found) == most else None


@dataclass(frozen=True)
class Late:
    """An order that has not come on the day for which it was promised, or a step of one that was not done."""

    subject: bytes
    customer_id: bytes
    holder_id: bytes
    vendor_id: bytes
    mark: str


def is_late(at: datetime) -> Any:
    """Whether an order has not come, and the day for which it was promised is over."""
    not_there = Order.delivered_at.is_(None), Order.came_at.is_(None)
    return and_(Order.promised_at <= at - PROMISED_FOR, *not_there, Order.status.in_(OPEN))


def is_late_step(at: datetime) -> Any:
    """Whether a step is not done, the day for which it was promised is over, and somebody still waits for its order."""
    late = OrderStep.done_at.is_(None), OrderStep.promised_at <= at - PROMISED_FOR
    return and_(*late, Order.id == OrderStep.order_id, Order.status.not_in(NEVER_LATE))


def _late_mark(of: str, subject: bytes, promised_at: datetime) -> str:
    return f"{of}:{text_of(subject)}:{int(promised_at.timestamp())}"


def is_of_step(mark: str) -> bool:
    """Whether what is late is a step of an order."""
    return mark.startswith(f"{_STEP}:")


def promised_in(mark: str) -> datetime:
    """The day whose end an order did not keep: its seller may have taken the promise back since."""
    return datetime.fromtimestamp(int(mark.rpartition(":")[2]), UTC)


def lates_after(unit: Unit, after: bytes, most: int) -> tuple[list[Late], bytes | None]:
    """Orders of people with an account that are late since a day or two and of which that was not told yet; and where to
    go on, if there may be more."""
    return _late(unit, Order, _ORDER, is_late(unit.at), after, most)


def late_steps_after(unit: Unit, after: bytes, most: int) -> tuple[list[Late], bytes | None]:
    """The same of steps."""
    return _late(unit, OrderStep, _STEP, is_late_step(unit.at), after, most)


def _late(
    unit: Unit, model: type[Order] | type[OrderStep], of: str, late: ColumnElement[bool], after: bytes, most: int
) -> tuple[list[Late], bytes | None]:
    lately = model.id > after, model.promised_at > unit.at - PROMISED_FOR - STALE, late
    wanted = select(model.id, model.customer_id, model.vendor_id, model.promised_at, Customer.holder_id)
    whose = Customer.id == model.customer_id, Customer.account_id.is_not(None)
    found = unit.connection.execute(wanted.where(*whose, *lately).order_by(model.id).limit(most)).all()
    marks = {row.id: _late_mark(of, row.id, row.promised_at) for row in found}
    told = set(unit.connection.execute(select(InboxNotice.mark).where(InboxNotice.mark.in_(marks.values()))).scalars())
    new = [Late(row.id, row.customer_id, row.holder_id, row.vendor_id, marks[row.id]) for row in found]
    return [one for one in new if one.mark not in told], found[-1].id if len(found) == most else None


def _ending_mark(unit: Unit, grant: Grant) -> str:
    near = min(span.days for span in SOON if grant.ends_at <= unit.at + span)
    return f"ending:{text_of(grant.id)}:{int(grant.ends_at.timestamp())}:{near}"
