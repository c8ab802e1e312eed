"""The room's blueprint, and whose pages they are."""

from flask import Blueprint

from portal.audit.doors import current_actor

blueprint = Blueprint("customers", __name__)


def me() -> bytes:
    """The customer who reads."""
    customer_id = current_actor().customer_id
    assert customer_id is not None
    return customer_id
