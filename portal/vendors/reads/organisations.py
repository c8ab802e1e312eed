"""Organisations as they stand, what each may ask for, and the log's condition on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.oauth.models import Client
from portal.vendors.models import Vendor, VendorPurpose
from portal.vendors.names import slug_of


@dataclass(frozen=True, slots=True)
class VendorView:
    """An organisation's row."""

    id: bytes
    name: str
    slug: str
    card: dict[str, Any]
    mode: str
    admitted_by: str
    admitted_at: datetime
    blocked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an organisation may ask for, for one purpose."""

    vendor_id: bytes
    purpose: str
    datatypes: list[str]
    may_require: list[str]
    text: dict[str, str]
    updated_at: datetime


_vendor = select(*Vendor.__table__.columns)
_by_id = Prepared(_vendor.where(Vendor.id == bindparam("id")))
_allowed = Prepared(select(*VendorPurpose.__table__.columns).where(VendorPurpose.vendor_id == bindparam("vendor")))


def vendor_of(unit: Unit, vendor_id: bytes) -> VendorView:
    """The organisation's row; NotFound where there is none."""
    row = unit.once(("vendor", vendor_id), lambda: _by_id.first(unit.connection, {"id": vendor_id}))
    if row is None:
        raise NotFound
    return VendorView(**row._asdict())


def vendors_of(unit: Unit, ids: Iterable[bytes] | None = None) -> dict[bytes, VendorView]:
    """Organisations by id: those named, or all."""
    statement = _vendor if ids is None else _vendor.where(Vendor.id.in_(list(ids)))
    rows = unit.connection.execute(statement.order_by(Vendor.name))
    return {row.id: VendorView(**row._mapping) for row in rows}


def find_vendor(unit: Unit, name: str) -> VendorView:
    """The organisation of that name, whatever its capitals and accents; NotFound where there is none."""
    row = unit.connection.execute(_vendor.where(Vendor.slug == slug_of(name))).one_or_none()
    if row is None:
        raise NotFound
    return VendorView(**row._mapping)


def purposes_of(unit: Unit, vendor_id: bytes) -> dict[str, Allowed]:
    """What the organisation may ask for, by purpose."""
    rows = _allowed.all(unit.connection, {"vendor": vendor_id})
    return {row.purpose: Allowed(**row._asdict()) for row in rows}


def allowed_of(unit: Unit, vendor_id: bytes, purpose: str) -> Allowed | None:
    """What the organisation may ask for, for one purpose; None when it may not ask for that purpose at all."""
    return purposes_of(unit, vendor_id).get(purpose)


@dataclass(frozen=True, slots=True)
class Program:
    """What an organisation's machines sign in as."""

    vendor_id: bytes
    client_id: str
    state: str


def programs_of(unit: Unit) -> list[Program]:
    """The programs of every organisation, blocked ones too; the oldest first."""
    statement = select(Client.vendor_id, Client.client_id, Client.state).order_by(Client.created_at, Client.id)
    return [Program(*row) for row in unit.connection.execute(statement)]


_live = Prepared(
    select(Vendor.id).where(Vendor.id.in_(bindparam("ids", expanding=True)), Vendor.blocked_at.is_(None)), lists=("ids",)
)


def vendor_live(connection: Connection, args: Sequence[tuple[Any, ...]], _now: datetime) -> set[int]:
    """The log's condition ``vendor_live(vendor_id)``: positions whose organisation is blocked or gone."""
    live = {row.id for row in _live.all(connection, {"ids": list({vendor_id for (vendor_id,) in args})})}
    return {position for position, (vendor_id,) in enumerate(args) if vendor_id not in live}
