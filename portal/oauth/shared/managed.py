"""One permission as Grant Management for OAuth 2.0 (draft 03, section 6.4) shows it to the program that it was given to."""

from typing import Any

from sqlalchemy import select

from portal.customers.models import Customer
from portal.grants import decision
from portal.grants.models import Grant
from portal.grants.reads import grant_status
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.oauth.scopes import RESOURCE, needed_by
from portal.oauth.tokens import Found, TokenView
from portal.vendors.things import ThingIds


def managed_grant(unit: Unit, token: TokenView, text: str) -> Found:
    """The row of the program's own permission by the company's name for it; NotFound for any other, and once it ended."""
    grant_id = ThingIds(unit.house.keys, token.vendor_id).id_from("grant", text)
    wanted = (
        select(
            Grant.id,
            Grant.version,
            Grant.link_id,
            Grant.customer_id,
            Grant.created_at,
            Grant.updated_at,
            Grant.ends_at,
            Customer.holder_id,
            Customer.sharing_version,
        )
        .join(Customer, Customer.id == Grant.customer_id)
        .where(Grant.id == grant_id, Grant.vendor_id == token.vendor_id, Grant.client_id == token.client_id)
        .where(Grant.state == decision.LIVE, Grant.ends_at > unit.at)
    )
    row = unit.connection.execute(wanted).first()
    if row is None:
        raise NotFound
    return row


def shown_grant(unit: Unit, row: Found) -> dict[str, Any]:
    """Its document. ``version``, ``status`` and an ``updated_by`` of ``resource_owner`` are our own members."""
    details, reason = grant_status(unit, row.id)
    documents = [detail.document() for detail in details]
    resource = [unit.house.settings.origin + RESOURCE]
    updated = int(row.updated_at.timestamp())
    return {
        "scopes": [{"scope": name, "resource": resource} for name in sorted(needed_by(documents))],
        "claims": [],
        "authorization_details": documents,
        "created_at": int(row.created_at.timestamp()),
        "last_updated_at": updated,
        # The draft's text calls it so, its example as above.
        "last_updated": updated,
        "expires_at": int(row.ends_at.timestamp()),
        "updated_by": "client" if row.version == 1 else "resource_owner",
        "version": row.version,
        "status": reason or "live",
    }
