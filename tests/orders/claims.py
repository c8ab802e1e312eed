"""An insurer and its claims: orders with named steps and promised times."""

from typing import Any

from portal.kernel.house import House
from portal.orders.shared import own_orders
from tests.oauth.cast import Program

STEPS: list[dict[str, Any]] = [
    {"number": "1", "name": "Claim received", "done_at": "2026-03-01T12:00:00Z"},
    {"number": "2", "name": "Damage assessed", "promised_at": "2026-03-05T00:00:00Z"},
    {"number": "3", "name": "Payment", "promised_at": "2026-03-12T00:00:00Z"},
]


def a_claim(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A claim as an insurer tells it."""
    bare = {"number": "K-1", "customer": "c", "status": "OrderProcessing", "placed_at": "2026-03-01T10:00:00Z"}
    return {**bare, "process": "Insurance claim", "steps": list(steps or STEPS), **more}


def changed(at: int, **news: Any) -> list[dict[str, Any]]:
    """The steps with news of one of them; None takes a member out."""
    steps = [dict(step) for step in STEPS]
    steps[at] = {name: value for name, value in {**steps[at], **news}.items() if value is not None}
    return steps


def read(house: House, program: Program) -> dict[str, Any]:
    """The one order, as its company reads it back."""
    with house.reading() as unit:
        [order] = own_orders(unit, program.vendor_id).value["orders"]
    return dict(order)
