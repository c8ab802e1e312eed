"""Half a year in Ana's life, told on a moved clock: each scene goes through the services, the pages or the API."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from portal.accounts import service as accounts
from portal.customers.service import add_custom, confirm_attribute, set_attribute
from portal.demo import shopping
from portal.demo.asking import asks
from portal.demo.cast import ANA, BOOKSHOP, CARE, CLINIC, JOAN, NEWS, OFFICER, SECOND_OFFICER
from portal.demo.keeping import add_bicycle
from portal.demo.shopping import NUMBERS, Purchase
from portal.demo.stage import Stage, connect, open_account, open_companies, open_staff
from portal.demo.talking import talks
from portal.demo.vendor import details_of
from portal.demo.webhooks import try_a_webhook
from portal.grants.service import ask, revoke
from portal.kernel import clock
from portal.kernel.mail import newest_mails
from portal.kernel.unit import SYSTEM
from portal.links.reads import link_between
from portal.links.service import pause, prospect
from portal.messages.service import mark_seen
from portal.orders.models import Order, OrderLine
from portal.orders.service import hide, mark_gift

_STORY = 2026
"""The seed of what is left to chance, so that every demonstration is the same."""
Act = Callable[[Stage], None]


@dataclass(frozen=True)
class Scene:
    """What happened at an hour of a day before the opening."""

    ago: int
    hour: int
    minute: int
    act: Act

    @property
    def when(self) -> tuple[int, int, int]:
        """Sorts by time, the oldest first."""
        return -self.ago, self.hour, self.minute


def scenes() -> list[Scene]:
    """The whole story, oldest scene first: the log's order is the story's."""
    chance = random.Random(_STORY)
    told = [_told(purchase, chance) for purchase in (*shopping.purchases(chance), *shopping.EARLIER)]
    return sorted([*_ACTS, *told, *_looks(chance)], key=lambda scene: scene.when)


def play(stage: Stage, scene: Scene) -> None:
    """One scene, on its day."""
    with stage.day(scene.ago, scene.hour, scene.minute):
        scene.act(stage)


def _told(purchase: Purchase, chance: random.Random) -> Scene:
    def act(stage: Stage) -> None:
        stage.programs[purchase.company].put_order(purchase.document(clock.now()))

    return Scene(purchase.told, 12, chance.randrange(60), act)


# The companies look, each in its own rhythm.


def _looks(chance: random.Random) -> Iterator[Scene]:
    rhythm: dict[str, Sequence[int]] = {
        "grocer": range(174, 0, -7),
        "household": range(154, 20, -14),
        "clinic": range(120, 8, -30),
        "club": range(126, 8, -14),
    }
    for key, days in rhythm.items():
        for ago in days:
            yield Scene(ago, chance.choice((9, 10, 11, 14, 16)), chance.randrange(60), partial(_look, key=key))


def _look(stage: Stage, key: str) -> None:
    program = stage.programs[key]
    program.renew()
    program.read("profile", program.company.asks[0].purpose)
    if key == "grocer":
        program.read("profile", program.company.asks[1].purpose)
        program.read("orders", program.company.asks[1].purpose)


def _look_in_vain(stage: Stage, key: str) -> None:
    program = stage.programs[key]
    program.try_to_read("profile", program.company.asks[0].purpose)


# Ana shares.


def _joins(stage: Stage, key: str, leave_out: tuple[str, ...] = (), days: int = 365) -> None:
    purposes = (CARE,) if key == "clinic" else ()
    connect(stage, ANA.email, key, number=NUMBERS[key], leave_out=leave_out, purposes=purposes, days=days)
    _look(stage, key)


def _stops(stage: Stage) -> None:
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        revoke(unit, grant_id=stage.grants["household"])


def _pauses(stage: Stage) -> None:
    actor = stage.actor(ANA.email)
    assert actor.customer_id is not None
    with stage.house.writing(actor) as unit:
        link = link_between(unit, actor.customer_id, stage.programs["clinic"].vendor_id)
        assert link is not None
        pause(unit, link_id=link.id)


def _writes_to_them(stage: Stage) -> None:
    """From the blocked attempt to the company's privacy contact, as anybody would do it on the page."""
    ana = stage.visitor(ANA)
    # Unusual looks come first, the newest before all.
    line = re.search(r"/activity/\d+", ana.open("/activity"))
    assert line is not None
    ana.send(
        f"{line[0]}/write",
        message="I stopped sharing with you this afternoon, and you looked twice since. What was it for? "
        "Please delete what you still hold of mine, but for the address of the curtains.",
    )
    ana.leave()


# Ana looks after her data and her orders.


def _moves_house(stage: Stage) -> None:
    actor = stage.actor(ANA.email)
    assert actor.customer_id is not None
    with stage.house.writing(actor) as unit:
        parts = {"street": "Carrer de la Mar 14, 2n 1a", "postal_code": "08003"}
        for part, value in parts.items():
            set_attribute(unit, customer_id=actor.customer_id, path=f"profile.address.{part}", value=value)


def _morning(stage: Stage) -> None:
    """Nothing happens; people are told what time brings, on Mondays of their week."""


def _reads_her_notices(stage: Stage) -> None:
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        mark_seen(unit)


def _keeps_order(stage: Stage) -> None:
    actor = stage.actor(ANA.email)
    assert actor.customer_id is not None
    with stage.house.writing(actor) as unit:
        confirm_attribute(unit, customer_id=actor.customer_id, path="profile.phone")
        add_custom(unit, customer_id=actor.customer_id, label="Library card", value="BCN 0047 3316")


def _marks_the_gift(stage: Stage) -> None:
    lines = select(OrderLine.order_id, OrderLine.id).join(Order, Order.id == OrderLine.order_id)
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        order_id, line_id = unit.connection.execute(lines.where(Order.number == shopping.GIFT)).one()
        mark_gift(unit, order_id=order_id, line_id=line_id)


def _hides_the_safe(stage: Stage) -> None:
    safe = select(Order.id).where(Order.number == shopping.HIDDEN)
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        hide(unit, order_id=unit.connection.execute(safe).scalar_one())


def _is_on_the_road(stage: Stage) -> None:
    """What Ana bought last is with a carrier, and comes today."""
    at = clock.now()
    events = [("handed-over", 20, "Mercabarna"), ("in-transit", 9, "Barcelona"), ("out-for-delivery", 1, "Barcelona")]
    shipment = {
        "number": "1",
        "carrier": "Bicis del Vallès",
        "tracking": "BV-331907",
        "events": [{"kind": kind, "at": (at - timedelta(hours=ago)).isoformat(), "place": place} for kind, ago, place in events],
    }
    stage.programs["grocer"].put_shipment(shopping.ON_THE_ROAD, shipment)


def _lends_her_orders(stage: Stage) -> None:
    """Joan may see what Ana ordered: he fetches parcels for her."""
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        accounts.invite(unit, called="Joan", email=JOAN.email, areas={"orders": "see"}, until=unit.at + timedelta(days=60))
        letters = [letter.body for letter in newest_mails(unit) if letter.to == JOAN.email]
    link = next(found for body in letters if (found := re.search(r"/delegations/([\w-]+)", body)))
    with stage.house.writing(stage.actor(JOAN.email)) as unit:
        accounts.accept(unit, token=link[1])


def _bookshop_knows_ana(stage: Stage) -> None:
    """From orders of before: hers to find when she connects it."""
    with stage.house.writing(SYSTEM) as unit:
        vendor_id = stage.programs[BOOKSHOP.key].vendor_id
        prospect(unit, vendor_id=vendor_id, number=NUMBERS[BOOKSHOP.key], email=ANA.email)


def _clinic_asks_for_more(stage: Stage) -> None:
    program = stage.programs[CLINIC.key]
    with stage.house.writing(SYSTEM) as unit:
        ask(
            unit,
            vendor_id=program.vendor_id,
            details=details_of(CLINIC, stage.house.settings.origin, (NEWS,)),
            client_id=program.client_row,
            customer_id=stage.actor(ANA.email).customer_id,
            source="vendor",
        )


def _officer_verifies(stage: Stage) -> None:
    olga = stage.visitor(OFFICER)
    olga.open("/desk/entries?outcome=refused")
    olga.send("/desk", "/desk/verify")
    olga.leave()


_ACTS = (
    Scene(184, 9, 0, open_companies),
    Scene(184, 16, 0, open_staff),
    Scene(183, 17, 30, partial(open_account, person=OFFICER)),
    Scene(183, 17, 50, partial(open_account, person=SECOND_OFFICER)),
    Scene(182, 18, 0, partial(open_account, person=ANA)),
    Scene(181, 19, 20, partial(_joins, key="grocer")),
    Scene(168, 20, 5, partial(_joins, key="household", leave_out=("profile.phone",))),
    Scene(150, 13, 40, partial(_joins, key="clinic", leave_out=("profile.birth_date",))),
    Scene(140, 17, 10, partial(_joins, key="club", leave_out=("profile.phone",), days=149)),
    Scene(100, 18, 45, _moves_house),
    Scene(92, 19, 30, _marks_the_gift),
    Scene(70, 19, 5, add_bicycle),
    Scene(60, 12, 0, _bookshop_knows_ana),
    Scene(40, 18, 15, _keeps_order),
    Scene(34, 21, 5, _hides_the_safe),
    Scene(19, 14, 2, partial(_look, key="household")),
    Scene(19, 15, 9, _stops),
    Scene(19, 15, 12, partial(_look_in_vain, key="household")),
    Scene(19, 15, 31, partial(_look_in_vain, key="household")),
    Scene(19, 18, 20, _writes_to_them),
    Scene(15, 8, 30, _officer_verifies),
    Scene(14, 20, 45, _reads_her_notices),
    *(Scene(ago, 8, 15, _morning) for ago in range(1, 20)),
    Scene(9, 10, 15, try_a_webhook),
    Scene(8, 9, 40, _pauses),
    Scene(8, 10, 50, partial(_look_in_vain, key="clinic")),
    *(Scene(2, 3, minute, partial(_look, key="club")) for minute in (2, 9, 21, 33, 47)),
    Scene(2, 10, 40, _is_on_the_road),
    Scene(2, 11, 3, partial(_look_in_vain, key="clinic")),
    Scene(1, 12, 0, _clinic_asks_for_more),
    Scene(1, 18, 0, partial(open_account, person=JOAN)),
    Scene(1, 18, 40, _lends_her_orders),
    *(Scene(*one) for one in talks()),
    *(Scene(*one) for one in asks()),
)
