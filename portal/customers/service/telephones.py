"""By which telephone numbers a person is found at the desk: those in their data, each of which others may have, too."""

from sqlalchemy import select

from portal.customers.facts import TelephonesIndexed
from portal.customers.models import Customer
from portal.customers.reads import TELEPHONE, TELEPHONES, profile_of
from portal.kernel.common_index import release_shared, share_identifier
from portal.kernel.unit import Unit


def index_telephones(unit: Unit, customer_id: bytes, holder_id: bytes) -> None:
    """The blind index has the numbers that stand in the profile now, and no other."""
    release_shared(unit, TELEPHONE, holder_id)
    for held in profile_of(unit, customer_id, TELEPHONES).values():
        share_identifier(unit, TELEPHONE, held.value, holder_id)


def index_older(unit: Unit, customer_ids: list[bytes]) -> int:
    """The same for profiles from before numbers were looked up; gives how many."""
    theirs = select(Customer.id, Customer.holder_id).where(Customer.id.in_(customer_ids)).with_for_update()
    rows = unit.connection.execute(theirs).all()
    for row in rows:
        index_telephones(unit, row.id, row.holder_id)
    if rows:
        unit.note(TelephonesIndexed(count=len(rows)))
    return len(rows)
