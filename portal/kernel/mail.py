"""Mail: composed in its reader's language when it is queued, sealed, sent by a job, and each one's fate is kept.

With SMTP settings a real conversation with the server; without, each message is an ``.eml`` file under the instance.
"""

import os
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import ForeignKey, String, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal import resource
from portal.kernel import i18n
from portal.kernel.db import Base, Id, Sealed, UtcDateTime
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, new_id, text_of
from portal.kernel.jobs import Again, Claimed, slow_job
from portal.kernel.sealing import month_holder

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.kernel.settings import Settings
    from portal.kernel.unit import Unit

TIME_OUT = 20.0
KEPT = timedelta(days=90)


class Mail(Base):
    """A message on its way out. Its words are sealed; what became of it is not."""

    __tablename__ = "mails"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    holder_id: Mapped[bytes] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    recipient: Mapped[bytes] = mapped_column(Sealed)
    subject: Mapped[bytes] = mapped_column(Sealed)
    body: Mapped[bytes] = mapped_column(Sealed)
    # Where an answer goes, when a person writes to somebody through us.
    reply_to: Mapped[bytes | None] = mapped_column(Sealed)
    template: Mapped[str] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(8))
    # created | sending | delivered | temporary-failure | permanent-failure | technical-failure
    state: Mapped[str] = mapped_column(String(20))
    reply_code: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource("templates") / "mail"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update({"_": i18n.gettext, "ngettext": i18n.ngettext})
    environment.filters.update({function.__name__: function for function in i18n.FILTERS})
    return environment


def compose(template: str, locale: str, **context: Any) -> tuple[str, str]:
    """Subject and body of ``templates/mail/<template>.txt`` in one language."""
    with i18n.use_locale(locale):
        text = _templates().get_template(f"{template}.txt").render(**context)
    first, _, body = text.partition("\n")
    # A line break in a name must not become a header of its own.
    return " ".join(first.removeprefix("Subject:").split()), body.strip() + "\n"


def queue_mail(
    unit: "Unit",
    *,
    to: str,
    template: str,
    holder_id: bytes | None = None,
    locale: str = "en",
    reply_to: str | None = None,
    **context: Any,
) -> bytes:
    """Composes and seals a mail and puts its sending into the same transaction; gives its id.

    Mail to nobody we know (``holder_id`` None) is sealed under the month's key. ``reply_to`` is where an answer goes.
    """
    subject, body = compose(template, locale, origin=unit.house.settings.origin, **context)
    id_, holder = new_id(), holder_id or month_holder(unit, "outbox")
    box = unit.box(holder)
    values = {"recipient": to, "subject": subject, "body": body, "reply_to": reply_to}
    sealed = {name: box.seal("mails", name, id_, value) for name, value in values.items() if value is not None}
    row = {"id": id_, "holder_id": holder, "template": template, "locale": locale, "state": "created"}
    unit.connection.execute(insert(Mail).values(**row, **sealed, created_at=unit.at, changed_at=unit.at))
    unit.enqueue("mail.send", {"mail": text_of(id_)}, holder_id=holder)
    return id_


def prune(unit: "Unit") -> int:
    """Deletes mails of more than three months ago whose fate is settled."""
    settled = Mail.state.in_(("delivered", "permanent-failure")), Mail.changed_at < unit.at - KEPT
    return unit.connection.execute(delete(Mail).where(*settled)).rowcount


class Failure(Exception):  # noqa: N818
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


@dataclass(frozen=True, slots=True)
class MailView:
    """A message as its reader sees it."""

    id: bytes
    to: str
    subject: str
    body: str
    locale: str
    state: str
    created_at: datetime
    reply_to: str | None = None


def mail_of(unit: "Unit", mail_id: bytes) -> MailView:
    """One message, opened; NotFound for one that never was."""
    row = unit.connection.execute(select(*Mail.__table__.columns).where(Mail.id == mail_id)).one_or_none()
    if row is None:
        raise NotFound
    return _opened(unit, row)


def newest_mails(unit: "Unit", most: int = 50) -> list[MailView]:
    """The newest messages, opened; what cannot be opened any more is left out."""
    rows = unit.connection.execute(
        select(*Mail.__table__.columns).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(most)
    ).all()
    openable = unit.boxes(row.holder_id for row in rows)
    return [_opened(unit, row) for row in rows if row.holder_id in openable]


def _opened(unit: "Unit", row: Any) -> MailView:
    box = unit.box(row.holder_id)
    to, subject, body = (
        box.open("mails", name, row.id, getattr(row, name)) for name in ("recipient", "subject", "body")
    )
    reply_to = None if row.reply_to is None else box.open("mails", "reply_to", row.id, row.reply_to)
    return MailView(row.id, to, subject, body, row.locale, row.state, row.created_at, reply_to)


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
    context = ssl.create_default_context()
    # Port 465 speaks TLS from the first byte (RFC 8314).
    opened: smtplib.SMTP = (
        smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=TIME_OUT, context=context)
        if settings.smtp_port == 465
        else smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIME_OUT)
    )
    with opened as server:
        if settings.smtp_starttls and settings.smtp_port != 465:
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)


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
