"""What a letter is for: its first sentences, where a page led to it, and what the company finds the matter by."""

from dataclasses import dataclass, field

from flask import request

from portal.audit.reads import Line, fields_given
from portal.audit.routes.room import holder
from portal.audit.routes.told import fields_sentence, link_of
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.links.reads import sub_of
from portal.orders.reads import order_of, readers_of
from portal.vendors.reads import VendorView
from portal.vendors.things import thing_id


@dataclass(frozen=True)
class Subject:
    """How a letter begins, what it quotes beside its line, and what its writer alone is told."""

    begins: str = ""
    rows: list[tuple[str, str]] = field(default_factory=list)
    told: str | None = None


def subject_of(unit: Unit, company: VendorView) -> Subject:
    """The subject that the address names: an order, all that was read, or the line alone."""
    if "order" in request.args:
        return _an_order(unit, company, id_from(request.args["order"]))
    if request.args.get("delete") == "all":
        return _all_they_read(unit, company)
    return Subject()


def number_rows(unit: Unit, line: Line) -> list[tuple[str, str]]:
    """By what the company knows the customer: the number that it gave, and the one that it gets with each answer."""
    link = link_of(unit, line)
    if link is None:
        return []
    numbers = (link.number, sub_of(unit, link.id))
    return [(_("Your number at this company"), ", ".join(filter(None, numbers)))]


def _an_order(unit: Unit, company: VendorView, order_id: bytes) -> Subject:
    """About one order. The company never got the seller's number of it, and does not learn it by the letter either."""
    assert unit.actor.customer_id is not None
    order = order_of(unit, unit.actor.customer_id, order_id)
    readers = readers_of(unit, holder(unit), order.id, order.vendor_id)
    if company.id not in [reader.vendor_id for reader in readers]:
        raise NotFound
    return Subject(
        _(
            "Please delete what you have read through Freehold of the order that is named below, and still hold. "
            "If you must keep some of it, tell me what, why and for how long."
        ),
        [(_("The order, by the number that they got"), thing_id(unit.house.keys, company.id, "order", order.id))],
        _(
            "It is about your order %(number)s at %(seller)s. We have not told %(company)s that number, so the letter "
            "names the order by the one that it got.",
            number=order.number,
            seller=order.vendor,
            company=company.name,
        ),
    )


def _all_they_read(unit: Unit, company: VendorView) -> Subject:
    fields = fields_given(unit, holder(unit), company.id)
    if not fields:
        return Subject()
    return Subject(
        _(
            "Please delete what you have read about me through Freehold and still hold. It is listed below, as Freehold "
            "calls it. If you must keep some of it, tell me what, why and for how long."
        ),
        [(_("All that they have read"), fields_sentence(fields))],
    )
