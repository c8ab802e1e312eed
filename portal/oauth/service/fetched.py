"""Keys that were read at a program's address: when they may be read again, and taking them over."""

from collections.abc import Sequence

from sqlalchemy import select

from portal.accounts.limits import Rule, charge
from portal.kernel.db import dialect_insert
from portal.kernel.errors import TooMany
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.oauth.facts import ClientKeysFetched
from portal.oauth.jose import PublicKey
from portal.oauth.models import Client, ClientKey, FetchedKeys
from portal.oauth.tokens import prefix_of

_ONCE = Rule("client.jwks", 1, 60)
"""A program's address is called once a minute, whoever shows statements in its name."""


def may_fetch(unit: Unit, client_row: bytes) -> bool:
    """Counts a call of a program's address; False where it was called within the last minute."""
    try:
        charge(unit, _ONCE, text_of(client_row))
    except TooMany:
        return False
    return True


def keep_fetched(unit: Unit, *, client_row: bytes, address: str, keys: Sequence[PublicKey]) -> None:
    """Takes over what an address said, in place of what it said before; nothing where the program has another by now.

    A key that was ended here stays ended, whatever stands at the address.
    """
    mine = (Client.id == client_row, Client.state == "live", Client.jwks_uri == address)
    row = unit.connection.execute(select(Client.client_id, Client.vendor_id).where(*mine).with_for_update()).first()
    if row is None:
        return
    ended = select(ClientKey.thumbprint).where(ClientKey.client_id == client_row, ClientKey.ended_at.is_not(None))
    gone = set(unit.connection.execute(ended).scalars())
    left = [key for key in keys if key.thumbprint not in gone]
    values = {"client_id": client_row, "jwks": [key.document for key in left], "fetched_at": unit.at}
    put = dialect_insert(unit.connection.dialect.name, FetchedKeys).values(values)
    told = {"jwks": put.excluded.jwks, "fetched_at": put.excluded.fetched_at}
    unit.connection.execute(put.on_conflict_do_update(index_elements=[FetchedKeys.client_id], set_=told))
    unit.note(
        ClientKeysFetched(
            vendor=row.vendor_id, client=row.client_id, keys=sorted(prefix_of(key.thumbprint) for key in left)
        )
    )
