"""What Ana asks companies about her orders, and what they answer."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sqlalchemy import select

from portal.demo.cast import ANA
from portal.demo.keeping import bring_text
from portal.demo.stage import Stage
from portal.orders.demands.machine import CLAIM
from portal.orders.demands.service import Asked, ask, confirm_withdrawal, start_withdrawal
from portal.orders.models import Order, OrderLine

_CANDLES, _GLASSES, _BOX = "CL-20142", "CL-20123", "MV-20189"
_GLASS = b"Two of six: a crack from the rim down, at the same place in both.\n"
_CAP = b"The oil of box MV-20189: the cap does not close, as one sees when the bottle lies on its side.\n"
_SORRY = "We are sorry. Six new ones come on Friday; you need send nothing back."


def asks() -> Iterator[tuple[int, int, int, Callable[[Stage], None]]]:
    """What happens, and when: a claim that was made good, a withdrawal that is settled, and a claim that waits."""
    yield 52, 19, 10, _claims
    yield 51, 9, 30, partial(_answers, action="accept", words=_SORRY)
    yield 50, 20, 40, _withdraws
    yield 49, 9, 20, partial(_answers, action="acknowledge")
    yield 44, 10, 15, partial(_answers, action="close")
    yield 41, 11, 5, partial(_answers, action="settle", refund=1250)
    yield 1, 19, 25, _claims_the_box


def _withdraws(stage: Stage) -> None:
    """One candle holder of two goes back: begun one moment, confirmed the next."""
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        order_id, lines = _order(stage, _CANDLES)
        begun = start_withdrawal(unit, order_id=order_id, pieces={lines["Candle holder"]: 1})
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        confirm_withdrawal(unit, demand_id=begun, name=ANA.name, email=ANA.email)


def _claims(stage: Stage) -> None:
    order_id, lines = _order(stage, _GLASSES)
    words = "Two of the six have cracked, and I wash them by hand."
    pieces = {lines["Set of six glasses"]: 1}
    asked = Asked(CLAIM, pieces, type="replace", reason="production_failure", words=words)
    _asks(stage, order_id, asked, _GLASS, "the cracks.txt")


def _claims_the_box(stage: Stage) -> None:
    """Of the crushed oranges, of which Ana wrote already and heard nothing."""
    order_id, lines = _order(stage, _BOX)
    pieces = {next(iter(lines.values())): 1}
    asked = Asked(CLAIM, pieces, type="refund", reason="production_failure", words="It leaked, as I wrote to you.")
    _asks(stage, order_id, asked, _CAP, "the cap.txt")


def _asks(stage: Stage, order_id: bytes, asked: Asked, text: bytes, name: str) -> None:
    brought = [bring_text(stage, text, name)]
    with stage.house.writing(stage.actor(ANA.email)) as unit:
        ask(unit, order_id=order_id, asked=asked, seen=0, brought=brought)


def _order(stage: Stage, number: str) -> tuple[bytes, Mapping[str, bytes]]:
    """An order of Ana's, and its lines by what they are."""
    lines = select(OrderLine.id, OrderLine.order_id, OrderLine.name, Order.customer_id)
    lines = lines.join(Order, Order.id == OrderLine.order_id).where(Order.number == number)
    actor = stage.actor(ANA.email)
    assert actor.holder_id is not None
    with stage.house.reading(actor) as unit:
        box = unit.box(actor.holder_id)
        rows = unit.connection.execute(lines).all()
        return rows[0].order_id, {box.open("order_lines", "name", row.id, row.name): row.id for row in rows}


def _answers(stage: Stage, action: str, words: str | None = None, refund: int | None = None) -> None:
    stage.programs["household"].answer_waiting(action, words, refund)
