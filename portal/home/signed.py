"""Whether a text is a receipt or a record that this house signed, and what it says: by its public keys alone. Pure.

One algorithm, named by us and never by the text; a header with three members and no other; the signature by joserfc.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from portal.grants.record import TYP as RECORD
from portal.kernel.errors import Invalid
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.keysets import from_base64url
from portal.orders.demands.receipts import TYP as RECEIPT

LARGEST = 64 * 1024
GENUINE, CHANGED, OLD_KEY, NOT_OURS = "genuine", "changed", "old-key", "not-ours"
_ALGORITHM = "ES256"
_LINE = re.compile(r"[A-Za-z0-9_.-]+")
_QUOTED = re.compile(r"^[>\s|]*")
_KINDS = {RECEIPT: "receipt", RECORD: "record"}


class Verdict(NamedTuple):
    """What was found out: how it stands, and of what is genuine its kind and all that it says."""

    standing: str
    kind: str | None = None
    content: Mapping[str, Any] = {}


def verdict_on(text: str, jwks: Mapping[str, Any]) -> Verdict:
    """Looks at a text in which a signed one stands: alone, or somewhere in a mail, broken into lines or quoted.

    Invalid where there is none at all.
    """
    compact = _signed_in(text)
    if compact is None:
        raise Invalid("nothing-signed")
    header = _header(compact.partition(".")[0])
    kind = _KINDS.get(str(header.get("typ")))
    if kind is None or header.keys() != {"alg", "typ", "kid"} or header["alg"] != _ALGORITHM:
        return Verdict(NOT_OURS)
    key = next((one for one in jwks["keys"] if one["kid"] == header["kid"]), None)
    if key is None:
        return Verdict(OLD_KEY)
    try:
        found = jws.deserialize_compact(compact, ECKey.import_key(key), algorithms=[_ALGORITHM])
        return Verdict(GENUINE, kind, json.loads(found.payload))
    except (JoseError, ValueError):
        return Verdict(CHANGED)


def _signed_in(text: str) -> str | None:
    """The first signed text in it, put together from its lines; None where there is none."""
    parts: list[str] = []
    for line in text.splitlines():
        bare = _QUOTED.sub("", line).strip()
        if (parts or bare.startswith("eyJ")) and _LINE.fullmatch(bare):
            parts.append(bare)
        elif parts:
            break
    found = "".join(parts)
    return found if found.count(".") == 2 else None


def _header(part: str) -> Mapping[str, Any]:
    try:
        found = json.loads(from_base64url(part))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# What a genuine one says

CHOICES: dict[str, str] = {
    "dpv:ConsentGiven": _("Yes"),
    "dpv:RenewedConsentGiven": _("Yes, once more or with less than before"),
    "dpv:ConsentRefused": _("No"),
    "dpv:ConsentWithdrawn": _("Stopped"),
}
"""A choice by the term for it in a record. Who reads it here need not be who chose."""

class Said(NamedTuple):
    """A receipt or a record, as its page shows it; moments as moments."""

    at: datetime | None
    origin: str
    number: str
    company: str
    state: str | None = None
    rows: tuple[tuple[str, str], ...] = ()
    parts: tuple[tuple[str, tuple[str, ...], datetime | None], ...] = ()


def said_in_receipt(content: Mapping[str, Any]) -> Said:
    """What a receipt of a withdrawal says."""
    lines = tuple(f"{one.get('quantity')} × {one.get('name') or one.get('line')}" for one in content.get("lines", ()))
    what = lines or tuple(filter(None, (content.get("described"),)))
    known = {"name": content.get("name"), "email": content.get("email"), "contract": content.get("contract")}
    rows = tuple((name, str(value)) for name, value in known.items() if value)
    about = _text(content, "issuer"), _text(content, "id"), _text(content, "company")
    return Said(_moment(content.get("received_at")), *about, _text(content, "scope"), rows, (("", what, None),) if what else ())


def said_in_record(content: Mapping[str, Any]) -> Said:
    """What a record of a choice says."""
    activity: Mapping[str, Any] = content.get("dpv:hasRecordOfActivity", {})
    statuses = activity.get("dpv:hasConsentStatus") or [{}]
    last = statuses[-1].get("@type")
    state = CHOICES.get(str(last))
    company = _text(activity.get("dpv:hasDataController", {}), "schema:name")
    parts = tuple(_part(one) for one in activity.get("dpv:hasProcess", ()))
    about = _text(content, "dct:publisher"), _text(content, "dct:identifier"), company
    return Said(_moment(content.get("dct:created")), *about, state, (), parts)


def _part(process: Mapping[str, Any]) -> tuple[str, tuple[str, ...], datetime | None]:
    titles = tuple(_text(one, "dct:title") for one in process.get("dpv:hasPersonalData", ()))
    until = process.get("dpv:hasDuration", {}).get("schema:validThrough")
    return _text(process, "dpv:hasPurpose"), titles, _moment(until)


def _text(content: Mapping[str, Any], name: str) -> str:
    return str(content.get(name) or "")


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
