"""What a company is answered about its customers' demands, shape and bytes, and the entry of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.grants.lease import OWN
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.money import as_json
from portal.kernel.unit import Unit
from portal.orders.demands.machine import COMPANY, allowed_actions
from portal.orders.demands.reads import DemandView, ForCompany, Place, asked_of, asked_once
from portal.orders.facts import DemandsDisclosed
from portal.vendors.purposes import ORDER_MANAGEMENT
from portal.vendors.things import ThingIds

MOST = 50
ASKED = "demand.words"
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
    return DemandsPage({"demands": [_document(ids, one.view) for one in page], "next": following}, page)


def shared_demand(unit: Unit, vendor_id: bytes, demand: str) -> DemandsPage:
    """One of them, by the company's own id for it."""
    ids = ThingIds(unit.house.keys, vendor_id)
    found = asked_once(unit, vendor_id, ids.id_from("demand", demand))
    if found is None:
        raise NotFound
    return DemandsPage(_document(ids, found.view), [found])


def demand_disclosed(
    one: ForCompany, *, token: str | None = None, test: bool, personal: Mapping[str, str] | None = None
) -> DemandsDisclosed:
    """The entry of a look at one of them: by a program with its token's prefix, by a person without."""
    return DemandsDisclosed(
        holder=one.holder_id,
        vendor=one.view.vendor_id,
        link=one.link_id,
        basis=OWN,
        purpose=ORDER_MANAGEMENT,
        about=("demand", one.view.id),
        asked=(ASKED,),
        given=(ASKED,),
        count=1,
        token=token,
        test=test,
        personal=personal or {},
    )


def _document(ids: ThingIds, view: DemandView) -> dict[str, Any]:
    return {
        "id": ids.text_of("demand", view.id),
        "order": view.order_number,
        "kind": view.kind,
        "state": view.state,
        "type": view.type,
        "reason": view.reason,
        "words": view.words,
        "lines": [{"line": one.number, "quantity": one.quantity, "received": one.received} for one in view.pieces],
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
