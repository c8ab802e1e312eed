"""Invitations by mail: what is due is written, a slice a commit, in its reader's language, and reminded of once."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from portal.accounts.reads import account_by_email
from portal.customers.reads import customer_of_account
from portal.kernel.mail import queue_mail
from portal.kernel.sealing import Holder
from portal.kernel.unit import Unit
from portal.links.facts import InvitationHeldBack, InvitationMailed, InvitationsEnded
from portal.links.invited import COUNTED, LETTERS, MOST_LETTERS, REMINDED_AFTER, TOPIC
from portal.links.models import Invitation
from portal.links.reads import is_blocked
from portal.links.reads.invitations import LETTER, due_letters

SLICE = 25

def send_due(unit: Unit) -> int:
    """Queues the mails that are due, a slice of them; gives how many invitations were looked at."""
    rows = due_letters(unit, SLICE)
    letters = _letters(unit, rows)
    for row in rows:
        counts = letters.get(row.addressee_id, 0) < MOST_LETTERS and _is_good(unit, row)
        goes = counts and _may_go(unit, row)
        if counts:
            # One that is kept back counts as well: else a company that asks often enough would learn of it.
            letters[row.addressee_id] = letters.get(row.addressee_id, 0) + 1
        _go_on(unit, row, row.mails + counts, goes=goes)
        if goes:
            # After its fact, which is what the letter cites.
            _send(unit, row)
    return len(rows)


def _letters(unit: Unit, rows: Sequence[Any]) -> dict[bytes | None, int]:
    """How many letters each addressee was sent within a year; held, so that two workers count one after the other."""
    addressees = {row.addressee_id for row in rows if row.addressee_id is not None}
    unit.connection.execute(select(Holder.id).where(Holder.id.in_(addressees)).order_by(Holder.id).with_for_update())
    sent = (
        select(Invitation.addressee_id, func.sum(Invitation.mails).label("letters"))
        .where(Invitation.addressee_id.in_(addressees), Invitation.created_at > unit.at - COUNTED)
        .group_by(Invitation.addressee_id)
    )
    return {row.addressee_id: row.letters for row in unit.connection.execute(sent)}


def _is_good(unit: Unit, row: Any) -> bool:
    """Whether it is still wanted, as far as its company may know."""
    if row.link_state != "prospect" or row.words is None or row.blocked_at is not None or row.expires_at <= unit.at:
        return False
    said_no = select(Invitation.hash).where(
        Invitation.addressee_id == row.addressee_id, Invitation.declined_at.is_not(None)
    )
    return unit.connection.execute(said_no).first() is None


def _may_go(unit: Unit, row: Any) -> bool:
    """Whether it may go at all. That somebody with an account blocked the company keeps a letter back, and tells nobody."""
    account_id = account_by_email(unit, _said(unit, row)["to"])
    customer = None if account_id is None else customer_of_account(unit, account_id)
    return customer is None or not is_blocked(unit, customer.id, row.vendor_id)


def _said(unit: Unit, row: Any) -> dict[str, str]:
    said: dict[str, str] = json.loads(unit.box(row.holder_id).open("invitations", "words", row.hash, row.words))
    return said


def _send(unit: Unit, row: Any) -> None:
    said = _said(unit, row)
    queue_mail(
        unit,
        to=said["to"],
        template=LETTER,
        holder_id=row.holder_id,
        locale=row.locale,
        topic=TOPIC,
        company=row.company,
        token=said["secret"],
        until=row.expires_at,
        is_again=bool(row.mails),
        # Whatever address a company tries out, it may be somebody's.
        is_trial=row.mode == "test",
    )


def _go_on(unit: Unit, row: Any, mails: int, *, goes: bool) -> None:
    """The next letter, where this one counted and there is another to go."""
    again = row.created_at + REMINDED_AFTER if row.mails < mails < LETTERS else None
    unit.connection.execute(
        update(Invitation).where(Invitation.hash == row.hash).values(mails=mails, mail_at=again)
    )
    fact = InvitationMailed if goes else InvitationHeldBack
    about = {"holder": row.holder_id, "vendor": row.vendor_id, "link": row.link_id, "test": row.mode == "test"}
    unit.note(fact(**about, count=mails))


def forget_lapsed(unit: Unit) -> int:
    """Of invitations that lapsed neither address nor secret is kept; gives how many there were."""
    over = Invitation.words.is_not(None), Invitation.expires_at <= unit.at
    some = select(Invitation.hash).where(*over).limit(SLICE * 20)
    count = unit.connection.execute(
        update(Invitation).where(Invitation.hash.in_(some)).values(words=None, mail_at=None)
    ).rowcount
    if count:
        unit.note(InvitationsEnded(count=count, reason="lapsed"))
    return count
