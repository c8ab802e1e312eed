"""The page of messages."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit.doors import see
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.messages.reads import messages_of

blueprint = Blueprint("messages", __name__)


@blueprint.get("/messages")
@see("messages:see")
def messages(unit: Unit) -> ResponseReturnValue:
    """What was mailed to the reader."""
    before = request.args.get("before")
    shown, older = messages_of(unit, id_from(before) if before else None)
    return render_template("messages/messages.html", messages=shown, older=older, first=before is None)
