"""What delegations leave in the log: under which names, and when one was last used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal.accounts.models import Account, Delegation
from portal.accounts.reads.accounts import names_of
from portal.audit.models import LogEntry
from portal.customers.models import Customer
from portal.kernel.clock import from_micros, micros
from portal.kernel.unit import Unit

INVITED, LIVE = "invited", "live"
"""Where a delegation stands that can still be answered, or used."""
_entry = LogEntry.__table__.c


def last_used(unit: Unit, row: Any) -> datetime | None:
    """When the delegate of a delegation's row last looked or did something by it, as the log has it."""
    name = names_of(unit, [row.delegate_id]).get(row.delegate_id)
    if name is None or row.accepted_at is None:
        return None
    theirs = (_entry.customer.in_(unit.box(row.holder_id).pseudonyms), _entry.actor == name)
    end = micros(row.ended_at or row.ends_at)
    used = (_entry.event.not_like("delegation.%"), _entry.time >= micros(row.accepted_at), _entry.time <= end)
    last = unit.connection.execute(select(func.max(_entry.time)).where(*theirs, *used)).scalar_one()
    return None if last is None else from_micros(last)


def name_in_the_log(unit: Unit, account_id: bytes) -> str | None:
    """The name in the log of an account; None once it is erased."""
    return names_of(unit, [account_id]).get(account_id)


def delegates_in_the_log(unit: Unit, customer_id: bytes) -> dict[str, str]:
    """What the customer calls whoever acted for them, by their names in the log."""
    columns = (Delegation.id, Delegation.called, Delegation.delegate_id, Customer.holder_id)
    statement = select(*columns).join(Customer, Customer.id == Delegation.customer_id)
    mine = statement.where(Delegation.customer_id == customer_id, Delegation.delegate_id.is_not(None))
    # The newest row comes last, and its word counts.
    rows = unit.connection.execute(mine.order_by(Delegation.created_at, Delegation.id)).all()
    names = names_of(unit, {row.delegate_id for row in rows})
    return {
        names[row.delegate_id]: unit.box(row.holder_id).open("delegations", "called", row.id, row.called)
        for row in rows
        if row.delegate_id in names
    }


@dataclass(frozen=True, slots=True)
class ActedFor:
    """Somebody for whom an account acts, or once did. ``names`` are all that the log has for them."""

    customer_id: bytes
    account_id: bytes
    names: tuple[str, ...]
    is_live: bool


def acted_for(unit: Unit, account_id: bytes) -> list[ActedFor]:
    """Everybody for whom an account ever could act, and who is still here."""
    columns = (Delegation.customer_id, Customer.account_id, Customer.holder_id, Delegation.state, Delegation.ends_at)
    rows = unit.connection.execute(
        select(*columns)
        .join(Customer, Customer.id == Delegation.customer_id)
        .join(Account, Account.id == Customer.account_id)
        .where(Delegation.delegate_id == account_id, Account.state == "active")
        .order_by(Delegation.id)
    ).all()
    boxes = unit.boxes(row.holder_id for row in rows)
    live = {row.customer_id for row in rows if row.state == LIVE and row.ends_at > unit.at}
    people = {row.customer_id: row for row in rows if row.holder_id in boxes}
    return [
        ActedFor(id_, row.account_id, tuple(boxes[row.holder_id].pseudonyms), id_ in live) for id_, row in people.items()
    ]
