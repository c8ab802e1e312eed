"""Cases: who may know who somebody is, until when, and by whose leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from portal.accounts.models import Account, Case, Role
from portal.accounts.reads.roles import holds
from portal.audit.reads import holders_of
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit

OPEN_FOR = timedelta(hours=24)
"""How long a confirmed case shows who it is about."""
ALONE_WAITS = timedelta(hours=24)
"""How long a case waits that nobody else can agree to."""
PAGE = 25
_LATEST = 1 << 31


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as officers see it."""

    id: bytes
    number: int
    account_id: bytes | None
    kind: str
    reason: bytes
    opened_by: bytes
    opened_at: datetime
    alone: bool
    confirmed_by: bytes | None
    confirmed_at: datetime | None
    closed_by: bytes | None
    closed_at: datetime | None

    @property
    def opens_at(self) -> datetime | None:
        """From when on it shows who it is; None while somebody has to agree."""
        return self.opened_at + ALONE_WAITS if self.alone else self.confirmed_at

    @property
    def until(self) -> datetime | None:
        """Until when."""
        return None if self.opens_at is None else self.opens_at + OPEN_FOR

    @property
    def shows_until(self) -> datetime | None:
        """When it shows nothing any more: after its time, or from its closing on. None where it never shows anybody."""
        if self.opens_at is None or self.until is None or self.closed_at is None:
            return self.until
        return min(self.closed_at, self.until) if self.closed_at > self.opens_at else None

    def state(self, at: datetime) -> str:
        """Where it stands: ``closed``, ``waits`` (for somebody to agree), ``later`` (for its day), ``open``, ``over``."""
        if self.closed_at is not None or self.account_id is None:
            return "closed"
        if self.opens_at is None or self.until is None:
            return "waits"
        if at < self.opens_at:
            return "later"
        return "open" if at < self.until else "over"

    def shows(self, account_id: bytes | None, at: datetime) -> bool:
        """Whether it shows somebody who it is about: whoever asked, and nobody else."""
        return self.opened_by == account_id and self.state(at) == "open"


_cases = select(*Case.__table__.columns)


def case_of(unit: Unit, number: int) -> CaseView:
    """The case of a number; NotFound where there is none."""
    row = unit.connection.execute(_cases.where(Case.number == min(number, _LATEST - 1))).one_or_none()
    if row is None or row.number != number:
        raise NotFound
    return CaseView(**row._mapping)


def cases_of_others(unit: Unit, before: int | None = None) -> list[CaseView]:
    """The newest cases, one more than a page; none that is about the reader."""
    mine = Case.account_id.is_distinct_from(unit.actor.id)
    statement = _cases.where(mine, Case.number < min(before or _LATEST, _LATEST - 1))
    rows = unit.connection.execute(statement.order_by(Case.number.desc()).limit(PAGE + 1))
    return [CaseView(**row._mapping) for row in rows]


def cases_waiting(unit: Unit) -> int:
    """How many cases wait for the reader to agree: none that they opened, and none that is about them."""
    waits = Case.closed_at.is_(None), Case.confirmed_by.is_(None), Case.alone.is_(False)
    others = Case.account_id.is_not(None), Case.account_id != unit.actor.id, Case.opened_by != unit.actor.id
    return int(unit.connection.execute(select(func.count()).where(*waits, *others)).scalar_one())


def reason_of(unit: Unit, case: CaseView) -> str:
    """The reason in the officer's words; empty once the person was erased."""
    if case.account_id is None:
        return ""
    holder = unit.connection.execute(select(Account.holder_id).where(Account.id == case.account_id)).scalar_one()
    return unit.box(holder).open("cases", "reason", case.id, case.reason)


def account_by_name(unit: Unit, name: str) -> bytes | None:
    """Who signs in under a name of the log, be it an earlier one; None for nobody, and for whoever only is a customer."""
    try:
        holder = holders_of(unit.connection, [name]).get(name)
    except NotFound:
        return None
    account = select(Account.id).where(Account.holder_id == holder, Account.state == "active")
    return unit.connection.execute(account).scalar_one_or_none()


def has_confirmer(unit: Unit, *, asker: bytes, about: bytes) -> bool:
    """Whether there is another officer who could agree: neither the one who asks nor the one it is about."""
    others = select(Role.id).where(Role.role == "officer", Role.account_id.not_in((asker, about)), *holds(unit.at))
    return unit.connection.execute(others.limit(1)).first() is not None


def case_open(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition ``case_open(case_id, account_id)``: the positions whose case does not show who it is about."""
    rows = connection.execute(_cases.where(Case.id.in_({arg[0] for arg in args})))
    cases = {row.id: CaseView(**row._mapping) for row in rows}
    return {i for i, (id_, account_id) in enumerate(args) if id_ not in cases or not cases[id_].shows(account_id, at)}
