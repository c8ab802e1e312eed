"""Sandboxes: a company of its own for a company to try things out with, people who are made up, and its test clock."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from portal.customers.reads import customer_of
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import Unit
from portal.vendors.facts import SandboxClockMoved, SandboxCustomerMade, SandboxMade
from portal.vendors.models import Sandbox, SandboxCustomer
from portal.vendors.reads import VendorView, purposes_of, sandbox_of_twin, vendor_of
from portal.vendors.service.organisations import admit, allow_purpose

BY_ITSELF = "sandbox"
"""Who admitted a sandbox's company, in its row."""
_NAME = 90
MOST = timedelta(days=400)
"""So much time can pass at once: more than any permission lasts unless somebody chose so."""


def make_sandbox(unit: Unit, *, vendor_id: bytes) -> VendorView:
    """The company's sandbox, which may ask for what the company may; Conflict ``taken`` where it has one.

    A sandbox of a sandbox is Invalid.
    """
    vendor = vendor_of(unit, vendor_id)
    if vendor.mode != "live":
        raise Invalid("invalid", fields={"mode": "A company of the mode test is a sandbox already."})
    twin = _admit(unit, vendor)
    try:
        with unit.connection.begin_nested():
            row = {"vendor_id": twin.id, "of": vendor.id, "passed": 0, "made_at": unit.at}
            unit.connection.execute(insert(Sandbox).values(row))
    except IntegrityError:
        raise Conflict("taken", "There is a sandbox already.") from None
    unit.note(SandboxMade(vendor=twin.id, of=text_of(vendor.id), test=True))
    ask_as(unit, twin_id=twin.id, vendor_id=vendor.id)
    return twin


def _admit(unit: Unit, vendor: VendorView) -> VendorView:
    name = f"{vendor.name[:_NAME]} · Sandbox"
    more: dict[str, Any] = {"card": vendor.card, "admitted_by": BY_ITSELF, "mode": "test"}
    try:
        return admit(unit, name=name, **more)
    except Conflict:
        # Another company is called that.
        return admit(unit, name=f"{name} {text_of(new_id())[-6:]}", **more)


def ask_as(unit: Unit, *, twin_id: bytes, vendor_id: bytes) -> None:
    """Lets the sandbox ask for what its company may ask for now; what that may not any more stays open to trial."""
    there = purposes_of(unit, twin_id)
    for purpose, allowed in purposes_of(unit, vendor_id).items():
        kept = there.get(purpose)
        wanted = (allowed.datatypes, allowed.may_require, allowed.text)
        if kept is None or (kept.datatypes, kept.may_require, kept.text) != wanted:
            allow_purpose(
                unit,
                vendor_id=twin_id,
                purpose=purpose,
                datatypes=allowed.datatypes,
                may_require=allowed.may_require,
                text=allowed.text,
            )


def add_sandbox_customer(unit: Unit, *, twin_id: bytes, customer_id: bytes, account_id: bytes, place: int) -> None:
    """Somebody who was made up belongs to this sandbox, for good."""
    sandbox_of_twin(unit, twin_id)
    row = {"customer_id": customer_id, "vendor_id": twin_id, "account_id": account_id, "place": place}
    unit.connection.execute(insert(SandboxCustomer).values(**row, made_at=unit.at))
    unit.note(SandboxCustomerMade(vendor=twin_id, holder=customer_of(unit, customer_id).holder_id, test=True))


def let_pass(unit: Unit, *, twin_id: bytes, by: timedelta) -> None:
    """Counts how much time has passed; the rooms whose rows become older are told by whoever calls."""
    if not timedelta(0) < by <= MOST:
        raise Invalid("invalid", fields={"by": "From a second to four hundred days."})
    found = sandbox_of_twin(unit, twin_id)
    seconds = int(by.total_seconds())
    passed = int(found.passed.total_seconds()) + seconds
    unit.connection.execute(update(Sandbox).where(Sandbox.vendor_id == twin_id).values(passed=passed))
    unit.note(SandboxClockMoved(vendor=twin_id, seconds=seconds, test=True))
