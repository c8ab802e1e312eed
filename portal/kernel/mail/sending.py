"""Sending: one job a letter, by SMTP or into a file, and what became of it."""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select, update

from portal.kernel.ids import id_from, text_of
from portal.kernel.jobs import Again, Claimed, slow_job
from portal.kernel.mail.letters import Mail, mail_of

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.kernel.settings import Settings
    from portal.kernel.unit import Unit

TIME_OUT = 20.0


class Failure(Exception):  # noqa: N818 - what became of a mail, not an error of ours
    """A mail that did not go: the state it is in now, and the server's code where it gave one."""

    def __init__(self, state: str, code: int | None = None) -> None:
        super().__init__(state)
        self.state, self.code = state, code


@slow_job("mail.send")
def send(house: "House", claimed: Claimed) -> None:
    """Sends one mail. A server that says "later", or none at all, is asked again; "never" is final."""
    mail_id = id_from(claimed.payload["mail"])
    with house.writing() as unit:
        moved = unit.connection.execute(
            update(Mail)
            .where(Mail.id == mail_id, Mail.state.not_in(("delivered", "permanent-failure")))
            .values(state="sending", changed_at=unit.at)
        )
        if moved.rowcount == 0:
            return
        message = message_of(unit, mail_id)
    try:
        deliver(house.settings, mail_id, message)
    except Failure as failure:
        _mark(house, mail_id, failure.state, failure.code)
        if failure.state != "permanent-failure":
            raise Again(failure.state) from None
    else:
        _mark(house, mail_id, "delivered", 250)


def _mark(house: "House", mail_id: bytes, state: str, code: int | None) -> None:
    with house.writing() as unit:
        values = {"state": state, "reply_code": code, "changed_at": unit.at}
        unit.connection.execute(update(Mail).where(Mail.id == mail_id).values(values))


def message_of(unit: "Unit", mail_id: bytes) -> EmailMessage:
    """The message as it goes out. The same mail has the same Message-ID on every try."""
    mail, settings = mail_of(unit, mail_id), unit.house.settings
    message = EmailMessage(policy=SMTP)
    message["From"] = _sender(settings)
    message["To"] = Address(addr_spec=mail.to)
    if mail.reply_to is not None:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{text_of(mail_id)}@{urlsplit(settings.origin).hostname or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.body, cte="quoted-printable")
    message["Content-Language"] = mail.locale
    return message


def _sender(settings: "Settings") -> Address:
    name, address = parseaddr(settings.mail_from)
    return Address(name, addr_spec=address)


def deliver(settings: "Settings", mail_id: bytes, message: EmailMessage) -> None:
    """Hands the message over; :class:`Failure` says how it went wrong."""
    if not settings.smtp_host:
        return _write_file(settings.instance / "mail", mail_id, message)
    try:
        _converse(settings, message)
    except smtplib.SMTPRecipientsRefused as error:
        code = max(reply[0] for reply in error.recipients.values())
        raise Failure(_kind(code), code) from None
    except smtplib.SMTPAuthenticationError as error:
        # Our own password is wrong, not the person's address: somebody has to mend it, then it goes.
        raise Failure("technical-failure", error.smtp_code) from None
    except smtplib.SMTPResponseException as error:
        raise Failure(_kind(error.smtp_code), error.smtp_code) from None
    except (smtplib.SMTPException, OSError):
        raise Failure("technical-failure") from None


def _kind(code: int) -> str:
    return "permanent-failure" if 500 <= code < 600 else "temporary-failure"


def _converse(settings: "Settings", message: EmailMessage) -> None:
    with open_server(settings, TIME_OUT) as server:
        server.send_message(message)


@contextmanager
def open_server(settings: "Settings", time_out: float) -> Iterator[smtplib.SMTP]:
    """A conversation with the mail server, begun as the settings say: TLS, then our name."""
    context = ssl.create_default_context()
    # Port 465 speaks TLS from the first byte (RFC 8314).
    opened: smtplib.SMTP = (
        smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=time_out, context=context)
        if settings.smtp_port == 465
        else smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=time_out)
    )
    with opened as server:
        if settings.smtp_starttls and settings.smtp_port != 465:
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        yield server


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
