"""Pages of a customer's orders: the list, one order, and the customer's own word on it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.audit.doors import do, see, writing
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.links.reads import folds_into
from portal.orders.added.reads import full_page_of, has_added
from portal.orders.demands.reads import demands_of, offers_of
from portal.orders.demands.routes.room import WORDS as DEMAND_WORDS
from portal.orders.forms import FilterForm
from portal.orders.reads import (
    Filters,
    OrderView,
    Place,
    order_of,
    promises_of,
    readers_of,
    sellers_of,
    shipments_of,
    steps_of,
)
from portal.orders.service import hide, mark_gift, show, unmark_gift
from portal.orders.steps import progress_of
from portal.orders.timeline import standing, timeline
from portal.orders.words import (
    CHANNELS,
    MOMENTS,
    PROCESS_MOMENTS,
    PROCESS_WORDS,
    STANDINGS,
    STATUS_KINDS,
    STATUS_WORDS,
)

blueprint = Blueprint("orders", __name__)
_CURSOR = "orders.page"


@blueprint.get("/orders")
@see("orders:see")
def orders(unit: Unit) -> str:
    """The customer's orders, newest first, narrowed by words, company, state and day."""
    customer_id = _customer_of(unit)
    form = FilterForm(request.args)
    sellers = [(text_of(id_), name) for id_, name in sellers_of(unit, customer_id)]
    form.offer(sellers, has_added=has_added(unit, customer_id))
    filters = form.filters() if form.validate() else Filters()
    page = full_page_of(unit, customer_id, filters, after=_after(unit))
    return render_template(
        "orders/orders.html",
        form=form,
        narrowed=filters != Filters(),
        orders=page.orders,
        sums=page.sums,
        newer=url_for("orders.orders", **_chosen()) if "after" in request.args else None,
        older=_older(unit, page.following),
        **_words(),
    )


@blueprint.get("/orders/<order>")
@see("orders:see")
def order(unit: Unit, order: str) -> str:
    """One order: its lines, each with Gift and Hide."""
    view = order_of(unit, _customer_of(unit), id_from(order))
    assert unit.actor.holder_id is not None
    readers = readers_of(unit, unit.actor.holder_id, view.id, view.vendor_id)
    found = next((one for one in folds_into(unit, view.link_id) if one.number == view.customer_number), None)
    return render_template("orders/order.html", order=view, readers=readers, found=found, **_carried(unit, view), **_words())


def _carried(unit: Unit, view: OrderView) -> dict[str, Any]:
    """What happened to an order, and with whom it is on its way."""
    assert unit.actor.holder_id is not None
    box = unit.box(unit.actor.holder_id)
    shipments = shipments_of(unit, [view.id], lambda _customer: box).get(view.id, [])
    promises = promises_of(unit, [view.id]).get(view.id, [])
    steps = steps_of(unit, [view.id], lambda _customer: box).get(view.id, [])
    progress = progress_of(steps, view.status, unit.at, zone())
    asked, older = demands_of(unit, _customer_of(unit), box, view.id)
    return {
        "shipments": shipments,
        "offers": offers_of(unit, view),
        "demands": asked,
        "asked_before": older is not None,
        "promises": promises,
        "standing": standing(view, promises, unit.at, zone()),
        "progress": progress,
        "moments": timeline(view, promises, shipments, unit.at, zone(), progress),
    }


@blueprint.get("/orders/<order>/calendar.ics")
@see("orders:see")
def calendar(unit: Unit, order: str) -> Response:
    """Until when it is taken back and stood by, as a file for calendars; NotFound where neither is known."""
    # What writes such files is large, and hardly anybody asks for one.
    from portal.orders.calendar_file import calendar_of

    view = order_of(unit, _customer_of(unit), id_from(order))
    about = {"company": view.vendor, "number": view.number}
    last = (
        ("return", view.return_until, _("Last day to send back: %(company)s, order %(number)s", **about)),
        ("guarantee", view.guarantee_until, _("The guarantee ends: %(company)s, order %(number)s", **about)),
    )
    entries = [(f"{view.text}-{name}@freehold", until.astimezone(zone()).date(), said) for name, until, said in last if until]
    if not entries:
        raise NotFound
    address = f"{unit.house.settings.origin}{url_for('orders.order', order=view.text)}"
    headers = {"Content-Disposition": 'attachment; filename="order.ics"', "Cache-Control": "no-store"}
    return Response(calendar_of(entries, unit.at, address), headers=headers, content_type="text/calendar; charset=utf-8")


@blueprint.post("/orders/<order>/gift")
@do("orders:mark")
def gift(order: str) -> Response:
    """Marks a line as a gift, or takes that back."""
    order_id, line_id = id_from(order), id_from(request.form.get("line", ""))
    undo = "undo" in request.form
    with writing() as unit:
        (unmark_gift if undo else mark_gift)(unit, order_id=order_id, line_id=line_id)
    flash(_("No longer marked as a gift.") if undo else _("Marked as a gift. From now on nobody takes it for your taste."))
    return _back(order, line_id)


@blueprint.post("/orders/<order>/hide")
@do("orders:hide")
def hide_it(order: str) -> Response:
    """Hides a line or the whole order from companies, or shows it again."""
    order_id, line = id_from(order), request.form.get("line")
    line_id = None if line is None else id_from(line)
    undo = "undo" in request.form
    with writing() as unit:
        (show if undo else hide)(unit, order_id=order_id, line_id=line_id)
    flash(_("Companies with your permission can see it again.") if undo else _("Hidden. No other company sees it now."))
    return _back(order, line_id)


def _customer_of(unit: Unit) -> bytes:
    assert unit.actor.customer_id is not None
    return unit.actor.customer_id


def _back(order: str, line_id: bytes | None) -> Response:
    anchor = "whole" if line_id is None else f"line-{text_of(line_id)}"
    return redirect(url_for("orders.order", order=order, _anchor=anchor), 303)


def _words() -> dict[str, Any]:
    return {
        "status_words": STATUS_WORDS,
        "status_kinds": STATUS_KINDS,
        "process_words": PROCESS_WORDS,
        "moment_words": MOMENTS,
        "process_moments": PROCESS_MOMENTS,
        "standings": STANDINGS,
        "channels": CHANNELS,
        **DEMAND_WORDS,
    }


def _chosen() -> dict[str, Any]:
    return {name: value for name in ("q", "company", "state", "since", "until") if (value := request.args.get(name))}


def _audience(unit: Unit) -> str:
    return text_of(_customer_of(unit))


def _after(unit: Unit) -> Place | None:
    text = request.args.get("after")
    if text is None:
        return None
    value = open_cursor(unit.house, _CURSOR, _audience(unit), text)
    return Place(from_micros(value["t"]), id_from(value["o"]))


def _older(unit: Unit, place: Place | None) -> str | None:
    if place is None:
        return None
    value = {"o": text_of(place.id), "t": micros(place.placed_at)}
    return url_for("orders.orders", after=seal_cursor(unit.house, _CURSOR, _audience(unit), value), **_chosen())
