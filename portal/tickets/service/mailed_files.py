"""Files of an answer that came by mail: brought as those of a page are, and what cannot go with it named with the reason."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from io import BytesIO
from typing import IO, Any

from werkzeug.datastructures import FileStorage

from portal.files.attaching import MOST as MOST_FILES
from portal.files.checking import MOST_BYTES as MOST_OF_FILES
from portal.files.checking import look_into
from portal.files.service import Brought, bring
from portal.kernel.characters import ODD
from portal.kernel.errors import Invalid
from portal.kernel.house import House
from portal.kernel.unit import Unit
from portal.tickets.reads.mailed import Destination

_MOST_NAME = 100


def units(opening: Callable[..., AbstractContextManager[Unit]], to: Destination) -> Callable[[], AbstractContextManager[Unit]]:
    """How units are opened for whoever answers."""
    return partial(opening, to.actor, locale=to.locale)


def bring_all(
    house: House, to: Destination, told: Sequence[Mapping[str, Any]], source: IO[bytes]
) -> tuple[list[Brought], list[tuple[str, str]]]:
    """Brings the files that can go with it; the others by name, each with the code of why it cannot."""
    brought, left_out, taken = list[Brought](), list[tuple[str, str]](), 0
    source.seek(0)
    whole = BytesIO(source.read())
    for file in told:
        data, name = whole.read(file["size"]), ODD.sub("", file["name"])[-_MOST_NAME:] or "file"
        try:
            if to.guest is not None:
                raise Invalid(why="guest")
            if len(brought) >= MOST_FILES:
                raise Invalid(why="many")
            if taken + len(data) > MOST_OF_FILES:
                raise Invalid(why="large" if len(data) > MOST_OF_FILES else "together")
            brought.append(_bring(house, to, name, data))
            taken += len(data)
        except Invalid as no:
            left_out.append((name, no.extra.get("why", "room")))
    return brought, left_out


def _bring(house: House, to: Destination, name: str, data: bytes) -> Brought:
    checked = look_into(FileStorage(BytesIO(data), filename=name))
    whose = {"customer_id": to.held.row.customer_id, "holder_id": to.held.holder_id}
    return bring(units(house.reading, to), units(house.writing, to), checked=checked, **whose)
