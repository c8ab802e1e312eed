"""What nobody can use or ask after any more is deleted, a slice a commit. How long each thing is kept, and why, stands here.

A company's own token concerns nobody: an hour after its end its program has long been told. What was given for a
customer's permission is kept for a week after its time: an attempt with it is still an attempt of that company, and
stands on that customer's record. A spent refresh token is kept through all the time in which its rightful holder could
still come with it, so that a thief who spent it first is found out; a code as long as a token that came of it is there.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select

from portal.grants.service.asking import WAITS
from portal.kernel.unit import Unit
from portal.oauth.facts import TokensForgotten
from portal.oauth.models import AuthorizationRequest, Code, PushedRequest, Token, UsedProof

OWN_KEPT = timedelta(hours=1)
KEPT = timedelta(days=7)
SLICE = 200

Dead = Callable[[Unit, bytes], Sequence[bytes]]
Forget = Callable[[Unit, Sequence[bytes]], int]


def dead_own_tokens(unit: Unit, _after: bytes) -> Sequence[bytes]:
    """Companies' own tokens whose end was an hour ago."""
    mine = (Token.customer_id.is_(None), Token.expires_at < unit.at - OWN_KEPT)
    return _first(unit, select(Token.id).where(*mine).order_by(Token.expires_at))


def dead_tokens(unit: Unit, _after: bytes) -> Sequence[bytes]:
    """Tokens of permissions whose time was over a week ago; a refresh token's is three months from when it was given."""
    return _first(unit, select(Token.id).where(Token.expires_at < unit.at - KEPT).order_by(Token.expires_at))


def forget_tokens(unit: Unit, ids: Sequence[bytes]) -> int:
    """Deletes tokens; that they were stands in the log."""
    return _noted(unit, unit.connection.execute(delete(Token).where(Token.id.in_(ids))).rowcount)


def dead_codes(unit: Unit, after: bytes) -> Sequence[bytes]:
    """Codes of a week ago of which nothing came, or nothing is left."""
    family = select(Token.id).where(Token.family == Code.id).exists()
    over = (Code.id > after, Code.expires_at < unit.at - KEPT, ~family)
    return _first(unit, select(Code.id).where(*over).order_by(Code.id))


def forget_codes(unit: Unit, ids: Sequence[bytes]) -> int:
    """Deletes codes."""
    return _noted(unit, unit.connection.execute(delete(Code).where(Code.id.in_(ids))).rowcount)


def _noted(unit: Unit, count: int) -> int:
    if count:
        unit.note(TokensForgotten(count=count))
    return count


def dead_pushed(unit: Unit, _after: bytes) -> Sequence[bytes]:
    """Pushed requests that nobody brought in time."""
    over = select(PushedRequest.hash).where(PushedRequest.expires_at <= unit.at)
    return _first(unit, over.order_by(PushedRequest.expires_at))


def forget_pushed(unit: Unit, ids: Sequence[bytes]) -> int:
    """Deletes pushed requests."""
    return unit.connection.execute(delete(PushedRequest).where(PushedRequest.hash.in_(ids))).rowcount


def dead_proofs(unit: Unit, after: bytes) -> Sequence[bytes]:
    """Assertions and proofs that nobody would take any more for their age alone."""
    over = (UsedProof.hash > after, UsedProof.until <= unit.at)
    return _first(unit, select(UsedProof.hash).where(*over).order_by(UsedProof.hash))


def forget_proofs(unit: Unit, ids: Sequence[bytes]) -> int:
    """Deletes them."""
    return unit.connection.execute(delete(UsedProof).where(UsedProof.hash.in_(ids))).rowcount


def dead_authorizations(unit: Unit, after: bytes) -> Sequence[bytes]:
    """The OAuth halves of requests that were answered a week ago, or whose time was over then."""
    over = or_(
        AuthorizationRequest.answered_at < unit.at - KEPT, AuthorizationRequest.created_at < unit.at - WAITS - KEPT
    )
    wanted = select(AuthorizationRequest.request_id).where(AuthorizationRequest.request_id > after, over)
    return _first(unit, wanted.order_by(AuthorizationRequest.request_id))


def forget_authorizations(unit: Unit, ids: Sequence[bytes]) -> int:
    """Deletes the OAuth halves of requests; the requests themselves are the customer's record."""
    gone = delete(AuthorizationRequest).where(AuthorizationRequest.request_id.in_(ids))
    return unit.connection.execute(gone).rowcount


def _first(unit: Unit, statement: Any) -> Sequence[bytes]:
    found: Sequence[bytes] = unit.connection.execute(statement.limit(SLICE)).scalars().all()
    return found


SWEEPS: tuple[tuple[Dead, Forget], ...] = (
    (dead_own_tokens, forget_tokens),
    (dead_tokens, forget_tokens),
    (dead_codes, forget_codes),
    (dead_pushed, forget_pushed),
    (dead_proofs, forget_proofs),
    (dead_authorizations, forget_authorizations),
)
"""What is looked for, outside any lock, and how it is deleted; codes after the tokens that came of them."""
