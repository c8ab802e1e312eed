"""Half a year in Ana's life, told on a moved clock: each act goes through the services or the API itself."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.demo.cast import ANA, BOOKSHOP, CARE, CLINIC, GOODS
from portal.demo.stage import Stage, connect, open_accounts, open_companies
from portal.demo.vendor import details_of
from portal.grants.service import ask, revoke
from portal.kernel import clock
from portal.kernel.unit import SYSTEM
from portal.links.reads import link_between
from portal.links.service import pause, prospect
from portal.orders.models import Order, OrderLine
from portal.orders.service import hide, mark_gift

_STORY = 2026
"""The seed of what is left to chance, so that every demonstration is the same."""
_NUMBERS = {"grocer": "MV-1187", "household": "CL-40213", "clinic": "P-5530", "club": "S-0912"}
_ORDERS = {"grocer": 22, "household": 9, "clinic": 4, "club": 5}
_EARLIER = (58, 44, 29)


def tell(stage: Stage) -> None:
    """The whole story, oldest day first: the log's order is the story's."""
    chance = random.Random(_STORY)
    with stage.day(184, 9):
        open_companies(stage)
    with stage.day(183, 18):
        open_accounts(stage)
    for ago in range(182, -1, -1):
        _a_day(stage, ago, chance)
    with stage.day(0.0, 8):
        _marks(stage)


def _a_day(stage: Stage, ago: int, chance: random.Random) -> None:
    act = _ACTS.get(ago)
    if act is not None:
        act(stage)
    for key in stage.grants:
        if _buys_on(key, ago):
            with stage.day(ago, 11, chance.randrange(60)):
                _buy(stage, key, ago, chance)
        if _reads_on(stage, key, ago):
            with stage.day(ago, chance.choice((9, 10, 11, 14, 16)), chance.randrange(60)):
                _look(stage, key)


def _buys_on(key: str, ago: int) -> bool:
    return ago > 0 and ago % max(1, 170 // _ORDERS[key]) == 3 and ago // max(1, 170 // _ORDERS[key]) < _ORDERS[key]


def _reads_on(stage: Stage, key: str, ago: int) -> bool:
    if key == "household" and ago < 20:
        return False
    every = {"grocer": 7, "household": 14, "clinic": 30, "club": 28}[key]
    return ago > 0 and ago % every == 2


def _look(stage: Stage, key: str, **query: str) -> None:
    program = stage.programs[key]
    program.renew()
    program.read("profile", purpose=program.company.asks[0].purpose, **query)
    if key == "grocer":
        program.read("orders", purpose=program.company.asks[1].purpose)


def _buy(stage: Stage, key: str, ago: int, chance: random.Random, customer: str | None = None) -> None:
    placed = clock.now()
    lines = [
        {"name": name, "category": category, "quantity": chance.choice((1, 1, 1, 2)), "unit_price": price}
        for name, category, price in chance.sample(GOODS[key], k=min(len(GOODS[key]), chance.choice((1, 2, 3))))
    ]
    order: dict[str, Any] = {
        "number": f"{key[:2].upper()}-{20_000 + ago}",
        "customer": customer or _NUMBERS[key],
        "status": "OrderDelivered" if ago > 3 else "OrderInTransit",
        "placed_at": placed.isoformat(),
        "promised_at": (placed + timedelta(days=4)).isoformat(),
        "currency": "EUR",
        "lines": lines,
    }
    if ago > 3:
        order["delivered_at"] = (placed + timedelta(days=chance.choice((2, 3, 5)))).isoformat()
    stage.programs[key].put_orders([order], key=f"{key}-{ago}")


def _first_shares(stage: Stage) -> None:
    with stage.day(181, 19, 20):
        connect(stage, ANA.email, "grocer", number=_NUMBERS["grocer"])


def _household(stage: Stage) -> None:
    with stage.day(168, 20, 5):
        connect(stage, ANA.email, "household", leave_out=("profile.phone",), number=_NUMBERS["household"])


def _clinic(stage: Stage) -> None:
    with stage.day(150, 13, 40):
        connect(stage, ANA.email, "clinic", leave_out=("profile.birth_date",), number=_NUMBERS["clinic"])


def _club(stage: Stage) -> None:
    with stage.day(140, 21, 10):
        connect(stage, ANA.email, "club", leave_out=("profile.phone",), days=149, number=_NUMBERS["club"])


def _stop_household(stage: Stage) -> None:
    """The stop: its last read went well, the next is a blocked attempt."""
    with stage.day(19, 17, 2):
        _look(stage, "household")
    with stage.day(19, 17, 9), stage.house.writing(stage.actor(ANA.email)) as unit:
        revoke(unit, grant_id=stage.grants["household"])
    for minute in (12, 31):
        with stage.day(19, 17, minute):
            stage.programs["household"].read("profile")


def _clinic_paused(stage: Stage) -> None:
    """A pause: nothing is ended, and reads are answered ``paused``."""
    actor = stage.actor(ANA.email)
    assert actor.customer_id is not None
    with stage.day(8, 9, 30):
        stage.programs["clinic"].renew()
    with stage.day(8, 9, 40), stage.house.writing(actor) as unit:
        link = link_between(unit, actor.customer_id, stage.programs["clinic"].vendor_id)
        assert link is not None
        pause(unit, link_id=link.id)
    with stage.day(8, 9, 50):
        stage.programs["clinic"].read("profile")


def _club_is_curious(stage: Stage) -> None:
    """A night of looking, well over what the club usually does."""
    for minute in (2, 9, 21, 33, 47):
        with stage.day(2, 3, minute):
            _look(stage, "club")


def _earlier_customer(stage: Stage) -> None:
    """The bookshop knows Ana's address from orders of before: hers to find when she connects it."""
    with stage.day(60, 12), stage.house.writing(SYSTEM) as unit:
        program = stage.programs[BOOKSHOP.key]
        prospect(unit, vendor_id=program.vendor_id, number="LF-77", email=ANA.email)


def _earlier_order(ago: int) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        with stage.day(ago, 12, 30):
            _buy(stage, BOOKSHOP.key, ago, random.Random(_STORY + ago), customer="LF-77")

    return act


def _a_request_waits(stage: Stage) -> None:
    """The clinic asks for one more thing, and nobody has answered yet."""
    actor = stage.actor(ANA.email)
    program = stage.programs[CLINIC.key]
    documents = details_of(CLINIC, stage.house.settings.origin, (CARE,))
    with stage.day(1, 12), stage.house.writing(SYSTEM) as unit:
        ask(
            unit,
            vendor_id=program.vendor_id,
            details=documents,
            client_id=program.client_row,
            customer_id=actor.customer_id,
            source="vendor",
        )


def _marks(stage: Stage) -> None:
    """A present for a nephew, and an order that is nobody's business."""
    actor = stage.actor(ANA.email)
    newest = select(OrderLine.order_id, OrderLine.id).join(Order, Order.id == OrderLine.order_id).where(
        Order.customer_id == actor.customer_id, Order.vendor_id == stage.programs["household"].vendor_id
    ).order_by(Order.placed_at.desc()).limit(2)
    with stage.house.writing(actor) as unit:
        (gift_order, gift_line), (hidden_order, _line) = unit.connection.execute(newest).all()
        mark_gift(unit, order_id=gift_order, line_id=gift_line)
        hide(unit, order_id=hidden_order)


_ACTS = {
    181: _first_shares,
    168: _household,
    150: _clinic,
    140: _club,
    60: _earlier_customer,
    **{ago: _earlier_order(ago) for ago in _EARLIER},
    19: _stop_household,
    8: _clinic_paused,
    2: _club_is_curious,
    1: _a_request_waits,
}
