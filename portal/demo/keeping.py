"""What the demonstration's customer bought from nobody who is here, and wrote down herself, with its guarantee."""

from datetime import date, timedelta
from io import BytesIO

from werkzeug.datastructures import FileStorage

from portal.demo.cast import ANA
from portal.demo.stage import Stage
from portal.files.checking import look_into
from portal.files.service import bring, keep
from portal.orders.added import service
from portal.orders.added.shapes import Added, Line

_GUARANTEE = b"Two years from the day of purchase, for the frame and the brakes.\nKeep this with the bill.\n"


def add_bicycle(stage: Stage) -> None:
    """Ana adds the bicycle that she bought at a market."""
    actor = stage.actor(ANA.email)
    assert actor.customer_id is not None
    assert actor.holder_id is not None
    whose = {"customer_id": actor.customer_id, "holder_id": actor.holder_id}
    file = look_into(FileStorage(BytesIO(_GUARANTEE), filename="guarantee.txt"))
    brought = bring(lambda: stage.house.reading(actor), lambda: stage.house.writing(actor), checked=file, **whose)
    day: date = stage.opening.date() - timedelta(days=71)
    lines = [Line("Second-hand bicycle", 1, 18000), Line("Bicycle lamp", 2, 2400)]
    bought = Added("Taller Roda Lliure", "318", day, "EUR", lines)
    with stage.house.writing(actor) as unit:
        made = service.add(unit, order=bought, customer_id=actor.customer_id, holder_id=actor.holder_id)
        keep(unit, brought=brought, about=service.about(made.id), **whose)
