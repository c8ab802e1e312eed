"""Signing in, and proving anew who is there, by a passkey."""

from sqlalchemy import update

from portal.accounts import limits
from portal.accounts.facts.sessions import SignInRefused
from portal.accounts.models import Factor
from portal.accounts.passkeys import Site, named, used
from portal.accounts.reads import HeldPasskey, passkey_by_id, password_changed_at
from portal.accounts.service.challenges import Begun, begin_challenge, claim_challenge, claim_unnamed, find_challenge
from portal.accounts.service.proving import lock_account, prove, use_step
from portal.accounts.service.sessions import DeviceOf, holder_of, start_session
from portal.audit.refusals import note_refusal
from portal.kernel.errors import Invalid
from portal.kernel.unit import Unit


def site_of(unit: Unit) -> Site:
    """For whom this house's passkeys are made."""
    return Site(unit.house.settings.origin)


def begin_passkey_sign_in(unit: Unit, *, network: str) -> str:
    """A challenge for whoever it will be; gives what the browser keeps. TooMany for a network that asks too often."""
    limits.charge(unit, limits.PASSKEY_NETWORK, network)
    return begin_challenge(unit, purpose="enter", account_id=None, holder_id=None)


def begin_passkey_proof(unit: Unit, *, account_id: bytes) -> str:
    """A challenge for somebody who is signed in; gives what the browser keeps."""
    return begin_challenge(unit, purpose="use", account_id=account_id, holder_id=holder_of(unit, account_id))


def enter_by_passkey(
    unit: Unit, *, mark: str, answer: str, device_of: DeviceOf, agent: str = ""
) -> tuple[str, bytes]:
    """Signs in by a passkey alone: gives the session's secret and the account. ``device_of`` knows the browser again.

    Gone for a challenge that was used or is too old, Invalid for an answer that proves nothing: it is to be spent then.
    """
    claim_unnamed(unit, mark=mark, purpose="enter")
    held = _held(unit, answer)
    lock_account(unit, held.account_id)
    _use(unit, held, mark, answer)
    known = device_of(held.account_id, password_changed_at(unit, held.account_id)) is not None
    secret = start_session(
        unit, account_id=held.account_id, holder_id=held.holder_id, agent=agent, by="passkey", known=known
    )
    return secret, held.account_id


def _held(unit: Unit, answer: str) -> HeldPasskey:
    id_, user = named(answer)
    held = passkey_by_id(unit, id_)
    # A passkey found by its id must say that it is this account's, too: it was made with the account's own id.
    if held is None or user != held.account_id:
        raise Invalid("passkey")
    return held


def _use(unit: Unit, held: HeldPasskey, mark: str, answer: str) -> None:
    counter = used(site_of(unit), mark, answer, held.passkey)
    if counter > 0:
        # Of two who bring the same count, one succeeds. Passkeys that are kept in several devices count nothing.
        if not use_step(unit, held.factor_id, counter):
            raise Invalid("passkey")
        return
    unit.connection.execute(update(Factor).where(Factor.id == held.factor_id).values(last_used_at=unit.at))


def prove_by_passkey(unit: Unit, *, begun: Begun, mark: str, answer: str, session_id: bytes) -> str:
    """Somebody who is signed in proves it anew; gives the session's next secret, Invalid or Gone as at sign-in."""
    claim_challenge(unit, begun)
    held = _held(unit, answer)
    if held.account_id != begun.account_id:
        raise Invalid("passkey")
    _use(unit, held, mark, answer)
    return prove(unit, account_id=begun.account_id, session_id=session_id, by="passkey")


def spend(unit: Unit, *, mark: str, purpose: str, network: str, holder_id: bytes | None = None) -> None:
    """After an answer that proved nothing: its challenge is used up all the same, and the try stands on record."""
    begun = find_challenge(unit, mark=mark, purpose=purpose)
    if begun is not None:
        claim_challenge(unit, begun)
    elif purpose == "enter":
        claim_unnamed(unit, mark=mark, purpose=purpose)
    note_refusal(unit, SignInRefused(holder=holder_id, reason="wrong-passkey"), unit.actor, network)
