"""The places of a company's console, in the order of its menu; each room adds the line of its own page.

A place opens at an endpoint that takes a company's ``slug``, to those of the ranks that are named. Those of one group stand
together under its name, so that the menu is short: a row of groups, and below it the places of the one that is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from portal.kernel.i18n import lazy_gettext as _
from portal.vendors.ranks import AGENT, DEVELOPER, OWNER, RANKS

HOME, CUSTOMERS, PROGRAMS, COMPANY = "", _("Your customers"), _("For developers"), _("Your company")


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the menu."""

    group: str
    name: str
    endpoint: str
    ranks: tuple[str, ...] = RANKS
    # Whether a sandbox has it too, or its company alone.
    sandbox: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Places that stand together. One that is alone stands under its own name."""

    name: str
    places: tuple[Place, ...]


PLACES: tuple[Place, ...] = (
    Place(HOME, _("Overview"), "vendors.overview"),
    Place(CUSTOMERS, _("What is shared with us"), "grants.shared_profiles_page", (OWNER, AGENT)),
    Place(CUSTOMERS, _("Conversations"), "tickets.queue", (OWNER, AGENT)),
    Place(CUSTOMERS, _("Customers"), "links.customers", (OWNER, AGENT)),
    Place(CUSTOMERS, _("What customers ask"), "demands.asked_of_us", (OWNER, AGENT)),
    Place(CUSTOMERS, _("Promises kept"), "insights.promises"),
    Place(CUSTOMERS, _("What customers see"), "grants.as_customers_see_it"),
    Place(PROGRAMS, _("Programs"), "oauth.programs", (OWNER, DEVELOPER)),
    Place(PROGRAMS, _("Webhooks"), "events.webhooks", (OWNER, DEVELOPER)),
    Place(PROGRAMS, _("Calls"), "audit.calls", (OWNER, DEVELOPER)),
    Place(PROGRAMS, _("Sandbox"), "vendors.sandbox", (OWNER, DEVELOPER)),
    Place(PROGRAMS, _("Try it"), "vendors.try_it", (OWNER, DEVELOPER)),
    Place(COMPANY, _("Company card"), "vendors.card"),
    Place(COMPANY, _("What you may ask for"), "vendors.purposes", sandbox=False),
    Place(COMPANY, _("Staff"), "vendors.staff", (OWNER,), sandbox=False),
)


def groups_for(rank: str, *, sandbox: bool = False) -> list[Group]:
    """What the menu of somebody with this rank holds, in their company or in its sandbox."""
    theirs = [place for place in PLACES if rank in place.ranks and (place.sandbox or not sandbox)]
    return [_group(places) for _name, places in groupby(theirs, key=lambda place: place.group)]


def _group(found: Iterable[Place]) -> Group:
    places = tuple(found)
    return Group(places[0].group if len(places) > 1 else places[0].name, places)
