"""What Ana bought in half a year, as data: forty orders at four companies, and three earlier ones at the bookshop."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

DELIVERED = "OrderDelivered"
ON_ITS_WAY = "OrderInTransit"
BEING_MADE = "OrderProcessing"
RETURNED = "OrderReturned"

NUMBERS = {"grocer": "MV-1187", "household": "CL-40213", "clinic": "P-5530", "club": "S-0912", "bookshop": "LF-77"}
"""What each company calls Ana."""
_SENDERS = ("grocer", "household", "bookshop")
"""Those whose orders go by a carrier; a check-up or a night in a hut does not."""
GIFT = "CL-20105"
HIDDEN = "CL-20162"
ON_THE_ROAD = "MV-20197"


@dataclass(frozen=True)
class Thing:
    """A line of an order; prices in cents."""

    name: str
    category: str
    price: int
    quantity: int = 1
    status: str | None = None


@dataclass(frozen=True)
class Purchase:
    """An order: placed so many days ago, and told to us when it was settled, or at once where it is not yet."""

    company: str
    ago: int
    things: tuple[Thing, ...]
    status: str = DELIVERED
    takes: int = 2

    @property
    def told(self) -> int:
        """How many days ago the company told us."""
        return self.ago - self.takes if self.status == DELIVERED else self.ago

    @property
    def number(self) -> str:
        """The company's order number."""
        return f"{NUMBERS[self.company].partition('-')[0]}-{20_200 - self.ago}"

    def document(self, at: datetime) -> dict[str, Any]:
        """As the company sends it at this moment."""
        placed = at - timedelta(days=self.ago - self.told, hours=1)
        order = {
            "number": self.number,
            "customer": NUMBERS[self.company],
            "status": self.status,
            "placed_at": placed.isoformat(),
            "promised_at": (placed + timedelta(days=30 if self.status == BEING_MADE else 4)).isoformat(),
            "currency": "EUR",
            "lines": [_line(thing) for thing in self.things],
        }
        return order | self._on_its_way(placed, at)

    def _on_its_way(self, placed: datetime, at: datetime) -> dict[str, str]:
        delivered = {"delivered_at": at.isoformat()} if self.status == DELIVERED else {}
        if self.company not in _SENDERS or self.status not in (DELIVERED, ON_ITS_WAY):
            return delivered
        shipped = at - timedelta(hours=30) if delivered else at
        return {"approved_at": placed.isoformat(), "shipped_at": shipped.isoformat(), **delivered, **self._last_days(at)}

    def _last_days(self, at: datetime) -> dict[str, str]:
        # Two weeks to withdraw (Directive 2011/83/EU, article 9; not from food, article 16), and the three years of Spanish law.
        if self.company == "grocer" or self.status != DELIVERED:
            return {}
        days = {"return_until": 14, "guarantee_until": 3 * 365 + 1}
        return {name: (at + timedelta(days=many)).isoformat() for name, many in days.items()}


def _line(thing: Thing) -> dict[str, Any]:
    line = {
        "name": thing.name, "category": thing.category, "quantity": thing.quantity, "unit_price": thing.price
    }  # fmt: skip
    return line | ({"status": thing.status} if thing.status else {})


_SHELF = (
    Thing("Box of vegetables of the season", "Vegetables", 1890),
    Thing("Olive oil, 1 litre", "Larder", 1145),
    Thing("Wholemeal bread", "Bakery", 320),
    Thing("Goat's cheese", "Dairy", 685),
    Thing("Coffee, 500 g", "Larder", 990),
    Thing("Oranges, 3 kg", "Fruit", 540),
)
_LAMP = Thing("Reading lamp", "Lamps", 4950)
_HOUSEHOLD = (
    Purchase("household", 165, (_LAMP,)),
    Purchase("household", 150, (Thing("Set of six glasses", "Kitchen", 2380),)),
    Purchase("household", 131, (_LAMP, Thing("Linen curtain", "Textiles", 6200, status=RETURNED))),
    # Promised after four days: the one promise that was broken.
    Purchase("household", 113, (Thing("Floor lamp", "Lamps", 12900),), takes=7),
    Purchase("household", 95, (Thing("Toy train of wood", "Toys", 3490),)),
    Purchase(
        "household", 77, (Thing("Linen tablecloth", "Textiles", 4400), Thing("Set of six glasses", "Kitchen", 2380))
    ),
    Purchase("household", 58, (Thing("Candle holder", "Lamps", 1250, 2),)),
    Purchase("household", 38, (Thing("Wall safe with a lock", "Furniture", 18500),), takes=3),
    Purchase("household", 21, (Thing("Curtains made to measure", "Textiles", 15800),), BEING_MADE),
)
_CLINIC = (
    Purchase("clinic", 147, (Thing("Check-up and cleaning", "Visit", 6500),), takes=1),
    Purchase("clinic", 118, (Thing("X-ray", "Visit", 3000), Thing("Filling", "Visit", 5500)), takes=1),
    Purchase("clinic", 61, (Thing("Check-up", "Visit", 4500),), takes=1),
    Purchase("clinic", 6, (Thing("Mouth guard made to measure", "Dental care", 9800),), BEING_MADE),
)
_CLUB = (
    Purchase("club", 139, (Thing("Yearly membership", "Membership", 4800),), takes=1),
    Purchase("club", 111, (Thing("Map of the Cadí, 1:25,000", "Maps", 1290),)),
    Purchase("club", 83, (Thing("Night in the mountain hut", "Outing", 2100, 2),)),
    Purchase("club", 41, (Thing("Course: first aid in the mountains", "Course", 6000),)),
    Purchase("club", 13, (Thing("Day walk with a guide", "Outing", 2500),)),
)
EARLIER = (
    Purchase("bookshop", 58, (Thing("The Shadow of the Wind", "Novel", 1290),)),
    Purchase("bookshop", 44, (Thing("Walks in the Pyrenees", "Travel", 2150), Thing("Notebook", "Paper", 690))),
    Purchase("bookshop", 29, (Thing("Cooking without a recipe", "Cooking", 2490),)),
)
"""At the bookshop, before it was connected: Ana's to find."""


def _groceries(chance: random.Random) -> Iterator[Purchase]:
    for ago in range(171, 0, -8):
        basket = chance.sample(_SHELF, k=chance.choice((2, 3, 3, 4)))
        yield Purchase("grocer", ago, tuple(basket), DELIVERED if ago > 3 else ON_ITS_WAY)


def purchases(chance: random.Random) -> list[Purchase]:
    """All forty."""
    return [*_groceries(chance), *_HOUSEHOLD, *_CLINIC, *_CLUB]
