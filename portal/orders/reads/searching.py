"""Finding orders by words: by the tokens of what was bought, keyed for their customer alone, or by the seller's number."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from portal.customers.models import Customer
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.models import Order, OrderLine
from portal.orders.wording import words_of

MOST = 8
"""Words that are looked for at once."""


def says(unit: Unit, customer_id: bytes, text: str) -> ColumnElement[bool]:
    """Orders whose lines hold all of these words, or whose number begins so."""
    begins = text.strip()
    # Not LIKE: one engine tells great letters from small ones there, and the other does not.
    number = func.substr(Order.number, 1, len(begins)) == begins
    return or_(number, hold_words(unit, customer_id, Order.words, text))


def hold_words(unit: Unit, customer_id: bytes, column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column of a customer's tokens holds all words of a text."""
    holder = unit.connection.execute(select(Customer.holder_id).where(Customer.id == customer_id)).scalar_one()
    box, words = unit.box(holder), words_of([text])[:MOST]
    # Orders that somebody found lie under the keys that came with them: words are looked for under each.
    return or_(false(), *(_under(unit, box, key, column, words) for key in box.key_ids if words))


def without_words(unit: Unit, after: bytes, most: int) -> list[bytes]:
    """Orders after an id whose words are not looked up by, though a line of theirs has a name."""
    named = exists().where(OrderLine.order_id == Order.id, OrderLine.name.is_not(None))
    wanted = select(Order.id).where(Order.id > after, Order.words.is_(None), named).order_by(Order.id).limit(most)
    return list(unit.connection.execute(wanted).scalars())


def _under(unit: Unit, box: Box, key: bytes, column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    beyond = (int.from_bytes(key) + 1).to_bytes(17)[1:]
    made_by = column >= key, column < beyond
    return and_(*made_by, *(_holds(unit, column, token) for token in box.tokens(words, key)))


def _holds(unit: Unit, column: Any, token: bytes) -> ColumnElement[bool]:
    place: Any = func.instr if unit.connection.dialect.name == "sqlite" else func.pg_catalog.position
    found: ColumnElement[bool] = place(column, token) > 0
    return found
