"""Cases: an officer says why, another one agrees, and for a day the first may see who somebody is.

Nobody agrees with themselves, and nobody opens, agrees to or closes a case about themselves. Where nobody else could
agree, the case waits a day instead, and the person is told at once.
"""

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.facts.cases import CaseClosed, CaseConfirmed, CaseOpened, CaseRefused
from portal.accounts.models import Case
from portal.accounts.reads import LEAD
from portal.accounts.reads.cases import ALONE_WAITS, CaseView, case_of, has_confirmer
from portal.accounts.service.sessions import holder_of
from portal.accounts.service.telling import tell
from portal.accounts.why import WHY
from portal.kernel.errors import Busy, Conflict, Invalid, NotFound, Refused
from portal.kernel.ids import new_id
from portal.kernel.unit import Unit

_TRIES = 5


def open_case(unit: Unit, *, account_id: bytes, kind: str, reason: str) -> int:
    """Opens a case about whoever has the account; gives its number."""
    if kind not in WHY or not reason.strip():
        raise Invalid("invalid")
    asker = _officer(unit)
    holder_id = holder_of(unit, account_id, lock=True)
    _refuse_own(unit, account_id, holder_id)
    alone = not has_confirmer(unit, asker=asker, about=account_id)
    id_ = new_id()
    row = {
        "id": id_,
        "account_id": account_id,
        "kind": kind,
        "reason": unit.box(holder_id).seal("cases", "reason", id_, reason.strip()),
        "opened_by": asker,
        "opened_at": unit.at,
        "alone": alone,
    }
    number = _insert(unit, row)
    unit.note(CaseOpened(holder=holder_id, case=number, kind=kind, mode="alone" if alone else "two"))
    if alone:
        tell(unit, account_id, holder_id, "accounts/identity", why=WHY[kind], opens=unit.at + ALONE_WAITS)
    return number


def _insert(unit: Unit, row: dict[str, object]) -> int:
    """With the next number; whoever opens one in the same moment has taken it, and the one after it is tried."""
    for _ in range(_TRIES):
        last = unit.connection.execute(select(func.max(Case.number))).scalar() or 0
        try:
            with unit.connection.begin_nested():
                unit.connection.execute(insert(Case).values(number=last + 1, **row))
        except IntegrityError:
            continue
        return int(last) + 1
    raise Busy("busy")


def confirm_case(unit: Unit, *, number: int) -> None:
    """Agrees to another officer's case."""
    case = _known(unit, number)
    account_id = case.account_id
    if account_id is None or case.state(unit.at) != "waits":
        raise Conflict("case-moved")
    holder_id = holder_of(unit, account_id)
    if case.opened_by == _officer(unit):
        raise Refused("same-person", fact=CaseRefused(holder=holder_id, reason="same-person"))
    waiting = (Case.id == case.id, Case.confirmed_at.is_(None), Case.closed_at.is_(None), Case.alone.is_(False))
    done = {"confirmed_by": unit.actor.id, "confirmed_at": unit.at}
    if unit.connection.execute(update(Case).where(*waiting).values(done)).rowcount != 1:
        raise Conflict("case-moved")
    unit.note(CaseConfirmed(holder=holder_id, case=number, kind=case.kind))


def close_case(unit: Unit, *, number: int) -> None:
    """Ends a case: who leads does, or whoever opened it. One that is closed stays so."""
    case = _known(unit, number)
    if LEAD not in unit.actor.roles and case.opened_by != _officer(unit):
        raise Refused("not-allowed")
    open_ = update(Case).where(Case.id == case.id, Case.closed_at.is_(None))
    if unit.connection.execute(open_.values(closed_by=unit.actor.id, closed_at=unit.at)).rowcount:
        holder_id = None if case.account_id is None else holder_of(unit, case.account_id)
        unit.note(CaseClosed(holder=holder_id, case=number))


def forget_cases(unit: Unit, *, account_id: bytes) -> None:
    """Empties the cases about somebody who is erased; that there were some stands in the log."""
    about = update(Case).where(Case.account_id == account_id)
    unit.connection.execute(about.values(account_id=None, reason=b""))


def _officer(unit: Unit) -> bytes:
    assert unit.actor.id is not None
    return unit.actor.id


def _known(unit: Unit, number: int) -> CaseView:
    """The case, unless it is about whoever acts."""
    case = case_of(unit, number)
    if case.account_id is not None and case.account_id == unit.actor.id:
        raise NotFound(fact=CaseRefused(holder=holder_of(unit, case.account_id), reason="own-case"))
    return case


def _refuse_own(unit: Unit, account_id: bytes, holder_id: bytes) -> None:
    if account_id == unit.actor.id:
        raise Refused("own-case", fact=CaseRefused(holder=holder_id, reason="own-case"))
