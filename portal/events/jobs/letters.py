"""A message as it may leave at this moment, put on record before it does, as every answer is."""

import json
from dataclasses import dataclass
from typing import Any

from portal.events.facts import ChangesDisclosed, WebhookRepeated
from portal.events.kinds import TEST
from portal.events.reads import DeliveryView, EndpointView, find_endpoint, secrets_of
from portal.events.shared import ChangesPage, change_at
from portal.kernel.facts import Fact, Prepared
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.log_queue import Condition, Disclosure
from portal.kernel.unit import SYSTEM, Unit
from portal.vendors.reads import vendor_of

LARGEST = 20_000
"""Bytes of a message."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with where it goes and what it is signed with; without a body where it may not leave any more."""

    endpoint: EndpointView
    secrets: list[str]
    body: bytes | None


def put_on_record(house: House, delivery: DeliveryView) -> Letter | None:
    """Makes a message and its entry; None where what it tells is changing at this moment, so that it is made later."""
    for _ in range(_TRIES):
        with house.reading(SYSTEM, cause=cause_of(delivery)) as unit:
            letter, facts, conditions = _letter(unit, delivery)
        if not facts or house.log.disclose(Disclosure(facts, conditions)):
            return letter
    return None


def cause_of(delivery: DeliveryView) -> str:
    """What stands in an entry as its cause."""
    return f"webhook:{text_of(delivery.id)}"


def _letter(unit: Unit, delivery: DeliveryView) -> tuple[Letter, list[Prepared], list[Condition]]:
    endpoint = find_endpoint(unit, delivery.endpoint_id)
    secrets = [one.secret for one in secrets_of(unit, endpoint)]
    if delivery.asked_at is not None:
        secrets = secrets[:1]  # what somebody asks for now is checked with the current one
    if delivery.idx is None:
        at = delivery.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Letter(endpoint, secrets, _body({"type": TEST, "at": at})), [], []
    page = change_at(unit, endpoint.vendor_id, delivery.idx)
    if not page.value["events"]:
        return Letter(endpoint, secrets, None), [], []
    (event,), ((holder_id, link_id),) = page.value["events"], page.counted
    fact = _fact(unit, endpoint, delivery, holder_id, link_id)
    return Letter(endpoint, secrets, _body(event)), unit.prepare([fact]), _conditions(endpoint, page)


def _fact(unit: Unit, endpoint: EndpointView, delivery: DeliveryView, holder_id: bytes, link_id: bytes | None) -> Fact:
    """A customer reads of each event once: ten attempts at a receiver that is away are not ten looks."""
    test = vendor_of(unit, endpoint.vendor_id).mode == "test"
    if delivery.attempts and delivery.asked_at is None:
        told = text_of(endpoint.id)
        return WebhookRepeated(holder=holder_id, vendor=endpoint.vendor_id, link=link_id, endpoint=told, test=test)
    about = ("webhook", endpoint.id)
    return ChangesDisclosed(
        holder=holder_id, vendor=endpoint.vendor_id, link=link_id, count=1, about=about, test=test
    )


def _conditions(endpoint: EndpointView, page: ChangesPage) -> list[Condition]:
    """What must hold when the entry is appended: the company is let in, and what is told because it is shared is shared."""
    stands_on = [
        (one.grant_id, one.version, one.expires_at, one.customer_id, one.sharing_version) for one in page.leases.values()
    ]
    return [Condition("vendor_live", (endpoint.vendor_id,)), *(Condition("grant_live", args) for args in stands_on)]


_LONG = ("same_as", "attributes")


def _body(event: dict[str, Any]) -> bytes:
    """Thin, and the same bytes for the same event. Lists that would make it too large are left to the feed."""
    data = {name: value for name, value in event.items() if name not in ("id", "type", "at")}
    body = _encoded(event, data)
    if len(body) >= LARGEST:
        body = _encoded(event, {name: value for name, value in data.items() if name not in _LONG})
    return body


def _encoded(event: dict[str, Any], data: dict[str, Any]) -> bytes:
    told = {"type": event["type"], "timestamp": event["at"], "data": data}
    return json.dumps(told, separators=(",", ":")).encode("ascii")
