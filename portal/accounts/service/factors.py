"""Second factors: added, named and removed by an owner who has just proved to be one.

Each change ends every other session and whatever links and proofs were under way; the session that made it goes on under
a new secret.
"""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts import totp
from portal.accounts.codes import new_codes, normal_code
from portal.accounts.facts.factors import FactorAdded, FactorNamed, FactorRemoved, RecoveryCodesMade
from portal.accounts.models import Factor, RecoveryCode
from portal.accounts.passkeys import Passkey
from portal.accounts.reads import email_of, must_keep_a_factor, passkey_digest
from portal.accounts.service.challenges import Begun, begin_challenge, claim_challenge
from portal.accounts.service.lost import forget_recovery
from portal.accounts.service.proving import renew
from portal.accounts.service.sessions import end_sessions, holder_of
from portal.accounts.service.telling import tell
from portal.accounts.service.tokens import void_tokens
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.ids import digest, new_id, text_of
from portal.kernel.unit import Unit

MOST = 10


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of factors gave: the session's new secret, and the codes that are shown now and never again."""

    secret: str
    codes: tuple[str, ...] = ()


def begin_app(unit: Unit, *, account_id: bytes) -> str:
    """A seed for an authenticator app, which counts once a code of it was shown; gives what the browser keeps."""
    holder_id = holder_of(unit, account_id)
    return begin_challenge(
        unit, purpose="app", account_id=account_id, holder_id=holder_id, secret=totp.new_seed()
    )


def add_app(unit: Unit, *, begun: Begun, session_id: bytes, code: str, name: str) -> Changed | None:
    """Adds the app whose seed was begun, for a code that it shows; None for another code."""
    assert begun.secret is not None
    step = totp.step_that_matches(begun.secret, code, unit.at) if code.isascii() else None
    if step is None:
        return None
    claim_challenge(unit, begun)
    return _add(unit, begun, session_id, "app", name, begun.secret, step)


def begin_passkey(unit: Unit, *, account_id: bytes) -> str:
    """A challenge for a new passkey; gives what the browser keeps, which is the challenge itself."""
    return begin_challenge(unit, purpose="make", account_id=account_id, holder_id=holder_of(unit, account_id))


def add_passkey(unit: Unit, *, begun: Begun, session_id: bytes, passkey: Passkey, name: str) -> Changed:
    """Adds a passkey that answered the challenge; Conflict for one that is an account's already."""
    claim_challenge(unit, begun)
    mark = passkey_digest(passkey.id)
    return _add(unit, begun, session_id, "passkey", name, passkey.text(), passkey.counter, mark)


def _add(
    unit: Unit, begun: Begun, session_id: bytes, kind: str, name: str, secret: str, counter: int, mark: bytes | None = None
) -> Changed:
    account_id, holder_id, id_ = begun.account_id, holder_of(unit, begun.account_id, lock=True), new_id()
    held = unit.connection.execute(
        select(func.count()).select_from(Factor).where(Factor.account_id == account_id)
    ).scalar_one()
    if held >= MOST:
        raise Conflict("too-many-factors")
    box = unit.box(holder_id)
    adding = insert(Factor).values(
        id=id_,
        account_id=account_id,
        kind=kind,
        name=box.seal("factors", "name", id_, name),
        secret=box.seal("factors", "secret", id_, secret),
        digest=mark,
        counter=counter,
        created_at=unit.at,
    )
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(adding)
    except IntegrityError:
        raise Conflict("passkey-known") from None
    forget_recovery(unit, account_id=account_id)
    unit.note(FactorAdded(holder=holder_id, factor=text_of(id_), kind=kind))
    tell(unit, account_id, holder_id, "accounts/factors", what=f"{kind}-added", left=0)
    codes = () if held else _make_codes(unit, account_id, holder_id)
    return Changed(_end_others(unit, account_id, session_id), codes)


def name_factor(unit: Unit, *, account_id: bytes, factor_id: bytes, name: str) -> None:
    """Another name for one's own factor."""
    holder_id = holder_of(unit, account_id)
    sealed = unit.box(holder_id).seal("factors", "name", factor_id, name)
    mine = update(Factor).where(Factor.id == factor_id, Factor.account_id == account_id)
    if unit.connection.execute(mine.values(name=sealed)).rowcount != 1:
        raise NotFound
    unit.note(FactorNamed(holder=holder_id, factor=text_of(factor_id)))


def remove_factor(unit: Unit, *, account_id: bytes, session_id: bytes, factor_id: bytes) -> Changed:
    """Removes one's own factor; with the last one its recovery codes are worthless, too.

    Conflict where it is the last one of somebody who acts for others.
    """
    holder_id = holder_of(unit, account_id, lock=True)
    mine = (Factor.id == factor_id, Factor.account_id == account_id)
    kind = unit.connection.execute(select(Factor.kind).where(*mine)).scalar_one_or_none()
    if kind is None or unit.connection.execute(delete(Factor).where(*mine)).rowcount != 1:
        raise NotFound
    left = select(Factor.id).where(Factor.account_id == account_id).limit(1)
    if unit.connection.execute(left).first() is None:
        if must_keep_a_factor(unit, account_id):
            raise Conflict("last-factor")
        unit.connection.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    unit.note(FactorRemoved(holder=holder_id, factor=text_of(factor_id), kind=kind))
    tell(unit, account_id, holder_id, "accounts/factors", what=f"{kind}-removed", left=0)
    return Changed(_end_others(unit, account_id, session_id))


def make_codes(unit: Unit, *, account_id: bytes, session_id: bytes) -> Changed:
    """Ten new recovery codes in the place of those there were; they are given here and kept nowhere."""
    holder_id = holder_of(unit, account_id, lock=True)
    if unit.connection.execute(select(Factor.id).where(Factor.account_id == account_id).limit(1)).first() is None:
        raise Conflict("no-factor")
    codes = _make_codes(unit, account_id, holder_id)
    tell(unit, account_id, holder_id, "accounts/factors", what="codes", left=0)
    return Changed(_end_others(unit, account_id, session_id), codes)


def _make_codes(unit: Unit, account_id: bytes, holder_id: bytes) -> tuple[str, ...]:
    codes = new_codes()
    unit.connection.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    rows = [{"account_id": account_id, "hash": digest(normal_code(code) or ""), "made_at": unit.at} for code in codes]
    unit.connection.execute(insert(RecoveryCode), rows)
    unit.note(RecoveryCodesMade(holder=holder_id, count=len(codes)))
    return tuple(codes)


def _end_others(unit: Unit, account_id: bytes, session_id: bytes) -> str:
    void_tokens(unit, account_id=account_id, purposes=("reset", "address", "lost"))
    end_sessions(unit, account_id=account_id, reason="factor-changed", keep=session_id)
    return renew(unit, account_id=account_id, session_id=session_id)


def address_for_app(unit: Unit, begun: Begun) -> str:
    """What an app reads to make the codes of a seed that was begun."""
    assert begun.secret is not None
    return totp.address_of(begun.secret, email_of(unit, begun.account_id))
