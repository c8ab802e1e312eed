"""Somebody writes an address, and gets a link there by which they can withdraw. Whatever the address, the work is the same."""

from typing import Any

from sqlalchemy import insert

from portal.accounts.limits import WITHDRAW_EMAIL, WITHDRAW_MAILBOX, is_over
from portal.kernel.ids import digest, id_from, new_id, new_secret, text_of
from portal.kernel.mail import queue_mail
from portal.kernel.sealing import create_holder
from portal.kernel.unit import Unit
from portal.orders.demands.guests.models import GuestWithdrawal
from portal.orders.demands.guests.states import LIFE, SENT
from portal.orders.facts import WithdrawalLinkSent
from portal.vendors.reads import vendor_of

SENDING = "withdrawals.send-link"
"""The job that mails a link."""


def ask_for_link(unit: Unit, *, vendor_id: bytes, email: str, network: str, agent: str) -> None:
    """Takes the wish in: nothing is looked up for it, so that neither answer nor time tells anything of the address."""
    unit.enqueue(SENDING, {"company": text_of(vendor_id), "email": email, "address": network, "agent": agent})


def send_link(unit: Unit, *, company: str, email: str) -> str | None:
    """Mails a link, and gives its secret; None where the address has as many as it gets, of which nobody is told.

    Each of those that count against a further one is good for as long as it counts.
    """
    is_much = [is_over(unit, WITHDRAW_EMAIL, company, email), is_over(unit, WITHDRAW_MAILBOX, email)]
    if any(is_much):
        return None
    id_, secret, holder_id = new_id(), new_secret(), create_holder(unit, "guest")
    vendor = vendor_of(unit, id_from(company))
    row = {
        "id": id_,
        "vendor_id": vendor.id,
        "holder_id": holder_id,
        "hash": digest(secret),
        "state": SENT,
        "email": unit.box(holder_id).seal("guest_withdrawals", "email", id_, email),
        "locale": unit.locale,
        "sent_at": unit.at,
        "expires_at": unit.at + LIFE,
        "is_promised": False,
    }
    unit.connection.execute(insert(GuestWithdrawal), [row])
    # First, so that the letter says what it was written for.
    unit.note(WithdrawalLinkSent(holder=holder_id, vendor=vendor.id))
    about: dict[str, Any] = {"company": vendor.name, "token": secret}
    queue_mail(unit, to=email, template="orders/withdrawal_link", holder_id=holder_id, locale=unit.locale, **about)
    return secret
