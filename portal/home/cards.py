"""What needs the reader: at most five cards, each one sentence and one button."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice

from portal.customers import reads as customers
from portal.grants import reads as grants
from portal.kernel.i18n import day, gettext
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.vendors import reads as vendors

MOST = 5
ENDS_SOON = timedelta(days=14)
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Card:
    """One thing that needs the reader."""

    icon: str
    sentence: str
    href: str
    button: str
    unusual: bool = False


def cards_of(unit: Unit) -> list[Card]:
    """The most pressing things first; the rest wait until these are done."""
    return list(islice(chain.from_iterable(source(unit) for source in SOURCES), MOST))


def has_nothing_yet(unit: Unit) -> bool:
    """Whether no company has joined this person yet."""
    return not grants.grants_of(unit)


def _waiting(unit: Unit) -> Iterator[Card]:
    requests = grants.waiting_requests(unit)
    names = vendors.vendors_of(unit, {request.vendor_id for request in requests})
    for request in requests:
        yield Card(
            "sharing",
            gettext("%(company)s asks you to share some of your data.", company=names[request.vendor_id].name),
            f"/requests/{text_of(request.id)}",
            gettext("See what they ask"),
        )


def _ending(unit: Unit) -> Iterator[Card]:
    soon = [
        grant
        for grant in grants.grants_of(unit)
        if grant.state == "live" and unit.at < grant.ends_at <= unit.at + ENDS_SOON
    ]
    names = vendors.vendors_of(unit, {grant.vendor_id for grant in soon})
    for grant in sorted(soon, key=lambda grant: grant.ends_at):
        yield Card(
            "clock",
            gettext(
                "Your permission for %(company)s ends on %(day)s.",
                company=names[grant.vendor_id].name,
                day=day(grant.ends_at),
            ),
            f"/sharing/{text_of(grant.link_id)}",
            gettext("See what you share"),
        )


def _unfinished(unit: Unit) -> Iterator[Card]:
    named = customers.profile_of(unit, unit.actor.customer_id or b"", ("profile.given_name", "profile.family_name"))
    if not named:
        yield Card(
            "data",
            gettext("Your data page has no name yet. A name and an address are enough to begin."),
            "/data",
            gettext("Fill in my data"),
        )


SOURCES: tuple[Callable[[Unit], Iterator[Card]], ...] = (_waiting, _ending, _unfinished)
