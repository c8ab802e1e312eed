"""Guests: somebody without an account begins a conversation by a company's own link, and later makes it theirs.

A guest is a prospect of the company without a number: a customer without an account, with a key of their own. Only the hash
of their link is kept.
"""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from portal.accounts import limits
from portal.files import service as files
from portal.kernel.errors import Conflict, Gone, NotFound
from portal.kernel.house import House
from portal.kernel.ids import digest, new_secret, text_of
from portal.kernel.mail import About, queue_mail
from portal.kernel.unit import Unit
from portal.links.service import take_over, welcome
from portal.tickets.clocks import CUSTOMER
from portal.tickets.facts import (
    GuestJoined,
    GuestMailAsked,
    GuestMailConfirmed,
    GuestMailed,
    GuestMailEnded,
    GuestWelcomed,
    TicketsMoved,
)
from portal.tickets.mailed.letters import TICKET
from portal.tickets.models import Guest, Ticket, TicketEvent, TicketNote, TicketRating
from portal.tickets.reads.attached import KIND
from portal.tickets.reads.guests import GuestView, guest_in, guest_of_mail
from portal.tickets.service.opening import New, Opened, open_with

BEGUN_HERE = limits.Rule("guests.network", 10, 3600)
BEGUN_WITH = limits.Rule("guests.company", 300, 3600)
SAID = limits.Rule("guests.said", 60, 3600)
MAILED_FROM = limits.Rule("guests.mail.network", 20, 3600)
MAILED_TO = limits.Rule("guests.mail.address", 3, 86_400)
APART = timedelta(hours=1)
"""Of several answers within so long one goes by mail, unless the guest wrote in between."""


def secret_for(house: House, mark: str | None) -> str:
    """The secret of a guest's link: of one form the same, so that what is sent twice leads to one conversation."""
    if not mark:
        return new_secret()
    return urlsafe_b64encode(house.keys.index_digest("guests.link", mark)).rstrip(b"=").decode("ascii")


def begin_as_guest(unit: Unit, *, vendor_id: bytes, new: New, name: str, secret: str, network: str) -> Opened:
    """A guest begins a conversation; by a secret that was used before it is the one that began then."""
    before = select(Guest.ticket_id, Ticket.number).join(Ticket, Ticket.id == Guest.ticket_id)
    row = unit.connection.execute(before.where(Guest.hash == digest(secret))).one_or_none()
    if row is not None:
        return Opened(row.ticket_id, row.number)
    limits.charge(unit, BEGUN_HERE, network)
    limits.charge(unit, BEGUN_WITH, text_of(vendor_id))
    link, holder_id = welcome(unit, vendor_id=vendor_id)
    made = open_with(unit, link, holder_id, CUSTOMER, new)
    sealed = unit.box(holder_id).seal("ticket_guests", "name", made.id, name.strip()) if name.strip() else None
    unit.connection.execute(insert(Guest).values(ticket_id=made.id, hash=digest(secret), name=sealed, made_at=unit.at))
    unit.note(GuestWelcomed(holder=holder_id, vendor=vendor_id, link=link.id, about=("ticket", made.id)))
    return made


def charge_words(unit: Unit, *, guest: GuestView) -> None:
    """Counts something that a guest says; TooMany where that is very much."""
    limits.charge(unit, SAID, text_of(guest.ticket_id))


def ask_mail(unit: Unit, *, guest: GuestView, address: str, secret: str, network: str) -> None:
    """A guest wants answers by mail: a link goes to the address, and nothing more before it was pressed.

    Whoever is tired of such links gets no more than three a day; who asks is told the same.
    """
    limits.charge(unit, MAILED_FROM, network)
    token = new_secret()
    kept = json.dumps({"to": address, "secret": secret, "locale": unit.locale})
    sealed = unit.box(guest.holder_id).seal("ticket_guests", "mail", guest.ticket_id, kept)
    values = {"mail": sealed, "mail_hash": digest(token), "mail_asked_at": unit.at, "mail_confirmed_at": None}
    _change(unit, guest, values)
    unit.note(GuestMailAsked(**_about(guest)))
    if not limits.is_over(unit, MAILED_TO, address):
        letter: dict[str, Any] = {"company": guest.vendor, "number": guest.number, "token": token}
        queue_mail(
            unit, to=address, template="tickets/guest_confirm", holder_id=guest.holder_id, locale=unit.locale, **letter
        )


def confirm_mail(unit: Unit, *, token: str) -> GuestView:
    """Whoever reads the address says yes; Gone where the link is used or too old."""
    try:
        guest = guest_of_mail(unit, token)
    except NotFound:
        raise Gone("guest-mail") from None
    waits = (Guest.ticket_id == guest.ticket_id, Guest.mail_hash == digest(token))
    said = update(Guest).where(*waits).values(mail_confirmed_at=unit.at, mail_hash=None)
    if unit.connection.execute(said).rowcount != 1:
        raise Gone("guest-mail")
    unit.note(GuestMailConfirmed(**_about(guest)))
    return guest


def end_mail(unit: Unit, *, guest: GuestView) -> None:
    """No more by mail: the address is kept no longer."""
    _change(unit, guest, _NO_MAIL)
    unit.note(GuestMailEnded(**_about(guest)))


_NO_MAIL: dict[str, Any] = dict.fromkeys(("mail", "mail_hash", "mail_asked_at", "mail_confirmed_at", "mailed_at"))


def _change(unit: Unit, guest: GuestView, values: dict[str, Any]) -> None:
    still = (Guest.ticket_id == guest.ticket_id, Guest.joined_at.is_(None))
    if unit.connection.execute(update(Guest).where(*still).values(values)).rowcount != 1:
        raise Conflict("joined")


def mail_answer(unit: Unit, *, ticket_id: bytes) -> None:
    """The company wrote: a guest who wants it so gets a mail that leads to it, and holds no word of it."""
    try:
        guest = guest_in(unit, ticket_id)
    except NotFound:
        return
    if guest.joined_at is not None or guest.mail is None or not guest.gets_mail or not _is_due(unit, ticket_id):
        return
    kept = json.loads(unit.box(guest.holder_id).open("ticket_guests", "mail", ticket_id, guest.mail))
    unit.connection.execute(update(Guest).where(Guest.ticket_id == ticket_id).values(mailed_at=unit.at))
    unit.note(GuestMailed(**_about(guest)))
    letter = {"company": guest.vendor, "number": guest.number, "secret": kept["secret"], "answers": About(TICKET, ticket_id)}
    queue_mail(
        unit, to=kept["to"], template="tickets/guest_answer", holder_id=guest.holder_id, locale=kept["locale"], **letter
    )


def _is_due(unit: Unit, ticket_id: bytes) -> bool:
    mailed_at = unit.connection.execute(select(Guest.mailed_at).where(Guest.ticket_id == ticket_id)).scalar_one()
    if mailed_at is None or mailed_at <= unit.at - APART:
        return True
    wrote = (TicketEvent.ticket_id == ticket_id, TicketEvent.by == CUSTOMER, TicketEvent.at > mailed_at)
    return unit.connection.execute(select(TicketEvent.id).where(*wrote).limit(1)).first() is not None


def join(unit: Unit, *, guest: GuestView) -> None:
    """Whoever acts says that the conversation is theirs, once and for good: it is in their account from then on.

    The guest's key becomes theirs, and they are connected with the company. Gone where somebody was faster; Conflict
    ``blocked`` where they want nothing from this company.
    """
    me = unit.actor.customer_id
    assert me is not None
    free = (Guest.ticket_id == guest.ticket_id, Guest.joined_at.is_(None))
    if unit.connection.execute(update(Guest).where(*free).values(joined_at=unit.at, **_NO_MAIL)).rowcount != 1:
        raise Gone("joined")
    kept = take_over(unit, prospect_link=guest.link_id, into=me)
    assert unit.actor.holder_id is not None
    about: dict[str, Any] = {"holder": unit.actor.holder_id, "vendor": guest.vendor_id, "link": kept.id}
    unit.note(GuestJoined(**about, about=("ticket", guest.ticket_id)))


def move(unit: Unit, *, link_id: bytes, into: bytes, customer_id: bytes, holder_id: bytes) -> None:
    """Conversations of a link that led into another one hang on that from then on, and are its customer's."""
    ids = unit.connection.execute(select(Ticket.id).where(Ticket.link_id == link_id)).scalars().all()
    if not ids:
        return
    moved = update(Ticket).where(Ticket.id.in_(ids)).values(link_id=into, customer_id=customer_id)
    unit.connection.execute(moved)
    for model in (TicketEvent, TicketNote, TicketRating):
        unit.connection.execute(update(model).where(model.ticket_id.in_(ids)).values(customer_id=customer_id))
    said = unit.connection.execute(select(TicketEvent.id).where(TicketEvent.ticket_id.in_(ids))).scalars().all()
    files.move(unit, kind=KIND, things=said, customer_id=customer_id, holder_id=holder_id)
    unit.note(TicketsMoved(holder=holder_id, link=into, count=len(ids)))


def _about(guest: GuestView) -> dict[str, Any]:
    return {
        "holder": guest.holder_id, "vendor": guest.vendor_id, "link": guest.link_id, "about": ("ticket", guest.ticket_id),
    }  # fmt: skip
