"""What a company did about a withdrawal is mailed to whoever declared it, since there is no page where they could see it."""

from sqlalchemy import update

from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit
from portal.orders.demands.guests.models import GuestWithdrawal
from portal.orders.demands.guests.reads import addressee_of
from portal.orders.demands.words import STEP_WORDS
from portal.vendors.reads import vendor_of


def tell_guest(unit: Unit, *, withdrawal_id: bytes, action: str, words: str | None) -> None:
    """Says it by mail, with the company's words; to nobody where the customer sees it in their account."""
    to = addressee_of(unit, withdrawal_id)
    if to is None:
        return
    queue_mail(
        unit,
        to=to.email,
        template="orders/withdrawal_answer",
        holder_id=to.holder_id,
        locale=to.locale,
        company=vendor_of(unit, to.vendor_id).name,
        number=to.number,
        declared_at=to.declared_at,
        said=STEP_WORDS[action],
        words=words,
    )


def end_told(unit: Unit, *, withdrawal_id: bytes) -> None:
    """Nothing more comes of it: the address is kept for no longer than that of any other."""
    unit.connection.execute(update(GuestWithdrawal).where(GuestWithdrawal.id == withdrawal_id).values(ended_at=unit.at))
