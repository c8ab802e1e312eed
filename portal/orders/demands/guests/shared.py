"""What a company is answered about withdrawals without an account, shape and bytes, and the entry of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.grants.lease import OWN
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.orders.demands.guests.reads import GuestPlace, GuestView, guest_of, guests_of
from portal.orders.facts import WithdrawalDisclosed
from portal.vendors.purposes import ORDER_MANAGEMENT
from portal.vendors.things import ThingIds

MOST = 50
DECLARED = "withdrawal.declaration"
"""What a look at one of them is at, in the record."""
_KIND = "withdrawals.page"


@dataclass(frozen=True, slots=True)
class WithdrawalsPage:
    """A page as it leaves, and what is on it."""

    value: dict[str, Any]
    found: Sequence[GuestView]


def shared_withdrawals(
    unit: Unit, vendor_id: bytes, *, cursor: str | None = None, waiting: bool = False, limit: int = MOST
) -> WithdrawalsPage:
    """What was declared to a company, the oldest first; ``waiting`` leaves out what is done."""
    audience = f"{text_of(vendor_id)} {waiting}"
    after = None
    if cursor is not None:
        place = open_cursor(unit.house, _KIND, audience, cursor)
        after = GuestPlace(from_micros(place["t"]), id_from(place["w"]))
    found = guests_of(unit, vendor_id, waiting=waiting, after=after, most=limit + 1)
    page, ids = found[:limit], ThingIds(unit.house.keys, vendor_id)
    following = None
    if len(found) > limit:
        last = {"w": text_of(page[-1].id), "t": micros(page[-1].declared_at)}
        following = seal_cursor(unit.house, _KIND, audience, last)
    return WithdrawalsPage({"withdrawals": [_document(ids, one) for one in page], "next": following}, page)


def shared_withdrawal(unit: Unit, vendor_id: bytes, withdrawal: str) -> WithdrawalsPage:
    """One of them, by the company's own id for it."""
    ids = ThingIds(unit.house.keys, vendor_id)
    found = guest_of(unit, vendor_id, ids.id_from("withdrawal", withdrawal))
    if found is None:
        raise NotFound
    return WithdrawalsPage(_document(ids, found), [found])


def withdrawal_disclosed(
    one: GuestView, *, token: str | None = None, test: bool, personal: Mapping[str, str] | None = None
) -> WithdrawalDisclosed:
    """The entry of a look at one of them: by a program with its token's prefix, by a person without."""
    return WithdrawalDisclosed(
        holder=one.holder_id,
        vendor=one.vendor_id,
        basis=OWN,
        purpose=ORDER_MANAGEMENT,
        about=("withdrawal", one.id),
        asked=(DECLARED,),
        given=(DECLARED,),
        count=1,
        token=token,
        test=test,
        personal=personal or {},
    )


def _document(ids: ThingIds, view: GuestView) -> dict[str, Any]:
    return {
        "id": ids.text_of("withdrawal", view.id),
        "state": view.state,
        "name": view.name,
        "email": view.email,
        "order": view.number,
        "words": view.words,
        "declared_at": _time(view.declared_at),
        "due_at": _time(view.due_at),
        "answered_at": None if view.answered_at is None else _time(view.answered_at),
        "is_late": view.is_late,
        "allowed_actions": list(view.actions),
    }


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
