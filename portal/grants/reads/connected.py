"""Whether a company's program can use what is shared, or the customer has to come by there once more."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from portal.kernel.unit import Unit
from portal.oauth.models import Client, Token


def comes_by(unit: Unit, client_id: bytes | None) -> bool:
    """Whether a program gets its tokens where customers come by in a browser."""
    statement = select(Client.redirect_uris).where(Client.id == client_id, Client.state == "live")
    return bool(unit.connection.execute(statement).scalar())


def is_connected(unit: Unit, client_id: bytes, grant_ids: Sequence[bytes]) -> bool:
    """Whether a program holds a token of one of these permissions, to read with or to renew."""
    held = exists().where(
        Token.client_id == client_id,
        Token.grant_id.in_(grant_ids),
        Token.ended_at.is_(None),
        Token.rotated_at.is_(None),
        Token.expires_at > unit.at,
    )
    return bool(unit.connection.execute(select(held)).scalar())
