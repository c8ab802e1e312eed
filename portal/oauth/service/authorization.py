"""The OAuth half of a request: kept while the customer thinks, and answered once."""

from typing import Protocol

from sqlalchemy import bindparam, select, update

from portal.kernel.errors import Conflict
from portal.kernel.ids import digest, new_id
from portal.kernel.prepared import Prepared, prepared_insert
from portal.kernel.unit import Unit
from portal.oauth.ask import AuthorizationAsk
from portal.oauth.facts import CodeIssued
from portal.oauth.models import AuthorizationRequest, Client, Code
from portal.oauth.reads import hold_grant, is_live
from portal.oauth.redirects import allowed, with_parameters
from portal.oauth.service.knowing import Known, hold_to, known
from portal.oauth.service.pushing import spend_pushed
from portal.oauth.tokens import CODE_LIFE, Found, make


class Given(Protocol):
    """What this room needs of a grant."""

    id: bytes
    customer_id: bytes
    link_id: bytes
    version: int


def open_authorization(unit: Unit, ask: AuthorizationAsk, request_id: bytes) -> None:
    """Keeps where the answer to a request goes and what its code will be bound to."""
    kept = {
        "request_id": request_id,
        "client_id": ask.client_id,
        "redirect_uri": ask.redirect_uri,
        "state": ask.state,
        "scope": ask.scope,
        "code_challenge": ask.code_challenge,
        "jkt": ask.jkt,
        "acr": ask.acr,
        "max_age": ask.max_age,
        "created_at": unit.at,
    }
    _open.run(unit.connection, kept)


_open, _insert_code = prepared_insert(AuthorizationRequest), prepared_insert(Code)


def issue_code(unit: Unit, *, request_id: bytes, grant: Given, known_as: Known | None = None) -> str:
    """Answers the request with a code for the grant; gives the address that carries it.

    ``known_as`` is how surely somebody made up counts as known, who has no session to prove it in. NeedsProof where the
    program wants the customer to be known more surely than they are.
    """
    row = _row(unit, request_id)
    if known_as is None:
        hold_to(unit, row)
    _claim(unit, request_id)
    if row.client_state != "live" or not allowed(row.redirect_uri, row.redirect_uris):
        raise Conflict("client-changed")
    # Of a permission that was changed none may come back with what it gave before.
    _end_unused(unit, grant)
    return _answer(unit, row, {"code": _put_code(unit, row, grant, known_as or known(unit))})


def issue_code_again(unit: Unit, *, request_id: bytes, grant: Given) -> str | None:
    """For a yes that was pressed twice: browsers drop the first answer, so the second carries a new code.

    The first code is over. None where it was exchanged already, its minute has passed, or the permission has ended.
    """
    row = _row(unit, request_id)
    if not is_live(hold_grant(unit.connection, grant.id), unit.at):
        return None
    if row.client_state != "live" or not allowed(row.redirect_uri, row.redirect_uris):
        return None
    if not _end_unused(unit, grant):
        return None
    return _answer(unit, row, {"code": _put_code(unit, row, grant, known(unit))})


def _end_unused(unit: Unit, grant: Given) -> bool:
    """Ends the codes of a permission that nobody has exchanged; whether there was one."""
    which = {"grant": grant.id, "at": unit.at}
    if _unused.first(unit.connection, which) is None:
        return False
    _end.run(unit.connection, which)
    return True


_of_grant = (Code.grant_id == bindparam("grant"), Code.used_at.is_(None), Code.expires_at > bindparam("at"))
_unused = Prepared(select(Code.id).where(*_of_grant).with_for_update())
_end = Prepared(update(Code).where(*_of_grant).values(expires_at=bindparam("at")))


def _put_code(unit: Unit, row: Found, grant: Given, mine: Known) -> str:
    secret = make("code")
    code = {
        "id": new_id(),
        "hash": digest(secret),
        "client_id": row.client_id,
        "customer_id": grant.customer_id,
        "grant_id": grant.id,
        "redirect_uri": row.redirect_uri,
        "scope": row.scope,
        "code_challenge": row.code_challenge,
        "jkt": row.jkt,
        "acr": mine.level,
        "auth_time": mine.since,
        "created_at": unit.at,
        "expires_at": unit.at + CODE_LIFE,
    }
    _insert_code.run(unit.connection, code)
    unit.note(
        CodeIssued(
            holder=unit.actor.holder_id,
            vendor=row.vendor_id,
            link=grant.link_id,
            grant=grant.id,
            version=grant.version,
            client=row.public_id,
        )
    )
    return secret


def refusal_url(unit: Unit, *, request_id: bytes, error: str = "access_denied") -> str | None:
    """Answers the request with an error; None where no program waits for the answer."""
    if not waits(unit, request_id):
        return None
    _claim(unit, request_id)
    return _answer(unit, _row(unit, request_id), {"error": error})


def waits(unit: Unit, request_id: bytes) -> bool:
    """Whether a program waits for the answer to this request."""
    statement = select(AuthorizationRequest.answered_at).where(AuthorizationRequest.request_id == request_id)
    row = unit.connection.execute(statement).first()
    return row is not None and row.answered_at is None


def _claim(unit: Unit, request_id: bytes) -> None:
    if _claimed.changed(unit.connection, {"request": request_id, "now": unit.at}) != 1:
        raise Conflict("answered")
    spend_pushed(unit, request_id)


_claimed = Prepared(
    update(AuthorizationRequest)
    .where(AuthorizationRequest.request_id == bindparam("request"), AuthorizationRequest.answered_at.is_(None))
    .values(answered_at=bindparam("now"))
)


def _row(unit: Unit, request_id: bytes) -> Found:
    (found,) = _with_client.all(unit.connection, {"request": request_id})
    row: Found = found
    return row


_with_client = Prepared(
    select(
        *AuthorizationRequest.__table__.columns,
        Client.client_id.label("public_id"),
        Client.vendor_id,
        Client.redirect_uris,
        Client.state.label("client_state"),
    )
    .join(Client, Client.id == AuthorizationRequest.client_id)
    .where(AuthorizationRequest.request_id == bindparam("request"))
)


def _answer(unit: Unit, row: Found, parameters: dict[str, str | None]) -> str:
    origin = unit.house.settings.origin
    return with_parameters(row.redirect_uri, {**parameters, "state": row.state, "iss": origin})
