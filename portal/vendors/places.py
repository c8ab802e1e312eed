"""The places of a company's console, in the order of its menu; each room adds the line of its own page.

A place opens at an endpoint that takes a company's ``slug``, to those of the ranks that are named.
"""

from dataclasses import dataclass

from portal.kernel.i18n import lazy_gettext as _
from portal.vendors.ranks import AGENT, DEVELOPER, OWNER, RANKS


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the menu."""

    name: str
    endpoint: str
    ranks: tuple[str, ...] = RANKS
    # Whether a sandbox has it too, or its company alone.
    sandbox: bool = True


PLACES: tuple[Place, ...] = (
    Place(_("Overview"), "vendors.overview"),
    Place(_("What is shared with us"), "grants.shared_profiles_page", (OWNER, AGENT)),
    Place(_("Customers"), "links.customers", (OWNER, AGENT)),
    Place(_("Promises kept"), "insights.promises"),
    Place(_("Programs"), "oauth.programs", (OWNER, DEVELOPER)),
    Place(_("Webhooks"), "events.webhooks", (OWNER, DEVELOPER)),
    Place(_("Calls"), "audit.calls", (OWNER, DEVELOPER)),
    Place(_("Sandbox"), "vendors.sandbox", (OWNER, DEVELOPER)),
    Place(_("Try it"), "vendors.try_it", (OWNER, DEVELOPER)),
    Place(_("Company card"), "vendors.card"),
    Place(_("What you may ask for"), "vendors.purposes", sandbox=False),
    Place(_("What customers see"), "grants.as_customers_see_it"),
    Place(_("Staff"), "vendors.staff", (OWNER,), sandbox=False),
)


def places_for(rank: str, *, sandbox: bool = False) -> list[Place]:
    """What the menu of somebody with this rank holds, in their company or in its sandbox."""
    return [place for place in PLACES if rank in place.ranks and (place.sandbox or not sandbox)]
