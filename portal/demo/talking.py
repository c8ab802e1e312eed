"""What Ana and companies say to each other, in conversations and on the telephone."""

import json
from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import select

from portal.demo.cast import ANA
from portal.demo.keeping import keep_text
from portal.demo.shopping import NUMBERS
from portal.demo.stage import Stage
from portal.kernel import clock
from portal.orders.models import Order
from portal.tickets import service as tickets
from portal.tickets.reads.attached import message
from portal.tickets.service.intake import tell_one
from portal.tickets.shapes import InteractionIn

_LAIA, _RADU, _MARTA = "laia@mercatverd.example", "radu@casalumen.example", "marta@clinicaarc.example"
_SAID: tuple[tuple[int, int, int, str, str, str], ...] = (
    (17, 10, 40, "answer", _RADU, "They are being sewn now and leave us next week. Which days are you at home?"),
    (17, 20, 15, "reply", "", "Tuesdays and Thursdays, after four."),
    (
        *(16, 9, 30, "resolve", _RADU),
        "We wrote it on the parcel: a Tuesday or a Thursday, after four. The carrier writes to you the day before.",
    ),
)
"""How the conversation about the curtains goes on, to its end: days ago, hour, minute, what was done, by whom, the words."""


def talks() -> Iterator[tuple[int, int, int, Callable[[Stage], None]]]:
    """What happens, and when: one conversation that is over, and one whose answer is late."""
    asks = partial(_writes, key="household", kind="question", order="CL-20179", words=_CURTAINS)
    yield 63, 11, 20, _clinic_called
    yield 30, 9, 0, _promises_to_answer
    yield 18, 19, 5, asks
    for ago, hour, minute, action, by, words in _SAID:
        yield ago, hour, minute, partial(_goes_on, key="household", action=action, by=by, words=words)
    yield 4, 18, 30, _complains_of_oranges


_CURTAINS = "When will the curtains be ready? You said about a month when I ordered them.\n\nI would like to be at home."
_ORANGES = "Half of the oranges in this box were crushed, and the oil had leaked onto the bread. What do we do?"


_BOX = b"Box MV-20189, unpacked on the day it came.\nOranges, 3 kg: half of them crushed.\nOlive oil: leaking at the cap.\n"


def _complains_of_oranges(stage: Stage) -> None:
    """With a list of what was in the box."""
    _writes(stage, key="grocer", kind="fault", order="MV-20189", words=_ORANGES)
    said = stage.talks["grocer"].message
    assert said is not None
    keep_text(stage, _BOX, "what was in the box.txt", message(said))


def _promises_to_answer(stage: Stage) -> None:
    """The grocer answers within four hours of its own, from Monday to Saturday."""
    with stage.house.writing(stage.staff(_LAIA)) as unit:
        week = [[[480, 1200]]] * 6 + [[]]
        targets = {"firstResponse": 240, "nextResponse": 240, "totalResolution": 2880}
        vendor_id = stage.programs["grocer"].vendor_id
        tickets.promise(unit, vendor_id=vendor_id, zone="Europe/Madrid", week=week, closed=(), targets=targets)


def _writes(stage: Stage, key: str, kind: str, order: str | None, words: str) -> None:
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        found = select(Order.id).where(Order.number == order)
        about = None if order is None else tickets.About("order", unit.connection.execute(found).scalar_one())
        new = tickets.New(kind=kind, words=words, about=about)
        stage.talks[key] = tickets.start(unit, vendor_id=stage.programs[key].vendor_id, new=new)


def _goes_on(stage: Stage, key: str, action: str, by: str, words: str) -> None:
    made, vendor_id = stage.talks[key], stage.programs[key].vendor_id
    with stage.house.writing(stage.staff(by) if by else stage.actor(ANA.email)) as unit:
        if by:
            tickets.answer(unit, vendor_id=vendor_id, number=made.number, action=action, words=words)
        else:
            tickets.say(unit, ticket_id=made.id, action=action, words=words)


def _clinic_called(stage: Stage) -> None:
    item = {"number": "C-77", "customer": NUMBERS["clinic"], "channel": "phone", "initiated_by": "agent"}
    told = {**item, "at": clock.now().isoformat(), "words": "Called to move the check-up to half past ten. Agreed."}
    with stage.house.writing(stage.staff(_MARTA)) as unit:
        tell_one(unit, stage.programs["clinic"].vendor_id, InteractionIn.model_validate_json(json.dumps(told)))
