"""Of every promise both sides, the API and a slow model say the same."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.customers.reads import customer_of
from portal.insights.reads import Kept, kept_for, promises_kept, sum_of
from portal.kernel.house import House
from portal.links.reads import link_by_number
from portal.orders.models import Order
from portal.orders.reads import steps_of
from portal.orders.shared import own_orders
from portal.orders.steps import progress_of
from tests.oauth.cast import Program
from tests.orders.cast import outcomes, tell
from tests.prove.sizes import size

ZONE = ZoneInfo("Europe/Madrid")
HISTORIES = size(test=60, prove=10_000)
CUSTOMERS = 10
BEGAN = datetime(2026, 3, 20, tzinfo=UTC)
"""About the night on which clocks are put forward."""
STATUSES = ("OrderProcessing", "OrderDelivered", "OrderReturned", "OrderCancelled", "OrderProblem")


@dataclass
class History:
    """What was told of one process, telling by telling, as somebody slow and careful writes it down."""

    number: str
    customer: str
    placed: datetime
    status: str = ""
    # Of each step, by number: every day that was ever told, and when it is done as told last.
    days: dict[str, list[datetime]] = field(default_factory=dict)
    done: dict[str, datetime | None] = field(default_factory=dict)

    def standings(self, at: datetime) -> dict[str, str | None]:
        """How each step's first promise stands."""
        return {number: self._standing(number, at) for number in self.done}

    def _standing(self, number: str, at: datetime) -> str | None:
        if not self.days[number]:
            return None
        done, last_day = self.done[number], self.days[number][0].astimezone(ZONE).date()
        if done is None and self.status in ("OrderReturned", "OrderCancelled"):
            return "void"
        over = (at if done is None else done).astimezone(ZONE).date() > last_day
        return "broken" if over else "open" if done is None else "kept"

    def telling(self, chance: random.Random) -> dict[str, Any]:
        """The next thing that is told of it, written down as well."""
        self.status = chance.choice(STATUSES)
        order = {"number": self.number, "customer": self.customer, "status": self.status, "placed_at": self.placed.isoformat()}
        if self.done and chance.random() < 0.2:
            return order
        numbers = [*self.done, *(str(len(self.done) + n) for n in range(chance.randrange(0 if self.done else 1, 3)))]
        chance.shuffle(numbers)
        return order | {"steps": [self._step(chance, number) for number in numbers]}

    def _step(self, chance: random.Random, number: str) -> dict[str, Any]:
        def moment(chances: float) -> datetime | None:
            return self.placed + timedelta(minutes=chance.randrange(9 * 1440)) if chance.random() < chances else None

        promised, self.done[number] = moment(0.7), moment(0.5)
        if promised is not None and chance.random() < 0.3:
            promised += timedelta(days=18_000)
        self.days.setdefault(number, []).extend([promised] if promised else [])
        told = {"promised_at": promised, "done_at": self.done[number]}
        return {"number": number, "name": f"Step {number}"} | {name: at.isoformat() for name, at in told.items() if at}


def test_both_sides_the_api_and_a_slow_model_say_the_same_of_every_promise(house: House, insurer: Program) -> None:
    chance = random.Random(7)
    told = [
        History(f"o{n}", f"c{n % CUSTOMERS}", BEGAN + timedelta(minutes=chance.randrange(15 * 1440))) for n in range(HISTORIES)
    ]
    for _ in range(3):
        batch = [one.telling(chance) for one in told if not one.done or chance.random() < 0.7]
        for begin in range(0, len(batch), 500):
            assert set(outcomes(tell(house, insurer.vendor_id, *batch[begin : begin + 500]))) <= {"created", "updated", "unchanged"}
    with house.reading() as unit:
        model = {one.number: one.standings(unit.at) for one in told}
        assert _by_the_api(unit, insurer.vendor_id) == model
        customers = [link_by_number(unit, insurer.vendor_id, f"c{n}") for n in range(CUSTOMERS)]
        theirs = [link.customer_id for link in customers if link is not None]
        assert _on_their_pages(unit, theirs) == model
        wanted = Counter(standing for steps in model.values() for standing in steps.values())
        company_side = sum_of(promises_kept(unit, insurer.vendor_id, ZONE))
        customer_side = sum_of(kept.kept for one in theirs for kept in kept_for(unit, one, ZONE))
    figures = {"kept": wanted["kept"], "broken": wanted["broken"], "open": wanted["open"]}
    assert _figures(company_side) == _figures(customer_side) == figures
    assert min(figures.values()) > 0 and wanted["void"] > 0


def _figures(kept: Kept) -> dict[str, int]:
    return {"kept": kept.steps_kept, "broken": kept.steps_broken, "open": kept.steps_open}


def _by_the_api(unit: Any, vendor_id: bytes) -> dict[str, dict[str, str | None]]:
    said, cursor = {}, None
    while True:
        page = own_orders(unit, vendor_id, cursor=cursor).value
        said |= {order["number"]: {step["number"]: step["standing"] for step in order["steps"]} for order in page["orders"]}
        cursor = page["next"]
        if cursor is None:
            return said


def _on_their_pages(unit: Any, customers: list[bytes]) -> dict[str, dict[str, str | None]]:
    """As the page of each order has it."""
    found = {}
    for row in unit.connection.execute(select(Order.id, Order.number, Order.status, Order.customer_id)):
        assert row.customer_id in customers
        box = _box(unit, row.customer_id)
        steps = steps_of(unit, [row.id], lambda _customer, box=box: box)[row.id]
        progress = progress_of(steps, row.status, unit.at, ZONE)
        assert progress is not None
        found[row.number] = {step.number: stood.standing for step, stood in zip(steps, progress.steps, strict=True)}
    return found


def _box(unit: Any, customer_id: bytes) -> Any:
    return unit.box(customer_of(unit, customer_id).holder_id)
