"""After a restore: an invitation that was accepted since the backup would be good again."""

from sqlalchemy import update

from portal.kernel.unit import Unit
from portal.links.facts import InvitationsEnded
from portal.links.models import Invitation


def end_invitations(unit: Unit) -> None:
    """Ends all that were not used: their companies invite anew."""
    unused = update(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > unit.at)
    if count := unit.connection.execute(unused.values(expires_at=unit.at, words=None, mail_at=None)).rowcount:
        unit.note(InvitationsEnded(count=count, reason="restored"))
