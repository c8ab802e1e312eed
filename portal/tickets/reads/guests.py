"""Guests of a company: somebody without an account, by the link that they keep; and who of them a conversation is with."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from portal.customers.models import Customer
from portal.kernel.errors import NotFound
from portal.kernel.ids import digest
from portal.kernel.unit import STRANGER, Actor, Unit
from portal.tickets.models import Guest, Ticket
from portal.vendors.models import Vendor
from portal.vendors.names import slug_of
from portal.vendors.reads import VendorView, find_vendor

CONFIRMED_WITHIN = timedelta(days=1)
"""So long the link is good by which a guest's address is confirmed."""


@dataclass(frozen=True, slots=True)
class GuestView:
    """A guest's conversation, before anything in it is opened."""

    ticket_id: bytes
    number: str
    customer_id: bytes
    holder_id: bytes
    vendor_id: bytes
    vendor: str
    slug: str
    link_id: bytes
    joined_at: datetime | None
    mail: bytes | None = field(repr=False)
    mail_asked_at: datetime | None
    mail_confirmed_at: datetime | None

    @property
    def actor(self) -> Actor:
        """Who acts by the link: nobody whom we know, for this conversation alone."""
        return STRANGER._replace(customer_id=self.customer_id, holder_id=self.holder_id)

    @property
    def gets_mail(self) -> bool:
        """Whether answers go by mail as well."""
        return self.mail_confirmed_at is not None


_columns = (
    *(Guest.ticket_id, Guest.joined_at, Guest.mail, Guest.mail_asked_at, Guest.mail_confirmed_at),
    *(Ticket.number, Ticket.customer_id, Ticket.vendor_id, Ticket.link_id),
    *(Customer.holder_id, Vendor.name.label("vendor"), Vendor.slug),
)


def guest_by(unit: Unit, secret: str) -> GuestView:
    """Whose link this is; NotFound where it is nobody's."""
    return _guest(unit, Guest.hash == digest(secret))


def guest_in(unit: Unit, ticket_id: bytes) -> GuestView:
    """With which guest a conversation began; NotFound where it was none."""
    return _guest(unit, Guest.ticket_id == ticket_id)


def guest_of_mail(unit: Unit, token: str) -> GuestView:
    """Whose address a mailed link confirms; NotFound for one that is used, too old, or never was."""
    fresh = Guest.mail_asked_at > unit.at - CONFIRMED_WITHIN
    return _guest(unit, Guest.mail_hash == digest(token), Guest.joined_at.is_(None), fresh)


def _guest(unit: Unit, *which: ColumnElement[bool]) -> GuestView:
    statement = (
        select(*_columns)
        .join(Ticket, Ticket.id == Guest.ticket_id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .join(Vendor, Vendor.id == Ticket.vendor_id)
        .where(*which)
    )
    row: Any = unit.connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return GuestView(**row._mapping)


def name_of_guest(unit: Unit, ticket_id: bytes, holder_id: bytes) -> str | None:
    """What a guest called themselves: nothing where they gave no name, None where the conversation is no guest's."""
    row = unit.connection.execute(select(Guest.name).where(Guest.ticket_id == ticket_id)).one_or_none()
    if row is None:
        return None
    return "" if row.name is None else unit.box(holder_id).open("ticket_guests", "name", ticket_id, row.name)


def host_of(unit: Unit, slug: str) -> VendorView:
    """The company that a guest writes to; NotFound for one that is shut out, or a sandbox."""
    # Nothing but a slug is asked for: PostgreSQL takes not every character.
    if slug_of(slug) != slug:
        raise NotFound
    found = find_vendor(unit, slug)
    if found.mode == "test" or found.blocked_at is not None:
        raise NotFound
    return found
