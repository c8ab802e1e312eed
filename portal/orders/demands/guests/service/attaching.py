"""A withdrawal without an account is about an order that is here: it goes on as what the order's customer asks."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from portal.customers.reads import verified_addresses_of
from portal.kernel.blind_index import find_holder
from portal.kernel.unit import Unit
from portal.links.matching import ADDRESS, scoped
from portal.orders.demands.guests.reads import GuestLink
from portal.orders.demands.machine import CUSTOMER, HOUSE, WITHDRAWAL
from portal.orders.demands.models import Demand
from portal.orders.demands.reads import Offers, offers_of
from portal.orders.demands.service.asking import Asked, next_turn, preview_of, put_pieces
from portal.orders.demands.service.moving import about, sealed, step
from portal.orders.facts import DemandMade
from portal.orders.reads import held_order


def order_meant(unit: Unit, link: GuestLink, number: str) -> Any | None:
    """The order with this number, held, where the link's address was proved to be its customer's.

    By the customer here, or by the company, which verified it. None for anybody else's: nobody is told which it was.
    """
    assert link.email is not None
    told = find_holder(unit, ADDRESS, scoped(link.vendor_id, link.email))
    for written in dict.fromkeys((number, number.lstrip("#").strip())):
        # What no number of an order can be is not looked for: no database takes every text that a person can send.
        order = held_order(unit, link.vendor_id, written) if written.isprintable() else None
        if order is None:
            continue
        proved = {address.casefold() for address in verified_addresses_of(unit, order.customer_id)}
        if link.email.casefold() in proved or told == order.holder_id:
            return order
    return None


def attach(
    unit: Unit, link: GuestLink, order: Any, *, words: str | None, receipt: str, due_at: datetime, is_promised: bool
) -> DemandMade:
    """Writes it down under the link's id, declared and receipted; of a whole order with all that is left of it.

    Nothing stands in its way: whether something of it went back already is for the company to say.
    """
    offers = offers_of(unit, order)
    asked = Asked(WITHDRAWAL, _left(offers) if words is None else {}, words=words)
    row = {
        "id": link.id,
        "order_id": order.id,
        "customer_id": order.customer_id,
        "vendor_id": order.vendor_id,
        "turn": next_turn(unit, order.id),
        "kind": WITHDRAWAL,
        "state": "receipt_sent",
        "words": sealed(unit, order, link.id, "words", words),
        "receipt": sealed(unit, order, link.id, "receipt", receipt),
        "preview": preview_of(offers, asked) if asked.pieces else None,
        "currency": order.currency,
        "asked_at": unit.at,
        "due_at": due_at,
        "is_promised": is_promised,
    }
    unit.connection.execute(insert(Demand), [row])
    put_pieces(unit, order, link.id, asked.pieces)
    step(unit, order, link.id, "declare", "submitted", CUSTOMER)
    step(unit, order, link.id, "send-receipt", "receipt_sent", HOUSE)
    fact = DemandMade(**about(unit, order, link.id), kind=WITHDRAWAL)
    unit.note(fact)
    return fact


def _left(offers: Offers) -> dict[bytes, int]:
    return {offer.line_id: offer.left for offer in offers.lines[WITHDRAWAL] if offer.reason_not is None}
