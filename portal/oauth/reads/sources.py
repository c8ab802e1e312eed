"""The permission that a token stands on."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.engine import Connection

from portal.customers.models import Customer
from portal.grants.decision import LIVE, Standing, refusal_of
from portal.grants.models import Grant
from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.oauth.tokens import Found
from portal.vendors.things import ThingIds, thing_id

_source: Select[*tuple[Any, ...]] = (
    select(
        Grant.id,
        Grant.customer_id,
        Grant.vendor_id,
        Grant.link_id,
        Grant.version,
        Grant.state,
        Grant.ends_at,
        Link.state.label("link_state"),
        Link.blocked_at,
        Customer.holder_id,
    )
    .join(Link, Link.id == Grant.link_id)
    .join(Customer, Customer.id == Grant.customer_id)
    .where(Grant.id == bindparam("grant"))
)


_managed: Select[*tuple[Any, ...]] = select(
    Grant.id,
    Grant.version,
    Grant.link_id,
    Grant.customer_id,
    Grant.created_at,
    Grant.updated_at,
    Grant.ends_at,
    Customer.holder_id,
    Customer.sharing_version,
).join(Customer, Customer.id == Grant.customer_id)
_found, _held = Prepared(_source), Prepared(_source.with_for_update(read=True, of=Grant))


def grant_of(connection: Connection, grant_id: bytes) -> Found:
    """A token's grant, with its link and the customer's holder."""
    found: Found = _found.all(connection, {"grant": grant_id})[0]
    return found


def hold_grant(connection: Connection, grant_id: bytes) -> Found:
    """The same for whoever makes tokens: until the commit nobody ends the grant beside us."""
    found: Found = _held.all(connection, {"grant": grant_id})[0]
    return found


def is_live(grant: Found, at: datetime) -> bool:
    """Whether tokens may be had under a grant. A pause stops reads, not tokens: nothing has ended."""
    return why_dead(grant, at) is None


def why_dead(grant: Found, at: datetime) -> str | None:
    """The reason code of a grant that has ended; None for a live one, paused or not."""
    standing = Standing(grant.state, grant.link_state, grant.blocked_at, None, None, grant.ends_at)
    return refusal_of(standing, at)


def grant_of_program(unit: Unit, vendor_id: bytes, client_id: bytes, text: str) -> Found | None:
    """A program's own living permission by the company's name for it; None for any other, and once it ended."""
    try:
        grant_id = ThingIds(unit.house.keys, vendor_id).id_from("grant", text)
    except NotFound:
        return None
    mine = (Grant.id == grant_id, Grant.vendor_id == vendor_id, Grant.client_id == client_id)
    living = (Grant.state == LIVE, Grant.ends_at > unit.at)
    found: Found | None = unit.connection.execute(_managed.where(*mine, *living)).first()
    return found


def grant_text(unit: Unit, grant: Found) -> str:
    """What the vendor calls the grant: its own name for it, which tells nothing to another."""
    return thing_id(unit.house.keys, grant.vendor_id, "grant", grant.id)
