"""What these pages share: whose webhook it is, who may come, and a unit in which it changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import writing
from portal.events.reads import AttemptView, EndpointView, endpoint_of
from portal.events.words import DISABLED, STATES, why_not
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.vendors.ranks import DEVELOPER, OWNER
from portal.vendors.reads import Staff, staff_of

ALL = "/console/<slug>/webhooks"
ONE = "/console/<slug>/webhooks/<webhook>"


def staff_in(unit: Unit, slug: str) -> Staff:
    """Whoever looks after a company's machines."""
    return staff_of(unit, slug, OWNER, DEVELOPER)


def mine(unit: Unit, slug: str, webhook: str) -> tuple[Staff, EndpointView]:
    """The same, and a webhook of that company; NotFound for another's."""
    staff = staff_in(unit, slug)
    return staff, endpoint_of(unit, staff.vendor.id, id_from(webhook))


@contextmanager
def changing(slug: str, webhook: str) -> Iterator[tuple[Unit, EndpointView]]:
    """A writing unit, and the webhook in it."""
    with writing() as unit:
        yield unit, mine(unit, slug, webhook)[1]


def page(name: str, **about: Any) -> str:
    """One of this room's pages."""
    return render_template(f"events/{name}.html", text_of=text_of, states=STATES, disabled=DISABLED, **about)


def back(slug: str, webhook: str) -> ResponseReturnValue:
    """To the webhook's page."""
    return redirect(url_for("events.webhook", slug=slug, webhook=webhook), 303)


def result_of(attempt: AttemptView) -> str:
    """What came of a call: the receiver's status, our reason, or both."""
    said = [] if attempt.status is None else [str(attempt.status)]
    return ": ".join([*said, *([] if attempt.reason is None else [why_not(attempt.reason)])])
