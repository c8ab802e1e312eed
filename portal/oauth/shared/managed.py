"""One permission as Grant Management for OAuth 2.0 (draft 03, section 6.4) shows it to the program that it was given to."""

from typing import Any

from portal.grants.reads import Version, grant_status, versions_of
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.oauth.reads import grant_of_program
from portal.oauth.scopes import RESOURCE, needed_by
from portal.oauth.tokens import Found, TokenView


def managed_grant(unit: Unit, token: TokenView, text: str) -> Found:
    """The row of the program's own permission by the company's name for it; NotFound for any other, and once it ended.

    A customer's token leads to the permission that gave it alone.
    """
    row = grant_of_program(unit, token.vendor_id, token.client_id, text)
    if row is None or token.grant_id not in (None, row.id):
        raise NotFound
    return row


def shown_grant(unit: Unit, row: Found) -> dict[str, Any]:
    """Its document. ``version``, ``status`` and an ``updated_by`` of ``resource_owner`` are our own members."""
    details, reason = grant_status(unit, row.id)
    documents = [detail.document() for detail in details]
    resource = [unit.house.settings.origin + RESOURCE]
    updated = int(row.updated_at.timestamp())
    newest = versions_of(unit, row.id, most=1)
    return {
        "scopes": [{"scope": name, "resource": resource} for name in sorted(needed_by(documents))],
        "claims": [],
        "authorization_details": documents,
        "created_at": int(row.created_at.timestamp()),
        "last_updated_at": updated,
        # The draft's text calls it so, its example as above.
        "last_updated": updated,
        "expires_at": int(row.ends_at.timestamp()),
        "updated_by": newest[0].made_by,
        "version": row.version,
        "status": reason or "live",
    }


def shown_history(unit: Unit, row: Found, text: str) -> dict[str, Any]:
    """The versions of a permission, the newest first: when, how and by whom, and which attributes came and went by it."""
    found = versions_of(unit, row.id, most=MOST_VERSIONS + 1)
    pairs = zip(found, [*found[1:], None], strict=True)
    return {"grant_id": text, "versions": [_version(one, before) for one, before in pairs][:MOST_VERSIONS]}


MOST_VERSIONS = 100


def _version(one: Version, before: Version | None) -> dict[str, Any]:
    had = before.names if before is not None else {}
    return {
        "version": one.version,
        "at": int(one.created_at.timestamp()),
        "change": one.change,
        "updated_by": one.made_by,
        "purposes": [
            {
                "purpose": purpose,
                "datatypes": sorted(names),
                "added": sorted(names - had.get(purpose, frozenset())),
                "removed": sorted(had.get(purpose, frozenset()) - names),
                "expires_at": int(one.ends[purpose].timestamp()),
            }
            for purpose, names in sorted(one.names.items())
        ],
        "purposes_removed": sorted(had.keys() - one.names.keys()),
    }
