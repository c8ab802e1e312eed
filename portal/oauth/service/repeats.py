"""Requests that may be said again: one row a key, which remembers how far the work came and what was answered."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.kernel.errors import BadRequest, Conflict, Invalid
from portal.kernel.ids import digest, new_id
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.oauth.models import Repeat
from portal.oauth.tokens import Found

_KEY = re.compile(r'"?([!#-\[\]-~]{1,255})"?\Z')
HELD = timedelta(seconds=15)
KEPT = timedelta(days=7)
_BUSY = "The same request is being worked on. Send it again in a moment."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the request of a key came; with ``status`` it is finished, and ``answer`` is what was said."""

    id: bytes
    done: int
    results: list[Any]
    status: int | None = None
    answer: bytes | None = None


def begin(unit: Unit, *, client_id: bytes, route: str, key: str | None, request: bytes) -> Progress:
    """Takes the request of a key in hand: a new one, one that stopped halfway, or one that is finished.

    BadRequest ``key-needed`` without a key; Conflict ``in-progress`` while another is at it; Invalid ``key-reused``
    when the key came with other bytes before.
    """
    named = _KEY.match(key or "")
    if named is None:
        raise BadRequest("key-needed", "Send an Idempotency-Key of your own making, one for each request.")
    said = hashlib.sha256(request).digest()
    unit.connection.execute(delete(Repeat).where(Repeat.expires_at <= unit.at))
    mine = (Repeat.client_id == client_id, Repeat.route == route, Repeat.key_hash == digest(named[1]))
    row = _row(unit, mine)
    if row is None:
        made = _first(unit, client_id, route, named[1], said)
        if made is not None:
            return made
        row = _row(unit, mine)
    if row is None:
        raise Conflict("in-progress", _BUSY, retry_after=1)
    return _again(unit, row, said)


def _row(unit: Unit, mine: tuple[Any, ...]) -> Found | None:
    return unit.connection.execute(select(*Repeat.__table__.columns).where(*mine)).first()


def _first(unit: Unit, client_id: bytes, route: str, key: str, said: bytes) -> Progress | None:
    id_ = new_id()
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(
                insert(Repeat).values(
                    id=id_,
                    client_id=client_id,
                    route=route,
                    key_hash=digest(key),
                    request_hash=said,
                    done=0,
                    results=[],
                    held_until=unit.at + HELD,
                    created_at=unit.at,
                    expires_at=unit.at + KEPT,
                )
            )
    except IntegrityError:
        return None
    return Progress(id_, 0, [])


def _again(unit: Unit, row: Found, said: bytes) -> Progress:
    if row.request_hash != said:
        raise Invalid("key-reused", "This key came with another request before. Use a new key for a new request.")
    if row.status is not None:
        return Progress(row.id, row.done, row.results, row.status, row.answer)
    free = (Repeat.id == row.id, Repeat.held_until <= unit.at, Repeat.status.is_(None), Repeat.done == row.done)
    if unit.connection.execute(update(Repeat).where(*free).values(held_until=unit.at + HELD)).rowcount != 1:
        raise Conflict("in-progress", _BUSY, retry_after=1)
    return Progress(row.id, row.done, row.results)


def advance(unit: Unit, progress: Progress, results: Sequence[Any]) -> Progress:
    """Adds what came of the next items, in the transaction that did them."""
    done, all_ = progress.done + len(results), [*progress.results, *results]
    values = {"row": progress.id, "seen": progress.done, "now": done, "all": all_, "held": unit.at + HELD}
    # Whoever was overtaken while at work finds another number here, and everything it did is rolled back.
    if _ADVANCE.changed(unit.connection, values) != 1:
        raise Conflict("in-progress", _BUSY, retry_after=1)
    return Progress(progress.id, done, all_)


_ADVANCE = Prepared(
    update(Repeat)
    .where(Repeat.id == bindparam("row"), Repeat.done == bindparam("seen"), Repeat.status.is_(None))
    .values(done=bindparam("now"), results=bindparam("all"), held_until=bindparam("held"))
)


def finish(unit: Unit, progress: Progress, *, status: int, answer: bytes) -> Progress:
    """Keeps the answer: whoever says the request again gets these bytes."""
    _keep(unit, progress, status=status, answer=answer, held_until=unit.at)
    return replace(progress, status=status, answer=answer)


def release(unit: Unit, progress: Progress) -> None:
    """Lets go of a request that was not finished, so that it can be said again at once."""
    _keep(unit, progress, held_until=unit.at)


def _keep(unit: Unit, progress: Progress, **values: Any) -> None:
    unit.connection.execute(update(Repeat).where(Repeat.id == progress.id, Repeat.status.is_(None)).values(values))
