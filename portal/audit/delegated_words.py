"""What delegates saw and did, in the words of the person for whom they did it, and in their own. Pure."""

from typing import Any

from portal.accounts.delegation_words import AREA_WORDS
from portal.kernel.i18n import gettext, lazy_gettext

DOINGS: dict[str, str] = {
    "attribute.changed": lazy_gettext("%(name)s, for you: changed something in My data"),
    "attribute.confirmed": lazy_gettext("%(name)s, for you: said that something in My data is still right"),
    "attribute.removed": lazy_gettext("%(name)s, for you: took something out of My data"),
    "delegate.refused": lazy_gettext("%(name)s, for you: tried something that you do not let them do"),
    "grant.amended": lazy_gettext("%(name)s, for you: changed what you share with %(company)s"),
    "grant.given": lazy_gettext("%(name)s, for you: shared something with %(company)s"),
    "grant.narrowed": lazy_gettext("%(name)s, for you: stopped sharing a part with %(company)s"),
    "grant.refused": lazy_gettext("%(name)s, for you: said no to %(company)s"),
    "grant.requested": lazy_gettext("%(name)s, for you: prepared a request about %(company)s"),
    "grant.revoked": lazy_gettext("%(name)s, for you: stopped sharing with %(company)s"),
    "link.blocked": lazy_gettext("%(name)s, for you: blocked %(company)s"),
    "link.paused": lazy_gettext("%(name)s, for you: paused sharing with %(company)s"),
    "link.resumed": lazy_gettext("%(name)s, for you: went on sharing with %(company)s"),
    "link.unblocked": lazy_gettext("%(name)s, for you: let %(company)s ask again"),
    "notice.read": lazy_gettext("%(name)s, for you: read what was new in Messages"),
    "order.hidden": lazy_gettext("%(name)s, for you: hid an order of %(company)s"),
    "order.line-hidden": lazy_gettext("%(name)s, for you: hid a part of an order of %(company)s"),
    "order.line-marked": lazy_gettext("%(name)s, for you: marked a gift in an order of %(company)s"),
    "order.line-shown": lazy_gettext("%(name)s, for you: showed a part of an order of %(company)s again"),
    "order.line-unmarked": lazy_gettext("%(name)s, for you: took back a gift in an order of %(company)s"),
    "order.shown": lazy_gettext("%(name)s, for you: showed an order of %(company)s again"),
    "request.offer_taken_back": lazy_gettext("%(name)s, for you: took back an offer to %(company)s"),
    "request.opened": lazy_gettext("%(name)s, for you: opened a request of %(company)s"),
    "ticket.call-wanted": lazy_gettext("%(name)s, for you: asked %(company)s to call back"),
    "ticket.closed": lazy_gettext("%(name)s, for you: closed a conversation with %(company)s"),
    "ticket.created": lazy_gettext("%(name)s, for you: began a conversation with %(company)s"),
    "ticket.rated": lazy_gettext("%(name)s, for you: told %(company)s how a conversation was"),
    "ticket.reopened": lazy_gettext("%(name)s, for you: opened a conversation with %(company)s again"),
    "ticket.replied": lazy_gettext("%(name)s, for you: wrote to %(company)s"),
}
"""Each thing that a delegate can do, by its event; what only follows from one of them is not told twice."""

OWN: dict[str, str] = {
    "attribute.changed": lazy_gettext("You, for %(name)s: changed something in My data"),
    "attribute.confirmed": lazy_gettext("You, for %(name)s: said that something in My data is still right"),
    "attribute.removed": lazy_gettext("You, for %(name)s: took something out of My data"),
    "delegate.refused": lazy_gettext("You, for %(name)s: tried something that they do not let you do"),
    "grant.amended": lazy_gettext("You, for %(name)s: changed what they share with %(company)s"),
    "grant.given": lazy_gettext("You, for %(name)s: shared something with %(company)s"),
    "grant.narrowed": lazy_gettext("You, for %(name)s: stopped sharing a part with %(company)s"),
    "grant.refused": lazy_gettext("You, for %(name)s: said no to %(company)s"),
    "grant.requested": lazy_gettext("You, for %(name)s: prepared a request about %(company)s"),
    "grant.revoked": lazy_gettext("You, for %(name)s: stopped sharing with %(company)s"),
    "link.blocked": lazy_gettext("You, for %(name)s: blocked %(company)s"),
    "link.paused": lazy_gettext("You, for %(name)s: paused sharing with %(company)s"),
    "link.resumed": lazy_gettext("You, for %(name)s: went on sharing with %(company)s"),
    "link.unblocked": lazy_gettext("You, for %(name)s: let %(company)s ask again"),
    "notice.read": lazy_gettext("You, for %(name)s: read what was new in Messages"),
    "order.hidden": lazy_gettext("You, for %(name)s: hid an order of %(company)s"),
    "order.line-hidden": lazy_gettext("You, for %(name)s: hid a part of an order of %(company)s"),
    "order.line-marked": lazy_gettext("You, for %(name)s: marked a gift in an order of %(company)s"),
    "order.line-shown": lazy_gettext("You, for %(name)s: showed a part of an order of %(company)s again"),
    "order.line-unmarked": lazy_gettext("You, for %(name)s: took back a gift in an order of %(company)s"),
    "order.shown": lazy_gettext("You, for %(name)s: showed an order of %(company)s again"),
    "request.offer_taken_back": lazy_gettext("You, for %(name)s: took back an offer to %(company)s"),
    "request.opened": lazy_gettext("You, for %(name)s: opened a request of %(company)s"),
    "ticket.call-wanted": lazy_gettext("You, for %(name)s: asked %(company)s to call back"),
    "ticket.closed": lazy_gettext("You, for %(name)s: closed a conversation with %(company)s"),
    "ticket.created": lazy_gettext("You, for %(name)s: began a conversation with %(company)s"),
    "ticket.rated": lazy_gettext("You, for %(name)s: told %(company)s how a conversation was"),
    "ticket.reopened": lazy_gettext("You, for %(name)s: opened a conversation with %(company)s again"),
    "ticket.replied": lazy_gettext("You, for %(name)s: wrote to %(company)s"),
}
"""The same, as whoever did it reads it."""


def sentence_of(line: Any, name: str, company: str) -> str:
    """A line as its person reads it: who did it for them."""
    if line.event in DOINGS:
        return str(DOINGS[line.event]) % {"name": name, "company": company}
    return gettext("%(name)s, for you: looked at %(place)s", name=name, place=_place(line))


def own_sentence_of(line: Any, name: str, company: str) -> str:
    """A line as whoever did it reads it: for whom they did."""
    if line.event in OWN:
        return str(OWN[line.event]) % {"name": name, "company": company}
    return gettext("You, for %(name)s: looked at %(place)s", name=name, place=_place(line))


def _place(line: Any) -> str:
    return str(AREA_WORDS.get((line.detail or {}).get("area", ""), ""))


def nobody() -> str:
    """Whoever acted and is not known any more."""
    return gettext("Somebody who is no longer here")


def no_longer() -> str:
    """Somebody for whom the reader acted, and whose name is no longer theirs to read."""
    return gettext("somebody for whom you no longer act")
