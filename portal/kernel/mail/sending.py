"""Sending: one job a letter, by SMTP or into a file, in the order in which letters to one address were written."""

import os
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from sqlalchemy import select, update

from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.jobs import Again, Claimed, GiveUp, Job, Later, slow_job
from portal.kernel.mail.letters import Mail, mail_of
from portal.kernel.mail.smtp import Failure, send_by_smtp

if TYPE_CHECKING:
    from email.message import Message
    from email.policy import Policy

    from portal.kernel.house import House
    from portal.kernel.settings import Settings
    from portal.kernel.unit import Unit

BACK_OFF = (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 24 * 3600, 24 * 3600)
"""Seconds before each further try: four days in all, as long as RFC 5321 (4.5.4.1) would have a sender not give up."""
PENDING = ("created", "sending", "temporary-failure", "technical-failure")
_SOON = timedelta(seconds=5)


class _Whole(UnstructuredHeader, BaseHeader):
    """A header whose address stays in one piece, up to the 998 characters of a line (RFC 5322 section 2.1.1).

    The library would make encoded words of a long one, in which no mail program looks for an address (RFC 2047 section 5).
    """

    def fold(self, *, policy: "Policy[Message[str, str]]") -> str:
        """The header as it is."""
        return f"{self.name}: {self}{policy.linesep}"


_headers = HeaderRegistry()
_headers.map_to_type("list-unsubscribe", _Whole)
_POLICY = SMTP.clone(header_factory=_headers)


@slow_job("mail.send", back_off=BACK_OFF)
def send(house: "House", claimed: Claimed) -> None:
    """Sends one mail. A server that says "later", or none at all, is asked again; "never" is final."""
    mail_id = id_from(claimed.payload["mail"])
    message = _take(house, mail_id)
    if message is None:
        return
    try:
        deliver(house.settings, mail_id, message)
    except Failure as failure:
        is_final = failure.state == "permanent-failure"
        _mark(house, mail_id, failure.state, failure.code, None if is_final else claimed)
        if not is_final:
            raise Again(failure.state) from None
    else:
        _mark(house, mail_id, "delivered", 250)


def _take(house: "House", mail_id: bytes) -> EmailMessage | None:
    """The message, now in our hands; None when it need not go any more. Its turn comes after those before it."""
    with house.writing() as unit:
        wait = _turn_after(unit, mail_id)
        if wait is not None:
            raise Later(wait)
        mine = update(Mail).where(Mail.id == mail_id, Mail.state.in_(PENDING))
        if unit.connection.execute(mine.values(state="sending", changed_at=unit.at)).rowcount == 0:
            return None
        try:
            return message_of(unit, mail_id)
        except (NotFound, InvalidTag, LookupError, ValueError, MessageError):
            # Its keys are gone, or it is no message that could be sent: no further try makes it one.
            gone = {"state": "technical-failure", "given_up_at": unit.at, "next_at": None}
            unit.connection.execute(update(Mail).where(Mail.id == mail_id).values(gone))
    raise GiveUp("cannot-be-made")


def _turn_after(unit: "Unit", mail_id: bytes) -> datetime | None:
    """When to look again, while an earlier letter of the same lane is still to go; None when it is this one's turn."""
    lane = select(Mail.lane).where(Mail.id == mail_id).scalar_subquery()
    ahead = (
        select(Mail.next_at)
        .join(Job, Job.id == Mail.job_id)
        # A letter whose job was given up keeps nobody waiting.
        .where(Mail.lane == lane, Mail.id < mail_id, Mail.state.in_(PENDING), Job.state.in_(("waiting", "running")))
        .order_by(Mail.id)
        .limit(1)
    )
    first = unit.connection.execute(ahead).first()
    if first is None:
        return None
    return max(first.next_at or unit.at, unit.at) + _SOON


def _mark(house: "House", mail_id: bytes, state: str, code: int | None, to_repeat: Claimed | None = None) -> None:
    with house.writing() as unit:
        values: dict[str, Any] = {"state": state, "reply_code": code, "changed_at": unit.at, "next_at": None}
        if to_repeat is not None:
            over = to_repeat.last_try
            values |= {"given_up_at": unit.at} if over else {"next_at": unit.at + to_repeat.pause}
        unit.connection.execute(update(Mail).where(Mail.id == mail_id).values(values))


def message_of(unit: "Unit", mail_id: bytes) -> EmailMessage:
    """The message as it goes out. The same mail has the same Message-ID on every try."""
    mail, settings = mail_of(unit, mail_id), unit.house.settings
    message = EmailMessage(policy=_POLICY)
    message["From"] = _sender(settings)
    message["To"] = Address(addr_spec=mail.to)
    if mail.reply_to is not None:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{text_of(mail_id)}@{urlsplit(settings.origin).hostname or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if mail.stop is not None:
        message["List-Unsubscribe"] = f"<{mail.stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.body, cte="quoted-printable")
    message["Content-Language"] = mail.locale
    return message


def _sender(settings: "Settings") -> Address:
    name, address = parseaddr(settings.mail_from)
    return Address(name, addr_spec=address)


def deliver(settings: "Settings", mail_id: bytes, message: EmailMessage) -> None:
    """Hands the message over; :class:`Failure` says how it went wrong."""
    if settings.smtp_host:
        send_by_smtp(settings, message)
    else:
        _write_file(settings.instance / "mail", mail_id, message)


def forget_files(house: "House") -> None:
    """Deletes the files of letters that are kept no longer; only a house that sends no mail has any."""
    folder = house.settings.instance / "mail"
    files = list(folder.glob("*.eml"))
    if not files:
        return
    with house.reading() as unit:
        kept = {id_.hex() for id_ in unit.connection.execute(select(Mail.id)).scalars()}
    for file in files:
        if file.stem not in kept:
            file.unlink(missing_ok=True)


def _write_file(folder: Path, mail_id: bytes, message: EmailMessage) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The hexadecimal form of our ids sorts by time, and so does the folder.
    target = folder / f"{mail_id.hex()}.eml"
    part = target.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(message.as_bytes())
        os.fsync(file.fileno())
    part.replace(target)
