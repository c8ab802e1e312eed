"""Every cell of both tables, of orders and of what was asked: what may be done is done, all else refused with what may."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.kernel.errors import Conflict, NotFound
from portal.kernel.house import House
from portal.kernel.unit import Unit
from portal.orders.demands.machine import (
    ACTIONS,
    CANCELLATION,
    CHANGE,
    CLAIM,
    COMPANY,
    CUSTOMER,
    HOUSE,
    KINDS,
    MACHINES,
    NOT_MINE,
    REORDER,
    RETURN,
    WITHDRAWAL,
    allowed_actions,
)
from portal.orders.demands.service import (
    Answered,
    answer,
    confirm_withdrawal,
    remind,
    take_back,
)
from portal.orders.models import Demand, DemandLine, DemandStep
from portal.orders.statuses import STATUSES
from tests.orders.cast import an_order
from tests.orders.shelf import Shelf

# Spelled out by hand: what of an order that stands so may be asked for, where the company takes changes and reorders.
ALWAYS = {REORDER, NOT_MINE}
MAY = {
    "OrderPaymentDue": {CANCELLATION, WITHDRAWAL, CHANGE, *ALWAYS},
    "OrderProcessing": {CANCELLATION, WITHDRAWAL, CHANGE, *ALWAYS},
    "OrderPickupAvailable": {CANCELLATION, WITHDRAWAL, *ALWAYS},
    "OrderInTransit": {WITHDRAWAL, *ALWAYS},
    "OrderDelivered": {RETURN, CLAIM, WITHDRAWAL, *ALWAYS},
    "OrderProblem": {CANCELLATION, CLAIM, WITHDRAWAL, *ALWAYS},
    "OrderReturned": ALWAYS,
    "OrderCancelled": ALWAYS,
}
# The same for what was asked: kind, state, who, and what that one may do, where the answer is late.
PLAIN = {
    "requested": {COMPANY: {"accept", "decline"}, CUSTOMER: {"take-back", "remind"}},
    "closed": {},
    "declined": {},
    "canceled": {},
}
DO: dict[str, dict[str, dict[str, set[str]]]] = {
    **dict.fromkeys((CANCELLATION, CHANGE, REORDER, NOT_MINE), PLAIN),
    RETURN: {
        **PLAIN,
        "open": {COMPANY: {"receive", "close"}, CUSTOMER: {"take-back"}},
        "partially_received": {COMPANY: {"receive", "close"}},
    },
    CLAIM: {**PLAIN, "open": {COMPANY: {"close"}, CUSTOMER: {"take-back"}}},
    WITHDRAWAL: {
        "started": {CUSTOMER: {"confirm"}},
        "submitted": {HOUSE: {"send-receipt"}},
        "receipt_sent": {COMPANY: {"acknowledge"}, CUSTOMER: {"remind"}},
        "acknowledged_by_vendor": {COMPANY: {"settle", "dispute"}},
        "settled": {},
        "disputed": {},
    },
}
# Pressed where it was done already, each is done once: nothing happens, and nobody is told off.
TWICE = {
    (CUSTOMER, "take-back", "canceled"),
    *((CUSTOMER, "confirm", state) for state in DO[WITHDRAWAL] if state != "started"),
}


def test_every_state_of_an_order_allows_what_the_table_says_and_refuses_the_rest_with_what_is_allowed(house: House) -> None:
    orders = (an_order(f"{status}.{kind}", "c", status=status) for status in STATUSES for kind in KINDS)
    shelf = Shelf(house, *orders)
    assert MAY.keys() == set(STATUSES)
    for status in STATUSES:
        for kind in KINDS:
            number = f"{status}.{kind}"
            assert shelf.allowed(number) == MAY[status], status
            if kind in MAY[status]:
                shelf.ask(number, kind)
                continue
            with pytest.raises(Conflict) as refused:
                shelf.ask(number, kind)
            assert refused.value.reason == "not-allowed"
            assert set(refused.value.extra["allowed_actions"]) == MAY[status]


def test_the_table_of_demands_has_every_state_and_every_action() -> None:
    assert {kind: set(states) for kind, states in DO.items()} == {kind: set(MACHINES[kind]) for kind in KINDS}
    for kind, states in DO.items():
        for state, doers in states.items():
            for who in (CUSTOMER, COMPANY, HOUSE):
                assert set(allowed_actions(kind, state, who)) == doers.get(who, set()), (kind, state, who)


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_of_a_demand_allows_what_the_table_says_and_refuses_the_rest_with_what_is_allowed(
    house: House, kind: str
) -> None:
    shelf = Shelf(house, an_order("1", "c", status=_fit(kind)))
    demand_id = shelf.ask("1", kind)
    with pytest.raises(_Tried), house.writing(shelf.customer) as unit:
        for state, doers in DO[kind].items():
            for who, action in DOORS:
                may = doers.get(who, set())
                assert _try(unit, shelf, demand_id, state, who, action, may) == (action in may), (state, who, action)
        raise _Tried


class _Tried(Exception):
    """All of it is rolled back."""


def _fit(kind: str) -> str:
    return "OrderProcessing" if kind in (CANCELLATION, CHANGE) else "OrderDelivered"


DOORS = [
    *((CUSTOMER, action) for action in ("confirm", "take-back", "remind")),
    *((COMPANY, action) for action in ACTIONS),
]
"""What each of them can press or send at all: customers have three doors, companies may send any action there is."""


def _try(unit: Unit, shelf: Shelf, demand_id: bytes, state: str, who: str, action: str, may: set[str]) -> bool:
    """Whether it is done in this state, late; what is not allowed says what is, and changes nothing."""
    late = {"state": state, "due_at": unit.at - timedelta(days=1)}
    with unit.connection.begin_nested() as place:
        unit.connection.execute(update(Demand).where(Demand.id == demand_id).values(late))
        before = _row(unit, demand_id)
        if action in may or (who, action, state) in TWICE:
            _do(unit, shelf, demand_id, who, action)
        elif (who, state) == (COMPANY, "started"):
            # A withdrawal that was only begun is not there for the company.
            with pytest.raises(NotFound):
                _do(unit, shelf, demand_id, who, action)
        else:
            with pytest.raises(Conflict) as refused:
                _do(unit, shelf, demand_id, who, action)
            assert refused.value.reason == "not-allowed"
            assert set(refused.value.extra["allowed_actions"]) == may, (state, who, action)
        done = _row(unit, demand_id) != before
        place.rollback()
    return done


def _row(unit: Unit, demand_id: bytes) -> list[Any]:
    """How it stands, with its pieces and its steps."""
    wanted = select(Demand.__table__).where(Demand.id == demand_id)
    rows = [*unit.connection.execute(wanted)]
    for table in (DemandLine, DemandStep):
        rows += unit.connection.execute(select(table.__table__).where(table.demand_id == demand_id))
    return rows


def _do(unit: Unit, shelf: Shelf, demand_id: bytes, who: str, action: str) -> None:
    if who == COMPANY:
        said = Answered(action, received={"1": 1} if action == "receive" else None)
        answer(unit, vendor_id=shelf.seller.vendor_id, order_number=None, demand_id=demand_id, answered=said)
    elif action == "confirm":
        confirm_withdrawal(unit, demand_id=demand_id, name="Ana Puig", email="ana@example.org")
    else:
        (take_back if action == "take-back" else remind)(unit, demand_id=demand_id)
