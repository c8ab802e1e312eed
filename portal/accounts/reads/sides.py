"""Whose a delegation is, whatever became of it: for whoever ends it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from portal.accounts.models import Delegation
from portal.accounts.reads.acted import INVITED
from portal.customers.models import Customer
from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class Sides:
    """Whose a delegation is: the customer (with keys and account), and whoever said yes to it."""

    id: bytes
    customer_id: bytes
    holder_id: bytes
    account_id: bytes | None
    delegate_id: bytes | None


def sides_of(unit: Unit, delegation_id: bytes) -> Sides | None:
    """Both sides of a delegation, whatever became of it."""
    found = _sides(unit, Delegation.id == delegation_id)
    return found[0] if found else None


def sides_with(unit: Unit, account_id: bytes) -> list[Sides]:
    """Every delegation in which an account is on either side."""
    return _sides(unit, or_(Customer.account_id == account_id, Delegation.delegate_id == account_id))


def sides_asked(unit: Unit) -> list[Sides]:
    """Every delegation whose invitation was not answered."""
    return _sides(unit, Delegation.state == INVITED)


def _sides(unit: Unit, which: ColumnElement[bool]) -> list[Sides]:
    columns = (Delegation.id, Delegation.customer_id, Customer.holder_id, Customer.account_id, Delegation.delegate_id)
    statement = select(*columns).join(Customer, Customer.id == Delegation.customer_id).where(which)
    return [Sides(*row) for row in unit.connection.execute(statement)]
