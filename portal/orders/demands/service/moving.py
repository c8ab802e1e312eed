"""What all verbs about demands have in common: rows held, moves by the machine, steps written down, text sealed."""

from typing import Any

from sqlalchemy import func, insert, select, update

from portal.customers.service import raise_sharing_version
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.unit import Unit
from portal.orders.demands.machine import CUSTOMER, MACHINES, NOT_MINE, allowed_actions
from portal.orders.demands.models import Demand, DemandStep
from portal.orders.demands.reads import may_do
from portal.orders.facts import OrderShown
from portal.orders.models import Order
from portal.orders.reads import holders_of


def mine(unit: Unit, demand_id: bytes) -> tuple[Any, Any]:
    """A demand of whoever acts, and its order, both held."""
    mine = Demand.id == demand_id, Demand.customer_id == unit.actor.customer_id
    order_id = unit.connection.execute(select(Demand.order_id).where(*mine)).scalar_one_or_none()
    if order_id is None:
        raise NotFound
    order = hold(unit, order_id)
    return unit.connection.execute(select(Demand.__table__).where(*mine)).one(), order


def hold(unit: Unit, order_id: bytes) -> Any:
    """An order of whoever acts, held until the unit commits; somebody else's is NotFound."""
    wanted = select(Order.__table__).where(Order.id == order_id, Order.customer_id == unit.actor.customer_id)
    order = unit.connection.execute(wanted.with_for_update()).one_or_none()
    if order is None:
        raise NotFound
    return order


def move(unit: Unit, demand: Any, order: Any, action: str, who: str, **more: Any) -> str:
    """Does it where it may be done in the state the demand is in; else Conflict with what may be."""
    move = MACHINES[demand.kind][demand.state].get(action)
    if move is None or move.who != who:
        raise not_allowed(unit, demand, who)
    there = Demand.id == demand.id, Demand.state == demand.state
    if unit.connection.execute(update(Demand).where(*there).values(state=move.to, **more)).rowcount == 0:
        raise Conflict("changed")
    step(unit, order, demand.id, action, move.to, who)
    return move.to


def not_allowed(unit: Unit, demand: Any, who: str) -> Conflict:
    """What is said to whoever does what may not be done now: what may be."""
    if who == CUSTOMER:
        reminded = {"due_at": demand.due_at, "reminded_at": demand.reminded_at, "at": unit.at}
        allowed = may_do(demand.kind, demand.state, **reminded)
    else:
        allowed = allowed_actions(demand.kind, demand.state, who)
    return Conflict("not-allowed", f"It is {demand.state} now.", allowed_actions=list(allowed))


def step(unit: Unit, order: Any, demand_id: bytes, action: str, state: str, who: str) -> None:
    """Writes down what was done, by whom, and where it led."""
    row = {"demand_id": demand_id, "turn": steps_of(unit, demand_id) + 1, "order_id": order.id, "customer_id": order.customer_id}
    unit.connection.execute(insert(DemandStep), [{**row, "action": action, "state": state, "who": who, "at": unit.at}])


def steps_of(unit: Unit, demand_id: bytes) -> int:
    """How many steps were taken."""
    return unit.connection.execute(select(func.count()).where(DemandStep.demand_id == demand_id)).scalar_one()


def thaw(unit: Unit, demand: Any, order: Any) -> None:
    """An order that was said not to be theirs is theirs again for all reads, and whoever is shown it is told of it."""
    if demand.kind == NOT_MINE:
        raise_sharing_version(unit, customer_id=order.customer_id)
        unit.connection.execute(update(Order).where(Order.id == order.id).values(disputed_at=None))
        unit.note(OrderShown(**about(unit, order, demand.id) | {"about": ("order", order.id)}))


def sealed(unit: Unit, order: Any, demand_id: bytes, column: str, text: str | None) -> bytes | None:
    """What somebody wrote, sealed for the order's customer; nothing written is None."""
    if text is None or not text.strip():
        return None
    return unit.box(holder_of(unit, order.customer_id)).seal("order_demands", column, demand_id, text.strip())


def opened(unit: Unit, order: Any, demand: Any, column: str) -> str | None:
    """What somebody wrote, opened."""
    value = getattr(demand, column)
    if value is None:
        return None
    return unit.box(holder_of(unit, order.customer_id)).open("order_demands", column, demand.id, value)


def holder_of(unit: Unit, customer_id: bytes) -> bytes:
    """The holder of a customer's keys."""
    return holders_of(unit, {customer_id})[customer_id]


def about(unit: Unit, order: Any, demand_id: bytes) -> dict[str, Any]:
    """What a fact about a demand says: whose it is, and of which company and link."""
    about = {"vendor": order.vendor_id, "link": order.link_id, "about": ("demand", demand_id)}
    return {"holder": holder_of(unit, order.customer_id), **about}
