"""What customers offered in place of what was asked, and its end: a later word of theirs about the same reason."""

from collections.abc import Collection

from sqlalchemy import bindparam, select, update

from portal.grants import reads
from portal.grants.facts import OfferTakenBack
from portal.grants.models import ANSWERED, Request
from portal.kernel.ids import text_of
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit

NEWER = "newer-choice"


def end_offers(
    unit: Unit, *, customer_id: bytes, vendor_id: bytes, purposes: Collection[str] | None = None, but: bytes | None = None
) -> None:
    """Ends what a company may still take up for these purposes, or for any; ``but`` is the request of the choice itself."""
    for row in _standing.all(unit.connection, {"customer": customer_id, "vendor": vendor_id, "at": unit.at}):
        if row.id != but and (purposes is None or not row.counter_offer.keys().isdisjoint(purposes)):
            unit.connection.execute(update(Request).where(Request.id == row.id).values(offer_until=None))
            holder = reads.holder_of(unit, customer_id)
            unit.note(OfferTakenBack(holder=holder, vendor=vendor_id, request=text_of(row.id), reason=NEWER))


_standing = Prepared(
    select(Request.id, Request.counter_offer)
    .where(
        Request.customer_id == bindparam("customer"),
        Request.vendor_id == bindparam("vendor"),
        Request.state == ANSWERED,
        Request.offer_until > bindparam("at"),
    )
    .order_by(Request.id)
)
