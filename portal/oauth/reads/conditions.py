"""The log's conditions: which tokens and programs are live at the moment of the entry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Connection

from portal.kernel.prepared import Prepared
from portal.oauth.models import Client, Token
from portal.vendors.models import Vendor

_LIVE_TOKENS = (
    select(Token.id)
    .join(Client, Client.id == Token.client_id)
    .join(Vendor, Vendor.id == Token.vendor_id)
    .where(
        Token.id.in_(bindparam("ids", expanding=True)),
        Token.ended_at.is_(None),
        Token.expires_at > bindparam("at"),
        Client.state == "live",
        Vendor.blocked_at.is_(None),
    )
)


_LIVE_CLIENTS = select(Client.id).where(Client.id.in_(bindparam("ids", expanding=True)), Client.state == "live")


class _Live:
    """Which of many ids are live: almost always all, which one row says."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._ids = Prepared(statement, lists=("ids",))
        self._count = Prepared(statement.with_only_columns(func.count().label("live")), lists=("ids",))

    def missing(self, connection: Connection, args: Sequence[tuple[Any, ...]], more: dict[str, Any]) -> set[int]:
        """The positions of those that are not."""
        ids = [arg[0] for arg in args]
        wanted = {"ids": list(set(ids)), **more}
        if self._count.all(connection, wanted)[0].live == len(wanted["ids"]):
            return set()
        found = {row.id for row in self._ids.all(connection, wanted)}
        return {position for position, id_ in enumerate(ids) if id_ not in found}


_tokens, _clients = _Live(_LIVE_TOKENS), _Live(_LIVE_CLIENTS)


def token_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition: positions of tokens that have ended or expired, or whose client or vendor was blocked."""
    return _tokens.missing(connection, args, {"at": at})


def client_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition: positions of clients that are not live."""
    return _clients.missing(connection, args, {})
