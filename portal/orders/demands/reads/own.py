"""What a customer asked for, as that customer sees it. Writes nothing."""

from sqlalchemy import select

from portal.kernel.errors import NotFound
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.demands.models import Demand
from portal.orders.demands.reads.views import DemandView, views, whole


def demands_of(unit: Unit, customer_id: bytes, box: Box, order_id: bytes | None = None) -> list[DemandView]:
    """What a customer asked for, the newest first; of one order where that is named."""
    wanted = whole().where(Demand.customer_id == customer_id).order_by(Demand.asked_at.desc(), Demand.id.desc())
    if order_id is not None:
        wanted = wanted.where(Demand.order_id == order_id)
    return views(unit, unit.connection.execute(wanted.limit(200)).all(), {customer_id: box})


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
