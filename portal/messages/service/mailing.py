"""The mail of a notice: asked once more, when it is its turn, whether it is wanted and still true."""

from typing import Any

from sqlalchemy import bindparam, delete, select, update

from portal.accounts.reads import email_of, locale_of
from portal.customers.reads import CustomerView, customer_of
from portal.kernel.i18n import use_locale
from portal.kernel.mail import About, queue_mail, suppress
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.messages.kinds import ALWAYS, ANSWER, KINDS, MAIL, NEWS, WEEK, WRITTEN_BY_ACCOUNTS
from portal.messages.models import InboxNotice
from portal.messages.reads import how_of, notice_for_mail
from portal.messages.reads.weeks import week_of
from portal.tickets.mailed.letters import TICKET


def mail_notice(unit: Unit, notice_id: bytes) -> None:
    """Queues the mail of a notice, unless it went, nobody wants it, or there is nothing to do any more."""
    found = unit.connection.execute(select(InboxNotice.customer_id).where(InboxNotice.id == notice_id)).one_or_none()
    if found is None:
        return
    customer = customer_of(unit, found.customer_id)
    if customer.account_id is None:
        return
    locale = locale_of(unit, customer.account_id)
    with use_locale(locale):
        told = notice_for_mail(unit, notice_id)
        if told is None or not _is_wanted(unit, customer, told[1].kind):
            return
        mail_id = _queue(unit, customer, locale, *told)
    unit.connection.execute(update(InboxNotice).where(InboxNotice.id == notice_id).values(mail_id=mail_id))


def _is_wanted(unit: Unit, customer: CustomerView, kind: str) -> bool:
    return kind not in WRITTEN_BY_ACCOUNTS and how_of(unit, customer.id, kind) in (MAIL, NEWS, ALWAYS)


def _queue(unit: Unit, customer: CustomerView, locale: str, row: Any, notice: Any) -> bytes:
    assert customer.account_id is not None
    is_security = KINDS[notice.kind].is_security
    return queue_mail(
        unit,
        to=email_of(unit, customer.account_id),
        template="messages/week" if notice.kind == WEEK else "messages/notice",
        holder_id=customer.holder_id,
        locale=locale,
        reason=notice.kind,
        topic=None if is_security else notice.kind,
        answers=About(TICKET, row.subject) if notice.kind == ANSWER else None,
        notice=notice,
        security=is_security,
        week=week_of(unit, customer, row.at) if notice.kind == WEEK else None,
    )


def settle(unit: Unit, subject: bytes) -> None:
    """What a notice asked for is done: its mail does not go, and one that nobody has seen or was mailed goes itself."""
    _unnoticed.run(unit.connection, {"subject": subject})
    suppress(unit, [row.mail_id for row in _mails.all(unit.connection, {"subject": subject})])


_about = InboxNotice.subject == bindparam("subject")
_unnoticed = Prepared(delete(InboxNotice).where(_about, InboxNotice.seen_at.is_(None), InboxNotice.mail_id.is_(None)))
_mails = Prepared(select(InboxNotice.mail_id).where(_about, InboxNotice.mail_id.is_not(None)))
