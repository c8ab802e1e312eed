"""Letters as they are written and kept: composed, sealed, queued, and opened again for their readers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import ColumnElement, ForeignKey, Index, String, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal import resource
from portal.kernel import i18n
from portal.kernel.db import Base, Digest, Id, Sealed, UtcDateTime
from portal.kernel.errors import NotFound
from portal.kernel.ids import digest, new_id, text_of
from portal.kernel.mail.answers import About, address_for, new_token
from portal.kernel.mail.reasons import because, reason_of
from portal.kernel.mail.unsubscribe import stop_address
from portal.kernel.sealing import month_holder

if TYPE_CHECKING:
    from portal.kernel.unit import Unit

KEPT = timedelta(days=90)


class Mail(Base):
    """A message on its way out. Its words are sealed; what became of it is not."""

    __tablename__ = "mails"
    __table_args__ = (
        Index(None, "lane", "id"),
        Index(None, "state", "changed_at"),
        Index(None, "answer_hash", unique=True),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    holder_id: Mapped[bytes] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    recipient: Mapped[bytes] = mapped_column(Sealed)
    subject: Mapped[bytes] = mapped_column(Sealed)
    body: Mapped[bytes] = mapped_column(Sealed)
    # Where an answer goes: to a person who writes through us, or to us, about what the letter is about.
    reply_to: Mapped[bytes | None] = mapped_column(Sealed)
    # Of the address at which we take its reader's answer in, and what that is about (portal.kernel.mail.answers).
    answer_hash: Mapped[bytes | None] = mapped_column(Digest)
    answer_kind: Mapped[str | None] = mapped_column(String(16))
    answer_id: Mapped[bytes | None] = mapped_column(Id)
    template: Mapped[str] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(8))
    # Why its reader gets it (portal.kernel.mail.reasons): no mail without.
    reason: Mapped[str] = mapped_column(String(24))
    # What its reader may turn off, and this mail with it; nothing for what cannot be turned off.
    topic: Mapped[str | None] = mapped_column(String(24))
    # Whose turn is kept: the blind index of the address, apart for what can be turned off.
    lane: Mapped[bytes | None] = mapped_column(Digest)
    job_id: Mapped[bytes | None] = mapped_column(Id)
    # created | sending | delivered | temporary-failure | permanent-failure | technical-failure | suppressed
    state: Mapped[str] = mapped_column(String(20))
    reply_code: Mapped[int | None]
    # When a mail that did not go is tried next, or when that was given up.
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


NOBODYS = "@sandbox.example.net"
"""Addresses of made-up people (the domain is reserved, RFC 6761): their letters are kept for their page, and never sent."""


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


def compose(
    template: str,
    locale: str,
    reason: str | None = None,
    stop: str | None = None,
    *,
    can_answer: bool = False,
    **context: Any,
) -> tuple[str, str]:
    """Subject and body of ``templates/mail/<template>.txt`` in one language, with why it comes and how it ends."""
    with i18n.use_locale(locale):
        said = because(reason or reason_of(template))
        given = {"because": said, "stop": stop, "can_answer": can_answer, **context}
        text = _templates().get_template(f"{template}.txt").render(given)
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
    reason: str | None = None,
    topic: str | None = None,
    answers: About | None = None,
    is_trial: bool = False,
    **context: Any,
) -> bytes:
    """Composes and seals a mail and puts its sending into the same transaction; gives its id.

    Mail to nobody we know (``holder_id`` None) is sealed under the month's key. ``reply_to`` is where an answer goes.
    ``reason`` says why its reader gets it, where that is not plain from the template; ``topic`` what they may turn off.
    ``answers`` is what its reader's answer is about, which we take in ourselves, where this house takes any.
    A trial is written as any other and goes to nobody, whatever the address: it is kept for whoever tries.
    """
    reason = reason or reason_of(template)
    id_, holder = new_id(), holder_id or month_holder(unit, "outbox")
    stop = stop_address(unit, holder, topic) if topic else None
    row: dict[str, Any] = {}
    if answers is not None and unit.house.settings.answers_to:
        token = new_token()
        reply_to = address_for(unit.house.settings.answers_to, token)
        row |= {"answer_hash": digest(token), "answer_kind": answers.kind, "answer_id": answers.id}
    subject, body = compose(
        template, locale, reason, stop, can_answer=bool(row), origin=unit.house.settings.origin, **context
    )
    box = unit.box(holder)
    values = {"recipient": to, "subject": subject, "body": body, "reply_to": reply_to}
    sealed = {name: box.seal("mails", name, id_, value) for name, value in values.items() if value is not None}
    goes = not (is_trial or to.endswith(NOBODYS))
    state = "created" if goes else "suppressed"
    row |= {"id": id_, "holder_id": holder, "template": template, "locale": locale, "state": state}
    row |= {"reason": reason, "topic": topic, "lane": lane_of(unit, to, topic)}
    row["job_id"] = unit.enqueue("mail.send", {"mail": text_of(id_)}, holder_id=holder) if goes else None
    unit.connection.execute(insert(Mail).values(**row, **sealed, created_at=unit.at, changed_at=unit.at))
    return id_


def lane_of(unit: "Unit", to: str, topic: str | None) -> bytes:
    """Whose turn a letter waits for: one row for each address, apart for what can be turned off."""
    # What keeps an account safe does not wait behind what can be turned off.
    address = to.lower().encode("utf-8", "replace").decode()
    return unit.house.keys.index_digest("mail.topics" if topic else "mail.account", address)


def suppress(unit: "Unit", mail_ids: Iterable[bytes]) -> int:
    """Keeps mails that have not gone from going: their reason has ended, or their reader turned them off."""
    ids = list(mail_ids)
    if not ids:
        return 0
    waiting = Mail.id.in_(ids), Mail.state.in_(("created", "temporary-failure", "technical-failure"))
    gone = update(Mail).where(*waiting).values(state="suppressed", changed_at=unit.at, next_at=None)
    return unit.connection.execute(gone).rowcount


def suppress_topic(unit: "Unit", holder_id: bytes, topic: str) -> int:
    """The same for all of one topic that wait for one person."""
    mine = select(Mail.id).where(Mail.holder_id == holder_id, Mail.topic == topic, Mail.given_up_at.is_(None))
    return suppress(unit, unit.connection.execute(mine).scalars())


def prune(unit: "Unit") -> int:
    """Deletes mails of more than three months ago whose fate is settled."""
    settled = Mail.state.in_(("delivered", "permanent-failure", "suppressed")), Mail.changed_at < unit.at - KEPT
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
    stop: str | None = None


def mail_of(unit: "Unit", mail_id: bytes) -> MailView:
    """One message, opened; NotFound for one that never was."""
    row = unit.connection.execute(select(*Mail.__table__.columns).where(Mail.id == mail_id)).one_or_none()
    if row is None:
        raise NotFound
    return _opened(unit, row)


def newest_mails(unit: "Unit", most: int = 50, *which: ColumnElement[bool]) -> list[MailView]:
    """The newest messages, opened, of ``which`` these conditions hold; what cannot be opened any more is left out."""
    wanted = select(*Mail.__table__.columns).where(*which).order_by(Mail.created_at.desc(), Mail.id.desc())
    rows = unit.connection.execute(wanted.limit(most)).all()
    openable = unit.boxes(row.holder_id for row in rows)
    return [_opened(unit, row) for row in rows if row.holder_id in openable]


def _opened(unit: "Unit", row: Any) -> MailView:
    box = unit.box(row.holder_id)
    to, subject, body = (
        box.open("mails", name, row.id, getattr(row, name)) for name in ("recipient", "subject", "body")
    )
    reply_to = None if row.reply_to is None else box.open("mails", "reply_to", row.id, row.reply_to)
    stop = stop_address(unit, row.holder_id, row.topic) if row.topic else None
    return MailView(row.id, to, subject, body, row.locale, row.state, row.created_at, reply_to, stop)
