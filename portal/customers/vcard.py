"""Reads an address card (vCard 2.1, 3.0, 4.0) into values of a profile. Whatever the file, the worst is a sentence."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.customers.catalogue import CATALOGUE
from portal.customers.values import clean, country_code, wrong
from portal.customers.vcard_lines import Line, first_card
from portal.kernel.errors import Invalid
from portal.kernel.i18n import gettext as _

LARGEST = 64 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
Card = Sequence[Line]
_GENDERS = {"f": "female", "m": "male", "o": "other"}


@dataclass(frozen=True)
class Found:
    """What a card holds: values that can be saved, and paths of what cannot, each with the reason."""

    values: Mapping[str, Any]
    unreadable: Mapping[str, str]


def read(data: bytes) -> Found:
    """The first card of a file; :class:`Invalid` names the field ``file`` when there is none in it."""
    if len(data) > LARGEST:
        raise wrong("file", _("This file is too large. An address card without a photo is small."))
    card = _first_card(_text(data))
    raw = {path: value for path, value in _raw(card) if value}
    if not raw:
        raise wrong("file", _("There is nothing in this card that your data has a place for."))
    return _sorted(raw)


def _text(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _first_card(text: str) -> Card:
    card = first_card(text)
    if card is None:
        raise wrong("file", _("This is not an address card. Choose a file that ends in .vcf."))
    return card


def _lines(card: Card, name: str) -> list[Line]:
    return [line for line in card if line.name == name and line.text.strip()]


def _raw(card: Card) -> Iterable[tuple[str, Any]]:
    yield from _names(card)
    yield "profile.birth_date", _birth(_first(card, "bday"))
    yield "profile.occupation", _first(card, "title") or _first(card, "role")
    yield "profile.language", _first(card, "lang")
    yield "profile.gender", _GENDERS.get(_first(card, "gender")[:1].casefold())
    yield "profile.employer", _part(card, "org")
    yield from _contacts(card)


def _first(card: Card, name: str) -> str:
    return next((line.text for line in _lines(card, name)), "")


def _part(card: Card, name: str) -> str:
    return next((line.parts()[0][0] for line in _lines(card, name)), "")


def _names(card: Card) -> Iterable[tuple[str, Any]]:
    for line in _lines(card, "n")[:1]:
        family, given = [" ".join(part) for part in (*line.parts(), [])][:2]
        yield "profile.given_name", given
        yield "profile.family_name", family
    yield "profile.nickname", _part(card, "nickname")


def _birth(text: str) -> str:
    # A card may give a moment; the day is what counts. One without a year ("--0503") is left out.
    day = text.partition("T")[0].strip()
    return "" if day.startswith("-") else day


def _contacts(card: Card) -> Iterable[tuple[str, Any]]:
    mails = [(line.text, "work" in line.kinds) for line in _lines(card, "email")]
    yield "profile.email", next((mail for mail, work in mails if not work), "")
    yield "profile.work_email", next((mail for mail, work in mails if work), "")
    phones = [line.text.removeprefix("tel:") for line in _ordered(card, "tel", "cell")]
    yield from zip(("profile.phone", "profile.home_phone"), phones, strict=False)
    for line in _ordered(card, "adr", "home")[:1]:
        yield "profile.address", _address(line.parts())


def _ordered(card: Card, name: str, first: str) -> list[Line]:
    return sorted(_lines(card, name), key=lambda line: first not in line.kinds)


def _address(parts: Sequence[Sequence[str]]) -> dict[str, str]:
    # RFC 6350: post-office box, further words, street, city, region, postal code, country.
    names = ("street", "city", "region", "postal_code", "country")
    found = {name: ", ".join(part).strip() for name, part in zip(names, parts[2:], strict=False)}
    # A country that we do not know by that name is better left out than the whole address.
    found["country"] = country_code(found.get("country", "")) or ""
    return {part: text for part, text in found.items() if text}


def _sorted(raw: Mapping[str, Any]) -> Found:
    values: dict[str, Any] = {}
    unreadable: dict[str, str] = {}
    country = raw.get("profile.address", {}).get("country")
    for path, value in raw.items():
        try:
            values[path] = clean(CATALOGUE[path], value, country=country)
        except Invalid as problem:
            unreadable[path] = next(iter(problem.fields.values()))
    return Found(values, unreadable)
