"""A company's programs, as its developers see them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.oauth.models import Client, ClientKey
from portal.oauth.tokens import FAPI


@dataclass(frozen=True, slots=True)
class KeyView:
    """A public key of a program, without the key itself."""

    id: bytes
    kid: str
    kind: str
    added_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProgramView:
    """A program that was not shut out."""

    client_id: str
    name: str
    profile: str
    redirect_uris: list[str]
    scopes: list[str]
    created_at: datetime
    keys: list[KeyView]

    @property
    def keyed(self) -> bool:
        """Whether it proves itself by keys; otherwise by a secret."""
        return self.profile == FAPI

    @property
    def live_keys(self) -> list[KeyView]:
        """The keys that prove it now."""
        return [key for key in self.keys if key.ended_at is None]


def programs_of_company(unit: Unit, vendor_id: bytes) -> list[ProgramView]:
    """All of them, the oldest first."""
    return _programs(unit, vendor_id)


def program_of_company(unit: Unit, vendor_id: bytes, client_id: str) -> ProgramView:
    """One of them; NotFound for another company's, and for one that was shut out."""
    if not (client_id.isascii() and client_id.isprintable()):
        raise NotFound
    found = _programs(unit, vendor_id, Client.client_id == client_id)
    if not found:
        raise NotFound
    return found[0]


def _programs(unit: Unit, vendor_id: bytes, *which: ColumnElement[bool]) -> list[ProgramView]:
    mine = (Client.vendor_id == vendor_id, Client.state == "live", *which)
    rows = unit.connection.execute(select(Client).where(*mine).order_by(Client.created_at, Client.id)).all()
    keys = _keys(unit, [row.id for row in rows])
    return [
        ProgramView(
            row.client_id, row.name, row.profile, row.redirect_uris, row.scopes, row.created_at, keys.get(row.id, [])
        )
        for row in rows
    ]


def _keys(unit: Unit, clients: list[bytes]) -> dict[bytes, list[KeyView]]:
    columns = (ClientKey.client_id, ClientKey.id, ClientKey.kid, ClientKey.jwk, ClientKey.added_at, ClientKey.ended_at)
    statement = select(*columns).where(ClientKey.client_id.in_(clients)).order_by(ClientKey.added_at, ClientKey.id)
    found: dict[bytes, list[KeyView]] = {}
    for row in unit.connection.execute(statement):
        kind = " ".join(filter(None, (row.jwk["kty"], row.jwk.get("crv"))))
        found.setdefault(row.client_id, []).append(KeyView(row.id, row.kid, kind, row.added_at, row.ended_at))
    return found
