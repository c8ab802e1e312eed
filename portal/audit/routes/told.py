"""One line of who looked in plain words: for its page, and for the letter that quotes it."""

from collections.abc import Callable, Iterable
from typing import Any

from portal.accounts.why import why
from portal.audit.reads import Judged, Line
from portal.audit.routes.empty import EXPORTED, FOLLOWED, LISTED, SEARCHED, SOUGHT, empty_of
from portal.audit.routes.tried import no_fields, why_blocked, why_they_ask
from portal.audit.words import UNUSUAL
from portal.customers.catalogue import label_of
from portal.grants.lease import GRANT
from portal.grants.once import is_once
from portal.grants.reads import grants_of, last_details
from portal.grants.words import given_on
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import listing, ngettext, number, stamp, within
from portal.kernel.unit import Unit
from portal.links.reads import LinkView, links_of
from portal.vendors.reads import VendorView

_CONVERSED = "ticket.disclosed"
_DEMANDED = "demand.disclosed"
_MESSAGE = "webhook-message"
_PERSON = "staff"
_IDENTITY = "identity.read"


def rows_of(unit: Unit, look: Judged[Line], companies: dict[bytes, VendorView], grant: Any) -> list[tuple[str, str]]:
    """Everything about a line, a heading and a sentence each."""
    line = look.line
    rows = [*_who(line, name_in(companies)(line.vendor)), (_("When"), stamp(line.at))]
    rows.append((_("What happened"), _happened(line)))
    if line.refused:
        rows.append((_("Why it was blocked"), why_blocked(line, grants_of(unit))))
    if line.asked or line.refused:
        rows.append((_("What they asked for"), fields_sentence(line.asked) or no_fields(line)))
    if line.given or not line.refused:
        rows.append((_("What they got"), fields_sentence(line.given) or empty_of(line).words))
    if line.count and line.event not in (SOUGHT, _DEMANDED):
        rows.append((_("How many"), _counted(line)))
    # Of what somebody looked at in the record nobody was asked.
    why = _("Why they ask") if line.vendor else _("Why")
    rows += [(why, sentence) for sentence in [_why(line)] if sentence]
    tried = _("The permission they tried to use")
    rows.append((tried if line.refused else _("By which permission"), _permission(unit, line, grant)))
    if look.verdict and not line.refused:
        rows.append((_("What is unusual"), listing(UNUSUAL[reason] for reason in look.verdict.reasons)))
    if look.verdict.new_fields:
        rows.append((_("New for this company"), fields_sentence(sorted(look.verdict.new_fields))))
    return rows


def heading_of(line: Line, name: str) -> str:
    """What a line is about, in a few words: that they looked at somebody's data only where they got some of it."""
    if line.refused:
        return _("%(company)s tried to look at your data", company=name)
    if line.given:
        return _("%(company)s looked at your data", company=name)
    if line.vendor is None:
        return _("%(who)s looked in the record about you", who=name)
    return _("%(company)s looked, and got none of your data", company=name)


def _who(line: Line, company: str) -> list[tuple[str, str]]:
    """The company; of a person there also their name in the record, by which the company knows who it was."""
    if line.kind != _PERSON:
        return [(_("Who"), company)]
    return [(_("Who"), _("A person at %(company)s", company=company)), (_("Their name in the record"), line.actor_name or "")]


def _happened(line: Line) -> str:
    """In one sentence, and never that they got something where they got nothing."""
    if line.refused:
        return _("Blocked attempt")
    if line.event == _IDENTITY:
        return _("They saw who you are")
    if line.event == SOUGHT and (line.detail or {}).get("by") == "telephone":
        return _("By your phone number they asked for the name that the record has for you")
    if line.event == SOUGHT:
        return _("By your e-mail address they asked for the name that the record has for you")
    if line.given:
        return _("They got what is named below")
    if line.event == LISTED:
        return _("They looked up which permissions they have from you")
    if line.event == FOLLOWED and line.about and line.about["kind"] == _MESSAGE:
        return _("One of them looked at what we had told them: that something had changed")
    if line.event == FOLLOWED and line.about:
        return _("We told them that something had changed, as they want us to")
    if line.event == FOLLOWED:
        return _("They asked what had changed since they asked last")
    if line.event == SEARCHED:
        return _("They searched the record for entries about you, by the name that the record has for you")
    if line.event == EXPORTED:
        return _("They took a copy of entries about you out of the record, by the name that the record has for you")
    if line.event.startswith("log."):
        return _("They read an entry about you in the record")
    return _("They looked, and there was nothing to give")


def _counted(line: Line) -> str:
    """How many, and of what."""
    if line.refused:
        return ngettext("%(num)s attempt", "%(num)s attempts", line.count)
    if line.event.startswith("orders."):
        return ngettext("%(num)s order", "%(num)s orders", line.count)
    if line.event == _CONVERSED:
        return ngettext("%(num)s conversation", "%(num)s conversations", line.count)
    if line.event == LISTED:
        return ngettext("%(num)s permission", "%(num)s permissions", line.count)
    if line.event == FOLLOWED:
        return ngettext("%(num)s change", "%(num)s changes", line.count)
    if line.event.startswith("log."):
        return ngettext("%(num)s entry", "%(num)s entries", line.count)
    return number(line.count)


def fields_sentence(names: Iterable[str]) -> str:
    """Fields with a capital at the beginning alone."""
    said = fields_in_words(names)
    return said[:1].upper() + said[1:]


def _why(line: Line) -> str | None:
    if line.event.startswith("identity."):
        return why((line.detail or {}).get("kind"))
    if line.vendor is None:
        return _("To watch over who looks at what here")
    return why_they_ask(line)


def _given(unit: Unit, grant: Any) -> str:
    """As the company's page names it."""
    return given_on({one.id: one.created_at for one in grants_of(unit, link_id=grant.link_id)})[grant.id]


def _permission(unit: Unit, line: Line, grant: Any) -> str:
    if grant is not None and all(is_once(one, grant.created_at) for one in last_details(unit, [grant])[grant.id]):
        return _("The permission for one look that you gave on %(day)s", day=_given(unit, grant))
    if grant is not None:
        return _("The permission you gave on %(day)s", day=_given(unit, grant))
    if line.event == _CONVERSED:
        return _("None is needed: you wrote it to them, or they to you")
    if line.event == _DEMANDED:
        return _("None is needed: you asked them")
    if line.basis == "own":
        return _("None is needed: it is what they wrote here themselves about your business with them")
    if line.event == _IDENTITY and line.second:
        return _("The duty of the data protection team. Two of them had to agree, and did")
    if line.event == _IDENTITY:
        return _("The duty of the data protection team. Nobody was there to agree, so you were told a day before")
    if line.event == SOUGHT:
        return _("The duty of the data protection team")
    if line.vendor is None:
        return _("The duty of the data protection team. They saw names of fields, never what is in them")
    return _("None")


def grant_of(unit: Unit, line: Line) -> Any:
    """The reader's permission that a line names."""
    return next((grant for grant in grants_of(unit) if grant.id == line.grant), None)


def link_of(unit: Unit, line: Line) -> LinkView | None:
    """The reader's link with the company of a line."""
    # By company, not by the entry's link: that one may have been folded into another since.
    assert unit.actor.customer_id is not None
    return next((link for link in links_of(unit, unit.actor.customer_id) if link.vendor_id == line.vendor), None)


def name_in(companies: dict[bytes, VendorView]) -> Callable[[bytes | None], str]:
    """What to call who looked; nobody among the companies is the data protection team."""

    def name(vendor_id: bytes | None) -> str:
        if vendor_id is None:
            return _("Audit (data protection team)")
        return companies[vendor_id].name if vendor_id in companies else _("A company that is no longer here")

    return name


def under_permission(line: Line) -> bool:
    """Whether a look got an answer under a permission: it asked for all that this one held, and for nothing else."""
    return bool(line.asked) and not line.refused and line.basis == GRANT


def fields_in_words(names: Iterable[str]) -> str:
    """Fields as they are named within a sentence."""
    return listing(within(label_of(name)) for name in names)
