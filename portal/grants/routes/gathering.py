"""All that the page of a request shows, gathered in one reading unit."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.customers.catalogue import fillable, find
from portal.customers.derive import sources_of
from portal.customers.reads import values_of
from portal.customers.said import said
from portal.customers.values import gaps
from portal.grants import reads
from portal.grants.details import Detail
from portal.grants.forms import choice_form
from portal.grants.lease import Lease
from portal.grants.models import Request
from portal.grants.reads.amended import amended, questions_of
from portal.grants.reads.connected import comes_by_at, is_connected
from portal.grants.routes.asked import Asked, Counted, Said
from portal.grants.routes.preview import trial_leases
from portal.grants.routes.room import me
from portal.grants.routes.sharing import Permission
from portal.grants.routes.standing import only_looks, shared_now, standing_of
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads import Earlier, earlier_of, last_denied, link_between
from portal.oauth.reads import redirect_origin
from portal.orders.added.reads import has_added
from portal.orders.reads import Filters, sums_of
from portal.orders.shared import count_shared
from portal.orders.shared.lent import TASTE
from portal.vendors.purposes import DELIVERY
from portal.vendors.reads import vendor_of

NOTHING_WRITTEN: Mapping[str, str] = {}


def gather(
    unit: Unit, asked: Request, tried: MultiDict[str, str] | None = None, written: Mapping[str, str] = NOTHING_WRITTEN
) -> Asked:
    """The request with what the customer has of it, and the form for it.

    ``tried`` are this session's choices from the page's address, ``written`` what it wrote into the page before.
    """
    details, changing = questions_of(unit, asked), amended(unit, asked)
    names = sorted({name for detail in details for name in detail.datatypes})
    sources = {source for name in names if name.startswith("profile.") for source in sources_of(name)}
    held = values_of(unit, me(), [*names, *sources])
    missing = [name for name in {*names, *sources} if name not in held]
    lacking = gaps_of(details, held)
    fills = [fill for name in names if name in missing for fill in fillable(name, held)]
    fills += [fill for parts in lacking.values() for fill in parts]
    link = link_between(unit, me(), asked.vendor_id)
    standing = standing_of(unit, asked)
    purposes = {detail.purpose for detail in details}
    now = {purpose: one for purpose, one in shared_now(asked, standing, unit.at).items() if purpose in purposes}
    form = choice_form(
        details,
        unit.at,
        ticked=_ticked(asked),
        also={purpose: one.datatypes for purpose, one in now.items()},
        missing=fills,
        now=now,
        again=asked.source == "again",
        once=only_looks(asked, standing),
        kept={} if changing is None else {purpose: changing.to.kept(purpose) for purpose in purposes},
        tried=tried,
        written=written,
    )
    return Asked(
        request=asked,
        vendor=vendor_of(unit, asked.vendor_id),
        details=details,
        held=held,
        missing=missing,
        gaps=lacking,
        earlier=_earlier(unit, asked) if form.earlier.data else None,
        standing=standing,
        now=now,
        connects=bool(now) and changing is None and _connects(unit, asked, standing),
        link=None if link is None else text_of(link.id),
        paused_at=None if link is None else link.paused_at,
        form=form,
        amended=changing,
    )


def is_as_it_was(unit: Unit, asked: Asked) -> bool:
    """Whether what its form is for is still what is asked: the permission that it would change may be another by now."""
    if asked.amended is None:
        return True
    try:
        found = amended(unit, asked.request)
    except (Conflict, NotFound):
        return False
    return found is not None and found.to == asked.amended.to


def look_up(unit: Unit, asked: Asked) -> None:
    """What the page says of it beside the form; what was looked up before stays."""
    if asked.said is not None:
        return
    request, names = asked.request, {name for detail in asked.details for name in detail.datatypes}
    asked.earlier = asked.earlier or _earlier(unit, request)
    asked.said = Said(
        shown=reads.compose(unit, request),
        values={name: said(name, asked.held[name]) for name in names if name in asked.held},
        orders=_orders(unit, request.vendor_id, asked.details),
        denied_at=None if asked.earlier is None else last_denied(unit, me(), asked.earlier.link_id),
        began=reads.own_doings(unit, [request]).get(request.id),
        comes_by=request.source == "again" and not asked.now and comes_by_at(unit, request.client_id) is not None,
        leads_to=redirect_origin(unit, request.id),
    )


def gaps_of(details: tuple[Detail, ...], held: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the addresses and names that a delivery asks for still lack, by path, as paths of their parts."""
    wanted = sorted({name for detail in details if detail.purpose == DELIVERY for name in detail.datatypes})
    return {name: parts for name in wanted if (parts := _lacking(name, held))}


def _lacking(path: str, held: Mapping[str, Any]) -> list[str]:
    attribute = find(path)
    if attribute is not None and attribute.kind == "address":
        return [f"{path}.{part}" for part in gaps(held.get(path, {}))]
    return [source for source in sources_of(path) if source not in held] if path == "profile.name" else []


def _earlier(unit: Unit, asked: Request) -> Earlier | None:
    # Whether earlier orders are theirs is the customer's own to see and to say: no delegate is shown that there are any.
    if unit.actor.delegation is not None:
        return None
    return earlier_of(unit, asked.vendor_id, customer_id=me(), number=asked.customer_number)


def _ticked(asked: Request) -> str:
    # What a customer shared before and wants to share again was chosen by them, as what they share now is; all else
    # starts without a tick.
    return "all" if asked.source == "again" else "required"


def _orders(unit: Unit, vendor_id: bytes, details: tuple[Detail, ...]) -> dict[str, Counted]:
    """How many orders each reason would show: without those that are hidden, or left out of this reason as gifts."""
    rows = [detail for detail in details if any(name.startswith("orders.") for name in detail.datatypes)]
    return {lease.purpose: _counted(unit, lease) for lease, _ in trial_leases(unit, vendor_id, rows)}


def _counted(unit: Unit, lease: Lease) -> Counted:
    shown = count_shared(unit, lease)
    mine = sum(one.orders for one in sums_of(unit, lease.customer_id, Filters(placed_from=lease.since)))
    return Counted(shown, mine - shown, lease.purpose in TASTE, has_added(unit, lease.customer_id))


def _connects(unit: Unit, asked: Request, standing: list[Permission]) -> bool:
    """Whether the program that asks has nothing to read with yet, though something is shared with its company."""
    if asked.source != "authorize" or asked.client_id is None:
        return False
    return not is_connected(unit, asked.client_id, [one.grant.id for one in standing if not one.used])
