"""How a person wants things told."""

from sqlalchemy import select

from portal.kernel.unit import Unit
from portal.messages.kinds import KINDS
from portal.messages.models import MailChoice


def hows_of(unit: Unit, customer_id: bytes) -> dict[str, str]:
    """How each kind is told to this person."""
    chosen = select(MailChoice.kind, MailChoice.how).where(MailChoice.customer_id == customer_id)
    own = {row.kind: row.how for row in unit.connection.execute(chosen)}
    return {name: kind.how if kind.is_security else own.get(name, kind.how) for name, kind in KINDS.items()}


def how_of(unit: Unit, customer_id: bytes, kind: str) -> str:
    """How one kind is told to this person."""
    return hows_of(unit, customer_id)[kind]
