"""The record of a choice: the DPV profile of ISO/IEC TS 27560 as a signed payload. Pure.

Its terms are those of the W3C guide "Consent records and receipts" (DPV 2.x). ``hasProcess`` is an array, one member
a purpose: a repeated key would lose all but the last.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.grants.details import TYPE_PATH, Detail
from portal.grants.once import is_once

TYP = "consent-record+jwt"
SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#"
CONTEXT = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
    "schema": "https://schema.org/",
}
STATES: Mapping[str, str] = {
    "given": "dpv:ConsentGiven",
    "again": "dpv:RenewedConsentGiven",
    "refused": "dpv:ConsentRefused",
    "narrowed": "dpv:RenewedConsentGiven",
    "withdrawn": "dpv:ConsentWithdrawn",
    "replaced": "dpv:ConsentWithdrawn",
}


@dataclass(frozen=True, slots=True)
class Party:
    """The company as its card names it."""

    id: str
    name: str
    card: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """All that goes into one record."""

    record: str
    kind: str
    at: datetime
    given_at: datetime | None
    origin: str
    subject: str
    party: Party
    details: Sequence[Detail]
    asked: Sequence[Detail]
    terms: Mapping[str, str]
    labels: Mapping[str, str]
    language: str
    notice: str | None
    notice_body: Mapping[str, Any] | None
    grant: str | None
    version: int | None
    request: str
    manage: str


def payload(said: Said) -> dict[str, Any]:
    """The receipt with the whole record inside: what is signed, downloaded and printed."""
    return {
        "@context": {**CONTEXT, "freehold": f"{said.origin}{TYPE_PATH}#"},
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": SCHEMA + "receipt-eu-gdpr",
        "dct:identifier": said.record,
        "dct:created": _iso(said.at),
        "dct:publisher": said.origin,
        "dct:language": said.language,
        "dpv:hasRecordOfActivity": _record(said),
    }


def content_of(signed: str) -> dict[str, Any]:
    """The payload of a signed record of ours, which was verified when it was made and sealed."""
    body = signed.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def _record(said: Said) -> dict[str, Any]:
    return {
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": SCHEMA + "record-eu-gdpr",
        "dct:identifier": said.record,
        "dct:created": _iso(said.at),
        "freehold:request": said.request,
        **_grant(said),
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": said.subject},
        "dpv:hasDataController": _controller(said.party),
        "dpv:hasJurisdiction": "loc:" + (said.party.card.get("country") or "EU"),
        "dpv:hasApplicableLaw": "legal-eu:law-GDPR",
        "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
        "dpv:hasProcess": [_process(detail, said) for detail in said.details],
        "dpv:hasConsentControl": _controls(said),
        "dpv:hasRight": {"@type": "eu-gdpr:A7-3", "dpv:isExercisedAt": said.manage},
        "dpv:hasNotice": _notice(said),
        "dpv:hasConsentStatus": _statuses(said),
    }


def _controls(said: Said) -> list[dict[str, str]]:
    # Where to stop it: here, and as a plain other way by writing to the company.
    places = dict.fromkeys((said.manage, said.party.card.get("privacy_contact") or said.manage))
    return [{"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": place} for place in places]


def _grant(said: Said) -> dict[str, Any]:
    return {} if said.grant is None else {"freehold:grant": said.grant, "freehold:version": said.version}


def _controller(party: Party) -> dict[str, Any]:
    card = party.card
    return {
        "@type": "dpv:DataController",
        "dct:identifier": party.id,
        "schema:name": party.name,
        **{
            term: card[name]
            for term, name in (
                ("schema:address", "address"),
                ("schema:addressCountry", "country"),
                ("schema:url", "web"),
                ("dpv:hasContact", "privacy_contact"),
            )
            if card.get(name)
        },
    }


def _process(detail: Detail, said: Said) -> dict[str, Any]:
    asked = next((one for one in said.asked if one.purpose == detail.purpose), detail)
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": detail.purpose,
        "dpv:hasPersonalData": [_data(name, detail, said) for name in detail.datatypes],
        "dpv:hasProcessing": ["dpv:Collect", "dpv:Use"],
        "dpv:hasRecipient": [_controller(said.party)],
        "dpv:hasRecipientThirdParty": [],
        **_how_long(detail, said),
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageCondition",
            "dpv:hasLocation": "loc:" + (said.party.card.get("country") or "EU"),
            "dpv:hasDuration": detail.retention or "unstated",
        },
        "freehold:asked": {"datatypes": list(asked.datatypes), "until": _end(asked), **_reads(asked)},
    }


def _how_long(detail: Detail, said: Said) -> dict[str, Any]:
    """Until when what was chosen holds, and how often; of a no nothing holds, and what was asked stands apart."""
    if said.kind == "refused":
        return {}
    until = {"@type": "dpv:UntilTimeDuration", "schema:validThrough": _end(detail)}
    return {"dpv:hasDuration": until, **_often(detail, said.given_at or said.at)}


def _often(detail: Detail, since: datetime) -> dict[str, Any]:
    """How often the company may look, where that was said: once in all, or so many times in a span."""
    if detail.frequency is None:
        return {}
    kind = "dpv:SingularFrequency" if is_once(detail, since) else "dpv:Frequency"
    return {"dpv:hasFrequency": {"@type": kind, **_reads(detail)}}


def _reads(detail: Detail) -> dict[str, Any]:
    return {} if detail.frequency is None else {"freehold:reads": detail.frequency.model_dump(mode="json")}


def _data(name: str, detail: Detail, said: Said) -> dict[str, str]:
    necessity = "dpv:Required" if name in detail.required else "dpv:Optional"
    return {
        "@type": said.terms[name],
        "dct:identifier": name,
        "dct:title": said.labels[name],
        "dpv:hasNecessity": necessity,
    }


def _notice(said: Said) -> dict[str, Any]:
    """The text that was shown, in the language it was shown in; nothing where none is known to have been."""
    notice: dict[str, Any] = {"@type": "dpv:ConsentNotice"}
    if said.notice is not None and said.notice_body is not None:
        notice |= {"dct:language": said.notice_body["language"]}
        notice |= {"dct:hasVersion": "sha256:" + said.notice, "dct:description": said.notice_body}
    return notice


def _statuses(said: Said) -> list[dict[str, Any]]:
    moments = [("given", said.given_at)] if said.given_at is not None else []
    return [_status(kind, at, said) for kind, at in (*moments, (said.kind, said.at))]


def _status(kind: str, at: datetime, said: Said) -> dict[str, Any]:
    return {
        "@type": STATES[kind],
        "dpv:isIndicatedBy": said.subject,
        "dpv:hasIndicationMethod": "A button pressed on a page of this portal, signed in",
        "dpv:isIndicatedAtTime": _iso(at),
    }


def _end(detail: Detail) -> str:
    return _iso(detail.ends_at)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
