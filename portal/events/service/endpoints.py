"""What a company, or the operator for it, does about its endpoints. Each verb takes the company: another's is NotFound."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from portal.audit.reads import size_of
from portal.events.facts import (
    WebhookAdded,
    WebhookDisabled,
    WebhookEnabled,
    WebhookReplayed,
    WebhookResent,
    WebhookRotated,
    WebhookTested,
)
from portal.events.kinds import KINDS, TEST
from portal.events.models import WebhookDelivery, WebhookEndpoint, WebhookPlace, WebhookSecret
from portal.events.reads import EndpointView, delivery_of, endpoint_of
from portal.events.shared import KEPT, first_since
from portal.events.signing import ALGORITHMS, SHARED, new_secret
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import new_id, text_of
from portal.kernel.mail import queue_mail
from portal.kernel.outgoing import Failed, Rules, host_of
from portal.kernel.sealing import create_holder
from portal.kernel.unit import Unit
from portal.vendors.reads import vendor_of
from portal.vendors.service import hold

MOST = 10
"""Active endpoints of one company."""
OVERLAP_HOURS = 24
"""For how long messages are signed with the secret of before, too."""
_LONGEST_OVERLAP = 24 * 30
BY_HAND, GONE, FAILING = "by-hand", "gone", "failing"


def add_endpoint(
    unit: Unit, *, vendor_id: bytes, url: str, kinds: Sequence[str] = (), algorithm: str = SHARED
) -> tuple[EndpointView, str]:
    """A place at which the company is told what happens from now on; gives it with what its messages are checked with.

    That is the shared secret (``whsec_…``), which is never to be had again, or the public key (``whpk_…``). The caller
    has looked the address up (:func:`portal.kernel.outgoing.check`); here its form is held against the rules once more.
    Invalid names ``url``, ``kinds`` or ``algorithm``; Conflict where the company has too many.
    """
    host = _checked(unit, url, kinds, algorithm)
    _make_room(unit, vendor_id)
    holder_id, id_ = create_holder(unit, "webhook"), new_id()
    row: dict[str, Any] = {"id": id_, "vendor_id": vendor_id, "holder_id": holder_id, "host": host, "state": "active"}
    row |= {"url": unit.box(holder_id).seal("webhook_endpoints", "url", id_, url), "kinds": sorted(set(kinds))}
    row |= {"algorithm": algorithm, "created_at": unit.at, "changed_at": unit.at}
    unit.connection.execute(insert(WebhookEndpoint).values(row))
    # The log may hold queued facts that happened before: at least once, and the receiver reads what it is pointed to.
    place = {"endpoint_id": id_, "place": size_of(unit.connection), "claim": 0}
    unit.connection.execute(insert(WebhookPlace).values(place))
    shown = _put_secret(unit, id_, holder_id, algorithm)
    made = endpoint_of(unit, vendor_id, id_)
    unit.note(WebhookAdded(**_about(unit, made), host=host, kinds=tuple(made.kinds), algorithm=algorithm))
    return made, shown


def _checked(unit: Unit, url: str, kinds: Sequence[str], algorithm: str) -> str:
    """The host of an address that may be called."""
    wrong = {}
    if set(kinds) - KINDS.keys():
        wrong["kinds"] = _("Choose among the kinds of events that there are.")
    if algorithm not in ALGORITHMS:
        wrong["algorithm"] = _("Choose v1 or v1a.")
    try:
        host = host_of(url, Rules.of(unit.house.settings))
    except Failed as failed:
        wrong["url"] = str(failed)
    if wrong:
        raise Invalid("webhook", fields=wrong)
    return host


def _make_room(unit: Unit, vendor_id: bytes) -> None:
    # Counted once whoever else is at it has committed, and by nobody else before this one has.
    hold(unit, vendor_id)
    mine = (WebhookEndpoint.vendor_id == vendor_id, WebhookEndpoint.state == "active")
    count = unit.connection.execute(select(func.count()).select_from(WebhookEndpoint).where(*mine)).scalar_one()
    if count >= MOST:
        raise Conflict("too-many-webhooks", _("There are as many active webhooks as a company may have. Disable one first."))


def _put_secret(unit: Unit, endpoint_id: bytes, holder_id: bytes, algorithm: str) -> str:
    """A new current secret; gives what the receiver checks with."""
    id_, (secret, public) = new_id(), new_secret(algorithm)
    sealed = unit.box(holder_id).seal("webhook_secrets", "secret", id_, secret)
    row = {"id": id_, "endpoint_id": endpoint_id, "secret": sealed, "public": public, "made_at": unit.at}
    unit.connection.execute(insert(WebhookSecret).values(row))
    return secret if public is None else public


def rotate_secret(unit: Unit, *, vendor_id: bytes, endpoint_id: bytes, hours: int = OVERLAP_HOURS) -> str:
    """A new secret, with which messages are signed beside the one of before for so many hours; gives what is checked with."""
    if not 0 <= hours <= _LONGEST_OVERLAP:
        raise Invalid("webhook", fields={"hours": _("From 0 to 720 hours.")})
    endpoint = endpoint_of(unit, vendor_id, endpoint_id)
    ends = unit.at + timedelta(hours=hours)
    good = WebhookSecret.ends_at.is_(None) | (WebhookSecret.ends_at > ends)
    older = update(WebhookSecret).where(WebhookSecret.endpoint_id == endpoint.id, good)
    unit.connection.execute(older.values(ends_at=ends))
    shown = _put_secret(unit, endpoint.id, endpoint.holder_id, endpoint.algorithm)
    unit.note(WebhookRotated(**_about(unit, endpoint), hours=hours))
    return shown


def disable_endpoint(unit: Unit, *, vendor_id: bytes, endpoint_id: bytes, reason: str = BY_HAND) -> None:
    """Tells an endpoint nothing any more; what waits for it waits on. Its company hears of it where it did not do it."""
    endpoint = endpoint_of(unit, vendor_id, endpoint_id)
    if not _turn(unit, endpoint, "active", state="disabled", disabled_because=reason):
        return
    unit.note(WebhookDisabled(**_about(unit, endpoint), reason=reason))
    vendor = vendor_of(unit, vendor_id)
    contact = vendor.card.get("privacy_contact") or ""
    if reason != BY_HAND and "@" in contact and not contact.startswith("http"):
        told: dict[str, Any] = {"company": vendor.name, "host": endpoint.host, "gone": reason == GONE}
        queue_mail(unit, to=contact, template="events/webhook_disabled", **told)


def enable_endpoint(unit: Unit, *, vendor_id: bytes, endpoint_id: bytes) -> None:
    """Tells an endpoint again: first what waits, then what happened meanwhile, up to thirty days ago."""
    endpoint = endpoint_of(unit, vendor_id, endpoint_id)
    if endpoint.state == "active":
        return
    _make_room(unit, vendor_id)
    if _turn(unit, endpoint, "disabled", state="active", disabled_because=None):
        fresh = {"failing_since": None, "rest_until": None}
        unit.connection.execute(update(WebhookPlace).where(WebhookPlace.endpoint_id == endpoint_id).values(fresh))
        unit.note(WebhookEnabled(**_about(unit, endpoint)))


def _turn(unit: Unit, endpoint: EndpointView, was: str, **values: Any) -> bool:
    mine = (WebhookEndpoint.id == endpoint.id, WebhookEndpoint.state == was)
    return unit.connection.execute(update(WebhookEndpoint).where(*mine).values(**values, changed_at=unit.at)).rowcount == 1


def send_test(unit: Unit, *, vendor_id: bytes, endpoint_id: bytes) -> bytes:
    """Has a message sent that is about nobody, once, to a disabled endpoint, too; gives its delivery."""
    endpoint = endpoint_of(unit, vendor_id, endpoint_id)
    row: dict[str, Any] = {"id": new_id(), "endpoint_id": endpoint.id, "kind": TEST, "state": "waiting", "attempts": 0}
    row |= {"event_id": secrets.token_urlsafe(32), "asked_at": unit.at, "created_at": unit.at}
    unit.connection.execute(insert(WebhookDelivery).values(row))
    unit.note(WebhookTested(**_about(unit, endpoint)))
    delivery_id: bytes = row["id"]
    return delivery_id


def resend(unit: Unit, *, vendor_id: bytes, endpoint_id: bytes, delivery_id: bytes) -> None:
    """Has one message sent once more, under its id and the current secret, to a disabled endpoint, too."""
    endpoint = endpoint_of(unit, vendor_id, endpoint_id)
    delivery = delivery_of(unit, endpoint.id, delivery_id)
    unit.connection.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery.id).values(asked_at=unit.at))
    unit.note(WebhookResent(**_about(unit, endpoint), delivery=text_of(delivery.id)))


def replay(unit: Unit, *, vendor_id: bytes, endpoint_id: bytes, since: datetime, until: datetime) -> None:
    """Has everything told again that happened from one moment to another, under the ids that it had.

    Invalid for what is longer ago than the feed goes back; Conflict while an earlier stretch is being told again.
    """
    endpoint = endpoint_of(unit, vendor_id, endpoint_id)
    if not unit.at - KEPT <= since < until:
        raise Invalid("webhook", fields={"since": _("Choose a beginning within the last thirty days, and an end after it.")})
    first, end = first_since(unit, since), first_since(unit, min(until, unit.at))
    mine = (WebhookPlace.endpoint_id == endpoint_id, WebhookPlace.again.is_(None))
    if first < end:
        stretch = update(WebhookPlace).where(*mine).values(again=first, again_until=end)
        if unit.connection.execute(stretch).rowcount == 0:
            raise Conflict("replaying", _("An earlier part is still being told again. Try again in a minute."))
    unit.note(WebhookReplayed(**_about(unit, endpoint), first=first, until=end))


def _about(unit: Unit, endpoint: EndpointView) -> dict[str, Any]:
    test = vendor_of(unit, endpoint.vendor_id).mode == "test"
    return {"vendor": endpoint.vendor_id, "endpoint": text_of(endpoint.id), "test": test}
