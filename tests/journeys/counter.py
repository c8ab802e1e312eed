"""A company with somebody behind its counter and a customer before it, who sign in and read in one language."""

from typing import Any

from portal.customers.service import set_attribute
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.unit import SYSTEM
from portal.orders.demands.reads import DemandView, demand_of, demands_of
from portal.orders.reads import OrderView
from portal.tickets.reads import Thread, thread_of
from portal.tickets.service import promise
from portal.vendors.reads import vendor_of
from portal.vendors.service import set_card
from tests import people
from tests.journeys.reader import ANA
from tests.orders.cast import an_order, company, join, line, list_of, tell
from tests.orders.shelf import CARD
from tests.tickets.cast import Talk

BEA = "bea@shop.example"
COUNTRIES = {"ca": "ES", "es": "ES", "ro": "RO"}
"""Where whoever reads in a language lives here; whoever reads English has not said."""


class Counter:
    """Llibreria Far with its customer Ana, whose orders it told, and Bea, who answers there."""

    def __init__(self, house: House, locale: str, *orders: dict[str, Any]) -> None:
        self.house, self.locale = house, locale
        self.seller = company(house, "Llibreria Far")
        with house.writing(SYSTEM) as unit:
            set_card(unit, vendor_id=self.seller.vendor_id, card=CARD)
            self.vendor = vendor_of(unit, self.seller.vendor_id)
        tell(house, self.vendor.id, *(orders or (an_order("F-1", "c", line("Lamp")),)))
        self.customer = people.actor(house, people.register(house, ANA, locale=locale))
        join(house, self.seller, "c", self.customer)
        self.console = f"/console/{self.vendor.slug}"
        self.bea = self.hires(BEA)

    def hires(self, email: str) -> bytes:
        """One more who answers there; gives the account."""
        bounds = {"vendor_id": self.vendor.id, "rank": "agent"}
        return people.somebody(self.house, email, "staff", locale=self.locale, **bounds)

    def lives(self) -> str | None:
        """The customer says where they live, if they do; gives the country."""
        country = COUNTRIES.get(self.locale)
        if country is not None:
            assert self.customer.customer_id is not None
            address = {"street": "Carrer Nou 3", "postal_code": "17001", "city": "Girona", "country": country}
            with self.house.writing(self.customer) as unit:
                set_attribute(unit, customer_id=self.customer.customer_id, path="profile.address", value=address)
        return country

    def promises(self, minutes: int) -> None:
        """A first answer within so many minutes, at any hour of any day."""
        days = [[[0, 1440]]] * 7
        with self.house.writing(SYSTEM) as unit:
            targets = {"firstResponse": minutes}
            promise(unit, vendor_id=self.vendor.id, zone="Europe/Madrid", week=days, closed=(), targets=targets)

    def talk(self, words: str, **more: Any) -> Talk:
        """The customer begins a conversation."""
        made = Talk(self.house, self.vendor, self.customer, people.actor(self.house, self.bea, "staff"))
        made.begin(words, **more)
        return made

    def order(self, number: str) -> OrderView:
        """An order as its customer sees it now."""
        return next(order for order in list_of(self.house, self.customer) if order.number == number)

    def demands(self) -> list[DemandView]:
        """What the customer asked for, the newest first."""
        assert self.customer.customer_id is not None and self.customer.holder_id is not None
        with self.house.reading(self.customer) as unit:
            box = unit.box(self.customer.holder_id)
            found, _more = demands_of(unit, self.customer.customer_id, box)
            return [demand_of(unit, self.customer.customer_id, box, one.id) for one in found]

    def thread(self, url: str) -> Thread:
        """The conversation of one of the customer's pages."""
        assert self.customer.customer_id is not None and self.customer.holder_id is not None
        ticket_id = id_from(url.partition("#")[0].rpartition("/")[2])
        with self.house.reading(self.customer) as unit:
            return thread_of(unit, self.customer.customer_id, self.customer.holder_id, ticket_id)
