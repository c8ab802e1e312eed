"""A customer is erased: connections end, and what led to the person is taken out of them."""

from sqlalchemy import delete, select, update

from portal.kernel.unit import Unit
from portal.links.facts import LinkEnded, LinksForgotten
from portal.links.models import Fold, Link


def forget(unit: Unit, *, customer_id: bytes, holder_id: bytes) -> None:
    """Ends every link of the customer, and forgets the companies' numbers and what was folded.

    What companies call the customer stays: it is random, and by it they learn that it ended. A company that writes anew
    under a number of its own makes a prospect of its own.
    """
    mine = Link.customer_id == customer_id
    # Held, so that a company that is writing orders is through, or finds the link gone from its number.
    held = select(Link.id, Link.vendor_id, Link.state).where(mine).order_by(Link.id).with_for_update()
    rows = unit.connection.execute(held).all()
    if not rows:
        return
    live = [row for row in rows if row.state != "ended"]
    ended = {"state": "ended", "ended_at": unit.at}
    unit.connection.execute(update(Link).where(Link.id.in_([row.id for row in live])).values(ended))
    unit.connection.execute(update(Link).where(mine).values(number=None, paused_at=None))
    unit.connection.execute(delete(Fold).where(Fold.customer_id == customer_id))
    for row in live:
        unit.note(LinkEnded(holder=holder_id, vendor=row.vendor_id, link=row.id, reason="erased"))
    unit.note(LinksForgotten(holder=holder_id, count=len(rows)))
