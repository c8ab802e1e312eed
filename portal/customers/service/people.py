"""Customers themselves: persons and prospects, and one becoming the other."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.customers.derive import moved
from portal.customers.facts import AttributeRemoved, CustomerJoined, CustomerMade, CustomerParted
from portal.customers.models import Attribute, Customer
from portal.customers.reads import CustomerView, customer_of, customer_of_account, profile_of
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.ids import new_id
from portal.kernel.parting import Belongings, belongings_of, key_of, part_holder
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


@dataclass(frozen=True, slots=True)
class Joined:
    """The log pseudonym of a prospect that joined a person, and what it brought along."""

    pseudonym: str
    belongings: Belongings


def join(unit: Unit, *, prospect_id: bytes, into: bytes) -> Joined:
    """A prospect turns out to be a person: its keys, identifiers and pseudonym become theirs.

    Whoever calls keeps what it brought along, so that :func:`part` can undo it.
    """
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
    joined, belongings = pseudonym_of(unit, prospect.holder_id), belongings_of(unit, prospect.holder_id)
    _hand_over(unit, prospect_id, into)
    fold_holder(unit, prospect.holder_id, person.holder_id)
    raise_sharing_version(unit, customer_id=into)
    unit.note(CustomerJoined(holder=person.holder_id, joined=joined))
    return Joined(joined, belongings)


def _hand_over(unit: Unit, prospect_id: bytes, into: bytes) -> None:
    # What the person holds under the same path stays: it is theirs, and newer to them than a vendor's word.
    taken = select(Attribute.path).where(Attribute.customer_id == into)
    theirs = Attribute.customer_id == prospect_id
    unit.connection.execute(
        update(Attribute).where(theirs, Attribute.path.not_in(taken)).values(customer_id=into)
    )


def part(unit: Unit, *, prospect_id: bytes, belongings: Belongings) -> str:
    """A prospect was not this person after all: what it brought along is its own again. Gives its log pseudonym.

    Values that the person wrote themselves stay theirs. Conflict ``not-joined`` where the two were parted before.
    """
    prospect = customer_of(unit, prospect_id)
    if prospect.joined_into is None:
        raise Conflict("not-joined")
    person = customer_of(unit, prospect.joined_into)
    claimed = unit.connection.execute(
        update(Customer)
        .where(Customer.id == prospect_id, Customer.joined_into == person.id)
        .values(joined_into=None, joined_at=None)
    )
    if claimed.rowcount != 1:
        raise Conflict("not-joined")
    _hand_back(unit, person, prospect_id, belongings)
    part_holder(unit, person.holder_id, prospect.holder_id, belongings)
    raise_sharing_version(unit, customer_id=person.id)
    parted = pseudonym_of(unit, prospect.holder_id)
    unit.note(CustomerParted(holder=person.holder_id, parted=parted))
    return parted


def _hand_back(unit: Unit, person: CustomerView, prospect_id: bytes, belongings: Belongings) -> None:
    """The lines of the profile that are still as the prospect brought them: under a key of its own."""
    mine = Attribute.customer_id == person.id
    held = unit.connection.execute(select(Attribute.path, Attribute.value).where(mine)).all()
    theirs = [row.path for row in held if key_of(row.value) in belongings.keys]
    if not theirs:
        return
    before = _plain(unit, person.id)
    unit.connection.execute(update(Attribute).where(mine, Attribute.path.in_(theirs)).values(customer_id=prospect_id))
    paths = moved(before, _plain(unit, person.id), unit.at)
    unit.note(AttributeRemoved(holder=person.holder_id, paths=tuple(paths), count=len(paths)))


def _plain(unit: Unit, customer_id: bytes) -> dict[str, Any]:
    return {path: line.value for path, line in profile_of(unit, customer_id).items()}


def raise_sharing_version(unit: Unit, *, customer_id: bytes) -> None:
    """Every read that was decided before this is decided again. The caller's fact explains ``customers``."""
    raised = Customer.sharing_version + 1
    unit.connection.execute(update(Customer).where(Customer.id == customer_id).values(sharing_version=raised))
