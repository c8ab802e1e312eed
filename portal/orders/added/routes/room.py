"""The blueprint of added orders, and whose they are."""

from flask import Blueprint

from portal.audit.doors import current_actor

blueprint = Blueprint("added", __name__)


def whose() -> dict[str, bytes]:
    """Whose orders these are, as verbs are told."""
    actor = current_actor()
    assert actor.customer_id is not None
    assert actor.holder_id is not None
    return {"customer_id": actor.customer_id, "holder_id": actor.holder_id}


def me() -> bytes:
    """The customer whose orders these are."""
    return whose()["customer_id"]
