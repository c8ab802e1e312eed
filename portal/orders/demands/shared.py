"""What a company is answered about its customers' demands, shape and bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.money import as_json
from portal.kernel.unit import Unit
from portal.orders.demands.machine import COMPANY, OPEN_STATES, allowed_actions
from portal.orders.demands.reads import DemandView, ForCompany, asked_of
from portal.vendors.things import ThingIds

MOST = 50
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
        after = from_micros(place["t"]), id_from(place["d"])
    found = asked_of(unit, vendor_id, states=OPEN_STATES if waiting else None, after=after, most=limit + 1)
    page, ids = found[:limit], ThingIds(unit.house.keys, vendor_id)
    following = None
    if len(found) > limit:
        last = page[-1].view
        following = seal_cursor(unit.house, _KIND, audience, {"d": text_of(last.id), "t": micros(last.asked_at)})
    return DemandsPage({"demands": [_document(ids, one.view) for one in page], "next": following}, page)


def shared_demand(unit: Unit, vendor_id: bytes, demand: str) -> DemandsPage:
    """One of them, by the company's own id for it."""
    ids = ThingIds(unit.house.keys, vendor_id)
    found = asked_of(unit, vendor_id, ids=[ids.id_from("demand", demand)])
    if not found:
        raise NotFound
    return DemandsPage(_document(ids, found[0].view), found)


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
