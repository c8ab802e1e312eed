"""What a customer does about something that they asked for."""

from portal.kernel.errors import Conflict
from portal.kernel.unit import Unit
from portal.orders.demands.machine import CUSTOMER, WAITING
from portal.orders.demands.reads import AGAIN, may_do
from portal.orders.demands.service.moving import about, mine, move, thaw
from portal.orders.facts import DemandReminded, DemandTakenBack


def take_back(unit: Unit, *, demand_id: bytes) -> None:
    """The customer asks for it no longer; done already, it changes nothing."""
    demand, order = mine(unit, demand_id)
    if demand.state == "canceled":
        return
    move(unit, demand, order, "take-back", CUSTOMER)
    thaw(unit, demand, order)
    unit.note(DemandTakenBack(**about(unit, order, demand.id), kind=demand.kind))


def remind(unit: Unit, *, demand_id: bytes) -> None:
    """The company did not answer by its day: it is told once more. Twice on one day it is told once."""
    demand, order = mine(unit, demand_id)
    if demand.state in WAITING and demand.reminded_at is not None and unit.at - demand.reminded_at < AGAIN:
        return
    possible = may_do(demand.kind, demand.state, due_at=demand.due_at, reminded_at=demand.reminded_at, at=unit.at)
    if "remind" not in possible:
        raise Conflict("not-allowed", "It is not late.", allowed_actions=list(possible))
    move(unit, demand, order, "remind", CUSTOMER, reminded_at=unit.at)
    unit.note(DemandReminded(**about(unit, order, demand.id), kind=demand.kind))
