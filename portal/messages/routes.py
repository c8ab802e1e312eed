"""The page of messages."""

from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit.doors import see
from portal.customers import reads as customers
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.messages.deadlines import deadline
from portal.messages.reads import messages_of

blueprint = Blueprint("messages", __name__)


@blueprint.get("/messages")
@see("messages:see")
def messages(unit: Unit) -> ResponseReturnValue:
    """What was mailed to the reader."""
    before = request.args.get("before")
    shown, older = messages_of(unit, id_from(before) if before else None)
    return render_template(
        "messages/messages.html",
        messages=shown,
        older=older,
        first=before is None,
        deadline=partial(deadline, now=unit.at, zone=zone(), country=_country(unit)),
    )


def _country(unit: Unit) -> str | None:
    """Where the reader lives, as far as their own data says."""
    if unit.actor.customer_id is None:
        return None
    address = customers.value_of(unit, unit.actor.customer_id, "profile.address") or {}
    country: str | None = address.get("country")
    return country
