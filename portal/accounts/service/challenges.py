"""What a browser is in the middle of proving: begun, found while it lives, claimed once, and void after any change."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select

from portal.accounts.models import Account, Challenge
from portal.kernel.errors import Gone
from portal.kernel.ids import digest, new_id, new_secret
from portal.kernel.unit import Unit

LIVES = {
    "second": timedelta(minutes=10),  # the second step of a sign-in
    "app": timedelta(minutes=15),  # an app is added
    "make": timedelta(minutes=15),  # a passkey is made
    "use": timedelta(minutes=10),  # a passkey proves anew who is signed in
    "enter": timedelta(minutes=10),  # a passkey signs in
}


@dataclass(frozen=True, slots=True)
class Begun:
    """A proof that was begun: by whom, and what it is about."""

    id: bytes
    account_id: bytes
    holder_id: bytes
    secret: str | None


def begin_challenge(
    unit: Unit, *, purpose: str, account_id: bytes | None, holder_id: bytes | None, secret: str | None = None
) -> str:
    """Begins a proof; gives what the browser keeps to go on with it. ``secret`` is sealed with it."""
    id_, mark = new_id(), new_secret()
    sealed = None if secret is None or holder_id is None else unit.box(holder_id).seal("challenges", "secret", id_, secret)
    unit.connection.execute(
        insert(Challenge).values(
            id=id_,
            hash=digest(mark),
            purpose=purpose,
            account_id=account_id,
            secret=sealed,
            created_at=unit.at,
            expires_at=unit.at + LIVES[purpose],
        )
    )
    return mark


def find_challenge(unit: Unit, *, mark: str | None, purpose: str) -> Begun | None:
    """The proof that a browser began, while it lives. Looking uses nothing up."""
    row = unit.connection.execute(
        select(Challenge.id, Challenge.account_id, Challenge.secret, Account.holder_id)
        .join(Account, Account.id == Challenge.account_id)
        .where(
            Challenge.hash == digest(mark or ""),
            Challenge.purpose == purpose,
            Challenge.expires_at > unit.at,
            Account.state == "active",
        )
    ).one_or_none()
    if row is None:
        return None
    secret = row.secret and unit.box(row.holder_id).open("challenges", "secret", row.id, row.secret)
    return Begun(row.id, row.account_id, row.holder_id, secret)


def claim_challenge(unit: Unit, begun: Begun) -> None:
    """Uses the proof up: of all who try, at any moment, one succeeds; Gone for everybody else."""
    if unit.connection.execute(delete(Challenge).where(Challenge.id == begun.id)).rowcount != 1:
        raise Gone("proof-used")


def claim_unnamed(unit: Unit, *, mark: str, purpose: str) -> None:
    """The same for a proof that nobody's name stood on when it began."""
    live = (Challenge.hash == digest(mark), Challenge.purpose == purpose, Challenge.expires_at > unit.at)
    if unit.connection.execute(delete(Challenge).where(*live, Challenge.account_id.is_(None))).rowcount != 1:
        raise Gone("proof-used")


def void_challenges(unit: Unit, *, account_id: bytes) -> None:
    """Whatever the account's browsers had begun to prove is worthless."""
    unit.connection.execute(delete(Challenge).where(Challenge.account_id == account_id))


def forget_challenges(unit: Unit) -> None:
    """Deletes what nobody finished in time."""
    unit.connection.execute(delete(Challenge).where(Challenge.expires_at < unit.at))
