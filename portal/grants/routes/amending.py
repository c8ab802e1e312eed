"""Requests that would change a permission: those that lead nowhere, and those of which nothing has to be asked."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from portal.audit.doors import writing
from portal.grants import reads
from portal.grants.models import Request
from portal.grants.reads.amended import amended, leads_nowhere
from portal.grants.routes.room import me
from portal.grants.service import give_unasked, refuse, turn_away
from portal.kernel.errors import Conflict
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.oauth.service import issue_code, refusal_url
from portal.oauth.service.knowing import UNMET


def is_astray(unit: Unit, found: Request) -> bool:
    """Whether a waiting request would change a permission that is not this customer's, or that has ended."""
    if found.amends_id is None or found.customer_id not in (None, me()):
        return False
    return reads.is_waiting(found, unit.at) and leads_nowhere(unit, found)


def turned_away(id_: bytes) -> Response:
    """Tells the program that its ``grant_id`` is good for nothing here. Nobody was asked."""
    with writing() as unit:
        turn_away(unit, request_id=id_)
        url = refusal_url(unit, request_id=id_, error="invalid_grant_id")
    return redirect(url or url_for("grants.sharing"), 303)


def unmet(id_: bytes) -> Response:
    """Tells the program that its customer cannot be known as surely as it wants. Nobody was asked."""
    with writing() as unit:
        turn_away(unit, request_id=id_)
        url = refusal_url(unit, request_id=id_, error=UNMET)
    return redirect(url or url_for("grants.sharing"), 303)


def is_settled(unit: Unit, waiting: Request) -> bool:
    """Whether a request would change a permission by nothing that has to be asked."""
    found = amended(unit, waiting)
    return found is not None and found.to.quiet


def unasked(id_: bytes) -> Response:
    """Back to the program at once, with a code: what it asks is shared with it already."""
    try:
        with writing() as unit:
            url = issue_code(unit, request_id=id_, grant=give_unasked(unit, request_id=id_))
    except Conflict as problem:
        if problem.reason == "grant-ended":
            return turned_away(id_)
        if problem.reason == "unmet":
            return unmet(id_)
        # Answered by another press, or changed meanwhile: the page says how it stands.
        return redirect(url_for("grants.request_page", request_id=text_of(id_)), 303)
    return redirect(url, 303)


def settled_meanwhile(id_: bytes, *, no: bool) -> Response:
    """A press on a page of whose questions none is left: a no is a no all the same."""
    if not no:
        return unasked(id_)
    with writing() as unit:
        refuse(unit, request_id=id_)
        url = refusal_url(unit, request_id=id_)
    return redirect(url or url_for("grants.sharing"), 303)
