"""Keeping the signed record of a choice, and the text that was shown before it, in the choice's own transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam

from portal.customers.catalogue import find, label_of
from portal.grants import record as records
from portal.grants.details import Detail
from portal.grants.models import Grant, Notice, Record, Request
from portal.grants.reads import Shown, first_notice, holder_of
from portal.grants.service.offering import end_offers
from portal.kernel.db import dialect_insert
from portal.kernel.i18n import use_locale
from portal.kernel.ids import new_id, text_of
from portal.kernel.prepared import Prepared, prepared_insert
from portal.kernel.unit import Unit
from portal.links.reads import link_between, sub_of
from portal.vendors.reads import vendor_of


@dataclass(frozen=True, slots=True)
class Choosing:
    """A choice that is being recorded."""

    kind: str
    request: Request
    details: Sequence[Detail]
    asked: Sequence[Detail]
    grant: Grant | None = None


def keep_record(unit: Unit, choosing: Choosing, shown: Shown | None = None) -> Record:
    """Signs and seals the record. A choice without a text of its own cites the one that was shown for the yes."""
    notice, body = _notice(unit, choosing, shown)
    record_id = new_id()
    said = _said(unit, choosing, record_id, notice, body)
    signed = unit.house.keys.sign_jws(records.payload(said), records.TYP)
    assert choosing.request.customer_id is not None
    row = Record(
        id=record_id,
        customer_id=choosing.request.customer_id,
        vendor_id=choosing.request.vendor_id,
        request_id=choosing.request.id,
        grant_id=choosing.grant.id if choosing.grant else None,
        kind=choosing.kind,
        version=choosing.grant.version if choosing.grant else None,
        language=unit.locale,
        notice=notice,
        jws=_seal(unit, choosing.request, record_id, signed),
        made_at=unit.at,
    )
    _put.run(unit.connection, vars(row))
    _end_offers(unit, choosing)
    return row


_put = prepared_insert(Record)


def _end_offers(unit: Unit, choosing: Choosing) -> None:
    # Whatever is chosen about a reason, or stopped, takes the place of what was offered for it before.
    request, about = choosing.request, {detail.purpose for detail in (*choosing.details, *choosing.asked)}
    assert request.customer_id is not None
    end_offers(unit, customer_id=request.customer_id, vendor_id=request.vendor_id, purposes=about, but=request.id)


def _notice(unit: Unit, choosing: Choosing, shown: Shown | None) -> tuple[bytes | None, bytes | None]:
    if shown is None:
        return first_notice(unit, choosing.request.offered_in or choosing.request.id)
    values = {"version": shown.digest, "language": shown.language, "body": shown.raw, "created_at": unit.at}
    _adding(unit.house.engine.dialect.name).changed(unit.connection, values)
    return shown.digest, shown.raw


@cache
def _adding(dialect: str) -> Prepared:
    columns: dict[str, Any] = {column.name: bindparam(column.name) for column in Notice.__table__.columns}
    return Prepared(dialect_insert(dialect, Notice).values(columns).on_conflict_do_nothing(index_elements=[Notice.version]))


def _said(unit: Unit, choosing: Choosing, record_id: bytes, notice: bytes | None, body: bytes | None) -> records.Said:
    request, grant = choosing.request, choosing.grant
    vendor = vendor_of(unit, request.vendor_id)
    names = {name for detail in choosing.details for name in detail.datatypes}
    return records.Said(
        record=text_of(record_id),
        kind="again" if choosing.kind == "given" and request.source == "again" else choosing.kind,
        at=unit.at,
        given_at=grant.created_at if grant is not None and choosing.kind != "given" else None,
        origin=unit.house.settings.origin,
        subject=_subject(unit, choosing),
        party=records.Party(text_of(vendor.id), vendor.name, vendor.card),
        details=choosing.details,
        asked=choosing.asked,
        terms={name: _term(name) for name in names},
        labels=_labels(unit.locale, names),
        language=unit.locale,
        notice=None if notice is None else notice.hex(),
        notice_body=None if body is None else json.loads(body),
        grant=None if grant is None else text_of(grant.id),
        version=None if grant is None else grant.version,
        request=text_of(request.id),
        manage=_manage(unit, grant),
    )


def _subject(unit: Unit, choosing: Choosing) -> str:
    """What the company calls this customer: nobody else can tell from it who it is. Unconnected it knows nobody."""
    if choosing.grant is not None:
        return sub_of(unit, choosing.grant.link_id)
    request = choosing.request
    assert request.customer_id is not None
    link = link_between(unit, request.customer_id, request.vendor_id)
    return "urn:unknown-to-the-company" if link is None or link.state != "active" else sub_of(unit, link.id)


def _term(name: str) -> str:
    attribute = find(name)
    return attribute.pd if attribute else "https://w3id.org/dpv#PersonalData"


def _labels(locale: str, names: set[str]) -> dict[str, str]:
    with use_locale(locale):
        return {name: label_of(name) for name in names}


def _manage(unit: Unit, grant: Grant | None) -> str:
    origin = unit.house.settings.origin
    return f"{origin}/sharing" if grant is None else f"{origin}/sharing/{text_of(grant.link_id)}"


def _seal(unit: Unit, request: Request, record_id: bytes, signed: str) -> bytes:
    holder = holder_of(unit, request.customer_id)
    assert holder is not None
    return unit.box(holder).seal("records", "jws", record_id, signed)
