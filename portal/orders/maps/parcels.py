"""Parcels of an order in a file, held against what a company may tell of one. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from portal.orders.maps.rows import BadRow
from portal.orders.shipment_shapes import SHIPMENTS, ShipmentIn


def parcel(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A parcel as the API takes it. An address of the carrier's that is not https is left out."""
    link = told.get("tracking_url")
    is_safe = isinstance(link, str) and link.strip().startswith("https://")
    found = {**told, "tracking_url": link.strip() if isinstance(link, str) and is_safe else None}
    found["tracking"] = str(told.get("tracking") or "").replace(" ", "")
    shipment = {member: value for member, value in found.items() if value}
    try:
        ShipmentIn.model_validate(shipment)
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False, include_input=False)
        raise BadRow(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return shipment


def handed_over(at: str | None) -> list[dict[str, str]]:
    """What happened to it, as far as such files know."""
    return [] if at is None else [{"kind": "handed-over", "at": at}]


def bounded(parcels: Sequence[Any], name: str) -> Sequence[Any]:
    """No more of them than an order may have."""
    if len(parcels) > SHIPMENTS:
        raise BadRow(f"{name}: more than {SHIPMENTS} shipments")
    return parcels
