"""The inbox: what is new, what is still to do, and what is over. Whether a thing is done is asked of the thing itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from portal.accounts.devices import device_names
from portal.accounts.models import Account, Session
from portal.grants.decision import LIVE
from portal.grants.models import WAITING, Grant, Request
from portal.kernel.errors import NotFound
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.messages import words
from portal.messages.kinds import (
    ANSWER,
    BLOCKED,
    DEMAND,
    ENDING,
    FIRST_LOOK,
    KINDS,
    LATE,
    NEW_DEVICE,
    REQUEST,
    UNUSUAL_LOOK,
    WITHDRAWN,
)
from portal.messages.looks import Looks
from portal.messages.models import IS_NEW, InboxNotice
from portal.messages.reads.watched import is_late, is_late_step, is_of_step, promised_in
from portal.orders.models import Demand, Order, OrderStep
from portal.vendors import reads as vendors

MOST = 50
ROW = InboxNotice.__table__.columns
_OF_DEMANDS = DEMAND, WITHDRAWN


@dataclass(frozen=True)
class Notice:
    """One notice in its reader's words: a sentence, and the one thing to do next."""

    id: str
    kind: str
    icon: str
    sentence: str
    button: str
    href: str
    at: datetime
    is_new: bool
    is_open: bool


def still_open(at: datetime) -> Any:
    """Whether there is still something to do: a request waits, a permission still ends on that day, an order is late.

    What was asked about an order that turned out to be somebody else's is no longer there.
    """
    request = exists().where(Request.id == InboxNotice.subject, Request.state == WAITING)
    grant = exists().where(Grant.id == InboxNotice.subject, Grant.state == LIVE, Grant.ends_at == InboxNotice.until)
    late = exists().where(Order.id == InboxNotice.subject, is_late(at))
    late_step = exists().where(OrderStep.id == InboxNotice.subject, is_late_step(at))
    demand = exists().where(Demand.id == InboxNotice.subject)
    return and_(
        or_(InboxNotice.until.is_(None), InboxNotice.until > at),
        or_(InboxNotice.kind != REQUEST, request),
        or_(InboxNotice.kind != ENDING, grant),
        or_(InboxNotice.kind != LATE, late, late_step),
        or_(InboxNotice.kind.not_in(_OF_DEMANDS), demand),
    )


def unseen_of(unit: Unit, customer_id: bytes) -> int:
    """How many notices are new to this person, and not over."""
    new = InboxNotice.customer_id == customer_id, IS_NEW, still_open(unit.at)
    return unit.connection.execute(select(func.count()).select_from(InboxNotice).where(*new)).scalar_one()


def new_by_thing(unit: Unit, customer_id: bytes) -> dict[bytes, list[str]]:
    """The ids of the notices that are new to this person, by the request, permission or order that they tell of."""
    new = InboxNotice.customer_id == customer_id, InboxNotice.subject.is_not(None), IS_NEW, still_open(unit.at)
    found: dict[bytes, list[str]] = {}
    for row in unit.connection.execute(select(InboxNotice.id, InboxNotice.subject).where(*new)):
        found.setdefault(row.subject, []).append(text_of(row.id))
    return found


def looked_through(unit: Unit, customer_id: bytes) -> dict[Looks, int]:
    """Up to which line of the record a company's looks were opened: what told of them was read."""
    read = InboxNotice.customer_id == customer_id, InboxNotice.entry.is_not(None), ~IS_NEW
    found: dict[Looks, int] = {}
    for row in unit.connection.execute(select(InboxNotice.vendor_id, InboxNotice.kind, InboxNotice.entry).where(*read)):
        looks = Looks(row.vendor_id, row.kind == BLOCKED)
        found[looks] = max(found.get(looks, row.entry), row.entry)
    return found


def notices_of(unit: Unit, customer_id: bytes) -> list[Notice]:
    """The newest notices of a person."""
    mine = select(*ROW, still_open(unit.at).label("is_open")).where(InboxNotice.customer_id == customer_id)
    rows = unit.connection.execute(mine.order_by(InboxNotice.at.desc(), InboxNotice.id.desc()).limit(MOST)).all()
    return told_from(unit, rows)


def open_notice(unit: Unit, customer_id: bytes, notice_id: bytes) -> Notice:
    """One notice of the person's own; NotFound for anybody else's."""
    mine = InboxNotice.id == notice_id, InboxNotice.customer_id == customer_id
    row = unit.connection.execute(select(*ROW, still_open(unit.at).label("is_open")).where(*mine)).one_or_none()
    if row is None:
        raise NotFound
    return told_from(unit, [row])[0]


def notice_for_mail(unit: Unit, notice_id: bytes) -> tuple[Any, Notice] | None:
    """A notice that is still to be mailed, its row and its words; None when it was, or there is nothing to do any more."""
    wanted = InboxNotice.id == notice_id, InboxNotice.mail_id.is_(None), still_open(unit.at)
    row = unit.connection.execute(select(*ROW, still_open(unit.at).label("is_open")).where(*wanted)).one_or_none()
    return None if row is None else (row, told_from(unit, [row])[0])


def told_from(unit: Unit, rows: Sequence[Any]) -> list[Notice]:
    """Rows as their reader reads them."""
    names = vendors.vendors_of(unit, {row.vendor_id for row in rows if row.vendor_id})
    links = _links_of(unit, rows) | _orders_of(unit, rows)
    found = []
    for row in rows:
        company = names[row.vendor_id].name if row.vendor_id else ""
        device = _device(unit, row) if row.kind == NEW_DEVICE else ("", "")
        until = promised_in(row.mark) if row.kind == LATE else row.until
        of = words.LATE_STEP if row.kind == LATE and is_of_step(row.mark) else row.kind
        sentence, button = words.say(
            of, company=company, count=row.count, blocked=row.blocked, until=until, device=device, week=row.at
        )
        href = _href(row, links)
        new = (row.seen_at is None or row.seen_at < row.at) and row.is_open
        found.append(Notice(text_of(row.id), row.kind, KINDS[row.kind].icon, sentence, button, href, row.at, new, row.is_open))
    return found


def _links_of(unit: Unit, rows: Sequence[Any]) -> dict[bytes, bytes]:
    grants = [row.subject for row in rows if row.kind == ENDING]
    if not grants:
        return {}
    found = unit.connection.execute(select(Grant.id, Grant.link_id).where(Grant.id.in_(grants)))
    return {row.id: row.link_id for row in found}


def _orders_of(unit: Unit, rows: Sequence[Any]) -> dict[bytes, bytes]:
    steps = [row.subject for row in rows if row.kind == LATE and is_of_step(row.mark)]
    if not steps:
        return {}
    found = unit.connection.execute(select(OrderStep.id, OrderStep.order_id).where(OrderStep.id.in_(steps)))
    return {row.id: row.order_id for row in found}


def _href(row: Any, links: dict[bytes, bytes]) -> str:
    if row.kind == REQUEST:
        return f"/requests/{text_of(row.subject)}"
    if row.kind == ENDING:
        return f"/sharing/{text_of(links[row.subject])}" if row.subject in links else "/sharing"
    if row.kind in (FIRST_LOOK, UNUSUAL_LOOK, BLOCKED):
        alone = row.count == 1 and row.entry is not None
        return f"/activity/{row.entry}" if alone else f"/activity?company={text_of(row.vendor_id)}"
    if row.kind == LATE:
        return f"/orders/{text_of(links.get(row.subject, row.subject))}"
    if row.kind in _OF_DEMANDS:
        return f"/orders/demands/{text_of(row.subject)}"
    if row.kind == ANSWER:
        return f"/messages/conversations/{text_of(row.subject)}"
    if row.kind == NEW_DEVICE:
        return "/account/sessions"
    return words.PLACES[row.kind]


def _device(unit: Unit, row: Any) -> tuple[str, str]:
    """The browser's and the system's name, while its session is still kept."""
    session = (
        select(Session.id, Session.device, Account.holder_id)
        .join(Account, Account.id == Session.account_id)
        .where(Session.id == row.subject)
    )
    found = unit.connection.execute(session).one_or_none()
    if found is None:
        return "", ""
    return device_names(unit.box(found.holder_id).open("sessions", "device", found.id, found.device))
