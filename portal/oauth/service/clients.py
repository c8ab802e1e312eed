"""Making and blocking vendors' programs."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update

from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.ids import digest, new_id, text_of
from portal.kernel.unit import Unit
from portal.oauth.facts import ClientAddressSet, ClientBlocked, ClientKeyAdded, ClientKeyEnded, ClientMade, ClientMoved
from portal.oauth.fetching import MOST_KEYS
from portal.oauth.fetching import problem_with as problem_with_address
from portal.oauth.jose import PublicKey, thumbprint_text
from portal.oauth.models import Client, ClientKey, FetchedKeys, Token
from portal.oauth.redirects import problem_with
from portal.oauth.scopes import SCOPES
from portal.oauth.service.tokens import end_tokens
from portal.oauth.tokens import BASIC, BY_BLOCK, FAPI, make, prefix_of

_SPOOFS = re.compile(r"[\x00-\x1f\x7f<>\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def make_client(
    unit: Unit,
    vendor_id: bytes,
    name: str,
    redirect_uris: Sequence[str] = (),
    scopes: Sequence[str] = tuple(SCOPES),
) -> tuple[str, str]:
    """A program of the profile ``basic``. Gives ``(client_id, client_secret)``; the secret is never to be had again."""
    secret = make("client")
    row_id = _put(unit, vendor_id, name, redirect_uris, scopes, profile=BASIC, secret_hash=digest(secret))
    return text_of(row_id), secret


def make_keyed_client(
    unit: Unit,
    vendor_id: bytes,
    name: str,
    keys: Sequence[PublicKey],
    redirect_uris: Sequence[str] = (),
    scopes: Sequence[str] = tuple(SCOPES),
    jwks_uri: str | None = None,
) -> str:
    """A program of the profile ``fapi``, which proves itself by ``keys``, or by those at ``jwks_uri``. Gives its
    ``client_id``.
    """
    if not (jwks_uri is None) <= len(keys) <= MOST_KEYS:
        raise Invalid("client", "Change what is named.", fields={"keys": f"one to {MOST_KEYS} public keys"})
    if len({key.thumbprint for key in keys}) < len(keys) or len({_name_of(key) for key in keys}) < len(keys):
        raise Invalid("client", "Change what is named.", fields={"keys": "each key once, and each with a kid of its own"})
    _check_address(unit, jwks_uri)
    row_id = _put(unit, vendor_id, name, redirect_uris, scopes, profile=FAPI, secret_hash=None, jwks_uri=jwks_uri)
    for key in keys:
        _put_key(unit, row_id, key)
    return text_of(row_id)


def _put(
    unit: Unit,
    vendor_id: bytes,
    name: str,
    redirect_uris: Sequence[str],
    scopes: Sequence[str],
    **proves: Any,
) -> bytes:
    _check(name, redirect_uris, scopes)
    row_id = new_id()
    unit.connection.execute(
        insert(Client).values(
            id=row_id,
            vendor_id=vendor_id,
            client_id=text_of(row_id),
            name=name,
            redirect_uris=list(redirect_uris),
            scopes=sorted(scopes),
            state="live",
            created_at=unit.at,
            **proves,
        )
    )
    unit.note(ClientMade(vendor=vendor_id, client=text_of(row_id), profile=proves["profile"], scopes=sorted(scopes)))
    return row_id


def _name_of(key: PublicKey) -> str:
    """What a key is called: as its company calls it, or by its thumbprint."""
    return key.kid or thumbprint_text(key.thumbprint)


def _put_key(unit: Unit, row_id: bytes, key: PublicKey) -> None:
    kid = _name_of(key)
    row = {"id": new_id(), "client_id": row_id, "kid": kid, "thumbprint": key.thumbprint, "added_at": unit.at}
    unit.connection.execute(insert(ClientKey).values(**row, jwk={**key.document, "kid": kid}))


def add_key(unit: Unit, *, client_id: str, key: PublicKey) -> None:
    """One more key that proves a program; those of before stay good until they are ended.

    NotFound for no living program of the profile ``fapi``; Invalid where it has the key or the kid, or too many.
    """
    row = _keyed(unit, client_id)
    known = unit.connection.execute(select(ClientKey).where(ClientKey.client_id == row.id)).all()
    live = [one for one in known if one.ended_at is None]
    if any(one.thumbprint == key.thumbprint for one in known):
        # An ended key is ended: what has leaked once must not come back by mistake.
        raise Invalid("client", "Change what is named.", fields={"keys": "a key that this program has, or had before"})
    if len(live) >= MOST_KEYS or any(one.kid == _name_of(key) for one in live):
        raise Invalid("client", "Change what is named.", fields={"keys": f"another kid, and at most {MOST_KEYS} at once"})
    _put_key(unit, row.id, key)
    unit.note(ClientKeyAdded(vendor=row.vendor_id, client=client_id, key=prefix_of(key.thumbprint)))


def end_key(unit: Unit, *, client_id: str, kid: str) -> None:
    """A key proves nothing any more. NotFound for none; Conflict for the last one, without which the program is shut out."""
    row = _keyed(unit, client_id)
    live = (ClientKey.client_id == row.id, ClientKey.ended_at.is_(None))
    keys = unit.connection.execute(select(ClientKey).where(*live)).all()
    found = next((one for one in keys if one.kid == kid), None)
    if found is None:
        raise NotFound
    if len(keys) == 1 and row.jwks_uri is None:
        raise Conflict("last-key", "Add another key first, or block the program.")
    unit.connection.execute(update(ClientKey).where(ClientKey.id == found.id).values(ended_at=unit.at))
    unit.note(ClientKeyEnded(vendor=row.vendor_id, client=client_id, key=prefix_of(found.thumbprint)))


def _keyed(unit: Unit, client_id: str) -> Any:
    mine = (Client.client_id == client_id, Client.profile == FAPI, Client.state == "live")
    row = unit.connection.execute(select(*_OF_KEYED).where(*mine).with_for_update()).first()
    if row is None:
        raise NotFound
    return row


_OF_KEYED = (Client.id, Client.vendor_id, Client.jwks_uri)


def set_key_address(unit: Unit, *, client_id: str, jwks_uri: str | None) -> None:
    """Says where a program's keys are read from here on, beside those that stand here; None for nowhere.

    What was read at another address is believed no more. NotFound for no living program of the profile ``fapi``; Conflict
    where it would be left without any key.
    """
    _check_address(unit, jwks_uri)
    row = _keyed(unit, client_id)
    if jwks_uri is None:
        live = (ClientKey.client_id == row.id, ClientKey.ended_at.is_(None))
        if unit.connection.execute(select(ClientKey.id).where(*live).limit(1)).first() is None:
            raise Conflict("last-key", "Add a key first, or block the program.")
    unit.connection.execute(update(Client).where(Client.id == row.id).values(jwks_uri=jwks_uri))
    unit.connection.execute(delete(FetchedKeys).where(FetchedKeys.client_id == row.id))
    unit.note(ClientAddressSet(vendor=row.vendor_id, client=client_id, place="none" if jwks_uri is None else "set"))


def _check_address(unit: Unit, jwks_uri: str | None) -> None:
    why = None if jwks_uri is None else problem_with_address(jwks_uri, unit.house.settings)
    if why is not None:
        raise Invalid("client", "Change what is named.", fields={"jwks_uri": why})


def _check(name: str, redirect_uris: Sequence[str], scopes: Sequence[str]) -> None:
    fields = {}
    if not name.strip() or len(name) > 120 or _SPOOFS.search(name):
        fields["name"] = "a plain name of at most 120 characters"
    if unknown := sorted(set(scopes) - SCOPES.keys()):
        fields["scopes"] = f"unknown: {' '.join(unknown)}"
    for address in redirect_uris:
        if why := problem_with(address):
            fields["redirect_uris"] = why
    if fields:
        raise Invalid("client", "Change what is named.", fields=fields)


def change_redirects(unit: Unit, *, client_id: str, redirect_uris: Sequence[str]) -> None:
    """Says anew where a living program may take its answers; what was registered before is no longer good."""
    for address in redirect_uris:
        if why := problem_with(address):
            raise Invalid("client", "Change what is named.", fields={"redirect_uris": why})
    statement = (
        update(Client)
        .where(Client.client_id == client_id, Client.state == "live")
        .values(redirect_uris=list(redirect_uris))
        .returning(Client.vendor_id)
    )
    row = unit.connection.execute(statement).first()
    if row is None:
        raise NotFound
    unit.note(ClientMoved(vendor=row.vendor_id, client=client_id))


def block_client(unit: Unit, *, client_id: str) -> None:
    """Ends a program and whatever tokens it holds."""
    statement = (
        update(Client)
        .where(Client.client_id == client_id, Client.state == "live")
        .values(state="blocked")
        .returning(Client.id, Client.vendor_id)
    )
    row = unit.connection.execute(statement).first()
    if row is None:
        raise NotFound
    ended = end_tokens(unit, Token.client_id == row.id, because=BY_BLOCK)
    unit.note(ClientBlocked(vendor=row.vendor_id, client=client_id, count=len(ended)))
