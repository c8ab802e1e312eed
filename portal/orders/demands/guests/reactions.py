"""What withdrawals without an account answer to: a company answered one that goes on about an order."""

from portal.kernel.unit import Unit
from portal.orders.demands.guests.reads import addressee_of
from portal.orders.demands.guests.service import end_told, tell_guest
from portal.orders.demands.machine import MACHINES
from portal.orders.demands.reads import answer_told
from portal.orders.facts import DemandAnswered


def mail_answer(unit: Unit, fact: DemandAnswered) -> None:
    """Answers DemandAnswered with :func:`portal.orders.demands.guests.service.tell_guest`; notes nothing."""
    assert fact.about is not None
    assert fact.holder is not None
    demand_id = fact.about[1]
    if addressee_of(unit, demand_id) is None:
        return
    tell_guest(unit, withdrawal_id=demand_id, action=fact.action, words=answer_told(unit, unit.box(fact.holder), demand_id))
    if not MACHINES[fact.kind][fact.state]:
        end_told(unit, withdrawal_id=demand_id)
