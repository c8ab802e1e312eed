"""Where a list of what was asked goes on, as it stands in addresses."""

from typing import Any

from flask import request, url_for

from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.orders.demands.reads import Place


def place_asked(unit: Unit, endpoint: str, audience: bytes) -> Place | None:
    """The place that the address names; BadRequest for a forged or foreign one."""
    after = request.args.get("after")
    if not after:
        return None
    value = open_cursor(unit.house, endpoint, text_of(audience), after)
    return Place(from_micros(value["t"]), id_from(value["d"]))


def address_of(unit: Unit, endpoint: str, audience: bytes, place: Place | None, **named: str) -> str | None:
    """Where the list goes on; None where it ends."""
    if place is None:
        return None
    value = {"t": micros(place.asked_at), "d": text_of(place.demand_id)}
    given: dict[str, Any] = {**named, "after": seal_cursor(unit.house, endpoint, text_of(audience), value)}
    return url_for(endpoint, **given)
