"""Files of the demonstration's customer: with an order that she wrote down herself, with her words, and with a claim."""

from datetime import date, timedelta
from io import BytesIO

from werkzeug.datastructures import FileStorage

from portal.demo.cast import ANA
from portal.demo.stage import Stage
from portal.files.checking import look_into
from portal.files.reads import About
from portal.files.service import Brought, bring, keep
from portal.orders.added import service
from portal.orders.added.shapes import Added, Line

_GUARANTEE = b"Two years from the day of purchase, for the frame and the brakes.\nKeep this with the bill.\n"


def add_bicycle(stage: Stage) -> None:
    """Ana adds the bicycle that she bought at a market."""
    day: date = stage.opening.date() - timedelta(days=71)
    lines = [Line("Second-hand bicycle", 1, 18000), Line("Bicycle lamp", 2, 2400)]
    bought = Added("Taller Roda Lliure", "318", day, "EUR", lines)
    customer_id, holder_id = _ana(stage)
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        made = service.add(unit, order=bought, customer_id=customer_id, holder_id=holder_id)
    keep_text(stage, _GUARANTEE, "guarantee.txt", service.about(made.id))


def keep_text(stage: Stage, text: bytes, name: str, about: About) -> None:
    """Keeps a text with something of Ana's."""
    brought, (customer_id, holder_id) = bring_text(stage, text, name), _ana(stage)
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        keep(unit, brought=brought, about=about, customer_id=customer_id, holder_id=holder_id)


def bring_text(stage: Stage, text: bytes, name: str) -> Brought:
    """Brings a text of Ana's, to be kept with something."""
    actor, (customer_id, holder_id) = stage.actor(ANA.email), _ana(stage)
    whose = {"customer_id": customer_id, "holder_id": holder_id}
    file = look_into(FileStorage(BytesIO(text), filename=name))
    return bring(lambda: stage.house.reading(actor), lambda: stage.house.writing(actor), checked=file, **whose)


def _ana(stage: Stage) -> tuple[bytes, bytes]:
    actor = stage.actor(ANA.email)
    assert actor.customer_id is not None
    assert actor.holder_id is not None
    return actor.customer_id, actor.holder_id
