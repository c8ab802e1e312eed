"""Customers themselves: persons and prospects, and one becoming the other."""

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.customers.facts import CustomerJoined, CustomerMade
from portal.customers.models import Attribute, Customer
from portal.customers.reads import CustomerView, customer_of, customer_of_account
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.ids import new_id
from portal.kernel.sealing import create_holders, fold_holder, pseudonym_of
from portal.kernel.unit import Unit


def ensure(unit: Unit, *, account_id: bytes, holder_id: bytes) -> CustomerView:
    """The customer behind an account, made with the account's own key holder when it is not there yet."""
    found = customer_of_account(unit, account_id)
    if found is not None:
        return found
    try:
        with unit.connection.begin_nested():
            return _make(unit, holder_id, account_id)
    except IntegrityError:
        found = customer_of_account(unit, account_id)
        if found is None:
            raise
        return found


def make_prospects(unit: Unit, *, count: int) -> list[CustomerView]:
    """People whom one vendor knows: customers without an account, each with a key holder of their own.

    The caller's facts explain ``customers``: one for each, when what makes them known is written too.
    """
    holders = create_holders(unit, "prospect", count)
    made = [CustomerView(new_id(), holder, None, "prospect", 0, None, None, unit.at) for holder in holders]
    if made:
        unit.connection.execute(insert(Customer), list(map(_row, made)))
    return made


def _make(unit: Unit, holder_id: bytes, account_id: bytes) -> CustomerView:
    made = CustomerView(new_id(), holder_id, account_id, "person", 0, None, None, unit.at)
    unit.connection.execute(insert(Customer).values(_row(made)))
    unit.note(CustomerMade(holder=holder_id))
    return made


def _row(customer: CustomerView) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in CustomerView.__slots__}


def join(unit: Unit, *, prospect_id: bytes, into: bytes) -> str:
    """A prospect turns out to be a person: its keys, identifiers and pseudonym become theirs. Gives the pseudonym."""
    prospect, person = customer_of(unit, prospect_id), customer_of(unit, into)
    if person.kind != "person":
        raise NotFound
    claimed = unit.connection.execute(
        update(Customer)
        .where(Customer.id == prospect_id, Customer.kind == "prospect", Customer.joined_into.is_(None))
        .values(joined_into=into, joined_at=unit.at)
    )
    if claimed.rowcount != 1:
        raise Conflict("already-joined")
    joined = pseudonym_of(unit, prospect.holder_id)
    _hand_over(unit, prospect_id, into)
    fold_holder(unit, prospect.holder_id, person.holder_id)
    raise_sharing_version(unit, customer_id=into)
    unit.note(CustomerJoined(holder=person.holder_id, joined=joined))
    return joined


def _hand_over(unit: Unit, prospect_id: bytes, into: bytes) -> None:
    # What the person holds under the same path stays: it is theirs, and newer to them than a vendor's word.
    taken = select(Attribute.path).where(Attribute.customer_id == into)
    theirs = Attribute.customer_id == prospect_id
    unit.connection.execute(
        update(Attribute).where(theirs, Attribute.path.not_in(taken)).values(customer_id=into)
    )


def raise_sharing_version(unit: Unit, *, customer_id: bytes) -> None:
    """Every read that was decided before this is decided again. The caller's fact explains ``customers``."""
    raised = Customer.sharing_version + 1
    unit.connection.execute(update(Customer).where(Customer.id == customer_id).values(sharing_version=raised))
