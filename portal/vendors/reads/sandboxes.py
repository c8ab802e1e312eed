"""Sandboxes: which company each belongs to, who was made up for it, and who may meet whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from portal.accounts.models import Account
from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.vendors.models import Sandbox, SandboxCustomer, Vendor


@dataclass(frozen=True, slots=True)
class SandboxView:
    """A sandbox's row: its own company, the one that it belongs to, and how much time has passed in it."""

    vendor_id: bytes
    of: bytes
    passed: timedelta
    made_at: datetime


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Somebody who was made up for a sandbox; ``place`` says which of them."""

    customer_id: bytes
    account_id: bytes
    place: int


_sandbox = select(Sandbox.vendor_id, Sandbox.of, Sandbox.passed, Sandbox.made_at)


def _view(unit: Unit, which: Any) -> SandboxView | None:
    row = unit.connection.execute(_sandbox.where(which)).one_or_none()
    if row is None:
        return None
    return SandboxView(row.vendor_id, row.of, timedelta(seconds=row.passed), row.made_at)


def sandbox_of(unit: Unit, vendor_id: bytes) -> SandboxView | None:
    """The sandbox of a company; None where it has begun none."""
    return _view(unit, Sandbox.of == vendor_id)


def sandbox_of_twin(unit: Unit, vendor_id: bytes) -> SandboxView:
    """The sandbox that this company is; NotFound for one that is none."""
    found = _view(unit, Sandbox.vendor_id == vendor_id)
    if found is None:
        raise NotFound
    return found


def customers_of_sandbox(unit: Unit, vendor_id: bytes) -> list[MadeUp]:
    """The made-up customers of a sandbox, in the order of their places; who had themselves erased is none any more."""
    columns = (SandboxCustomer.customer_id, SandboxCustomer.account_id, SandboxCustomer.place)
    mine = select(*columns).join(Account, Account.id == SandboxCustomer.account_id)
    mine = mine.where(SandboxCustomer.vendor_id == vendor_id, Account.state == "active").order_by(SandboxCustomer.place)
    return [MadeUp(*row) for row in unit.connection.execute(mine)]


def can_meet(unit: Unit, customer_id: bytes) -> ColumnElement[bool]:
    """Of companies, those that a person can meet: no sandbox, and for whoever was made up for one that one alone."""
    theirs = select(SandboxCustomer.vendor_id).where(SandboxCustomer.customer_id == customer_id)
    mine = unit.connection.execute(theirs).scalar()
    return Vendor.id.not_in(select(Sandbox.vendor_id)) if mine is None else Vendor.id == mine


def is_sandbox(unit: Unit, vendor_id: bytes) -> bool:
    """Whether this company is somebody's sandbox."""
    return _view(unit, Sandbox.vendor_id == vendor_id) is not None


def may_meet(unit: Unit, customer_id: bytes, vendor_id: bytes) -> bool:
    """Whether both are real, or both of the same sandbox."""
    (row,) = _both.all(unit.connection, {"customer": customer_id, "vendor": vendor_id})
    return bool(row.theirs == row.ours)


def keep_apart(unit: Unit, customer_id: bytes, vendor_id: bytes) -> None:
    """NotFound where a person and a sandbox, a made-up person and a company, or two sandboxes would meet."""
    if not may_meet(unit, customer_id, vendor_id):
        raise NotFound


_theirs = select(SandboxCustomer.vendor_id).where(SandboxCustomer.customer_id == bindparam("customer"))
_ours = select(Sandbox.vendor_id).where(Sandbox.vendor_id == bindparam("vendor"))
_both = Prepared(select(_theirs.scalar_subquery().label("theirs"), _ours.scalar_subquery().label("ours")))
