"""Requests that a program sends us itself (RFC 9126): kept for a minute and a half, and used once."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, insert, select

from portal.kernel.ids import digest, new_secret
from portal.kernel.unit import Unit
from portal.oauth.models import PushedRequest
from portal.oauth.service.rates import check_waiting

URN = "urn:ietf:params:oauth:request_uri:"
LIFE = timedelta(seconds=90)
_PRUNED = 100


def push_request(unit: Unit, *, client_id: bytes, parameters: Mapping[str, str]) -> str:
    """Keeps the checked parameters of a client; gives the ``request_uri`` that stands for them.

    TooMany while as many of the client's wait as it may have.
    """
    check_waiting(unit, client_id)
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
    return URN + secret


def spend_pushed(unit: Unit, hash_: bytes) -> bool:
    """Uses a pushed request up, in the transaction that makes it wait; False when somebody else did, or it is over."""
    unused = (PushedRequest.hash == hash_, PushedRequest.expires_at > unit.at)
    return unit.connection.execute(delete(PushedRequest).where(*unused)).rowcount == 1


def _prune(unit: Unit) -> None:
    # Rows that another push takes out at this moment are left to it, so that two never wait for each other.
    over = (
        select(PushedRequest.hash)
        .where(PushedRequest.expires_at <= unit.at)
        .limit(_PRUNED)
        .with_for_update(skip_locked=True)
    )
    unit.connection.execute(delete(PushedRequest).where(PushedRequest.hash.in_(over)))
