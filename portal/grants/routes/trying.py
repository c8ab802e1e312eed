"""Choices tried out: exactly what the company would get with them, and nothing done."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import reading, writing
from portal.customers.service import set_attributes
from portal.grants import reads
from portal.grants.choices import NothingLeft, applied
from portal.grants.models import WAITING
from portal.grants.routes import tried
from portal.grants.routes.asked import Asked
from portal.grants.routes.preview import Seen, left_out, seen_under, trial_leases
from portal.grants.routes.room import me
from portal.grants.routes.shown import keep_begun, page_of, what_became
from portal.grants.routes.unsure import why_nothing
from portal.kernel.errors import Invalid
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.service import fold

T = TypeVar("T")


class _Answered(Exception):
    """The request was answered while its answer was tried out."""


class _TriedOut(Exception):
    """Carries what was seen out of a unit that is rolled back."""

    def __init__(self, seen: list[Seen]) -> None:
        self.seen = seen


def tried_page(asked: Asked, unit: Unit) -> ResponseReturnValue:
    """Leads to a page of its own, which can be left and come back to; what was written of oneself goes another way."""
    id_ = asked.request.id
    page = preview_page(asked, unit) if asked.form.typed() else None
    if page is not None and not asked.seen:
        return page
    chosen = tried.written(id_, asked.form.tried())
    response = redirect(url_for("grants.request_page", request_id=text_of(id_), _anchor="seen", tried=chosen), 303)
    if keep_begun(response, asked) or page is None:
        return response
    return page


def preview_page(asked: Asked, unit: Unit) -> ResponseReturnValue:
    """The page again, with every choice as it was, and what the company would get with them."""
    if not (asked.form.validate() and asked.form.check_end(unit.at)):
        return page_of(asked, 422)
    asked.form.renew()
    tries = asked.tries_earlier or asked.form.typed()
    try:
        asked.seen = _tried_out(asked) if tries else _in_reading(lambda unit: _seen(unit, asked))
    except NothingLeft:
        asked.form.refuse({"": why_nothing(asked, unit.at)})
        return page_of(asked)
    except Invalid as problem:
        asked.form.refuse_paths(problem.fields)
        return page_of(asked, 422)
    except _Answered:
        return what_became(asked.request.id)
    return page_of(asked)


def _seen(unit: Unit, asked: Asked) -> list[Seen]:
    granted = applied(asked.details, asked.form.choices(unit.at), unit.at)
    orders = any(name.startswith("orders.") for detail in granted for name in detail.datatypes)
    asked.only_counted = asked.finds_earlier and not asked.tries_earlier and orders
    asked.with_earlier = asked.tries_earlier and orders
    by_purpose = {detail.purpose: detail for detail in granted}
    seen: list[Seen] = []
    # In the order of the page, so that each reason is found where it was asked for; nothing goes unsaid.
    for purpose in (detail.purpose for detail in asked.details):
        here = [by_purpose[purpose]] if purpose in by_purpose else []
        leases = trial_leases(unit, asked.vendor.id, here, connected=asked.link is not None)
        seen += seen_under(unit, leases) or [left_out(purpose)]
    return seen


def _in_reading(ask: Callable[[Unit], T]) -> T:
    with reading() as unit:
        return ask(unit)


def _tried_out(asked: Asked) -> list[Seen]:
    """With what a yes would also do: values that were written into the page are put in, and earlier orders found.

    Looked at as the company would, and taken back.
    """
    try:
        _try(asked)
    except _TriedOut as tried:
        return tried.seen


def _try(asked: Asked) -> NoReturn:
    with writing() as unit:
        # Held first, as the yes holds it: neither waits for what the other has.
        if reads.request_of(unit, asked.request.id, lock=True).state != WAITING:
            raise _Answered
        if typed := asked.form.typed():
            set_attributes(unit, customer_id=me(), values=typed)
        if asked.tries_earlier:
            find_earlier(unit, asked)
            # What answers to it moves the orders.
            unit.settle()
        raise _TriedOut(_seen(unit, asked))
    raise AssertionError("a unit does not swallow errors")


def find_earlier(unit: Unit, asked: Asked) -> None:
    """Joins the earlier orders of whoever says that they are theirs."""
    assert asked.earlier is not None
    fold(unit, prospect_link=asked.earlier.link_id, into=me())
