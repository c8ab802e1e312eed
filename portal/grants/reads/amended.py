"""Requests that would change a permission which is there already: the permission, and what of the request is a question."""

from typing import NamedTuple

from sqlalchemy import bindparam, select

from portal.grants import decision
from portal.grants.amending import Amendment, amendment
from portal.grants.details import Detail, as_shown, stored
from portal.grants.models import WAITING, Grant, Record, Request
from portal.grants.reads.given import details_of, grant_of, verdict_on
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit


class Amended(NamedTuple):
    """A permission of the actor's, and what a request would make of it."""

    grant: Grant
    to: Amendment


def amended(unit: Unit, request: Request, *, lock: bool = False) -> Amended | None:
    """What a waiting request would change; None for one that was answered, or asks for a permission of its own.

    NotFound where the permission is not the actor's, Conflict ``grant-ended`` where it lives no more.
    """
    if request.amends_id is None or request.action is None or request.state != WAITING:
        return None
    grant = grant_of(unit, request.amends_id, lock=lock)
    if verdict_on(unit, grant) not in (None, decision.PAUSED, decision.NOT_YET):
        raise Conflict("grant-ended", "The permission that this request is about has ended.")
    return Amended(grant, amendment(request.action, details_of(unit, grant), stored(request.details), unit.at))


def leads_nowhere(unit: Unit, request: Request) -> bool:
    """Whether a request is about a permission that is not the actor's, or has ended."""
    try:
        amended(unit, request)
    except (Conflict, NotFound):
        return True
    return False


def questions_of(unit: Unit, request: Request) -> tuple[Detail, ...]:
    """What a request asks, in the order of pages: all of it, or what would be more than is shared already."""
    found = amended(unit, request)
    return as_shown(stored(request.details) if found is None else found.to.questions)


def request_behind(unit: Unit, grant: Grant) -> bytes:
    """The request that was answered last with a yes under a permission: what its customer has read of it."""
    newest = _newest.first(unit.connection, {"grant": grant.id})
    return grant.request_id if newest is None else newest.request_id


_newest = Prepared(
    select(Record.request_id)
    .where(Record.grant_id == bindparam("grant"), Record.kind == "given")
    .order_by(Record.version.desc())
    .limit(1)
)
