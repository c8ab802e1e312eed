"""Whether a company's program can use what is shared, or the customer has to come by there once more."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from portal.kernel.unit import Unit
from portal.oauth.models import Client, Token


def comes_by_at(unit: Unit, client_id: bytes | None) -> str | None:
    """The address at which customers come by a program in a browser and it gets its tokens; None where they do not."""
    statement = select(Client.redirect_uris).where(Client.id == client_id, Client.state == "live")
    found: list[str] = unit.connection.execute(statement).scalar() or []
    return found[0] if found else None


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
