"""What the room does after its answers have left."""

from collections.abc import Iterator

from portal.kernel import bring_ups
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.orders.reads import without_words
from portal.orders.service import indexing

_WORDS = "order-words"


def index_words(house: House, most: int = 50) -> Iterator[int]:
    """Brings orders that are older than the look-up by words into it, a slice a commit, once in a database's life.

    Gives how many a slice had.
    """
    with house.reading(SYSTEM) as unit:
        after = bring_ups.goes_on_after(unit, _WORDS)
    while after is not None:
        with house.reading(SYSTEM) as unit:
            found = without_words(unit, after, most)
        after = found[-1] if found else None
        with house.writing(SYSTEM) as unit:
            bring_ups.came_to(unit, _WORDS, after)
            count = indexing.index_words(unit, order_ids=found)
        yield count
