"""How far a company is set up: what customers and its own machines need, in the order in which it is done."""

from dataclasses import dataclass

from sqlalchemy import func, select

from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.unit import Unit
from portal.oauth.models import Client
from portal.vendors.ranks import DEVELOPER, OWNER
from portal.vendors.reads.organisations import VendorView, purposes_of
from portal.vendors.reads.staff import Staff

CARD = ("description", "web", "privacy_contact")
"""What customers look for before they say yes."""
_CARD, _PURPOSES, _PROGRAMS = "vendors.card", "vendors.purposes", "oauth.programs"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up: what it is, what it is for, whether it is there, and the page on which it is done."""

    name: str
    sentence: str
    done: bool
    endpoint: str | None = None


def steps_of(unit: Unit, staff: Staff) -> list[Step]:
    """All of them; each with its page where whoever looks may do it."""
    may = {OWNER: {_CARD, _PURPOSES, _PROGRAMS}, DEVELOPER: {_PROGRAMS}}.get(staff.rank, set())
    may &= {place.endpoint for group in staff.groups for place in group.places}
    return [
        Step(name, sentence, done, endpoint if endpoint in may else None)
        for name, sentence, done, endpoint in _steps(unit, staff.vendor)
    ]


def _steps(unit: Unit, vendor: VendorView) -> list[tuple[str, str, bool, str]]:
    return [
        (
            _("Company card"),
            _("What you do, your web address, and where questions about personal data go."),
            all(vendor.card.get(member) for member in CARD),
            _CARD,
        ),
        (
            _("What you may ask for"),
            _("At least one purpose, and the data that goes with it. The operator approves it."),
            bool(purposes_of(unit, vendor.id)),
            _PURPOSES,
        ),
        (
            _("A program"),
            _("Your machines sign in with it, by a key or a secret of its own."),
            _programs(unit, vendor.id) > 0,
            _PROGRAMS,
        ),
    ]


def _programs(unit: Unit, vendor_id: bytes) -> int:
    living = select(func.count()).select_from(Client).where(Client.vendor_id == vendor_id, Client.state == "live")
    return int(unit.connection.execute(living).scalar_one())
