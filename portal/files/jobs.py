"""What the room does beside: what belongs to no file is cleared away."""

from collections.abc import Iterator

from portal.files.reads import loose_due
from portal.files.service import clear
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM


def sweep(house: House) -> Iterator[int]:
    """Deletes the pieces of files that nobody kept, that were removed, or whose customer was erased; one file at a time."""
    after = b""
    while True:
        with house.reading(SYSTEM) as unit:
            due = list(loose_due(unit, after))
        if not due:
            return
        for file_id in due:
            clear(lambda: house.writing(SYSTEM), file_ids=[file_id])
            yield 1
        after = due[-1]
