"""Organisations: let in, shown, allowed to ask, shut out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from portal.kernel.characters import is_name, is_plain
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import new_id
from portal.kernel.unit import Unit
from portal.vendors.card import ODD_CHARACTERS, checked
from portal.vendors.facts import (
    VendorAdmitted,
    VendorBlocked,
    VendorCardChanged,
    VendorPurposeAllowed,
    VendorUnblocked,
)
from portal.vendors.models import Vendor, VendorPurpose
from portal.vendors.names import slug_of
from portal.vendors.purposes import find
from portal.vendors.reads import VendorView, allowed_of, vendor_of

_LONGEST = 120
_DATATYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\Z")


def admit(
    unit: Unit,
    *,
    name: str,
    card: Mapping[str, Any] | None = None,
    admitted_by: str = "operator",
    mode: str = "live",
) -> VendorView:
    """Lets an organisation in; Conflict ``taken`` when the name is."""
    name = " ".join(name.split())
    if not is_name(name) or len(name) > _LONGEST:
        raise Invalid("invalid", fields={"name": "Write a name of 1 to 120 characters that can be read."})
    if mode not in ("live", "test"):
        raise Invalid("invalid", fields={"mode": "Choose live or test."})
    made = VendorView(new_id(), name, slug_of(name), checked(dict(card or {})), mode, admitted_by, unit.at, None)
    try:
        with unit.connection.begin_nested():
            row = {field.name: getattr(made, field.name) for field in fields(made)}
            unit.connection.execute(insert(Vendor).values(row))
    except IntegrityError:
        raise Conflict("taken", "There is a company of that name already.") from None
    unit.note(VendorAdmitted(vendor=made.id, slug=made.slug, test=mode == "test"))
    return made


def set_card(unit: Unit, *, vendor_id: bytes, card: Mapping[str, Any]) -> VendorView:
    """Puts a new card in the place of the old one."""
    before, now = vendor_of(unit, vendor_id), checked(dict(card))
    members = sorted(name for name in {*before.card, *now} if before.card.get(name) != now.get(name))
    if members:
        unit.connection.execute(update(Vendor).where(Vendor.id == vendor_id).values(card=now))
        unit.note(VendorCardChanged(vendor=vendor_id, members=tuple(members)))
    return vendor_of(unit, vendor_id)


def allow_purpose(
    unit: Unit,
    *,
    vendor_id: bytes,
    purpose: str,
    datatypes: Iterable[str],
    may_require: Iterable[str] = (),
    text: Mapping[str, str] | None = None,
) -> None:
    """What the organisation may ask for, for one purpose, and what of it may be required; replaces what was so."""
    vendor_of(unit, vendor_id)
    wanted = checked_purpose(purpose, datatypes, may_require, text)
    row = {**wanted._asdict(), "updated_at": unit.at}
    mine = (VendorPurpose.vendor_id == vendor_id, VendorPurpose.purpose == wanted.purpose)
    if allowed_of(unit, vendor_id, wanted.purpose) is None:
        unit.connection.execute(insert(VendorPurpose).values(vendor_id=vendor_id, **row))
    else:
        unit.connection.execute(update(VendorPurpose).where(*mine).values(row))
    unit.note(
        VendorPurposeAllowed(
            vendor=vendor_id,
            purpose=wanted.purpose,
            datatypes=tuple(wanted.datatypes),
            may_require=tuple(wanted.may_require),
        )
    )


class Wanted(NamedTuple):
    """What may be asked for, for one purpose, in its one form."""

    purpose: str
    datatypes: list[str]
    may_require: list[str]
    text: dict[str, str]


def checked_purpose(
    purpose: str, datatypes: Iterable[str], may_require: Iterable[str], text: Mapping[str, str] | None
) -> Wanted:
    """The same as it is kept; Invalid names the members that are not right."""
    known = find(purpose)
    asked, required = sorted(set(datatypes)), sorted(set(may_require))
    _check_purpose(known is not None, asked, required, text or {})
    assert known is not None
    return Wanted(known.iri, asked, required, dict(text or {}))


def _check_purpose(known: bool, asked: list[str], required: list[str], text: Mapping[str, str]) -> None:
    wrong = {}
    if not known:
        wrong["purpose"] = "Choose a purpose of the Data Privacy Vocabulary, such as dpv#DeliveryOfGoods."
    if not asked or not all(_DATATYPE.match(name) for name in asked):
        wrong["datatypes"] = "Name what may be asked for, such as profile.email."
    if not set(required) <= set(asked):
        wrong["may_require"] = "Only what may be asked for can be required."
    if not set(text) <= set(LOCALES) or any(len(sentence) > 300 for sentence in text.values()):
        wrong["text"] = "Texts of at most 300 characters, by language."
    elif not all(is_plain(sentence) for sentence in text.values()):
        wrong["text"] = ODD_CHARACTERS
    if wrong:
        raise Invalid("invalid", fields=wrong)


def block(unit: Unit, *, vendor_id: bytes) -> None:
    """Shuts an organisation out at once; a second time changes nothing."""
    if _mark(unit, vendor_id, Vendor.blocked_at.is_(None), unit.at):
        unit.note(VendorBlocked(vendor=vendor_id))


def unblock(unit: Unit, *, vendor_id: bytes) -> None:
    """Lets a blocked organisation in again; a second time changes nothing."""
    if _mark(unit, vendor_id, Vendor.blocked_at.is_not(None), None):
        unit.note(VendorUnblocked(vendor=vendor_id))


def _mark(unit: Unit, vendor_id: bytes, state: Any, value: Any) -> bool:
    statement = update(Vendor).where(Vendor.id == vendor_id, state).values(blocked_at=value)
    if unit.connection.execute(statement).rowcount == 1:
        return True
    vendor_of(unit, vendor_id)
    return False


