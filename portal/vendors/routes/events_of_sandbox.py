"""Sample events of a sandbox: what its made-up people do at the press of a button, so that programs have news to follow.

Each gives the sentence that says what was done, and where the company learns of it: of some things the feed of changes is
silent (:mod:`portal.events.shared`), and whoever waits for them there looks for a fault that is none.
"""

from collections.abc import Callable
from typing import NamedTuple

from portal.customers.reads import profile_of
from portal.customers.service import set_attribute
from portal.events.kinds import CUSTOMER_CHANGED, GRANT_ENDED, GRANT_NARROWED
from portal.grants.choices import Choice
from portal.grants.details import Detail
from portal.grants.reads import grants_of, last_details, live_of_company
from portal.grants.service import narrow, revoke
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.unit import Unit
from portal.links.reads import link_between
from portal.links.service import pause, resume
from portal.vendors.reads import MadeUp, VendorView
from portal.vendors.routes.made_up import CHARACTERS, as_person, name_of, order

_ADDRESS = "profile.address"
NOTHING = "nothing-shared"


class NothingShared(Conflict):
    """There is nothing that this event could happen to: the made-up person shares too little."""

    default_reason = NOTHING


class Standing(NamedTuple):
    """How a made-up person stands with the sandbox: whether they have paused, why they share, and which datatypes."""

    paused: bool
    purposes: list[str]
    datatypes: frozenset[str]


def standing_of(unit: Unit, twin: VendorView, person: MadeUp) -> Standing:
    """What holds now. What is shared goes on being so in a pause, and cannot be read."""
    link = link_between(unit, person.customer_id, twin.id)
    if link is None:
        return Standing(False, [], frozenset())
    details = [detail for _, detail in live_of_company(unit, link.id)]
    shared = frozenset(name for detail in details for name in detail.datatypes)
    return Standing(link.paused_at is not None, sorted({detail.purpose for detail in details}), shared)


def move(twin: VendorView, person: MadeUp) -> str:
    """The person moves house, there and back."""
    there, name = CHARACTERS[person.place].elsewhere, name_of(person)
    with as_person(person) as unit:
        here = profile_of(unit, person.customer_id, [_ADDRESS]).get(_ADDRESS)
        back = CHARACTERS[person.place].profile.get(_ADDRESS) or {**there, "street": there["street"] + " bis"}
        value = back if here is not None and here.value == there else there
        moved = set_attribute(unit, customer_id=person.customer_id, path=_ADDRESS, value=value)
        standing = standing_of(unit, twin, person)
    if standing.datatypes.isdisjoint(moved):
        return gettext(
            "%(name)s moved house. They share nothing of that with the sandbox, so nothing is told of it.", name=name
        )
    if standing.paused:
        return gettext(
            "%(name)s moved house. While they pause, nothing is told of it; once they go on, the feed of changes tells it.",
            name=name,
        )
    return gettext(
        "%(name)s moved house. The feed of changes tells it within seconds, as %(kind)s.", name=name, kind=CUSTOMER_CHANGED
    )


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


def share_less(twin: VendorView, person: MadeUp) -> str:
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
    return gettext(
        "%(name)s shares one field less. The feed of changes tells it within seconds, as %(kind)s.",
        name=name_of(person),
        kind=GRANT_NARROWED,
    )


def stop(twin: VendorView, person: MadeUp) -> str:
    """The person stops the newest permission."""
    with as_person(person) as unit:
        revoke(unit, grant_id=_live(unit, twin, person)[0])
    return gettext(
        "%(name)s ended their newest permission. The feed of changes tells it within seconds, as %(kind)s.",
        name=name_of(person),
        kind=GRANT_ENDED,
    )


def pause_or_go_on(twin: VendorView, person: MadeUp) -> str:
    """The person pauses sharing, or goes on after a pause."""
    with as_person(person) as unit:
        link = link_between(unit, person.customer_id, twin.id)
        if link is None or link.state == "ended":
            raise NothingShared
        pauses = link.paused_at is None
        (pause if pauses else resume)(unit, link_id=link.id)
        shares = bool(standing_of(unit, twin, person).datatypes)
    return (_paused if pauses else _went_on)(name_of(person), shares)


def _paused(name: str, shares: bool) -> str:
    if not shares:
        return gettext("%(name)s paused. They share nothing with the sandbox, so nothing is told of it.", name=name)
    return gettext(
        "%(name)s paused. The feed of changes does not tell it: a company learns of a pause only when it asks, and its "
        "next read is answered with paused.",
        name=name,
    )


def _went_on(name: str, shares: bool) -> str:
    if not shares:
        return gettext("%(name)s goes on. They share nothing with the sandbox, so nothing is told of it.", name=name)
    return gettext(
        "%(name)s goes on. The feed of changes tells it within seconds, as %(kind)s.", name=name, kind=CUSTOMER_CHANGED
    )


def tell_order(twin: VendorView, person: MadeUp) -> str:
    """The company tells an order of the person's."""
    order(twin, person)
    return gettext(
        "%(name)s placed an order, and the sandbox told it. It is read at GET /api/v1/orders; the feed of changes does not "
        "tell a company its own orders.",
        name=name_of(person),
    )


class Sample(NamedTuple):
    """A button, and what it does: ``happen`` gives what is said of it."""

    label: str
    happen: Callable[[VendorView, MadeUp], str]


SAMPLES: dict[str, Sample] = {
    "order": Sample(_("Place an order"), tell_order),
    "address": Sample(_("Move house"), move),
    "less": Sample(_("Share one field less"), share_less),
    "pause": Sample(_("Pause, or go on"), pause_or_go_on),
    "stop": Sample(_("Stop sharing"), stop),
}
"""What can happen, by the word that its form sends."""
