"""The text that a customer is shown before a choice, as data: the page prints it, its SHA-256 is the notice's version.

It holds names and sentences, never a value of the reader's, so that one text serves all who see the same request.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from portal.customers.catalogue import label_of
from portal.grants.amending import Amendment
from portal.grants.details import Detail, as_shown, stored
from portal.grants.models import Request
from portal.grants.reads.amended import amended
from portal.grants.reads.difference import changes, promises, said_of
from portal.kernel.i18n import country_name, day, language_name, use_locale
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.vendors.card import in_language
from portal.vendors.purposes import find
from portal.vendors.reads import Allowed, VendorView, purposes_of, vendor_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A text in one language, and its version."""

    language: str
    body: dict[str, Any]
    raw: bytes

    @property
    def digest(self) -> bytes:
        """What it is kept under."""
        return hashlib.sha256(self.raw).digest()

    @property
    def version(self) -> str:
        """Its version in the record and in the page's form: hex."""
        return self.digest.hex()


def compose(unit: Unit, request: Request) -> Shown:
    """The text of a request in the unit's language."""
    vendor = vendor_of(unit, request.vendor_id)
    allowed = purposes_of(unit, request.vendor_id)
    found = amended(unit, request)
    with use_locale(unit.locale):
        body = _body(unit.locale, vendor, allowed, request, None if found is None else found.to)
    return Shown(unit.locale, body, orjson.dumps(body, option=orjson.OPT_SORT_KEYS))


def _body(
    language: str, vendor: VendorView, allowed: dict[str, Allowed], request: Request, to: Amendment | None
) -> dict[str, Any]:
    details = as_shown(stored(request.details) if to is None else to.questions)
    return {
        "language": language,
        "who": who_of(vendor, language),
        "purposes": [_purpose(detail, vendor, allowed.get(detail.purpose), language, to) for detail in details],
        **({} if to is None else said_of(to)),
        **_begun_by(request, day(_latest(details))),
        **_less(request, details),
        "stop": _("You can stop at any moment under Sharing. What they have read by then, they may still hold."),
        "seen": _("Every time they look is on record, and you can see it under Who looked at your data."),
    }


def _begun_by(request: Request, last: str) -> dict[str, str]:
    """The sentence that differs by who began it: a company that asks, or the customer who shares again."""
    if request.source == "again":
        return {
            "until": _("As long as last time: until %(day)s. You can choose an earlier day.", day=last),
        }
    return {"until": _("They ask to use it until %(day)s. You can choose an earlier day.", day=last)}


def _less(request: Request, details: tuple[Detail, ...]) -> dict[str, str]:
    """How less can be shared; no sentence where there is one reason, and nothing of it optional."""
    again, optional = request.source == "again", any(detail.optional for detail in details)
    if len(details) > 1 and again:
        said = _("You can share less than last time: leave out what is optional, or say no to a whole reason.")
    elif len(details) > 1:
        said = _("You can share less than they ask: leave out what is optional, or say no to a whole reason.")
    elif not optional:
        return {}
    elif again:
        said = _("You can share less than last time: leave out what is optional.")
    else:
        said = _("You can share less than they ask: leave out what is optional.")
    return {"less": said}


def _latest(details: tuple[Detail, ...]) -> datetime:
    return max(detail.ends_at for detail in details)


def who_of(vendor: VendorView, language: str) -> dict[str, Any]:
    """The company's card in a reader's language."""
    card = vendor.card
    about = in_language(card.get("description", {}), language)
    who: dict[str, Any] = {
        "name": vendor.name,
        "admitted": _admitted(vendor),
        "legal_name": card.get("legal_name"),
        "place": _place(card),
        "web": card.get("web"),
        "privacy_contact": card.get("privacy_contact"),
        "privacy_policy": card.get("privacy_policy"),
        "about": _theirs(about, language),
        "phone": card.get("phone"),
        "email": card.get("email"),
        "hours": _theirs(in_language(card.get("hours", {}), language), language),
        "returns": _theirs(in_language(card.get("returns", {}), language), language),
        "subcontractors": [_works_for(one) for one in card.get("subcontractors", ())],
    }
    return {name: value for name, value in who.items() if value}


def _admitted(vendor: VendorView) -> str:
    since = day(vendor.admitted_at)
    if vendor.admitted_by == "operator":
        return _("Admitted to this portal on %(day)s by its operator.", day=since)
    return _("Admitted to this portal on %(day)s by %(who)s.", who=vendor.admitted_by, day=since)


def _works_for(one: dict[str, str]) -> dict[str, str]:
    return {"name": one["name"], "place": country_name(one["country"]), "does": one["does"]}


def _place(card: dict[str, Any]) -> str:
    parts = (card.get("city"), country_name(card["country"]) if card.get("country") else None)
    return ", ".join(part for part in parts if part)


def _theirs(found: tuple[str, str] | None, reader: str) -> dict[str, str] | None:
    """A sentence of the company's own, labelled as theirs, and in which language where that is not the reader's."""
    if found is None:
        return None
    text, language = found
    if language == reader:
        label = _("In their words")
    else:
        label = _("In their words, in %(language)s", language=language_name(language))
    return {"text": text, "language": language, "label": label}


def _purpose(
    detail: Detail, vendor: VendorView, allowed: Allowed | None, language: str, to: Amendment | None
) -> dict[str, Any]:
    ours = find(detail.purpose)
    theirs = in_language(detail.purpose_text or (allowed.text if allowed else {}), language)
    found: dict[str, Any] = {
        "purpose": detail.purpose,
        "label": str(ours.label) if ours else detail.purpose,
        "why": str(ours.sentence) if ours else detail.purpose,
        "theirs": _theirs(theirs, language),
        "if_not": _if_not(str(ours.if_not)) if ours else {},
        "until": _("Until %(day)s at the latest. If you choose an earlier day, until then.", day=day(detail.ends_at)),
        "items": _items(detail, vendor.name),
        "none": _none(detail),
        "promises": promises(detail, vendor),
    }
    if to is not None and detail.purpose in to.present:
        found |= _only_what_is_new(detail, to, found["items"])
    # Also where nothing is new but how long or how often: a page looks for its items.
    return {name: value for name, value in found.items() if value or name == "items"}


def _only_what_is_new(detail: Detail, to: Amendment, items: list[dict[str, Any]]) -> dict[str, Any]:
    """What is asked of a purpose that is shared already; the rest is said to stay."""
    kept, before = to.kept(detail.purpose), to.present[detail.purpose]
    without = _("Unless it is ticked, what you share for this reason stays as it is.")
    new = [item | ({"if_not": without} if item["required"] else {}) for item in items if item["datatype"] not in kept]
    return {
        "items": new,
        "stays": [label_of(name) for name in sorted(kept)],
        "changes": changes(before, detail),
        "none": None,
        "if_not": _if_not(_("What you share for this reason stays as it is.")),
    }


def _items(detail: Detail, company: str) -> list[dict[str, Any]]:
    """What is asked for, the required first. What is said of each is the same for all of a kind."""
    needed = {"required": True, "mark": _("required"), "if_not": _("Unless it is ticked, nothing is shared for this reason.")}
    spare = {"required": False, "mark": _("optional"), "if_not": _left_out(detail, company)}
    kinds = ((detail.required, needed), (detail.optional, spare))
    return [_item(name, said, company) for names, said in kinds for name in sorted(names)]


def _item(name: str, said: dict[str, Any], company: str) -> dict[str, Any]:
    item = {"datatype": name, "label": label_of(name), **said}
    if name.startswith("orders."):
        item["reach"] = _("This includes what you order at any company, not only at %(company)s.", company=company)
    return item


def _left_out(detail: Detail, company: str) -> str:
    """What a company still gets for this reason without something optional."""
    if detail.required:
        return _("If you leave it out, %(company)s gets the rest.", company=company)
    if len(detail.datatypes) == 1:
        return _("If you leave it out, %(company)s gets nothing for this reason.", company=company)
    return _("If you leave it out, %(company)s gets only what else you tick here.", company=company)


def _none(detail: Detail) -> str | None:
    if detail.required or len(detail.datatypes) == 1:
        return None
    return _("All of this is optional: with nothing ticked they get nothing for this reason.")


def _if_not(sentence: str) -> dict[str, str]:
    return {"label": _("If you say no:"), "text": sentence}
