"""One-time tokens: made with a purpose and an end, claimed once."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from portal.accounts.facts.credentials import LinksForgotten
from portal.accounts.models import Account, OneTimeToken
from portal.kernel.errors import Gone
from portal.kernel.ids import digest, new_id, new_secret
from portal.kernel.unit import Unit

LIVES = {
    "verify": timedelta(hours=24),
    "reset": timedelta(minutes=15),
    "address": timedelta(hours=24),
    "undo": timedelta(days=7),
    "erasure": timedelta(days=7),
    "lost": timedelta(hours=1),  # begins the wait of somebody who has lost the second step
    "factors": timedelta(days=9),  # stops it, for as long as it may wait
}


KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token and the account it stands for."""

    id: bytes
    purpose: str
    account_id: bytes
    holder_id: bytes
    payload: dict[str, Any]


def issue_token(unit: Unit, *, account_id: bytes, holder_id: bytes, purpose: str, **payload: Any) -> str:
    """A new token of one purpose; gives its secret, which is kept nowhere but in the mail."""
    id_, secret = new_id(), new_secret()
    unit.connection.execute(
        insert(OneTimeToken).values(
            id=id_,
            hash=digest(secret),
            purpose=purpose,
            account_id=account_id,
            payload=unit.box(holder_id).seal("one_time_tokens", "payload", id_, json.dumps(payload)),
            created_at=unit.at,
            expires_at=unit.at + LIVES[purpose],
        )
    )
    return secret


def find_token(unit: Unit, *, secret: str, purposes: tuple[str, ...]) -> TokenView | None:
    """The token, if it is live and made for one of the purposes. Looking does not use it up."""
    row = unit.connection.execute(
        select(
            OneTimeToken.id, OneTimeToken.purpose, OneTimeToken.account_id, OneTimeToken.payload, Account.holder_id
        )
        .join(Account, Account.id == OneTimeToken.account_id)
        .where(
            OneTimeToken.hash == digest(secret),
            OneTimeToken.purpose.in_(purposes),
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > unit.at,
        )
    ).one_or_none()
    if row is None:
        return None
    payload = json.loads(unit.box(row.holder_id).open("one_time_tokens", "payload", row.id, row.payload))
    return TokenView(row.id, row.purpose, row.account_id, row.holder_id, payload)


def claim_token(unit: Unit, *, secret: str, purpose: str) -> TokenView:
    """Uses the token up: of all who try, at any moment, one succeeds; Gone for everybody else."""
    found = find_token(unit, secret=secret, purposes=(purpose,))
    if found is None or not _use_up(unit, found.id):
        raise Gone("link-used-or-expired")
    return found


def _use_up(unit: Unit, token_id: bytes) -> bool:
    unused = update(OneTimeToken).where(
        OneTimeToken.id == token_id, OneTimeToken.used_at.is_(None), OneTimeToken.expires_at > unit.at
    )
    return unit.connection.execute(unused.values(used_at=unit.at)).rowcount == 1


def forget_tokens(unit: Unit) -> None:
    """Deletes links that nobody can use any more, and with them the addresses that they carried."""
    dead = delete(OneTimeToken).where((OneTimeToken.used_at < unit.at - KEPT) | (OneTimeToken.expires_at < unit.at - KEPT))
    if count := unit.connection.execute(dead).rowcount:
        unit.note(LinksForgotten(count=count))


def void_tokens(unit: Unit, *, account_id: bytes, purposes: tuple[str, ...]) -> None:
    """Makes the account's other links of these purposes worthless."""
    unit.connection.execute(
        update(OneTimeToken)
        .where(
            OneTimeToken.account_id == account_id,
            OneTimeToken.purpose.in_(purposes),
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=unit.at)
    )
