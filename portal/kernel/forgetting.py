"""What is not to be kept: dead rows go a slice a commit, a holder with keys, mails and jobs in one transaction."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import delete, update

from portal.kernel.blind_index import Identifier
from portal.kernel.house import House
from portal.kernel.jobs import Job
from portal.kernel.mail import Mail
from portal.kernel.sealing import DataKey, Holder, month_holder
from portal.kernel.unit import SYSTEM, Unit


def sweep(
    house: House, dead: Callable[[Unit, bytes], Sequence[bytes]], forget: Callable[[Unit, Sequence[bytes]], int]
) -> Iterator[int]:
    """Forgets what ``dead`` finds after an id, a slice a commit; gives how many each time, so that one can stop between."""
    after = b""
    while True:
        with house.reading(SYSTEM) as unit:
            ids = dead(unit, after)
        if not ids:
            return
        with house.writing(SYSTEM) as unit:
            gone = forget(unit, ids)
        yield gone
        after = ids[-1]


def forget_holder(unit: Unit, holder_id: bytes) -> None:
    """Deletes a holder to whom no row of any room refers any more, and whatever the kernel sealed for it."""
    erase_holder(unit, holder_id)
    unit.connection.execute(delete(Holder).where(Holder.id == holder_id))


def erase_holder(unit: Unit, holder_id: bytes) -> None:
    """Destroys all keys of a holder with their pseudonyms, its places in the blind index, its mails and its jobs.

    Rows that name it stay, and what they seal opens for nobody. The box stays open for this unit: the entries that tell
    of it still stand under the holder's name in the log.
    """
    unit.boxes([holder_id])
    unit.connection.execute(delete(Mail).where(Mail.holder_id == holder_id))
    # The job that does this is among them. What it was for is gone; that it was done is kept as of any other.
    over = {
        "holder_id": month_holder(unit, "outbox"),
        "payload": None,
        "actor_id": None,
        "actor_name": None,
        "state": "done",
        "finished_at": unit.at,
    }
    unit.connection.execute(update(Job).where(Job.holder_id == holder_id).values(over))
    unit.connection.execute(delete(Identifier).where(Identifier.holder_id == holder_id))
    unit.connection.execute(delete(DataKey).where(DataKey.holder_id == holder_id))
