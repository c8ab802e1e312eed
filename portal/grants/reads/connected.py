"""Whether a company's program can use what is shared, or the customer has to come by there once more."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.oauth.models import Client, Token


def comes_by_at(unit: Unit, client_id: bytes | None) -> str | None:
    """The address at which customers come by a program in a browser and it gets its tokens; None where they do not."""
    statement = select(Client.redirect_uris).where(Client.id == client_id, Client.state == "live")
    found: list[str] = unit.connection.execute(statement).scalar() or []
    return found[0] if found else None


def is_connected(unit: Unit, client_id: bytes, grant_ids: Sequence[bytes]) -> bool:
    """Whether a program holds a token of one of these permissions, to read with or to renew."""
    if not grant_ids:
        return False
    return _held.first(unit.connection, {"client": client_id, "grants": grant_ids, "at": unit.at}) is not None


_held = Prepared(
    select(Token.id)
    .where(
        Token.client_id == bindparam("client"),
        Token.grant_id.in_(bindparam("grants", expanding=True)),
        Token.ended_at.is_(None),
        Token.rotated_at.is_(None),
        Token.expires_at > bindparam("at"),
    )
    .limit(1),
    lists=("grants",),
)
