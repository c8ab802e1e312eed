"""Webhooks: all of a company's, one more, and one of them with what can be done about it."""

from collections.abc import Callable
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.reads import require_proof
from portal.audit.doors import do, reading, see, writing
from portal.events import service
from portal.events.forms import RotateForm, WebhookForm
from portal.events.kinds import KINDS
from portal.events.reads import attempts_of, deliveries_of, endpoints_of, secrets_of
from portal.events.routes import blueprint
from portal.events.routes.common import ALL, ONE, back, changing, mine, page, result_of, staff_in
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.outgoing import Failed, Rules, check
from portal.kernel.unit import Unit

_PAGE = 25


@blueprint.get(ALL)
@see("console:see")
def webhooks(unit: Unit, slug: str) -> ResponseReturnValue:
    """All of the company's, and how each fares."""
    staff = staff_in(unit, slug)
    return page("webhooks", staff=staff, endpoints=endpoints_of(unit, staff.vendor.id))


@blueprint.get(f"{ALL}/new")
@see("console:see")
def new_webhook(unit: Unit, slug: str) -> ResponseReturnValue:
    """The form for one more."""
    staff = staff_in(unit, slug)
    require_proof(unit)
    return page("webhook_new", staff=staff, form=WebhookForm(), kinds=KINDS)


@blueprint.post(f"{ALL}/new")
@do("console:change")
def add_webhook(slug: str) -> ResponseReturnValue:
    """Adds it, and shows once what its messages are checked with."""
    form = WebhookForm()
    with reading() as unit:
        staff = staff_in(unit, slug)
        require_proof(unit)
    try:
        if form.validate():
            # Outside any transaction: a look-up may take its time.
            check(form.url.data, Rules.of(current_house().settings))
            with writing() as unit:
                staff = staff_in(unit, slug)
                require_proof(unit)
                made, shown = service.add_endpoint(
                    unit,
                    vendor_id=staff.vendor.id,
                    url=form.url.data,
                    kinds=form.kinds.data or (),
                    algorithm=form.algorithm.data,
                )
            return page("webhook_secret", staff=staff, endpoint=made, shown=shown)
    except Failed as failed:
        form.refuse({"url": str(failed)})
    except Invalid as wrong:
        form.refuse(wrong.fields)
    except Conflict as full:
        form.refuse({"": full.detail or ""})
    return page("webhook_new", staff=staff, form=form, kinds=KINDS), 422


@blueprint.get(ONE)
@see("console:see")
def webhook(unit: Unit, slug: str, webhook: str) -> ResponseReturnValue:
    """One of them: how it fares, its public keys, and its messages, the newest first."""
    staff, endpoint = mine(unit, slug, webhook)
    before = request.args.get("before")
    found = deliveries_of(unit, endpoint.id, before=id_from(before) if before else None, most=_PAGE + 1)
    shown = found[:_PAGE]
    attempts = attempts_of(unit, shown)
    return page(
        "webhook",
        staff=staff,
        endpoint=endpoint,
        keys=[one for one in secrets_of(unit, endpoint) if one.public is not None],
        deliveries=shown,
        attempts=attempts,
        result_of=result_of,
        newest=url_for("events.webhook", slug=slug, webhook=webhook) if before else None,
        older=f"?before={text_of(shown[-1].id)}" if len(found) > _PAGE else None,
    )


def _pressed(verb: Callable[..., Any], slug: str, webhook: str, said: str) -> ResponseReturnValue:
    """A press of one button."""
    try:
        with changing(slug, webhook) as (unit, endpoint):
            verb(unit, vendor_id=endpoint.vendor_id, endpoint_id=endpoint.id)
    except Conflict as problem:
        flash(problem.detail or "", "warning")
    else:
        flash(said)
    return back(slug, webhook)


@blueprint.post(f"{ONE}/test")
@do("console:change")
def try_webhook(slug: str, webhook: str) -> ResponseReturnValue:
    """Sends a message that is about nobody."""
    return _pressed(service.send_test, slug, webhook, _("A test message is on its way. Reload this page in a moment."))


@blueprint.post(f"{ONE}/disable")
@do("console:change")
def disable_webhook(slug: str, webhook: str) -> ResponseReturnValue:
    """Sends nothing there any more."""
    said = _("Nothing is sent there any more. What waits is kept for thirty days.")
    return _pressed(service.disable_endpoint, slug, webhook, said)


@blueprint.post(f"{ONE}/enable")
@do("console:change")
def enable_webhook(slug: str, webhook: str) -> ResponseReturnValue:
    """Sends there again."""
    return _pressed(service.enable_endpoint, slug, webhook, _("It is enabled. What waits is on its way."))


@blueprint.get(f"{ONE}/rotate")
@see("console:see")
def rotate_page(unit: Unit, slug: str, webhook: str) -> ResponseReturnValue:
    """Asks for how long the old secret is good."""
    staff, endpoint = mine(unit, slug, webhook)
    require_proof(unit)
    return page("webhook_rotate", staff=staff, endpoint=endpoint, form=RotateForm())


@blueprint.post(f"{ONE}/rotate")
@do("console:change")
def rotate_webhook(slug: str, webhook: str) -> ResponseReturnValue:
    """Makes a new one, and shows it once."""
    form = RotateForm()
    valid, shown = form.validate(), None
    with writing() as unit:
        staff, endpoint = mine(unit, slug, webhook)
        require_proof(unit)
        if valid:
            about = {"vendor_id": staff.vendor.id, "endpoint_id": endpoint.id}
            shown = service.rotate_secret(unit, **about, hours=int(form.hours.data))
    if shown is None:
        return page("webhook_rotate", staff=staff, endpoint=endpoint, form=form), 422
    return page("webhook_secret", staff=staff, endpoint=endpoint, shown=shown)
