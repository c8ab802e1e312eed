"""The test clock of a sandbox, for what its programs hold: see :mod:`portal.grants.service.ageing`."""

from datetime import timedelta

from sqlalchemy import bindparam, select, update

from portal.kernel.unit import Unit
from portal.oauth.facts import TokensAged
from portal.oauth.models import Token
from portal.vendors.reads import sandbox_of_twin


def age_tokens(unit: Unit, *, vendor_id: bytes, by: timedelta) -> int:
    """Lets so much time pass for the tokens of a sandbox; gives how many. NotFound for no sandbox."""
    sandbox_of_twin(unit, vendor_id)
    live = Token.vendor_id == vendor_id, Token.ended_at.is_(None), Token.expires_at > unit.at
    rows = unit.connection.execute(select(Token.id, Token.expires_at).where(*live)).all()
    # Over now, not long ago: a token that was over for a week would be swept, and unknown in place of over.
    sooner = [{"token": row.id, "end": max(row.expires_at - by, unit.at)} for row in rows]
    if sooner:
        # Told all at once: a program may have many thousands of its own, and nobody else writes meanwhile.
        unit.connection.execute(_end_sooner, sooner)
        unit.note(TokensAged(vendor=vendor_id, count=len(rows), seconds=int(by.total_seconds()), test=True))
    return len(rows)


_end_sooner = update(Token).where(Token.id == bindparam("token")).values(expires_at=bindparam("end"))
