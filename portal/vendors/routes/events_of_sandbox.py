"""Sample events of a sandbox: what its made-up people do at the press of a button, so that programs have news to follow."""

from collections.abc import Callable
from typing import NamedTuple

from portal.customers.reads import profile_of
from portal.customers.service import set_attribute
from portal.grants.choices import Choice
from portal.grants.details import Detail
from portal.grants.reads import grants_of, last_details
from portal.grants.service import narrow, revoke
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.unit import Unit
from portal.links.reads import link_between
from portal.links.service import pause, resume
from portal.vendors.reads import MadeUp, VendorView
from portal.vendors.routes.made_up import CHARACTERS, as_person, order

_ADDRESS = "profile.address"
NOTHING = "nothing-shared"


class NothingShared(Conflict):
    """There is nothing that this event could happen to: the made-up person shares too little."""

    default_reason = NOTHING


def move(twin: VendorView, person: MadeUp) -> None:
    """The person moves house, there and back."""
    there = CHARACTERS[person.place].elsewhere
    with as_person(person) as unit:
        here = profile_of(unit, person.customer_id, [_ADDRESS]).get(_ADDRESS)
        back = CHARACTERS[person.place].profile.get(_ADDRESS) or {**there, "street": there["street"] + " bis"}
        value = back if here is not None and here.value == there else there
        set_attribute(unit, customer_id=person.customer_id, path=_ADDRESS, value=value)


def _live(unit: Unit, twin: VendorView, person: MadeUp) -> tuple[bytes, list[Detail]]:
    """The newest permission of the person that lives, and what it shares."""
    link = link_between(unit, person.customer_id, twin.id)
    if link is None:
        raise NotFound
    live = [one for one in grants_of(unit, link_id=link.id) if one.state == "live" and one.ends_at > unit.at]
    if not live:
        raise NothingShared
    newest = max(live, key=lambda one: one.id)
    return newest.id, list(last_details(unit, [newest])[newest.id])


def share_less(twin: VendorView, person: MadeUp) -> None:
    """The person takes one field out of the newest permission, of those without which its reason goes on."""
    with as_person(person) as unit:
        grant_id, details = _live(unit, twin, person)
        richest = max(details, key=lambda one: len(one.optional))
        if not richest.optional or len(richest.datatypes) < 2:
            raise NothingShared
        keep = {one.purpose: Choice(frozenset(one.datatypes), one.ends_at) for one in details}
        less = frozenset(richest.datatypes) - {min(richest.optional)}
        keep[richest.purpose] = Choice(less, richest.ends_at)
        narrow(unit, grant_id=grant_id, keep=keep)


def stop(twin: VendorView, person: MadeUp) -> None:
    """The person stops the newest permission."""
    with as_person(person) as unit:
        revoke(unit, grant_id=_live(unit, twin, person)[0])


def pause_or_go_on(twin: VendorView, person: MadeUp) -> None:
    """The person pauses sharing, or goes on after a pause."""
    with as_person(person) as unit:
        link = link_between(unit, person.customer_id, twin.id)
        if link is None or link.state == "ended":
            raise NothingShared
        (pause if link.paused_at is None else resume)(unit, link_id=link.id)


def tell_order(twin: VendorView, person: MadeUp) -> None:
    """The company tells an order of the person's."""
    order(twin, person)


class Sample(NamedTuple):
    """A button, and what it does."""

    label: str
    happen: Callable[[VendorView, MadeUp], None]


SAMPLES: dict[str, Sample] = {
    "order": Sample(_("Place an order"), tell_order),
    "address": Sample(_("Move house"), move),
    "less": Sample(_("Share one field less"), share_less),
    "pause": Sample(_("Pause, or go on"), pause_or_go_on),
    "stop": Sample(_("Stop sharing"), stop),
}
"""What can happen, by the word that its form sends."""
