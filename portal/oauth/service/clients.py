"""Making and blocking vendors' programs."""

import re
from collections.abc import Sequence

from sqlalchemy import insert, update

from portal.kernel.errors import Invalid, NotFound
from portal.kernel.ids import digest, new_id, text_of
from portal.kernel.unit import Unit
from portal.oauth.facts import ClientBlocked, ClientMade, ClientMoved
from portal.oauth.models import Client, Token
from portal.oauth.redirects import problem_with
from portal.oauth.scopes import SCOPES
from portal.oauth.service.tokens import end_tokens
from portal.oauth.tokens import BY_BLOCK, make

_SPOOFS = re.compile(r"[\x00-\x1f\x7f<>\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def make_client(
    unit: Unit,
    vendor_id: bytes,
    name: str,
    profile: str = "basic",
    redirect_uris: Sequence[str] = (),
    scopes: Sequence[str] = tuple(SCOPES),
) -> tuple[str, str]:
    """A program of a vendor. Gives ``(client_id, client_secret)``; the secret is never to be had again."""
    _check(name, profile, redirect_uris, scopes)
    row_id, secret = new_id(), make("client")
    unit.connection.execute(
        insert(Client).values(
            id=row_id,
            vendor_id=vendor_id,
            client_id=text_of(row_id),
            name=name,
            secret_hash=digest(secret),
            profile=profile,
            redirect_uris=list(redirect_uris),
            scopes=sorted(scopes),
            state="live",
            created_at=unit.at,
        )
    )
    unit.note(
        ClientMade(vendor=vendor_id, client=text_of(row_id), profile=profile, scopes=sorted(scopes))
    )
    return text_of(row_id), secret


def _check(name: str, profile: str, redirect_uris: Sequence[str], scopes: Sequence[str]) -> None:
    fields = {}
    if not name.strip() or len(name) > 120 or _SPOOFS.search(name):
        fields["name"] = "a plain name of at most 120 characters"
    if profile != "basic":
        fields["profile"] = "only the profile basic can be made"
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
