"""What an answer by mail is about: which letter, which conversation, and who may answer there from which addresses."""

import json
from dataclasses import dataclass, field
from email.utils import parseaddr

from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.reads import actor_of_account, locale_of
from portal.customers.reads import verified_addresses_of
from portal.kernel.errors import NotFound
from portal.kernel.ids import digest, text_of
from portal.kernel.mail import KEPT, Mail, mail_of
from portal.kernel.unit import Actor, Unit
from portal.tickets.mailed.letters import TICKET
from portal.tickets.mailed.own_words import Letter
from portal.tickets.models import Ticket, TicketEvent
from portal.tickets.reads.guests import GuestView, guest_in
from portal.tickets.reads.rows import Held, held_by_holder
from portal.vendors.reads import vendor_of


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer goes, as everything stands at this moment."""

    held: Held
    actor: Actor
    company: str
    addresses: tuple[str, ...] = field(repr=False)
    """From which an answer is taken: those that were proved to be this person's. The first is the one we write to."""
    letter: Letter = field(repr=False)
    locale: str
    path: str = field(repr=False)
    """The page on which the person goes on."""
    guest: GuestView | None = None

    @property
    def ticket_id(self) -> bytes:
        """The conversation."""
        found: bytes = self.held.row.id
        return found


def destination_of(unit: Unit, token: str) -> Destination | None:
    """Where an answer to this address goes; None where it goes nowhere any more.

    NotFound for an address that is none. A conversation that has become somebody else's meanwhile, or a person who is
    written to no more, ends it: it leads to nobody but whom the letter went to.
    """
    statement = select(Mail.id, Mail.holder_id, Mail.answer_kind, Mail.answer_id, Mail.created_at)
    row = unit.connection.execute(statement.where(Mail.answer_hash == digest(token))).one_or_none()
    if row is None:
        raise NotFound
    if row.answer_kind != TICKET or row.created_at <= unit.at - KEPT:
        return None
    try:
        held = held_by_holder(unit, row.answer_id, row.holder_id)
        return _destination(unit, held, _letter(unit, row.id))
    except (NotFound, InvalidTag):
        return None


def _letter(unit: Unit, mail_id: bytes) -> Letter:
    mail, sender = mail_of(unit, mail_id), parseaddr(unit.house.settings.mail_from)
    mark, _, rest = mail.body.partition("\n")
    return Letter(mark, rest, mail.subject, tuple(one for one in (*sender, mail.reply_to) if one))


def _destination(unit: Unit, held: Held, letter: Letter) -> Destination | None:
    row, company = held.row, vendor_of(unit, held.row.vendor_id).name
    account = select(Account.id, Account.state, Account.demonstration).where(Account.holder_id == held.holder_id)
    found = unit.connection.execute(account).one_or_none()
    if found is None:
        return _of_guest(unit, held, letter, company)
    if found.state != "active" or (found.demonstration and not unit.house.settings.demo):
        return None
    return Destination(
        held,
        actor_of_account(unit, found.id),
        company,
        tuple(verified_addresses_of(unit, row.customer_id)),
        letter,
        locale_of(unit, found.id),
        f"/messages/conversations/{text_of(row.id)}",
    )


def _of_guest(unit: Unit, held: Held, letter: Letter, company: str) -> Destination | None:
    """A guest's, as long as answers go to their address."""
    guest = guest_in(unit, held.row.id)
    if guest.joined_at is not None or guest.mail is None or not guest.gets_mail:
        return None
    kept = json.loads(unit.box(guest.holder_id).open("ticket_guests", "mail", guest.ticket_id, guest.mail))
    path = f"/ask/talk/{kept['secret']}"
    return Destination(held, guest.actor, company, (kept["to"],), letter, kept["locale"], path, guest)


def came_before(unit: Unit, customer_id: bytes, mark: bytes) -> bool:
    """Whether this very mail was taken before, be it that a conversation went on with it or a new one began."""
    said = select(TicketEvent.id).where(TicketEvent.customer_id == customer_id, TicketEvent.once == mark)
    begun = select(Ticket.id).where(Ticket.customer_id == customer_id, Ticket.once == mark)
    return any(unit.connection.execute(each.limit(1)).first() is not None for each in (said, begun))


def newest_following(unit: Unit, held: Held) -> Held:
    """The conversation that goes on with this one last; itself where none does."""
    while True:
        following = (Ticket.follows_id == held.row.id, Ticket.customer_id == held.row.customer_id)
        newest = select(Ticket.id).where(*following).order_by(Ticket.id.desc()).limit(1)
        next_id = unit.connection.execute(newest).scalar()
        if next_id is None:
            return held
        held = held_by_holder(unit, next_id, held.holder_id)
