"""Requests that a program sends us itself (RFC 9126): kept for a minute and a half, and answered once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update

from portal.kernel.ids import digest, new_secret
from portal.kernel.prepared import Prepared, prepared_insert
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
    pushed = {
        "hash": digest(secret),
        "client_id": client_id,
        "parameters": dict(parameters),
        "created_at": unit.at,
        "expires_at": unit.at + LIFE,
    }
    _push.run(unit.connection, pushed)
    return URN + secret, quota


_push = prepared_insert(PushedRequest)


def bring_pushed(unit: Unit, hash_: bytes) -> PushedNow | None:
    """Takes a pushed request in hand, in the transaction that makes it wait; None where it is over.

    It is used up when the customer has answered (RFC 9126 section 4): a page that is loaded again comes to the same request.
    """
    row = _unused.first(unit.connection, {"hash": hash_, "at": unit.at})
    return None if row is None else PushedNow(hash_, row.request_id)


_unused = Prepared(
    select(PushedRequest.request_id)
    .where(PushedRequest.hash == bindparam("hash"), PushedRequest.expires_at > bindparam("at"))
    .with_for_update()
)


def tie_pushed(unit: Unit, brought: PushedNow, request_id: bytes) -> None:
    """Remembers which request came of it."""
    _tie.run(unit.connection, {"pushed": brought.hash, "request": request_id})


_tie = Prepared(
    update(PushedRequest).where(PushedRequest.hash == bindparam("pushed")).values(request_id=bindparam("request"))
)


def spend_pushed(unit: Unit, request_id: bytes) -> None:
    """Uses up what a request came of, once it was answered."""
    _spend.run(unit.connection, {"request": request_id})


_spend = Prepared(delete(PushedRequest).where(PushedRequest.request_id == bindparam("request")))


def _prune(unit: Unit) -> None:
    _taken_out.run(unit.connection, {"at": unit.at})


# Rows that another push takes out at this moment are left to it, so that two never wait for each other.
_over = (
    select(PushedRequest.hash)
    .where(PushedRequest.expires_at <= bindparam("at"))
    .limit(_PRUNED)
    .with_for_update(skip_locked=True)
)
_taken_out = Prepared(delete(PushedRequest).where(PushedRequest.hash.in_(_over)))
