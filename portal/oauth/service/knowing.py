"""Holding a yes against what its program wants of who says it (RFC 9470, ``max_age`` of OpenID Connect Core 3.1.2.1)."""

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from portal.accounts.reads import FRESH, ask_for_proof, has_factor, proof_of
from portal.kernel.errors import Conflict
from portal.kernel.unit import Unit
from portal.oauth.levels import PROVED, SECOND
from portal.oauth.reads import half_of

UNMET = "unmet_authentication_requirements"


class Known(NamedTuple):
    """How surely the customer is known at this moment, and since when: what codes and tokens of a yes carry."""

    level: str | None = None
    since: datetime | None = None


class Wanted(Protocol):
    """What of a request says how surely its program wants the customer to be known."""

    acr: str | None
    max_age: int | None
    created_at: datetime


def known(unit: Unit) -> Known:
    """What is known of who acts. Somebody who acts for the customer is not the customer."""
    proof = None if unit.actor.delegation is not None else proof_of(unit)
    if proof is None:
        return Known()
    if unit.at - proof.at >= FRESH:
        return Known(None, proof.at)
    return Known(SECOND if proof.second else PROVED, proof.at)


def cannot_be_met(unit: Unit, request_id: bytes) -> bool:
    """Whether a program wants a second step of somebody who has none: no proof that there is would do."""
    wanted = half_of(unit, request_id)
    return wanted is not None and _is_beyond(unit, wanted)


def _is_beyond(unit: Unit, wanted: Wanted) -> bool:
    return wanted.acr == SECOND and not has_factor(unit, unit.actor.id or b"")


def hold_to(unit: Unit, wanted: Wanted) -> None:
    """Asks for a proof where the program wants a fresher one than there is; Conflict ``unmet`` where none would do."""
    if wanted.acr is None and wanted.max_age is None:
        return
    if _is_beyond(unit, wanted):
        raise Conflict("unmet", "The company asks for a second step at sign-in, which you have not set up.")
    ask_for_proof(unit, since=max(_by_age(unit, wanted), _by_level(unit, wanted)))


def _by_age(unit: Unit, wanted: Wanted) -> datetime:
    if wanted.max_age is None:
        return unit.at - FRESH
    # A fresh proof since it was asked is young enough: else an age of nought could never be met.
    return min(unit.at - timedelta(seconds=wanted.max_age), max(wanted.created_at, unit.at - FRESH))


def _by_level(unit: Unit, wanted: Wanted) -> datetime:
    # A level is told of a fresh proof alone.
    return unit.at - FRESH if wanted.acr is not None else _by_age(unit, wanted)

