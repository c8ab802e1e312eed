"""One event from one entry, or none where the company is not concerned."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.audit.reads.entries import id_in
from portal.events.kinds import (
    CUSTOMER_CHANGED,
    CUSTOMER_ERASED,
    CUSTOMER_JOINED,
    CUSTOMER_PARTED,
    GRANT_ENDED,
    GRANT_NARROWED,
    GRANT_WIDENED,
    MOVED,
    OF_CHANGES,
    OF_COMPANY,
    OF_DEMANDS,
    OF_ORDERS,
    ORDER_CHANGED,
    PUT,
    RESUMED,
)
from portal.events.shared.known import Known
from portal.grants.amending import SAME, WIDER
from portal.grants.decision import BLOCKED, EXPIRED, REPLACED, REVOKED
from portal.kernel.clock import from_micros
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.links.models import PairwiseId
from portal.orders.shared import shows_some_of
from portal.vendors.things import ThingIds

SKEW = timedelta(minutes=1)
"""By how much the clocks of one house may differ."""


def event_of(unit: Unit, ids: ThingIds, row: Any, here: Known) -> dict[str, Any] | None:
    """What the company is told of an entry; None where it is told nothing."""
    link_id, entry = here.link_of.get(row.idx), here.entries[row.idx]
    if link_id is None:
        return _of_guest(ids, row.idx, entry) if row.idx in here.guest_of else None
    if row.event in OF_CHANGES:
        more = _changed(entry, here.shared_since(link_id))
    elif row.event in OF_ORDERS:
        more = _order(unit, ids, row.idx, here)
    else:
        more = _own(unit, ids, entry)
    if more is None:
        return None
    return {**_begun(ids, row.idx, entry, more.pop("type")), "sub": here.links[link_id].sub, **more}


def _begun(ids: ThingIds, index: int, entry: dict[str, Any], kind: str) -> dict[str, Any]:
    at = from_micros(entry["time"]).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"id": ids.text_of("event", _mark(index, entry["time"])), "type": kind, "at": at}


def _of_guest(ids: ThingIds, index: int, entry: dict[str, Any]) -> dict[str, Any]:
    """What somebody declared whom the company has no id for."""
    about = ids.text_of("withdrawal", id_from(entry["about"]["id"]))
    return {**_begun(ids, index, entry, OF_COMPANY[entry["event"]]), "withdrawal_id": about}


def _mark(index: int, time: int) -> bytes:
    """What tells an entry from every other: its place, and its time. After a restore places are given anew."""
    return index.to_bytes(8) + time.to_bytes(8)


def _changed(entry: dict[str, Any], shared: Mapping[str, datetime]) -> dict[str, Any] | None:
    """A change of attributes, where one of them is shared with the company now, and was when it changed.

    What changed before a permission, or before its present version, is told by the event of that.
    """
    latest = from_micros(entry["time"]) + SKEW
    paths = sorted(path for path in _paths(entry, shared) if path in shared and shared[path] <= latest)
    return {"type": CUSTOMER_CHANGED, "attributes": paths} if paths else None


def _paths(entry: dict[str, Any], shared: Mapping[str, datetime]) -> Iterable[str]:
    # After a pause everything may be new: what happened meanwhile was not told.
    return shared if entry["event"] == RESUMED else entry["detail"]["paths"]


def _order(unit: Unit, ids: ThingIds, index: int, here: Known) -> dict[str, Any] | None:
    """News of an order that the company is shown by a permission, where they moved what it is shown."""
    entry = here.entries[index]
    if entry["event"] == MOVED:
        seller = id_in(entry, "vendor")
        shows = seller is not None and shows_some_of(unit, here.leases_of(here.link_of[index]), seller)
        return {"type": ORDER_CHANGED} if shows else None
    order = here.order_of.get(index)
    versions = here.moved.get(order) if order is not None else None
    if order is None or versions is None:
        return None
    if entry["event"] == PUT and entry["detail"].get("order_version", 0) not in versions:
        return None
    return {"type": ORDER_CHANGED, "order_id": ids.text_of("order", order)}


_TICKETS = "ticket."
_ENDS = {"replaced": REPLACED}


def _own(unit: Unit, ids: ThingIds, entry: dict[str, Any]) -> dict[str, Any] | None:
    """An event that names this company; None for what has changed nothing."""
    name, grant = entry["event"], id_in(entry, "grant")
    event: dict[str, Any] = {"type": OF_COMPANY[name]}
    if grant is not None:
        event |= {"grant_id": ids.text_of("grant", grant), "version": entry["version"]}
    if name.startswith(_TICKETS):
        # What the company began itself it need not be told.
        return None if entry["detail"].get("by") == "vendor" else {**event, "ticket": entry["detail"]["number"]}
    if name == "grant.amended":
        if entry["detail"]["change"] == SAME:
            return None
        event["type"] = GRANT_WIDENED if entry["detail"]["change"] == WIDER else GRANT_NARROWED
    elif name == "grant.expired":
        event |= {"reason": EXPIRED, "purpose": entry["purpose"]}
    elif event["type"] == GRANT_ENDED:
        event["reason"] = _ENDS.get(entry["detail"]["ended_by"], REVOKED)
    elif event["type"] == CUSTOMER_JOINED:
        event["same_as"] = _subs(unit, id_from(entry["link"]), own=False)
    elif event["type"] == CUSTOMER_PARTED:
        event["same_as"] = _subs(unit, id_from(entry["detail"]["source"]), own=True)
    elif name.startswith("demand."):
        event["demand_id"] = ids.text_of("demand", id_from(entry["about"]["id"]))
        if name == "demand.made":
            event["type"] = OF_DEMANDS[entry["detail"]["kind"]]
    elif name == "link.ended" and entry.get("reason") == "erased":
        event["type"] = CUSTOMER_ERASED
    else:
        _say_why(event, name)
    return event


def _say_why(event: dict[str, Any], name: str) -> None:
    if name in ("link.ended", "link.blocked"):
        event["reason"] = BLOCKED if name == "link.blocked" else REVOKED


def _subs(unit: Unit, link_id: bytes, *, own: bool) -> list[str]:
    """What else leads to a link, or what is its own."""
    wanted = select(PairwiseId.sub).where(PairwiseId.link_id == link_id, PairwiseId.own.is_(own))
    return sorted(unit.connection.execute(wanted).scalars())
