"""Companies with customers who write to them; made through services, as real ones are."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.links.reads import LinkView, link_between
from portal.links.service import ensure, set_number
from portal.tickets.machine import HIGH, LOW, MEDIUM, QUESTION
from portal.tickets.reads import Held, Thread, thread_of, ticket_of_vendor
from portal.tickets.service import About, New, Opened, answer, begin, promise, say, start
from portal.vendors import service as vendors
from portal.vendors.reads import VendorView
from tests import people
from tests.grants.cast import person

DEGREES = (LOW, MEDIUM, HIGH)
OFFICE = [[[540, 840], [900, 1080]]] * 5 + [[], []]
"""Monday to Friday, nine to two and three to six."""
_numbers = count(1)


@dataclass
class Talk:
    """A company, a customer who is connected with it, and somebody who answers there."""

    house: House
    shop: VendorView
    customer: Actor
    agent: Actor
    number: str = ""
    id: bytes = b""
    made: list[Opened] = field(default_factory=list)

    def begin(self, words: str = "Where is my parcel?", **more: Any) -> Opened:
        """The customer begins a conversation, which the others here go on with."""
        with self.house.writing(self.customer) as unit:
            made = start(unit, vendor_id=self.shop.id, new=New(**{"kind": QUESTION, "words": words, **more}))
        self.id, self.number = made.id, made.number
        self.made.append(made)
        return made

    def comes(self, words: str = "About your order.", **more: Any) -> Opened:
        """The company begins one."""
        with self.house.writing(self.agent) as unit:
            new = New(**{"kind": QUESTION, "words": words, **more})
            made = begin(unit, link=self.link(), holder_id=self.customer.holder_id or b"", new=new)
        self.id, self.number = made.id, made.number
        return made

    def renew(self, turn: int) -> None:
        """Somebody else is the customer from every so many turns on: one person begins only so many in a day."""
        if turn and turn % 25 == 0:
            self.customer = person(self.house, f"{next(_numbers)}@example.org")
            connected(self.house, self.shop, self.customer)

    def says(self, action: str, words: str | None = None, **more: Any) -> None:
        """The customer does something."""
        with self.house.writing(self.customer) as unit:
            say(unit, ticket_id=self.id, action=action, words=words, **more)

    def answers(self, action: str, words: str | None = None, **more: Any) -> None:
        """The company does something."""
        with self.house.writing(self.agent) as unit:
            answer(unit, vendor_id=self.shop.id, number=self.number, action=action, words=words, **more)

    def held(self) -> Held:
        """Its row."""
        with self.house.reading() as unit:
            return ticket_of_vendor(unit, self.shop.id, self.number)

    def thread(self) -> Thread:
        """As the customer sees it."""
        assert self.customer.customer_id is not None and self.customer.holder_id is not None
        with self.house.reading(self.customer) as unit:
            return thread_of(unit, self.customer.customer_id, self.customer.holder_id, self.id)

    def link(self) -> LinkView:
        """The two's link."""
        assert self.customer.customer_id is not None
        with self.house.reading() as unit:
            found = link_between(unit, self.customer.customer_id, self.shop.id)
        assert found is not None
        return found

    def promises(self, **targets: int) -> None:
        """The company promises so many minutes of each clock, at the hours of an office in Madrid."""
        with self.house.writing(SYSTEM) as unit:
            promise(unit, vendor_id=self.shop.id, zone="Europe/Madrid", week=OFFICE, closed=(), targets=targets)


def company(house: House, name: str = "Shop") -> VendorView:
    """A company that an operator let in."""
    with house.writing(SYSTEM) as unit:
        return vendors.admit(unit, name=name)


def connected(house: House, shop: VendorView, customer: Actor, number: str | None = None) -> LinkView:
    """The customer is connected with the company, which calls them by a number of its own."""
    assert customer.customer_id is not None
    with house.writing(customer) as unit:
        link = ensure(unit, customer_id=customer.customer_id, vendor_id=shop.id)
    with house.writing(SYSTEM) as unit:
        set_number(unit, link_id=link.id, number=number or f"K-{next(_numbers)}")
    return link


def talk(house: House, name: str = "Shop", email: str = "ana@example.org", **profile: Any) -> Talk:
    """A company and its customer, ready to speak."""
    shop, customer = company(house, name), person(house, email, **profile)
    connected(house, shop, customer)
    account = people.somebody(house, f"agent-{next(_numbers)}@shop.example", "staff", vendor_id=shop.id, rank="agent")
    return Talk(house, shop, customer, people.actor(house, account, "staff"))


def about_order(order_id: bytes) -> About:
    """That a conversation is about an order."""
    return About("order", order_id)
