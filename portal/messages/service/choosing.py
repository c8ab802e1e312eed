"""Choosing what comes by mail, on the page or by the link in a mail."""

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from portal.customers.reads import customer_of
from portal.kernel.errors import Invalid
from portal.kernel.mail import suppress_topic
from portal.kernel.unit import Unit
from portal.messages.facts import MailChosen
from portal.messages.kinds import DIGEST, INBOX, NEVER, choices_of
from portal.messages.models import MailChoice
from portal.messages.reads import how_of


def choose(unit: Unit, *, customer_id: bytes, kind: str, how: str, by: str = "page") -> None:
    """From now on this kind is told so. What waits to go by mail does not, where none is wanted; chosen twice, it is one."""
    if how not in choices_of(kind):
        raise Invalid("choice-unknown")
    if how_of(unit, customer_id, kind) == how:
        return
    holder_id = customer_of(unit, customer_id).holder_id
    _keep(unit, customer_id, kind, how)
    if how in (INBOX, DIGEST, NEVER):
        suppress_topic(unit, holder_id, kind)
    unit.note(MailChosen(holder=holder_id, kind=kind, how=how, by=by))


def _keep(unit: Unit, customer_id: bytes, kind: str, how: str) -> None:
    changed = {"how": how, "changed_at": unit.at}
    mine = update(MailChoice).where(MailChoice.customer_id == customer_id, MailChoice.kind == kind).values(changed)
    if unit.connection.execute(mine).rowcount:
        return
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(insert(MailChoice).values(customer_id=customer_id, kind=kind, **changed))
    except IntegrityError:
        # The same person chose at the same moment elsewhere: the later one holds.
        unit.connection.execute(mine)
