"""Sharing: one card a company, and what waits for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import render_template

from portal.audit.doors import see
from portal.audit.reads import last_reads
from portal.customers.catalogue import label_of
from portal.grants import reads
from portal.grants.models import Request
from portal.grants.reads import Status
from portal.grants.routes.room import blueprint, me, my_holder
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads import LinkView, links_of
from portal.vendors.reads import VendorView, vendors_of


@dataclass(frozen=True, slots=True)
class Company:
    """One company as its card shows it."""

    vendor: VendorView
    link: LinkView
    live: list[Status]
    ended: list[Status]
    last_read: datetime | None

    @property
    def id(self) -> str:
        """The link's id, for addresses."""
        return text_of(self.link.id)

    @property
    def labels(self) -> list[str]:
        """All that the company has, in the reader's words."""
        names = {name for status in self.live for detail in status.details for name in detail.datatypes}
        return [label_of(name) for name in sorted(names)]

    @property
    def until(self) -> datetime | None:
        """When the last of it ends."""
        return max((status.grant.ends_at for status in self.live), default=None)


def company_of(link: LinkView, vendor: VendorView, statuses: Sequence[Status], last: datetime | None) -> Company:
    """A company's card from its permissions."""
    mine = [status for status in statuses if status.grant.link_id == link.id]
    live = [status for status in mine if status.live]
    return Company(vendor, link, live, [status for status in mine if not status.live], last)


@blueprint.get("/sharing")
@see("sharing:see")
def sharing(unit: Unit) -> str:
    """Every company: what it has, until when, when it last looked; and requests that wait."""
    links = {link.id: link for link in links_of(unit, me())}
    requests = reads.waiting_requests(unit)
    vendors = vendors_of(unit, {*(link.vendor_id for link in links.values()), *(one.vendor_id for one in requests)})
    statuses = reads.statuses_of(unit, reads.grants_of(unit), links)
    last = last_reads(unit, my_holder(unit))
    companies = [
        company_of(link, vendors[link.vendor_id], statuses, last.get(link.vendor_id)) for link in links.values()
    ]
    companies.sort(key=lambda one: (not one.live, one.vendor.name.casefold()))
    return render_template(
        "grants/sharing.html", companies=companies, waiting=_waiting(requests, vendors), nothing=not companies
    )


def _waiting(requests: Sequence[Request], vendors: dict[bytes, VendorView]) -> list[tuple[str, VendorView, Request]]:
    return [(text_of(request.id), vendors[request.vendor_id], request) for request in requests]
