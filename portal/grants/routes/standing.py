"""What is shared with a company already, that a yes to its request would take the place of."""

from datetime import datetime

from portal.grants import reads
from portal.grants.choices import Choice
from portal.grants.models import Request
from portal.grants.reads.used import last_used
from portal.grants.routes.room import me
from portal.grants.routes.sharing import Permission
from portal.kernel.unit import Unit
from portal.links.reads import link_between


def is_shared(unit: Unit, asked: Request) -> bool:
    """Whether something is shared that a yes would take the place of."""
    return bool(shared_now(asked, standing_of(unit, asked), unit.at))


def standing_of(unit: Unit, asked: Request) -> list[Permission]:
    """Live permissions of this company that a yes would take the place of."""
    link = link_between(unit, me(), asked.vendor_id)
    if link is None:
        return []
    mine = [
        grant for grant in reads.grants_of(unit, link_id=link.id) if grant.state == "live" and grant.ends_at > unit.at
    ]
    details = reads.last_details(unit, mine)
    looked = last_used(unit, details)
    return [
        Permission(grant, details[grant.id], looked.get(grant.id, {}))
        for grant in mine
        if _purposes(asked) & {detail.purpose for detail in details[grant.id]}
    ]


def shared_now(asked: Request, standing: list[Permission], at: datetime) -> dict[str, Choice]:
    """What is shared for the reasons they ask for, until when; nothing where the one look that was allowed is taken."""
    return {
        detail.purpose: Choice(frozenset(detail.datatypes), detail.ends_at, one.is_once(detail))
        for one in standing
        for detail in one.details
        if detail.purpose in _purposes(asked) and detail.ends_at > at and one.used_at(detail) is None
    }


def only_looks(asked: Request, standing: list[Permission]) -> bool:
    """Whether all that stands for the reasons they ask for is one look each, taken or not."""
    purposes = _purposes(asked)
    looks = [one.is_once(detail) for one in standing for detail in one.details if detail.purpose in purposes]
    return bool(looks) and all(looks)


def _purposes(asked: Request) -> set[str]:
    return {detail["purpose"] for detail in asked.details}
