"""The secret of a program that has no keys, made anew."""

from sqlalchemy import update

from portal.kernel.errors import NotFound
from portal.kernel.ids import digest
from portal.kernel.unit import Unit
from portal.oauth.facts import ClientSecretMade
from portal.oauth.models import Client
from portal.oauth.tokens import BASIC, make


def renew_secret(unit: Unit, *, client_id: str) -> str:
    """A new secret, never to be had again; the one of before is good for nothing from here on.

    NotFound for no living program that proves itself by one.
    """
    secret = make("client")
    mine = (Client.client_id == client_id, Client.state == "live", Client.profile == BASIC)
    changed = update(Client).where(*mine).values(secret_hash=digest(secret)).returning(Client.vendor_id)
    row = unit.connection.execute(changed).first()
    if row is None:
        raise NotFound
    unit.note(ClientSecretMade(vendor=row.vendor_id, client=client_id))
    return secret
