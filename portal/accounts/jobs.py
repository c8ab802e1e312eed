"""What the accounts room does after its answers have left."""

from typing import Any

from portal.accounts import limits, service
from portal.kernel.ids import id_from
from portal.kernel.jobs import job
from portal.kernel.unit import Unit

Payload = dict[str, Any]


def _from(unit: Unit, payload: Payload) -> None:
    unit.personal(address=payload["address"], agent=payload["agent"])


@job("accounts.register")
def register(unit: Unit, payload: Payload) -> None:
    """An account that waits for its address, or a word to the one who has it."""
    _from(unit, payload)
    service.register(
        unit,
        email=payload["email"],
        password_hash=payload["password_hash"],
        locale=unit.locale,
        next_path=payload["next_path"],
        browser=payload["browser"],
    )


@job("accounts.send-reset")
def send_reset(unit: Unit, payload: Payload) -> None:
    """The link to a new password, or a word that there is no account."""
    _from(unit, payload)
    service.send_reset(unit, email=payload["email"], locale=unit.locale)


@job("accounts.note-refusal")
def note_refusal(unit: Unit, payload: Payload) -> None:
    """A refused sign-in goes on record."""
    account = id_from(payload["account"]) if payload["account"] else None
    service.note_refused_sign_in(unit, account_id=account, network=payload["address"], agent=payload["agent"])


@job("accounts.lapse")
def lapse(unit: Unit, payload: Payload) -> None:
    """A registration that nobody proved is forgotten."""
    service.lapse(unit, account_id=id_from(payload["account"]))


@job("accounts.release-former")
def release_former(unit: Unit, payload: Payload) -> None:
    """An address that can no longer be taken back is free."""
    service.release_former(unit, account_id=id_from(payload["account"]))


@job("accounts.remind-of-recovery")
def remind_of_recovery(unit: Unit, payload: Payload) -> None:
    """A second step will be removed in a day."""
    service.remind_of_recovery(unit, account_id=id_from(payload["account"]))


@job("accounts.end-recovery")
def end_recovery(unit: Unit, payload: Payload) -> None:
    """A lost second step is removed."""
    service.end_recovery(unit, account_id=id_from(payload["account"]))


def sweep(unit: Unit) -> None:
    """What is of no use any more is deleted: counters, links, sessions of long ago, proofs that nobody finished."""
    limits.forget_old(unit)
    service.forget_tokens(unit)
    service.forget_sessions(unit)
    service.forget_challenges(unit)
