"""Asking somebody by mail to act for a company, and their answer."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from portal.accounts.reads import email_of
from portal.accounts.service import grant_role
from portal.kernel.clock import micros
from portal.kernel.errors import Conflict, Gone, Invalid, NotFound
from portal.kernel.ids import digest, new_id, new_secret, text_of
from portal.kernel.mail import queue_mail, suppress
from portal.kernel.unit import Unit
from portal.vendors.facts import StaffDeclined, StaffInvitationEnded, StaffInvited, StaffJoined
from portal.vendors.models import StaffInvitation
from portal.vendors.ranks import RANKS
from portal.vendors.reads import VendorView, colleagues_of
from portal.vendors.reads.invited import INVITED, MAIL, Invitation, invited_of, letters_of, staff_invitation
from portal.vendors.reads.staff import ROLE
from portal.vendors.service.staff import hold

WAITS = timedelta(days=7)
MOST = 50
"""How many people may act for a company at a time, those who were asked included."""


def invite_staff(unit: Unit, *, vendor: VendorView, email: str, rank: str) -> bytes:
    """Asks whoever has the (normal) address, by mail, to act for the company; gives the invitation's id.

    Conflict ``too-many-staff`` beyond :data:`MOST`, Invalid ``already-staff`` for somebody who acts for it.
    """
    me, holder_id = unit.actor.id, unit.actor.holder_id
    if me is None or holder_id is None:
        raise NotFound
    if rank not in RANKS:
        raise Invalid("rank")
    hold(unit, vendor.id)
    staff = colleagues_of(unit, vendor.id)
    if email in {one.email for one in staff}:
        raise Invalid("already-staff")
    if len(staff) + len(invited_of(unit, vendor.id)) >= MOST:
        raise Conflict("too-many-staff")
    id_, secret, until = new_id(), new_secret(), unit.at + WAITS
    sealed = unit.box(holder_id).seal("staff_invitations", "email", id_, email)
    row = {"id": id_, "vendor_id": vendor.id, "rank": rank, "state": INVITED, "secret_hash": digest(secret), "email": sealed}
    unit.connection.execute(
        insert(StaffInvitation).values(**row, invited_by=me, created_at=unit.at, invited_until=until)
    )
    unit.note(StaffInvited(vendor=vendor.id, invitation=text_of(id_), rank=rank, until=micros(until)))
    # The address alone says who asks: it was proved, and a name could be any text, sent to any address.
    about: dict[str, Any] = {"inviter": email_of(unit, me), "company": vendor.name, "token": secret, "until": until}
    queue_mail(unit, to=email, template=MAIL, holder_id=holder_id, locale=unit.locale, at=unit.at, **about)
    return id_


def take_back_invitation(unit: Unit, *, vendor_id: bytes, invitation_id: bytes) -> None:
    """An invitation is good no more; NotFound for another company's, no error for one that is over already."""
    mine = (StaffInvitation.id == invitation_id, StaffInvitation.vendor_id == vendor_id)
    if unit.connection.execute(select(StaffInvitation.id).where(*mine)).first() is None:
        raise NotFound
    _end(unit, vendor_id, invitation_id, "asked")


def _end(unit: Unit, vendor_id: bytes, invitation_id: bytes, reason: str) -> None:
    if not _answered(unit, invitation_id, "ended"):
        return
    unit.note(StaffInvitationEnded(vendor=vendor_id, invitation=text_of(invitation_id), reason=reason))
    # A letter that has not gone yet goes no more.
    suppress(unit, letters_of(unit, invitation_id))


def _answered(unit: Unit, invitation_id: bytes, state: str) -> bool:
    waiting = update(StaffInvitation).where(StaffInvitation.id == invitation_id, StaffInvitation.state == INVITED)
    return unit.connection.execute(waiting.values(state=state, secret_hash=None, ended_at=unit.at)).rowcount == 1


def join_staff(unit: Unit, *, token: str) -> Invitation:
    """Says yes, once: whoever acts is of the company's staff from here on, and signs in anew.

    Gone for a link that is over; Conflict ``already-staff`` for somebody who acts for that company, ``erasure-waits`` for
    somebody who asked to be erased.
    """
    asked, me = _asked(unit, token), unit.actor.id
    assert me is not None
    if me in {one.account_id for one in colleagues_of(unit, asked.vendor.id)}:
        raise Conflict("already-staff")
    if not _answered(unit, asked.id, "accepted"):
        raise Gone("link-used-or-expired")
    joined = StaffJoined(holder=unit.actor.holder_id, vendor=asked.vendor.id, invitation=text_of(asked.id), rank=asked.rank)
    unit.note(joined)
    grant_role(unit, account_id=me, role=ROLE, vendor_id=asked.vendor.id, rank=asked.rank)
    return asked


def decline_staff(unit: Unit, *, token: str) -> None:
    """Says no."""
    asked = _asked(unit, token)
    if not _answered(unit, asked.id, "declined"):
        raise Gone("link-used-or-expired")
    unit.note(StaffDeclined(vendor=asked.vendor.id, invitation=text_of(asked.id)))


def _asked(unit: Unit, token: str) -> Invitation:
    # Who was made up for a sandbox acts for no company: whatever they did there would be marked as a test.
    asked = None if unit.actor.test else staff_invitation(unit, token)
    if asked is None:
        raise Gone("link-used-or-expired")
    return asked


def end_staff_invitations(unit: Unit) -> None:
    """After a restore: an invitation that was answered or taken back since the backup would be good again."""
    waiting = select(StaffInvitation.id, StaffInvitation.vendor_id).where(StaffInvitation.state == INVITED)
    for row in unit.connection.execute(waiting).all():
        _end(unit, row.vendor_id, row.id, "restored")
