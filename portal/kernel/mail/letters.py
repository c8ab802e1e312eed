"""Letters as they are written and kept: composed, sealed, queued, and opened again for their readers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import ForeignKey, String, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from portal import resource
from portal.kernel import i18n
from portal.kernel.db import Base, Id, Sealed, UtcDateTime
from portal.kernel.errors import NotFound
from portal.kernel.ids import new_id, text_of
from portal.kernel.sealing import month_holder

if TYPE_CHECKING:
    from portal.kernel.unit import Unit

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
