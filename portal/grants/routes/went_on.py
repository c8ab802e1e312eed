"""What a no left as it was: the company's permissions that stood at that moment, and how they stand now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.customers.catalogue import label_of
from portal.grants import decision, reads
from portal.grants.details import Detail
from portal.grants.reads import Status, Stood
from portal.grants.routes.ended import how_it_ended
from portal.grants.words import REASON_WORDS, given_on, until_of
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import listing, within
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads import LinkView


@dataclass(frozen=True, slots=True)
class WentOn:
    """A permission as it was then: its page, when it was given, each purpose with what it allowed; and what of it now."""

    url: str
    given: str
    allowed: Sequence[tuple[str, str]]
    now: str


def went_on(unit: Unit, link: LinkView, at: datetime) -> Iterator[WentOn]:
    """The reader's permissions for one company that stood at a moment, each in the version of then."""
    stood = reads.stood_at(unit, link.id, at)
    given = given_on({one.id: one.created_at for one in reads.grants_of(unit, link_id=link.id)})
    statuses = reads.statuses_of(unit, [one.grant for one in stood], {link.id: link})
    for one, status in zip(stood, statuses, strict=True):
        yield WentOn(_page(status), given[one.grant.id], _allowed(one), _now(status, one.version, link))


def _page(status: Status) -> str:
    anchor = f"permission-{text_of(status.grant.id)}" if status.live else None
    return url_for("grants.company", link=text_of(status.grant.link_id), _anchor=anchor)


def _allowed(stood: Stood) -> list[tuple[str, str]]:
    return [(one.purpose, f"{_listed(one)}. {until_of(one, stood.grant.created_at)}.") for one in stood.details]


def _listed(detail: Detail) -> str:
    return listing(within(label_of(name)) for name in detail.datatypes)


def _now(status: Status, version: int, link: LinkView) -> str:
    if not status.live:
        return how_it_ended(status, link)
    now = _("It goes on unchanged.") if status.grant.version == version else _("It covers less now.")
    return f"{now} {REASON_WORDS[decision.PAUSED]}." if status.reason == decision.PAUSED else now
