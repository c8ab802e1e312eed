"""How a person wants things told."""

from sqlalchemy import bindparam, select

from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.messages.kinds import KINDS
from portal.messages.models import MailChoice


def hows_of(unit: Unit, customer_id: bytes) -> dict[str, str]:
    """How each kind is told to this person."""
    own = {row.kind: row.how for row in _chosen.all(unit.connection, {"customer": customer_id})}
    return {name: kind.how if kind.is_security else own.get(name, kind.how) for name, kind in KINDS.items()}


_chosen = Prepared(select(MailChoice.kind, MailChoice.how).where(MailChoice.customer_id == bindparam("customer")))


def how_of(unit: Unit, customer_id: bytes, kind: str) -> str:
    """How one kind is told to this person."""
    return hows_of(unit, customer_id)[kind]
