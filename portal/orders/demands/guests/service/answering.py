"""A company answers somebody who withdrew without an account: by the same machine, and by a mail, since there is no page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from portal.kernel.errors import Conflict, NotFound
from portal.kernel.unit import Unit
from portal.orders.demands.guests.models import GuestWithdrawal
from portal.orders.demands.guests.reads import GuestView, guest_of
from portal.orders.demands.guests.service.telling import tell_guest
from portal.orders.demands.machine import COMPANY, MACHINES, WITHDRAWAL
from portal.orders.facts import WithdrawalAnswered


@dataclass(frozen=True, slots=True)
class GuestAnswer:
    """What a company does about it, and its words."""

    action: str
    words: str | None = None
    # The state that its page showed; None for programs, which have a key for each request.
    seen: str | None = None


def answer_guest(unit: Unit, *, vendor_id: bytes, withdrawal_id: bytes, answered: GuestAnswer) -> str:
    """The company answers; gives the state it led to. Somebody else's is NotFound."""
    view = guest_of(unit, vendor_id, withdrawal_id)
    if view is None:
        raise NotFound
    if answered.seen is not None and answered.seen != view.state:
        return _again(view, answered)
    move = MACHINES[WITHDRAWAL][view.state].get(answered.action)
    if move is None or move.who != COMPANY:
        raise Conflict("not-allowed", f"It is {view.state} now.", allowed_actions=list(view.actions))
    values: dict[str, Any] = {"state": move.to}
    if view.answered_at is None:
        values["answered_at"] = unit.at
    if not MACHINES[WITHDRAWAL][move.to]:
        values["ended_at"] = unit.at
    words = (answered.words or "").strip()
    if words:
        values["answer"] = unit.box(view.holder_id).seal("guest_withdrawals", "answer", view.id, words)
    there = GuestWithdrawal.id == view.id, GuestWithdrawal.state == view.state
    if unit.connection.execute(update(GuestWithdrawal).where(*there).values(values)).rowcount == 0:
        raise Conflict("changed", "Something was done about it meanwhile.")
    about: dict[str, Any] = {"holder": view.holder_id, "vendor": vendor_id, "about": ("withdrawal", view.id)}
    unit.note(WithdrawalAnswered(**about, action=answered.action, state=move.to))
    tell_guest(unit, withdrawal_id=view.id, action=answered.action, words=words)
    return move.to


def _again(view: GuestView, answered: GuestAnswer) -> str:
    """What was pressed twice is done once."""
    led_to = {moves[answered.action].to for moves in MACHINES[WITHDRAWAL].values() if answered.action in moves}
    if view.state not in led_to or (answered.words or "").strip() not in ("", view.answer):
        raise Conflict("changed", "Something was done about it meanwhile.", allowed_actions=list(view.actions))
    return view.state
