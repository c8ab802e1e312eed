"""The second step: what a person without an account declares counts from this moment, is receipted, and told to the company."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from portal.customers.reads import customer_of
from portal.kernel.errors import Gone
from portal.kernel.ids import text_of
from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit
from portal.orders.demands.guests.models import GuestWithdrawal
from portal.orders.demands.guests.reads import GuestLink, link_behind
from portal.orders.demands.guests.service.attaching import attach, order_meant
from portal.orders.demands.guests.states import ATTACHED, SENT
from portal.orders.demands.receipts import TYP, Declared, in_lines, payload
from portal.orders.demands.service.asking import EXPECTED
from portal.orders.facts import WithdrawalAttached, WithdrawalDeclared
from portal.vendors.reads import VendorView, vendor_of

SEALED = ("email", "name", "number", "words", "answer", "receipt")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody declares: who they are, the order as they write its number, and which things; None is all of it."""

    name: str
    number: str
    words: str | None = None


def declare(unit: Unit, *, secret: str, said: Declaration) -> None:
    """Declares it, once: sent twice it is one. Gone for a link that is too old, or never was one.

    Whether there is such an order is looked at here alone. Neither the answer nor the receipt differs by it.
    """
    link = link_behind(unit, secret)
    if link is None or not _use_up(unit, link):
        if link_behind(unit, secret, declared=True) is None:
            raise Gone("link-used-or-expired")
        return
    vendor = vendor_of(unit, link.vendor_id)
    declared = _declared(unit, link, vendor, said)
    signed = unit.house.keys.sign_jws(payload(declared), TYP)
    due, is_promised = _due(unit, vendor)
    order = order_meant(unit, link, said.number)
    if order is None:
        values = {"name": said.name, "number": said.number, "words": said.words, "receipt": signed}
        _keep(unit, link, state="receipt_sent", due_at=due, is_promised=is_promised, **values)
        unit.note(WithdrawalDeclared(holder=link.holder_id, vendor=vendor.id, about=("withdrawal", link.id)))
    else:
        # Whoever has an account is told there what comes of it; anybody else by mail.
        account = customer_of(unit, order.customer_id).account_id
        _keep(unit, link, **({"number": said.number} if account is None else {"email": None}))
        fact = attach(unit, link, order, words=said.words, receipt=signed, due_at=due, is_promised=is_promised)
        unit.note(WithdrawalAttached(holder=fact.holder, vendor=vendor.id, link=fact.link, about=fact.about))
    _mail(unit, link, declared, signed, order)


def _use_up(unit: Unit, link: GuestLink) -> bool:
    mine = GuestWithdrawal.id == link.id, GuestWithdrawal.state == SENT, GuestWithdrawal.expires_at > unit.at
    values = {"state": ATTACHED, "declared_at": unit.at}
    return unit.connection.execute(update(GuestWithdrawal).where(*mine).values(values)).rowcount == 1


def _keep(unit: Unit, link: GuestLink, **values: Any) -> None:
    box = unit.box(link.holder_id)
    sealed = {
        name: box.seal("guest_withdrawals", name, link.id, value) if name in SEALED and value is not None else value
        for name, value in values.items()
    }
    unit.connection.execute(update(GuestWithdrawal).where(GuestWithdrawal.id == link.id).values(sealed))


def _due(unit: Unit, vendor: VendorView) -> tuple[Any, bool]:
    hours = vendor.card.get("answers_within")
    return unit.at + (EXPECTED if hours is None else timedelta(hours=hours)), hours is not None


def _declared(unit: Unit, link: GuestLink, vendor: VendorView, said: Declaration) -> Declared:
    assert link.email is not None
    return Declared(
        id=text_of(link.id),
        origin=unit.house.settings.origin,
        at=unit.at,
        company=vendor.name,
        order=said.number,
        name=said.name,
        email=link.email,
        language=unit.locale,
        is_whole=said.words is None,
        words=said.words,
    )


def _mail(unit: Unit, link: GuestLink, declared: Declared, signed: str, order: Any) -> None:
    # Sealed for whoever the matter is from now on: an order's customer, or the declaration's own holder.
    holder_id = link.holder_id if order is None else order.holder_id
    about: dict[str, Any] = {"receipt": declared, "signed": in_lines(signed)}
    queue_mail(unit, to=declared.email, template="orders/withdrawal_guest", holder_id=holder_id, locale=unit.locale, **about)
