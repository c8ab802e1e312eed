"""A customer's orders at a company that answers, and what may be asked about them."""

from typing import Any

from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.links.reads import LinkView
from portal.links.service import fold, prospect
from portal.orders.demands.machine import (
    CHANGE,
    CLAIM,
    COUNTED,
    WITHDRAWAL,
)
from portal.orders.demands.reads import DemandView, demands_of, offers_of
from portal.orders.demands.service import (
    Answered,
    Asked,
    answer,
    ask,
    confirm_withdrawal,
    start_withdrawal,
)
from portal.orders.reads import OrderView
from portal.vendors.service import set_card
from tests.grants.cast import person
from tests.orders.cast import an_order, company, found, list_of, tell

CARD = {"changes": ["address", "slot", "quantity"], "reorders": True, "answers_within": 48}


class Shelf:
    """A customer with orders of one company that takes whatever is asked."""

    def __init__(self, house: House, *orders: dict[str, Any]) -> None:
        self.house, self.seller = house, company(house, "Llibreria Far")
        with house.writing() as unit:
            set_card(unit, vendor_id=self.seller.vendor_id, card=CARD)
        tell(house, self.seller.vendor_id, *orders)
        self.customer: Actor = found(house, self.seller, "c", "ana@example.org")
        self._orders: dict[str, OrderView] = {}

    def order(self, number: str, *, anew: bool = False) -> OrderView:
        """An order as the customer sees it; lists are long, and what they say here rarely changes."""
        if anew or number not in self._orders:
            self._orders = {order.number: order for order in list_of(self.house, self.customer)}
        return self._orders[number]

    def ask(self, number: str, kind: str, *quantities: int, seen: int = 0) -> bytes:
        """Asks for it, so many of each line."""
        order = self.order(number)
        pieces = {one.id: many for one, many in zip(order.lines, quantities or (1,), strict=False) if many}
        with self.house.writing(self.customer) as unit:
            if kind == WITHDRAWAL:
                return start_withdrawal(unit, order_id=order.id, pieces=pieces)
            return ask(unit, order_id=order.id, asked=asked(kind, pieces), seen=seen)

    def confirm(self, demand_id: bytes) -> None:
        """The second step of a withdrawal."""
        with self.house.writing(self.customer) as unit:
            confirm_withdrawal(unit, demand_id=demand_id, name="Ana Puig", email="ana@example.org")

    def answer(self, demand_id: bytes, action: str, **more: Any) -> None:
        """The company answers."""
        with self.house.writing() as unit:
            said = Answered(action, **more)
            answer(unit, vendor_id=self.seller.vendor_id, order_number=None, demand_id=demand_id, answered=said)

    def do(self, verb: Any, demand_id: bytes) -> None:
        """The customer does something about it."""
        with self.house.writing(self.customer) as unit:
            verb(unit, demand_id=demand_id)

    def demands(self) -> list[DemandView]:
        """What was asked, the newest first."""
        with self.house.reading(self.customer) as unit:
            assert self.customer.customer_id is not None and self.customer.holder_id is not None
            return demands_of(unit, self.customer.customer_id, unit.box(self.customer.holder_id))[0]

    def demand(self, demand_id: bytes) -> DemandView:
        """One of them."""
        return next(one for one in self.demands() if one.id == demand_id)

    def allowed(self, number: str) -> set[str]:
        """What may be asked now."""
        with self.house.reading(self.customer) as unit:
            return set(offers_of(unit, self.order(number)).allowed)

    def reason(self, number: str, kind: str) -> str | None:
        """Why something may not be asked."""
        with self.house.reading(self.customer) as unit:
            return offers_of(unit, self.order(number)).reasons[kind]


def asked(kind: str, pieces: dict[bytes, int]) -> Asked:
    """A demand of this kind, with whatever goes with it."""
    of_claim = {"type": "replace", "reason": "wrong_item"} if kind == CLAIM else {}
    of_change = {"type": "address", "words": "Carrer Nou 3"} if kind == CHANGE else {}
    return Asked(kind, pieces if kind in COUNTED else {}, **of_claim, **of_change)


def somebody_elses(house: House) -> tuple[Actor, LinkView, OrderView]:
    """Somebody who took another's order for theirs: who, the link that it came to, and the order."""
    seller, ana = company(house, "Llibreria Far"), person(house, "ana@example.org")
    tell(house, seller.vendor_id, an_order("1", "theirs"))
    with house.writing(ana) as unit:
        assert ana.customer_id is not None
        source = prospect(unit, vendor_id=seller.vendor_id, number="theirs")
        kept = fold(unit, prospect_link=source.id, into=ana.customer_id)
    [order] = list_of(house, ana)
    return ana, kept, order
