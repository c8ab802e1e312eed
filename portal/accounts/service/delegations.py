"""Letting another person see or do things for a customer: asked, answered, ended; and acting for them in a browser."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, insert, or_, select, update

from portal.access import PLACES
from portal.accounts.facts.delegations import (
    ActingBegun,
    ActingStopped,
    DelegationAccepted,
    DelegationDeclined,
    DelegationEnded,
    DelegationInvited,
)
from portal.accounts.models import Account, Delegation, Session
from portal.accounts.reads import email_of
from portal.accounts.reads.acted import INVITED, LIVE, name_in_the_log
from portal.accounts.reads.delegations import (
    ACT,
    DECLINED,
    ENDED,
    SEE,
    Acting,
    Invitation,
    acting_of,
    areas_text,
    invitation_of,
)
from portal.accounts.reads.sides import Sides, sides_asked, sides_of, sides_with
from portal.accounts.service.sessions import holder_of
from portal.accounts.service.telling import tell
from portal.kernel.clock import micros
from portal.kernel.errors import Conflict, Gone, Invalid, NotFound
from portal.kernel.ids import digest, new_id, new_secret, text_of
from portal.kernel.mail import Mail, queue_mail, suppress
from portal.kernel.unit import Actor, Unit

LONGEST = timedelta(days=366)
WAITS = timedelta(days=14)
_INVITED = "accounts/delegate_invited"
MOST = 10
"""How many people a customer may let act at a time, those who were asked included."""


def invite(unit: Unit, *, called: str, email: str, areas: Mapping[str, str], until: datetime) -> bytes:
    """Asks somebody, by mail, to act for the customer who acts here; gives the delegation's id."""
    me = _owner(unit.actor)
    _check(unit, email, areas, until)
    id_, secret = new_id(), new_secret()
    box = unit.box(me.holder_id)
    unit.connection.execute(
        insert(Delegation).values(
            id=id_,
            customer_id=me.customer_id,
            state=INVITED,
            areas=areas_text(areas),
            secret_hash=digest(secret),
            called=box.seal("delegations", "called", id_, called),
            email=box.seal("delegations", "email", id_, email),
            created_at=unit.at,
            invited_until=unit.at + WAITS,
            ends_at=until,
        )
    )
    unit.note(DelegationInvited(holder=me.holder_id, delegation=text_of(id_), areas=_told(areas), until=micros(until)))
    # The address alone says who asks: it was proved, and a name could be any text, sent to any address.
    about: dict[str, Any] = {"inviter": email_of(unit, me.account_id), "token": secret, "until": unit.at + WAITS}
    queue_mail(unit, to=email, template=_INVITED, holder_id=me.holder_id, locale=unit.locale, at=unit.at, **about)
    return id_


class _Owner(NamedTuple):
    """The customer who acts for themselves, with what a row about them needs."""

    customer_id: bytes
    holder_id: bytes
    account_id: bytes


def _owner(actor: Actor) -> _Owner:
    # Nobody lends what they themselves hold as a delegate. Who was made up for a sandbox meets nobody: no letter of
    # theirs goes to anybody, and they act for nobody.
    if actor.test or actor.delegation is not None or actor.customer_id is None or actor.holder_id is None or actor.id is None:
        raise NotFound
    return _Owner(actor.customer_id, actor.holder_id, actor.id)


def _told(areas: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(areas_text(areas).split())


def _check(unit: Unit, email: str, areas: Mapping[str, str], until: datetime) -> None:
    if not areas or any(area not in PLACES or level not in (SEE, ACT) for area, level in areas.items()):
        raise Invalid("areas")
    if not unit.at < until <= unit.at + LONGEST:
        raise Invalid("until")
    me = _owner(unit.actor)
    if email == email_of(unit, me.account_id):
        raise Invalid("own-address")
    # One customer's invitations are counted one after the other.
    unit.connection.execute(select(Account.id).where(Account.id == me.account_id).with_for_update()).all()
    waits = and_(Delegation.state == INVITED, Delegation.invited_until > unit.at)
    mine = (Delegation.customer_id == me.customer_id, or_(waits, Delegation.state == LIVE), Delegation.ends_at > unit.at)
    if unit.connection.execute(select(func.count()).select_from(Delegation).where(*mine)).scalar_one() >= MOST:
        raise Conflict("too-many-delegates")


def accept(unit: Unit, *, token: str) -> bytes:
    """Says yes to an invitation, once; Gone for one that is over, Conflict for one's own. Gives the delegation's id."""
    asked = _answered(unit, token, state=LIVE, delegate_id=unit.actor.id, accepted_at=unit.at)
    unit.note(
        DelegationAccepted(
            holder=asked.holder_id,
            delegation=text_of(asked.delegation_id),
            areas=_told(asked.areas),
            until=micros(asked.ends_at),
        )
    )
    _tell_customer(unit, asked.account_id, asked.holder_id, asked.delegation_id, "accepted")
    return asked.delegation_id


def decline(unit: Unit, *, token: str) -> None:
    """Says no to an invitation."""
    asked = _answered(unit, token, state=DECLINED, ended_at=unit.at)
    unit.note(DelegationDeclined(holder=asked.holder_id, delegation=text_of(asked.delegation_id)))
    _tell_customer(unit, asked.account_id, asked.holder_id, asked.delegation_id, "declined")


def _answered(unit: Unit, token: str, **values: Any) -> Invitation:
    asked = invitation_of(unit, token)
    if asked is None:
        raise Gone("link-used-or-expired")
    if asked.account_id == _owner(unit.actor).account_id:
        raise Conflict("own-invitation")
    # Whoever is being erased at this moment is through, and says nothing any more.
    holder_of(unit, _owner(unit.actor).account_id, lock=True)
    waiting = update(Delegation).where(Delegation.id == asked.delegation_id, Delegation.state == INVITED)
    if unit.connection.execute(waiting.values(secret_hash=None, **values)).rowcount != 1:
        raise Gone("link-used-or-expired")
    return asked


def _tell_customer(unit: Unit, account_id: bytes, holder_id: bytes, delegation_id: bytes, what: str) -> None:
    row = unit.connection.execute(select(Delegation.called).where(Delegation.id == delegation_id)).one()
    called = unit.box(holder_id).open("delegations", "called", delegation_id, row.called)
    assert unit.actor.id is not None
    who = email_of(unit, unit.actor.id)
    tell(unit, account_id, holder_id, "accounts/delegation", what=what, called=called, who=who)


def end_delegation(unit: Unit, *, delegation_id: bytes) -> None:
    """Ends it, for the customer or for the delegate; NotFound for anybody else, no error where it has ended already."""
    me, sides = _owner(unit.actor), sides_of(unit, delegation_id)
    if sides is None or not (sides.customer_id == me.customer_id or sides.delegate_id == me.account_id):
        raise NotFound
    mine = sides.customer_id == me.customer_id
    was_live = _end(unit, sides, "asked" if mine else "given-back")
    if was_live and mine:
        _tell_delegate(unit, sides)
    elif was_live and sides.account_id is not None:
        _tell_customer(unit, sides.account_id, sides.holder_id, delegation_id, "given-back")


def _end(unit: Unit, sides: Sides, reason: str) -> bool:
    """Gives whether somebody could act by it until now."""
    open_ = update(Delegation).where(Delegation.id == sides.id, Delegation.state.in_((INVITED, LIVE)))
    if unit.connection.execute(open_.values(state=ENDED, secret_hash=None, ended_at=unit.at)).rowcount != 1:
        return False
    _keep_back(unit, sides)
    # Read anew: an invitation may have been answered while this waited for its row.
    delegate_id = unit.connection.execute(select(Delegation.delegate_id).where(Delegation.id == sides.id)).scalar_one()
    delegate = None if delegate_id is None else name_in_the_log(unit, delegate_id)
    unit.note(DelegationEnded(holder=sides.holder_id, reason=reason, delegation=text_of(sides.id), delegate=delegate))
    return delegate_id is not None


def _keep_back(unit: Unit, sides: Sides) -> None:
    """An invitation that has not gone yet goes no more."""
    at = select(Delegation.created_at).where(Delegation.id == sides.id).scalar_subquery()
    theirs = select(Mail.id).where(Mail.holder_id == sides.holder_id, Mail.template == _INVITED, Mail.created_at == at)
    suppress(unit, unit.connection.scalars(theirs))


def _tell_delegate(unit: Unit, sides: Sides) -> None:
    delegate_id = unit.connection.execute(select(Delegation.delegate_id).where(Delegation.id == sides.id)).scalar_one()
    assert delegate_id is not None
    assert sides.account_id is not None
    who = email_of(unit, sides.account_id)
    tell(unit, delegate_id, holder_of(unit, delegate_id), "accounts/delegation", what="ended", called=who, who=who)


def begin_acting(unit: Unit, *, delegation_id: bytes) -> Acting:
    """In the browser that asks, its person acts for the customer from here on; NotFound for a delegation of others."""
    me = _owner(unit.actor)
    found = acting_of(unit, delegation_id, me.account_id)
    mine = (Session.id == (unit.actor.session_id or b""), Session.account_id == me.account_id, Session.ended_at.is_(None))
    if found is None or unit.connection.execute(update(Session).where(*mine).values(acting_for=delegation_id)).rowcount != 1:
        raise NotFound
    unit.note(ActingBegun(holder=found.holder_id, delegation=text_of(delegation_id)))
    return found


def stop_acting(unit: Unit, *, session_id: bytes, delegation_id: bytes, reason: str | None = None) -> None:
    """In this browser its person is themselves again; where they were so already, nothing is noted."""
    acts = update(Session).where(Session.id == session_id, Session.acting_for == delegation_id)
    if unit.connection.execute(acts.values(acting_for=None)).rowcount != 1:
        return
    sides = sides_of(unit, delegation_id)
    holder_id = None if sides is None else sides.holder_id
    unit.note(ActingStopped(holder=holder_id, delegation=text_of(delegation_id), reason=reason))


def end_asked(unit: Unit) -> None:
    """After a restore: an invitation that was answered or taken back since the backup would be good again."""
    for sides in sides_asked(unit):
        _end(unit, sides, "restored")


def forget_delegations(unit: Unit, *, account_id: bytes) -> None:
    """Somebody is erased: nobody acts for them, nor they for anybody; what they had lent is deleted."""
    for sides in sides_with(unit, account_id):
        _end(unit, sides, "erased")
        this = Delegation.id == sides.id
        if sides.account_id == account_id:
            unit.connection.execute(delete(Delegation).where(this))
        else:
            unit.connection.execute(update(Delegation).where(this).values(delegate_id=None))
