"""Whom a company's owners asked to act for it: for them, and for whoever was asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.reads import email_of
from portal.kernel.ids import digest
from portal.kernel.mail import Mail
from portal.kernel.unit import Unit
from portal.vendors.models import StaffInvitation, Vendor
from portal.vendors.ranks import OWNER
from portal.vendors.reads.organisations import VendorView
from portal.vendors.reads.staff import colleagues_of

INVITED = "invited"
MAIL = "vendors/staff_invited"


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who has not answered yet, for the company's owners."""

    id: bytes
    rank: str
    email: str
    created_at: datetime
    invited_until: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link invites to. ``inviter`` is the address that the owner who asks signs in with."""

    id: bytes
    vendor: VendorView
    rank: str
    inviter: str


def invited_of(unit: Unit, vendor_id: bytes) -> list[Invited]:
    """Whose answer a company waits for, the oldest first."""
    waiting = (StaffInvitation.vendor_id == vendor_id, StaffInvitation.state == INVITED, StaffInvitation.invited_until > unit.at)
    rows = unit.connection.execute(
        select(*StaffInvitation.__table__.columns, Account.holder_id)
        .join(Account, Account.id == StaffInvitation.invited_by)
        .where(*waiting)
        .order_by(StaffInvitation.created_at, StaffInvitation.id)
    ).all()
    # With an owner who was erased the addresses are gone that they wrote to; such an invitation is good no more.
    boxes = unit.boxes(row.holder_id for row in rows)
    return [
        Invited(
            row.id,
            row.rank,
            boxes[row.holder_id].open("staff_invitations", "email", row.id, row.email),
            row.created_at,
            row.invited_until,
        )
        for row in rows
        if row.holder_id in boxes
    ]


def staff_invitation(unit: Unit, secret: str) -> Invitation | None:
    """What a link invites to; None where it was answered, taken back or is over. Looking does not use it up.

    It is over, too, once the company is shut out, or whoever asked is no owner of it any more.
    """
    columns = Vendor.__table__.columns
    row = unit.connection.execute(
        select(*columns, StaffInvitation.id.label("invitation"), StaffInvitation.rank, StaffInvitation.invited_by)
        .join(StaffInvitation, StaffInvitation.vendor_id == Vendor.id)
        .where(
            StaffInvitation.secret_hash == digest(secret),
            StaffInvitation.state == INVITED,
            StaffInvitation.invited_until > unit.at,
            Vendor.blocked_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    owners = {one.account_id for one in colleagues_of(unit, row.id) if one.rank == OWNER}
    if row.invited_by not in owners:
        return None
    vendor = VendorView(**{column.name: row._mapping[column.name] for column in columns})
    return Invitation(row.invitation, vendor, row.rank, email_of(unit, row.invited_by))


def letters_of(unit: Unit, invitation_id: bytes) -> list[bytes]:
    """The letter by which somebody was asked."""
    theirs = (
        select(Mail.id)
        .join(Account, Account.holder_id == Mail.holder_id)
        .join(StaffInvitation, StaffInvitation.invited_by == Account.id)
        .where(StaffInvitation.id == invitation_id, Mail.template == MAIL, Mail.created_at == StaffInvitation.created_at)
    )
    return list(unit.connection.execute(theirs).scalars())
