"""How a permission ended, and what the records about it are called: a block is told from an ended connection."""

from collections.abc import Mapping

from portal.grants.models import Grant, Record
from portal.grants.reads import Status
from portal.grants.words import ENDED_WORDS, KIND_WORDS
from portal.kernel.i18n import day
from portal.kernel.i18n import gettext as _
from portal.links.reads import LinkView


def ended_by(grant: Grant, link: LinkView) -> str:
    """Who or what ended a permission, more exactly than its row says."""
    if grant.ended_by == "link" and link.ended_at != grant.ended_at:
        # What ends with its connection ends at the same moment; a block leaves the connection as it is.
        return "blocked"
    return grant.ended_by or "customer"


def how_it_ended(status: Status, link: LinkView) -> str:
    """How and when a permission ended, in a sentence."""
    grant = status.grant
    if grant.ended_at is None:
        return _("It was over on %(day)s.", day=day(grant.ends_at))
    return str(ENDED_WORDS[ended_by(grant, link)]) % {"day": day(grant.ended_at)}


def kind_of(record: Record, grants: Mapping[bytes, Grant], link: LinkView | None) -> str:
    """What a record is about, in words; ``grants`` are the permissions of its connection."""
    grant = None if record.grant_id is None else grants.get(record.grant_id)
    if record.kind == "refused" and any(one.stood_at(record.made_at) for one in grants.values()):
        return str(KIND_WORDS["left"])
    if record.kind == "narrowed" and is_taken_over(record, grants):
        return str(KIND_WORDS["taken over"])
    if record.kind == "withdrawn" and grant is not None and link is not None and grant.ended_by == "link":
        return str(KIND_WORDS[ended_by(grant, link)])
    return str(KIND_WORDS[record.kind])


def is_taken_over(record: Record, grants: Mapping[bytes, Grant]) -> bool:
    """Whether a newer permission took the part that went: it was given at the same moment."""
    return any(one.created_at == record.made_at and one.id != record.grant_id for one in grants.values())
