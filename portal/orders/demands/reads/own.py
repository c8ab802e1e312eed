"""What a customer asked for, as that customer sees it. Writes nothing."""

from sqlalchemy import select

from portal.kernel.errors import NotFound
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.demands.models import Demand
from portal.orders.demands.reads.views import DemandView, Place, views, whole

PAGE = 50


def demands_of(
    unit: Unit, customer_id: bytes, box: Box, order_id: bytes | None = None, *, after: Place | None = None
) -> tuple[list[DemandView], Place | None]:
    """What a customer asked for, the newest first, and where the list goes on; of one order where that is named."""
    wanted = whole().where(Demand.customer_id == customer_id).order_by(Demand.asked_at.desc(), Demand.id.desc())
    if order_id is not None:
        wanted = wanted.where(Demand.order_id == order_id)
    if after is not None:
        wanted = wanted.where(after.before())
    rows = unit.connection.execute(wanted.limit(PAGE + 1)).all()
    following = Place(rows[PAGE - 1].asked_at, rows[PAGE - 1].id) if len(rows) > PAGE else None
    return views(unit, rows[:PAGE], {customer_id: box}), following


def demand_of(unit: Unit, customer_id: bytes, box: Box, demand_id: bytes) -> DemandView:
    """One of this customer's; somebody else's is NotFound."""
    rows = unit.connection.execute(whole().where(Demand.customer_id == customer_id, Demand.id == demand_id)).all()
    if not rows:
        raise NotFound
    return views(unit, rows, {customer_id: box})[0]


def receipt_of(unit: Unit, customer_id: bytes, box: Box, demand_id: bytes) -> str:
    """The signed receipt of a withdrawal; NotFound where there is none of this customer's."""
    wanted = select(Demand.receipt).where(Demand.customer_id == customer_id, Demand.id == demand_id)
    sealed = unit.connection.execute(wanted).scalar_one_or_none()
    if sealed is None:
        raise NotFound
    return box.open("order_demands", "receipt", demand_id, sealed)


def answer_told(unit: Unit, box: Box, demand_id: bytes) -> str | None:
    """What the company wrote about it last, given the box of whose it is."""
    wanted = select(Demand.answer).where(Demand.id == demand_id)
    sealed = unit.connection.execute(wanted).scalar_one_or_none()
    return None if sealed is None else box.open("order_demands", "answer", demand_id, sealed)
