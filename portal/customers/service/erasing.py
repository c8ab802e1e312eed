"""Erasing a customer: asked for, taken back within a week, and done.

What is sealed for them opens for nobody afterwards, since every key of theirs is destroyed. Their row stays, without an
account, so that the rows of companies that name it can be explained.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from portal.accounts import service as accounts
from portal.accounts.reads import former_email_of, locale_of
from portal.customers.facts import CustomerErased, ErasureAsked, ErasureTakenBack
from portal.customers.models import Attribute, Customer, Erasure
from portal.customers.reads import CustomerView, customer_of, erasure_of, verified_addresses_of
from portal.customers.service.people import raise_sharing_version
from portal.kernel import anchor
from portal.kernel.clock import micros
from portal.kernel.errors import Gone, NotFound
from portal.kernel.forgetting import erase_holder
from portal.kernel.ids import text_of
from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit

WAITS = timedelta(days=7)
LINK = "erasure"


def ask_to_erase(unit: Unit, *, customer_id: bytes) -> datetime:
    """Begins the week after which a customer is erased, and tells every verified address; gives its end.

    Asked again while it runs, the week stays the one that it was.
    """
    customer = _locked(unit, customer_id)
    waiting = erasure_of(unit, customer_id)
    return waiting.due_at if waiting else _begin(unit, customer)


def _begin(unit: Unit, customer: CustomerView) -> datetime:
    due = unit.at + WAITS
    unit.connection.execute(insert(Erasure).values(customer_id=customer.id, asked_at=unit.at, due_at=due))
    _let_wait(unit, customer, due)
    return due


def _let_wait(unit: Unit, customer: CustomerView, due: datetime) -> None:
    unit.note(ErasureAsked(holder=customer.holder_id, due=micros(due)))
    _tell(unit, customer, "customers/erasure_asked", due=due)
    job = {"customer": text_of(customer.id)}
    unit.enqueue("customers.erase", job, holder_id=customer.holder_id, run_at=due)


def _tell(unit: Unit, customer: CustomerView, template: str, due: datetime | None = None) -> None:
    """A letter to each address that was proved, the one that can still take the account back among them."""
    account_id = customer.account_id
    assert account_id is not None
    addresses = [*verified_addresses_of(unit, customer.id), *filter(None, [former_email_of(unit, account_id)])]
    locale, holder = locale_of(unit, account_id), customer.holder_id
    for address in dict.fromkeys(addresses):
        about: dict[str, Any] = {"at": unit.at}
        if due is not None:
            token = accounts.issue_token(unit, account_id=account_id, holder_id=holder, purpose=LINK)
            about |= {"token": token, "due": due}
        queue_mail(unit, to=address, template=template, holder_id=holder, locale=locale, **about)


def take_back(unit: Unit, *, customer_id: bytes, reason: str | None = None) -> bool:
    """The customer stays; False where nothing was waiting, or its week is over."""
    customer = _locked(unit, customer_id)
    waits = (Erasure.customer_id == customer_id, Erasure.due_at > unit.at)
    if unit.connection.execute(delete(Erasure).where(*waits)).rowcount != 1:
        return False
    assert customer.account_id is not None
    accounts.void_tokens(unit, account_id=customer.account_id, purposes=(LINK,))
    unit.note(ErasureTakenBack(holder=customer.holder_id, reason=reason))
    _tell(unit, customer, "customers/erasure_taken_back")
    return True


def take_back_by_link(unit: Unit, *, token: str) -> None:
    """The same by a mailed link, for whoever can read the mail; Gone for one that does not work any more."""
    found = accounts.claim_token(unit, secret=token, purpose=LINK)
    mine = select(Customer.id).where(Customer.account_id == found.account_id)
    customer_id = unit.connection.execute(mine).scalar_one_or_none()
    if customer_id is None or not take_back(unit, customer_id=customer_id):
        raise Gone("link-used-or-expired")


def wait_anew(unit: Unit) -> int:
    """After a restore every erasure that waits has its week again: one that was taken back since is not known here."""
    waiting = unit.connection.execute(select(Erasure.customer_id)).scalars().all()
    for customer_id in waiting:
        due = unit.at + WAITS
        unit.connection.execute(update(Erasure).where(Erasure.customer_id == customer_id).values(due_at=due))
        _let_wait(unit, customer_of(unit, customer_id), due)
    return len(waiting)


def erase_due(unit: Unit, *, customer_id: bytes) -> bool:
    """Erases a customer whose week is over; False for one who took it back, or who waits for longer."""
    waiting = erasure_of(unit, customer_id)
    if waiting is None or waiting.due_at > unit.at:
        return False
    erase(unit, customer_id=customer_id)
    return True


def erase(unit: Unit, *, customer_id: bytes) -> None:
    """Destroys what opens a customer's things: all keys, pseudonyms and places in the blind index, at once and for good.

    Of the person and of every prospect that joined them; the rooms that hold something of theirs answer the fact. A line
    in the anchor file is durable before any of it is. Said again it changes nothing.
    """
    if holders := _erase(unit, _locked(unit, customer_id)):
        anchor.append(unit.house.settings.anchor, holders, unit.at)


def _erase(unit: Unit, customer: CustomerView) -> list[bytes]:
    """The same without the line; gives the holders that it has to name, none where it was done before."""
    customer_id = customer.id
    joined = select(Customer.holder_id).where(Customer.joined_into == customer_id)
    holders = [customer.holder_id, *unit.connection.execute(joined).scalars()]
    boxes = unit.boxes(holders)
    if customer.holder_id not in boxes:
        return []
    names = sorted({name for box in boxes.values() for name in box.pseudonyms})
    if customer.account_id is not None:
        accounts.close(unit, account_id=customer.account_id)
    unit.connection.execute(delete(Attribute).where(Attribute.customer_id == customer_id))
    unit.connection.execute(delete(Erasure).where(Erasure.customer_id == customer_id))
    raise_sharing_version(unit, customer_id=customer_id)
    unit.connection.execute(update(Customer).where(Customer.id == customer_id).values(account_id=None))
    unit.note(CustomerErased(holder=customer.holder_id, pseudonyms=tuple(names)))
    for holder_id in holders:
        erase_holder(unit, holder_id)
    return holders


def erase_again(unit: Unit, *, holder_id: bytes) -> bool:
    """Erases whoever a holder stands for in a database that is older than the erasure; False where there is nobody."""
    whose = select(Customer.id).where(Customer.holder_id == holder_id)
    customer_id = unit.connection.execute(whose).scalar_one_or_none()
    # Its line stands in the file already: that is how we know.
    return customer_id is not None and bool(_erase(unit, _locked(unit, customer_id)))


def _locked(unit: Unit, customer_id: bytes) -> CustomerView:
    held = select(Customer.id).where(Customer.id == customer_id).with_for_update()
    if unit.connection.execute(held).first() is None:
        raise NotFound
    return customer_of(unit, customer_id)
