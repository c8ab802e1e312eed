"""What a company is answered about its customers' demands, shape and bytes, and the entry of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.files.shared import FileAnswer, shared_file, told_of_file
from portal.grants.lease import OWN
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.money import as_json
from portal.kernel.unit import Unit
from portal.orders.demands.machine import COMPANY, allowed_actions
from portal.orders.demands.reads import ForCompany, Place, asked_of, asked_once, filed_with
from portal.orders.facts import DemandsDisclosed
from portal.vendors.purposes import ORDER_MANAGEMENT
from portal.vendors.things import ThingIds

MOST = 50
ASKED = "demand.words"
FILES = "demand.files"
"""What a look at one of them is at, in the record."""
_KIND = "demands.page"


@dataclass(frozen=True, slots=True)
class DemandsPage:
    """A page as it leaves, and whose demands are on it."""

    value: dict[str, Any]
    found: Sequence[ForCompany]


def shared_demands(
    unit: Unit, vendor_id: bytes, *, cursor: str | None = None, waiting: bool = False, limit: int = MOST
) -> DemandsPage:
    """What customers asked of a company, the oldest first; ``waiting`` leaves out what is done."""
    audience = f"{text_of(vendor_id)} {waiting}"
    after = None
    if cursor is not None:
        place = open_cursor(unit.house, _KIND, audience, cursor)
        after = Place(from_micros(place["t"]), id_from(place["d"]))
    found = asked_of(unit, vendor_id, waiting=waiting, after=after, most=limit + 1)
    page, ids = found[:limit], ThingIds(unit.house.keys, vendor_id)
    following = None
    if len(found) > limit:
        last = page[-1].view
        following = seal_cursor(unit.house, _KIND, audience, {"d": text_of(last.id), "t": micros(last.asked_at)})
    return DemandsPage({"demands": [_document(ids, one) for one in page], "next": following}, page)


def shared_demand(unit: Unit, vendor_id: bytes, demand: str) -> DemandsPage:
    """One of them, by the company's own id for it."""
    ids = ThingIds(unit.house.keys, vendor_id)
    found = asked_once(unit, vendor_id, ids.id_from("demand", demand))
    if found is None:
        raise NotFound
    return DemandsPage(_document(ids, found), [found])


@dataclass(frozen=True, slots=True)
class FileOfDemand:
    """A file that went with one of them, and whose it is."""

    file: FileAnswer = field(repr=False)
    one: ForCompany


def shared_demand_file(unit: Unit, vendor_id: bytes, demand_id: bytes, file_id: bytes) -> FileOfDemand:
    """A file that went with what was asked of a company, for as long as it may read that; NotFound for any other."""
    one = asked_once(unit, vendor_id, demand_id)
    if one is None:
        raise NotFound
    return FileOfDemand(shared_file(unit, one.customer_id, filed_with(demand_id), file_id), one)


def demand_disclosed(
    one: ForCompany,
    *,
    token: str | None = None,
    test: bool,
    personal: Mapping[str, str] | None = None,
    only: tuple[str, ...] = (),
) -> DemandsDisclosed:
    """The entry of a look at one of them: by a program with its token's prefix, by a person without.

    It is at the words, and at what files are called that went with them; ``only`` else.
    """
    left = only or ((ASKED, FILES) if one.files else (ASKED,))
    return DemandsDisclosed(
        holder=one.holder_id,
        vendor=one.view.vendor_id,
        link=one.link_id,
        basis=OWN,
        purpose=ORDER_MANAGEMENT,
        about=("demand", one.view.id),
        asked=left,
        given=left,
        count=1,
        token=token,
        test=test,
        personal=personal or {},
    )


def _document(ids: ThingIds, one: ForCompany) -> dict[str, Any]:
    view = one.view
    return {
        "id": ids.text_of("demand", view.id),
        "order": view.order_number,
        "kind": view.kind,
        "state": view.state,
        "type": view.type,
        "reason": view.reason,
        "words": view.words,
        "lines": [{"line": piece.number, "quantity": piece.quantity, "received": piece.received} for piece in view.pieces],
        "files": [told_of_file(ids, file) for file in one.files],
        "preview": as_json(view.preview, view.currency),
        "refund": as_json(view.refund, view.currency),
        "asked_at": _time(view.asked_at),
        "due_at": _time(view.due_at),
        "answered_at": None if view.answered_at is None else _time(view.answered_at),
        "is_late": view.is_late,
        "allowed_actions": list(allowed_actions(view.kind, view.state, COMPANY)),
    }


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
