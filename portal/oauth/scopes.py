"""Scopes: each opens routes; which fields are seen is decided by the authorization details alone."""

from collections.abc import Iterable
from typing import Any

RESOURCE = "/api/v1"
"""The one resource server, below the issuer: what ``resource`` (RFC 8707) may name."""

PROFILE_READ = "profile:read"
ORDERS_READ = "orders:read"
ORDERS_WRITE = "orders:write"
GRANTS_READ = "grants:read"
CUSTOMERS_WRITE = "customers:write"
REQUESTS_WRITE = "requests:write"

TICKETS_READ = "tickets:read"
TICKETS_WRITE = "tickets:write"

GRANT_QUERY = "grant_management_query"
GRANT_REVOKE = "grant_management_revoke"

SCOPES: dict[str, str] = {
    PROFILE_READ: "Read the profile fields that customers share.",
    ORDERS_READ: "Read the orders that customers share, and your own.",
    ORDERS_WRITE: "Write the orders that customers placed with you.",
    CUSTOMERS_WRITE: "Invite your customers, and see how your invitations stand.",
    REQUESTS_WRITE: "Ask customers who are connected with you, without a browser.",
    TICKETS_READ: "Read what your customers wrote to you in conversations, and what you answered.",
    TICKETS_WRITE: "Begin conversations with your customers, answer, and tell of calls and visits elsewhere.",
    GRANT_QUERY: "Look up a permission of yours (Grant Management for OAuth 2.0).",
    GRANT_REVOKE: "Give up a permission of yours (Grant Management for OAuth 2.0).",
    GRANTS_READ: "List what customers share with you, and follow what changes in it.",
}
"""Every scope with the sentence that documents it."""

_NEEDED = {"profile": PROFILE_READ, "orders": ORDERS_READ}
OF_CUSTOMERS = frozenset(_NEEDED.values()) | {GRANT_QUERY, GRANT_REVOKE}
"""The scopes that a customer's token may have; those of Grant Management for its own permission alone, if asked for."""


def needed_by(details: Iterable[dict[str, Any]]) -> frozenset[str]:
    """The scopes that authorization details need: by the first word of their datatypes."""
    words = {datatype.split(".", 1)[0] for detail in details for datatype in detail["datatypes"]}
    return frozenset(_NEEDED[word] for word in words if word in _NEEDED)


def listed(scope: str | None) -> list[str]:
    """The scopes of a parameter, each once, in its order."""
    return list(dict.fromkeys((scope or "").split()))
