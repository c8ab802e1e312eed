"""The room's blueprint, and whose things its pages are about."""

from flask import Blueprint

from portal.kernel.unit import Unit

blueprint = Blueprint("audit", __name__)


def holder(unit: Unit) -> bytes:
    """The key holder of the customer who reads."""
    assert unit.actor.holder_id is not None
    return unit.actor.holder_id
