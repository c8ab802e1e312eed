"""What a customer does about something that they asked for."""

from portal.kernel.unit import Unit
from portal.orders.demands.machine import CUSTOMER, WAITING
from portal.orders.demands.reads import AGAIN
from portal.orders.demands.service.moving import about, mine, move, not_allowed, thaw
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
    if demand.state in WAITING and unit.at <= demand.due_at:
        raise not_allowed(unit, demand, CUSTOMER)
    move(unit, demand, order, "remind", CUSTOMER, reminded_at=unit.at)
    unit.note(DemandReminded(**about(unit, order, demand.id), kind=demand.kind))
