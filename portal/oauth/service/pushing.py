"""Requests that a program sends us itself (RFC 9126): kept for a minute and a half, and answered once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from portal.kernel.ids import digest, new_secret
from portal.kernel.quotas import Quota
from portal.kernel.unit import Unit
from portal.oauth.models import PushedRequest
from portal.oauth.service.rates import check_waiting

URN = "urn:ietf:params:oauth:request_uri:"
LIFE = timedelta(seconds=90)
_PRUNED = 100


class PushedNow(NamedTuple):
    """A pushed request that a browser brought, and what came of it before."""

    hash: bytes
    request_id: bytes | None


def push_request(unit: Unit, *, client_id: bytes, parameters: Mapping[str, str]) -> tuple[str, Quota]:
    """Keeps the checked parameters of a client; gives the ``request_uri`` that stands for them, and how many more may wait.

    TooMany while as many of the client's wait as it may have.
    """
    quota = check_waiting(unit, client_id)
    _prune(unit)
    secret = new_secret()
    unit.connection.execute(
        insert(PushedRequest).values(
            hash=digest(secret),
            client_id=client_id,
            parameters=dict(parameters),
            created_at=unit.at,
            expires_at=unit.at + LIFE,
        )
    )
    return URN + secret, quota


def bring_pushed(unit: Unit, hash_: bytes) -> PushedNow | None:
    """Takes a pushed request in hand, in the transaction that makes it wait; None where it is over.

    It is used up when the customer has answered (RFC 9126 section 4): a page that is loaded again comes to the same request.
    """
    unused = (PushedRequest.hash == hash_, PushedRequest.expires_at > unit.at)
    row = unit.connection.execute(select(PushedRequest.request_id).where(*unused).with_for_update()).first()
    return None if row is None else PushedNow(hash_, row.request_id)


def tie_pushed(unit: Unit, brought: PushedNow, request_id: bytes) -> None:
    """Remembers which request came of it."""
    mine = update(PushedRequest).where(PushedRequest.hash == brought.hash)
    unit.connection.execute(mine.values(request_id=request_id))


def spend_pushed(unit: Unit, request_id: bytes) -> None:
    """Uses up what a request came of, once it was answered."""
    unit.connection.execute(delete(PushedRequest).where(PushedRequest.request_id == request_id))


def _prune(unit: Unit) -> None:
    # Rows that another push takes out at this moment are left to it, so that two never wait for each other.
    over = (
        select(PushedRequest.hash)
        .where(PushedRequest.expires_at <= unit.at)
        .limit(_PRUNED)
        .with_for_update(skip_locked=True)
    )
    unit.connection.execute(delete(PushedRequest).where(PushedRequest.hash.in_(over)))
