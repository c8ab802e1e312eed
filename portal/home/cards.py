"""What needs the reader: at most five cards, each one sentence and one button; the rest is counted, with its place."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from portal.accounts.reads.cases import cases_waiting
from portal.audit.equals import Attempts
from portal.audit.reads import Judged, Seen, looks_of
from portal.audit.unusual import FIRST
from portal.customers import reads as customers
from portal.grants import reads as grants
from portal.grants.once import is_once
from portal.grants.words import BEGAN_WORDS, ENDS_SOON
from portal.kernel.i18n import day, gettext, lazy_gettext, ngettext, zone
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads.invitations import questions_of
from portal.messages.looks import RECENT, Looks
from portal.messages.reads import looked_through, new_by_thing
from portal.vendors import reads as vendors

MOST = 5
_LOOKS = lazy_gettext(
    "A look or a blocked attempt goes from here once you have pressed its button, here or in Messages, and by itself after "
    "seven days."
)
_STAYS: dict[str, str] = {
    "sharing": lazy_gettext("A request goes from here once you have answered it."),
    "eye": _LOOKS,
    "blocked": _LOOKS,
    "clock": lazy_gettext("A permission that ends soon goes from here on its last day."),
}


_PLACES = {
    "warning": "/account",
    "sharing": "/sharing",
    "eye": "/activity",
    "blocked": "/activity",
    "clock": "/sharing",
    "data": "/data",
    "record": "/desk/cases",
}
_NAMES = {
    "/account": lazy_gettext("Account and security"),
    "/sharing": lazy_gettext("Sharing"),
    "/activity": lazy_gettext("Who looked at your data"),
    "/data": lazy_gettext("My data"),
    "/desk/cases": lazy_gettext("Cases"),
}


@dataclass(frozen=True)
class Card:
    """One thing that needs the reader, and what makes cards of its kind go; nothing where the sentence says it."""

    icon: str
    sentence: str
    href: str
    button: str
    unusual: bool = False
    # The request or permission that it tells of.
    about: frozenset[bytes] = frozenset()
    # The new notices that tell of it, too, and are read once it is followed.
    notices: tuple[str, ...] = ()
    # The looks that it tells of, by company and whether they were blocked; nobody need have told of them yet.
    looks: Looks | None = None

    @property
    def stays(self) -> str:
        """How long cards of this kind stay; said once for all of them."""
        return str(_STAYS.get(self.icon, ""))


@dataclass(frozen=True)
class Waiting:
    """All that needs the reader: how many things, the most pressing of them, and where how many others stand."""

    count: int
    cards: list[Card]
    elsewhere: list[tuple[str, str, int]]


def waiting_of(unit: Unit) -> Waiting:
    """The most pressing things as cards; what there is no room for is counted, with the place where it stands."""
    found = list(chain.from_iterable(source(unit) for source in SOURCES))
    places = Counter(_PLACES[card.icon] for card in found[MOST:])
    elsewhere = [(href, str(_NAMES[href]), count) for href, count in places.items()]
    return Waiting(len(found), list(_with_notices(unit, found[:MOST])), elsewhere)


def _with_notices(unit: Unit, cards: list[Card]) -> Iterator[Card]:
    new = new_by_thing(unit, unit.actor.customer_id or b"")
    for card in cards:
        notices = {notice for thing in card.about & new.keys() for notice in new[thing]}
        yield replace(card, notices=tuple(sorted(notices)))


def has_nothing_yet(unit: Unit) -> bool:
    """Whether no company has joined this person yet."""
    return not grants.grants_of(unit)


def _waiting(unit: Unit) -> Iterator[Card]:
    requests = grants.waiting_requests(unit)
    names = vendors.vendors_of(unit, {request.vendor_id for request in requests})
    own = grants.own_doings(unit, requests)
    for request in requests:
        sentence = _asks(names[request.vendor_id].name, own.get(request.id))
        button = gettext("Decide now") if request.id in own else gettext("See what they ask")
        yield Card("sharing", sentence, f"/requests/{text_of(request.id)}", button, about=frozenset({request.id}))


def _cases(unit: Unit) -> Iterator[Card]:
    """What another officer asks of one who has the five places, too; at the desk the tab counts it."""
    if "officer" in unit.actor.roles and (count := cases_waiting(unit)):
        sentence = ngettext(
            "One case waits for another officer to agree.", "%(num)s cases wait for another officer to agree.", count
        )
        yield Card("record", sentence, "/desk/cases", gettext("See the cases"))


def _known(unit: Unit) -> Iterator[Card]:
    """Companies that have this person's address: whether one is their customer is a question, and answered by nobody else."""
    questions = questions_of(unit)
    names = vendors.vendors_of(unit, {question.vendor_id for question in questions})
    for question in questions:
        yield Card(
            "sharing",
            gettext(
                "%(company)s says that you are its customer %(number)s.",
                company=names[question.vendor_id].name,
                number=question.number,
            ),
            f"/connect/{text_of(question.link_id)}",
            gettext("Answer"),
        )


def _asks(company: str, began: str | None) -> str:
    """Who began it, and what they want."""
    if began is not None:
        return str(BEGAN_WORDS[began]) % {"company": company}
    return gettext("%(company)s asks you to share some of your data.", company=company)


def _looked(unit: Unit) -> Iterator[Card]:
    """A card a company, not a look: its first look, something unusual, its blocked attempts; of those alone that nobody has
    opened yet. The newest first, as among the messages."""
    if unit.actor.holder_id is None:
        return
    looks = looks_of(unit, unit.actor.holder_id, zone(), since=unit.at - RECENT)
    by_company: dict[bytes, list[Judged[Seen]]] = {}
    for look in looks:
        if look.verdict and look.line.vendor is not None:
            by_company.setdefault(look.line.vendor, []).append(look)
    names, read = vendors.vendors_of(unit, by_company), looked_through(unit, unit.actor.customer_id or b"")
    made: list[tuple[datetime, Card]] = []
    for id_, found in by_company.items():
        new = [look for look in found if look.line.index > read.get(Looks(id_, look.line.refused), -1)]
        if given := [look for look in new if not look.line.refused]:
            made.append((given[0].line.at, _look_card(names[id_].name, id_, given)))
        if blocked := [look for look in new if look.line.refused]:
            made.append((blocked[0].line.at, _blocked_card(names[id_].name, id_, blocked)))
    yield from (card for _at, card in sorted(made, key=lambda one: one[0], reverse=True))


def _look_card(company: str, vendor_id: bytes, looks: list[Judged[Seen]]) -> Card:
    if any(FIRST in look.verdict.reasons for look in looks):
        sentence = gettext("%(company)s looked at your data for the first time.", company=company)
    else:
        sentence = ngettext(
            "%(company)s looked at your data in a way that is not usual.",
            "%(company)s looked at your data %(num)s times in a way that is not usual.",
            len(looks),
            company=company,
        )
    button = gettext("See what they looked at")
    return Card("eye", sentence, _lines(vendor_id, looks), button, unusual=True, looks=Looks(vendor_id, False))


def _blocked_card(company: str, vendor_id: bytes, looks: list[Judged[Seen]]) -> Card:
    button = gettext("See the attempt") if len(looks) == 1 else gettext("See the attempts")
    href = _lines(vendor_id, looks)
    return Card("blocked", _blocked(company, looks), href, button, unusual=True, looks=Looks(vendor_id, True))


def _blocked(company: str, looks: list[Judged[Seen]]) -> str:
    attempts = Attempts()
    for line, _verdict in looks:
        attempts.add(line.at, line.reason, line.asked)
    if attempts.may_be_more:
        return ngettext(
            "We blocked at least %(num)s attempt by %(company)s to look at your data.",
            "We blocked at least %(num)s attempts by %(company)s to look at your data.",
            len(looks),
            company=company,
        )
    return ngettext(
        "We blocked an attempt by %(company)s to look at your data.",
        "We blocked %(num)s attempts by %(company)s to look at your data.",
        len(looks),
        company=company,
    )


def _lines(vendor_id: bytes, looks: list[Judged[Seen]]) -> str:
    return f"/activity/{looks[0].line.index}" if len(looks) == 1 else f"/activity?company={text_of(vendor_id)}"


def _ending(unit: Unit) -> Iterator[Card]:
    soon = [
        grant
        for grant in grants.grants_of(unit)
        if grant.state == "live" and unit.at < grant.ends_at <= unit.at + ENDS_SOON
    ]
    details = grants.last_details(unit, soon)
    # Whoever allowed one look chose its end with it: there is nothing to be reminded of.
    soon = [one for one in soon if not all(is_once(detail, one.created_at) for detail in details[one.id])]
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
            about=frozenset({grant.id}),
        )


def _unfinished(unit: Unit) -> Iterator[Card]:
    named = customers.profile_of(unit, unit.actor.customer_id or b"", ("profile.given_name", "profile.family_name"))
    if not named:
        yield Card(
            "data",
            gettext("We do not know your name yet. A name and an address are enough to begin."),
            "/data",
            gettext("Fill in my data"),
        )


def _erasing(unit: Unit) -> Iterator[Card]:
    waiting = customers.erasure_of(unit, unit.actor.customer_id or b"")
    if waiting is not None:
        sentence = gettext("Your account will be deleted on %(day)s.", day=day(waiting.due_at))
        yield Card("warning", sentence, "/account/erasing", gettext("See how to keep it"), unusual=True)


SOURCES: tuple[Callable[[Unit], Iterator[Card]], ...] = (_erasing, _waiting, _cases, _known, _looked, _ending, _unfinished)
