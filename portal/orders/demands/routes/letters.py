"""A letter to a company that did not answer, or said no, to be printed or copied. Nothing is sent."""

from flask import render_template

from portal.audit.doors import see
from portal.files.reads import files_of
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.orders.demands.letters import letter_about
from portal.orders.demands.reads import demand_of, filed_with
from portal.orders.demands.routes import blueprint
from portal.orders.demands.routes.pages import of_whoever
from portal.orders.demands.routes.room import WORDS, box_of_page, customer_of_page
from portal.vendors.reads import vendor_of


@blueprint.get("/orders/demands/<demand>/letter")
@see("demands:write")
def letter(unit: Unit, demand: str) -> str:
    """The letter, made of what is on record at this moment; NotFound where there is nothing to hold against the company."""
    view = demand_of(unit, customer_of_page(unit), box_of_page(unit), id_from(demand))
    if not view.needs_letter:
        raise NotFound
    card = vendor_of(unit, view.vendor_id).card
    # Who somebody is, is lent to nobody with their orders: a delegate's letter is signed by hand.
    sender = () if unit.actor.delegation is not None else tuple(filter(None, of_whoever(unit).values()))
    files = [one.name for one in files_of(unit, customer_of_page(unit), filed_with(view.id))]
    made = letter_about(view, card, origin=unit.house.settings.origin, sender=sender, files=files)
    return render_template("orders/demand_letter.html", demand=view, letter=made, card=card, **WORDS)
