"""A customer is erased: permissions end, requests are closed, and the records of choices are deleted."""

from sqlalchemy import delete, null, select, update

from portal.grants.decision import LIVE
from portal.grants.facts import ChoicesForgotten, GrantRevoked
from portal.grants.models import WAITING, WITHDRAWN, Grant, Record, Request
from portal.kernel.unit import Unit


def forget(unit: Unit, *, customer_id: bytes, holder_id: bytes) -> None:
    """Ends what the customer permitted, without a record of it, and forgets what they chose.

    The permissions themselves stay, ended: by them a company learns that it may read nothing more.
    """
    _end_all(unit, customer_id, holder_id)
    mine = Request.customer_id == customer_id
    records = unit.connection.execute(delete(Record).where(Record.customer_id == customer_id)).rowcount
    closed = update(Request).where(mine, Request.state == WAITING).values(state=WITHDRAWN)
    requests = unit.connection.execute(closed).rowcount
    emptied = update(Request).where(mine).values(counter_offer=null(), offer_until=None, customer_number=None)
    if unit.connection.execute(emptied).rowcount or records:
        unit.note(ChoicesForgotten(holder=holder_id, count=requests))


def _end_all(unit: Unit, customer_id: bytes, holder_id: bytes) -> None:
    live = (Grant.customer_id == customer_id, Grant.state == LIVE)
    columns = (Grant.id, Grant.vendor_id, Grant.link_id, Grant.version)
    rows = unit.connection.execute(select(*columns).where(*live).with_for_update()).all()
    if not rows:
        return
    ended = {"state": "ended", "ended_at": unit.at, "updated_at": unit.at, "ended_by": "customer"}
    unit.connection.execute(update(Grant).where(*live).values(ended))
    for row in rows:
        about = {"vendor": row.vendor_id, "link": row.link_id, "grant": row.id, "version": row.version}
        unit.note(GrantRevoked(holder=holder_id, **about, basis="grant", reason="erased", ended_by="customer"))
