"""Who acts for a company: as its own owners see to it."""

from sqlalchemy import select

from portal.accounts.service import end_role
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.unit import Unit
from portal.vendors.models import Vendor
from portal.vendors.ranks import OWNER
from portal.vendors.reads import colleagues_of

LAST_OWNER = "last-owner"


def end_staff(unit: Unit, *, vendor_id: bytes, role_id: bytes) -> None:
    """Somebody acts for the company no more, and is signed out; NotFound for whoever is another company's.

    Conflict ``last-owner`` for its only owner: nobody could let anybody in again.
    """
    hold(unit, vendor_id)
    staff = colleagues_of(unit, vendor_id)
    leaving = next((one for one in staff if one.role_id == role_id), None)
    if leaving is None:
        raise NotFound
    if leaving.rank == OWNER and [one.rank for one in staff].count(OWNER) == 1:
        raise Conflict(LAST_OWNER)
    end_role(unit, role_id=role_id)


def hold(unit: Unit, vendor_id: bytes) -> None:
    """Whoever changes a company's staff or webhooks does so one after the other: two owners cannot end each other at once, nor
    two add the last webhook that there is room for.
    """
    unit.connection.execute(select(Vendor.id).where(Vendor.id == vendor_id).with_for_update()).all()
