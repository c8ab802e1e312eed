"""Sharing: one card a company, and what waits for an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import render_template

from portal.audit.doors import see
from portal.audit.reads import last_reads
from portal.customers.catalogue import label_of
from portal.grants import reads
from portal.grants.details import Detail
from portal.grants.models import Grant, Request
from portal.grants.once import is_once
from portal.grants.reads import Status
from portal.grants.reads.used import last_used
from portal.grants.routes.room import blueprint, me, my_holder
from portal.grants.words import BEGAN_WORDS, ENDS_SOON, until
from portal.kernel.clock import now
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads import LinkView, links_of
from portal.links.reads.invitations import questions_of
from portal.vendors.reads import VendorView, vendors_of


@dataclass(frozen=True, slots=True)
class Permission:
    """A live permission as pages show it. ``looked`` is when a look was last counted, by purpose."""

    grant: Grant
    details: list[Detail]
    looked: Mapping[str, datetime]

    def is_once(self, detail: Detail) -> bool:
        """Whether it allows one look for this reason."""
        return is_once(detail, self.grant.created_at)

    def used_at(self, detail: Detail) -> datetime | None:
        """When the one look that it allows for this reason was taken."""
        return self.looked.get(detail.purpose) if self.is_once(detail) else None

    @property
    def once(self) -> bool:
        """Whether it allows one look and no more."""
        return all(map(self.is_once, self.details))

    @property
    def used(self) -> bool:
        """Whether nothing of it can be looked at any more: each look that it allows was taken."""
        return all(map(self.used_at, self.details))

    @property
    def until(self) -> str:
        """Until when, and whether for one look alone."""
        return until(self.grant.ends_at, once=self.once)

    @property
    def ends_soon(self) -> bool:
        """Whether its customer is reminded of its end; of one look, whose end was chosen with it, nobody is."""
        return not self.once and self.grant.ends_at <= now() + ENDS_SOON


@dataclass(frozen=True, slots=True)
class Company:
    """One company as its card shows it."""

    vendor: VendorView
    link: LinkView
    live: list[Permission]
    ended: list[Status]
    last_read: datetime | None

    @property
    def id(self) -> str:
        """The link's id, for addresses."""
        return text_of(self.link.id)

    @property
    def labels(self) -> list[str]:
        """All that the company has, in the reader's words."""
        open_ = [(one, detail) for one in self.live for detail in one.details if one.used_at(detail) is None]
        return [label_of(name) for name in sorted({name for _, detail in open_ for name in detail.datatypes})]

    @property
    def used(self) -> bool:
        """Whether all that it may look at once was looked at, and there is nothing else."""
        return all(one.used for one in self.live)

    @property
    def ending(self) -> datetime | None:
        """When the first of it ends, where that is soon."""
        return min((one.grant.ends_at for one in self.live if one.ends_soon), default=None)

    @property
    def until(self) -> str:
        """When the last of it ends, in words."""
        return until(max(one.grant.ends_at for one in self.live), once=all(one.once for one in self.live))


def company_of(
    link: LinkView,
    vendor: VendorView,
    statuses: Sequence[Status],
    used: Mapping[bytes, Mapping[str, datetime]],
    last: datetime | None,
) -> Company:
    """A company's card from its permissions, and what was used up of them."""
    mine = [status for status in statuses if status.grant.link_id == link.id]
    live = [Permission(one.grant, one.details, used.get(one.grant.id, {})) for one in mine if one.live]
    return Company(vendor, link, live, [status for status in mine if not status.live], last)


@blueprint.get("/sharing")
@see("sharing:see")
def sharing(unit: Unit) -> str:
    """Every company: what it has, until when, when it last looked; and requests that wait."""
    links = {link.id: link for link in links_of(unit, me())}
    requests = reads.waiting_requests(unit)
    questions = questions_of(unit)
    asking = {*(one.vendor_id for one in requests), *(one.vendor_id for one in questions)}
    vendors = vendors_of(unit, {*(link.vendor_id for link in links.values()), *asking})
    statuses = reads.statuses_of(unit, reads.grants_of(unit), links)
    used = last_used(unit, {status.grant.id: status.details for status in statuses})
    last = last_reads(unit, my_holder(unit))
    companies = [
        company_of(link, vendors[link.vendor_id], statuses, used, last.get(link.vendor_id)) for link in links.values()
    ]
    companies.sort(key=lambda one: (not one.live, one.vendor.name.casefold()))
    return render_template(
        "grants/sharing.html",
        companies=companies,
        waiting=_waiting(unit, requests, vendors),
        questions=[(vendors[one.vendor_id], one) for one in questions],
        nothing=not companies,
        began_words=BEGAN_WORDS,
    )


def _waiting(
    unit: Unit, requests: Sequence[Request], vendors: dict[bytes, VendorView]
) -> list[tuple[str, VendorView, Request, str | None]]:
    """Each request that waits, its company, and what its customer wanted where they began it."""
    own = reads.own_doings(unit, requests)
    return [(text_of(one.id), vendors[one.vendor_id], one, own.get(one.id)) for one in requests]
