"""Messages: one with its attempts and its body, sent once more, and days that are told again."""

import json

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import Answer, disclose, do, reading, see
from portal.events import service
from portal.events.facts import ChangesDisclosed
from portal.events.forms import AgainForm
from portal.events.reads import DeliveryView, EndpointView, attempts_of, delivery_of, holder_of
from portal.events.routes import blueprint
from portal.events.routes.common import ONE, back, changing, mine, page, result_of
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.vendors.reads import Staff, stands_on

_HTML = "text/html; charset=utf-8"


@blueprint.get(f"{ONE}/messages/<message>")
@disclose("console:see")
def webhook_message(unit: Unit, slug: str, webhook: str, message: str) -> Answer:
    """One message with its attempts and its body. It names a customer: whoever looks at it has an entry."""
    staff, endpoint = mine(unit, slug, webhook)
    delivery = delivery_of(unit, endpoint.id, id_from(message))
    attempts = [(one, result_of(one)) for one in attempts_of(unit, [delivery])[delivery.id]]
    body = None if delivery.body is None else json.dumps(json.loads(delivery.body), indent=2)
    shown = page("webhook_message", staff=staff, endpoint=endpoint, delivery=delivery, attempts=attempts, body=body)
    return Answer(shown.encode(), _looks(unit, staff, endpoint, delivery), stands_on(unit, staff), content_type=_HTML)


def _looks(unit: Unit, staff: Staff, endpoint: EndpointView, delivery: DeliveryView) -> list[ChangesDisclosed]:
    if delivery.body is None or delivery.link_id is None:
        return []
    return [
        ChangesDisclosed(
            holder=holder_of(unit, delivery),
            vendor=staff.vendor.id,
            link=delivery.link_id,
            count=1,
            about=("webhook-message", endpoint.id),
            test=staff.vendor.mode == "test",
        )
    ]


@blueprint.get(f"{ONE}/again")
@see("console:see")
def again_page(unit: Unit, slug: str, webhook: str) -> ResponseReturnValue:
    """Asks which days are told again."""
    staff, endpoint = mine(unit, slug, webhook)
    return page("webhook_again", staff=staff, endpoint=endpoint, form=AgainForm())


@blueprint.post(f"{ONE}/again")
@do("console:change")
def tell_again(slug: str, webhook: str) -> ResponseReturnValue:
    """Tells them again."""
    form = AgainForm()
    with reading() as unit:
        staff, endpoint = mine(unit, slug, webhook)
    try:
        if form.validate():
            since, until = form.span(zone())
            with changing(slug, webhook) as (unit, _endpoint):
                service.replay(unit, vendor_id=endpoint.vendor_id, endpoint_id=endpoint.id, since=since, until=until)
            flash(_("These days are told again, under the ids that they had."))
            return back(slug, webhook)
    except Invalid as wrong:
        form.refuse(wrong.fields)
    except Conflict as problem:
        form.refuse({"": problem.detail or ""})
    return page("webhook_again", staff=staff, endpoint=endpoint, form=form), 422


@blueprint.post(f"{ONE}/messages/<message>/resend")
@do("console:change")
def resend_message(slug: str, webhook: str, message: str) -> ResponseReturnValue:
    """Sends one message once more."""
    with changing(slug, webhook) as (unit, endpoint):
        about = {"vendor_id": endpoint.vendor_id, "endpoint_id": endpoint.id}
        service.resend(unit, **about, delivery_id=id_from(message))
    flash(_("It is on its way once more. Reload this page in a moment."))
    return redirect(url_for("events.webhook_message", slug=slug, webhook=webhook, message=message), 303)
