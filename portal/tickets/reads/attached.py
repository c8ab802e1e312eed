"""Files that go with what was said in a conversation. Each is kept with its message, under the customer's key."""

from collections.abc import Iterable

from sqlalchemy import func, select

from portal.files.models import File
from portal.files.reads import About, FileView, files_of_several, files_with
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.tickets.clocks import VENDOR
from portal.tickets.models import TicketEvent

KIND = "ticket-event"
"""What files are kept with."""


def message(event_id: bytes) -> About:
    """A message as files name it."""
    return About(KIND, event_id)


def files_said(unit: Unit, customer_id: bytes, event_ids: Iterable[bytes]) -> dict[bytes, list[FileView]]:
    """The files of some messages of a customer's conversation, by message."""
    return files_with(unit, customer_id, KIND, event_ids)


def files_by_message(unit: Unit, event_ids: Iterable[bytes]) -> dict[bytes, list[FileView]]:
    """The files of messages that whoever reads has found among their own conversations, by message."""
    return files_of_several(unit, KIND, event_ids)


def count_of_company(unit: Unit, ticket_id: bytes) -> int:
    """How many files its company sent in a conversation."""
    files = select(func.count()).select_from(File).join(TicketEvent, TicketEvent.id == File.thing_id)
    sent = files.where(File.thing_kind == KIND, TicketEvent.ticket_id == ticket_id, TicketEvent.by == VENDOR)
    return unit.connection.execute(sent).scalar_one()


def message_of_file(unit: Unit, customer_id: bytes, ticket_id: bytes, file_id: bytes) -> About:
    """With which message of this very conversation a file went; NotFound for any other file."""
    here = (TicketEvent.ticket_id == ticket_id, TicketEvent.customer_id == customer_id)
    found = select(TicketEvent.id).join(File, File.thing_id == TicketEvent.id)
    event_id = unit.connection.execute(
        found.where(*here, File.id == file_id, File.thing_kind == KIND, File.customer_id == customer_id)
    ).scalar()
    if event_id is None:
        raise NotFound
    return message(event_id)
