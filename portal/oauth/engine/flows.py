"""The three flows, with what the library leaves open: PKCE for all, one use of everything, reuse seen and punished."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, OAuth2Error
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from portal.grants import details
from portal.grants.amending import ACTIONS, CREATE
from portal.grants.reads import allowances_of
from portal.oauth import strict_json
from portal.oauth.engine.kept import METHODS, KeptClient, KeptCode, KeptToken
from portal.oauth.facts import CodeReplayed, RefreshReused
from portal.oauth.jose import thumbprint_from
from portal.oauth.levels import wanted_of
from portal.oauth.reads import grant_of_program, hold_grant, is_live, token_row
from portal.oauth.scopes import RESOURCE, listed, needed_by
from portal.oauth.service.knowing import UNMET
from portal.oauth.service.rates import charge_own, charge_renewal
from portal.oauth.service.tokens import (
    Family,
    claim_code,
    claim_refresh,
    code_row,
    end_family,
    prolong_refresh,
    was_rotated,
)
from portal.oauth.tokens import BY_REPLAY, BY_REUSE, REFRESH, REFRESH_LIFE, Found


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """What tokens are made from: Authlib's "user" of a flow."""

    family: Family
    grant: Found
    refresh_until: datetime


class InvalidAuthorizationDetails(OAuth2Error):
    """RFC 9396 section 5."""

    error = "invalid_authorization_details"


class CodeFlow(AuthorizationCodeGrant):
    """Code against tokens, once."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_authorization_code(self, code: str, client: KeptClient) -> KeptCode | None:
        """The code, used or not, where it is this client's."""
        row = code_row(self.server.unit, code)
        return KeptCode(row) if row is not None and row.client_id == client.id else None

    def authenticate_user(self, authorization_code: KeptCode) -> Source:
        """Spends the code. Runs after PKCE, so that a wrong verifier spends nothing."""
        unit, row = self.server.unit, authorization_code.row
        grant = hold_grant(unit.connection, row.grant_id)
        if row.used_at is not None:
            self._replayed(row, grant)
        if row.expires_at <= unit.at or not is_live(grant, unit.at):
            self.server.refused_grant, self.server.refused_as = grant, "code-expired"
            raise InvalidGrantError("The code has expired, or what it stood for has ended.")
        if row.jkt is not None and row.jkt != self.server.jkt:
            raise OAuth2Error("The code is bound to another key than the proof's.", error="invalid_dpop_proof")
        if not claim_code(unit, row.id):
            self._replayed(row, grant)
        family = Family(row.id, row.client_id, grant.vendor_id, row.customer_id, row.grant_id, row.acr, row.auth_time)
        return Source(family, grant, unit.at + REFRESH_LIFE)

    def _replayed(self, row: Found, grant: Found) -> NoReturn:
        ended = end_family(self.server.unit, row.id, because=BY_REPLAY)
        fact = CodeReplayed(**_about(grant), outcome="refused", reason=BY_REPLAY, count=len(ended))
        self.server.tell_misuse(fact)
        raise InvalidGrantError("The code was used before.")

    def delete_authorization_code(self, authorization_code: KeptCode) -> None:
        """Nothing is left to do: the code was spent when it was claimed."""


class RefreshFlow(RefreshTokenGrant):
    """Refresh token against a new pair; the old one is spent, and coming again it ends its family.

    A program that proves itself by keys keeps its refresh token: nobody else can use it, and an answer that was lost on
    the way costs nothing (FAPI 2.0 Security Profile section 5.3.2.1).
    """

    INCLUDE_NEW_REFRESH_TOKEN = True
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_refresh_token(self, refresh_token: str) -> KeptToken | None:
        """The token, living or not: what it means is decided when it is claimed."""
        unit = self.server.unit
        row = token_row(unit.connection, refresh_token)
        return KeptToken(row, unit.at) if row is not None and row.kind == REFRESH else None

    def authenticate_user(self, refresh_token: KeptToken) -> Source:
        """Spends the token. Whether it was spent before is asked before whether it ended."""
        unit, row = self.server.unit, refresh_token.row
        grant = hold_grant(unit.connection, row.grant_id)
        if row.rotated_at is not None:
            self._reused(row, grant)
        if row.ended_at is not None or row.expires_at <= unit.at or not is_live(grant, unit.at):
            self.server.refused_grant = grant
            raise InvalidGrantError("The refresh token has ended, or what it stood for has.")
        self.server.quota = charge_renewal(unit, grant_id=row.grant_id, **_program(self.request.client))
        if self.request.client.keyed:
            if not prolong_refresh(unit, row, _until(grant, unit.at + REFRESH_LIFE)):
                raise InvalidGrantError("The refresh token has ended.")
        elif not claim_refresh(unit, row.id):
            self._lost(row, grant)
        family = Family(row.family, row.client_id, row.vendor_id, row.customer_id, row.grant_id, row.acr, row.auth_time)
        # Bounded by the permission's own end (see the server's _until); within it, unused for so long is the end.
        return Source(family, grant, unit.at + REFRESH_LIFE)

    def _lost(self, row: Found, grant: Found) -> NoReturn:
        if was_rotated(self.server.unit, row.id):
            self._reused(row, grant)
        raise InvalidGrantError("The refresh token has ended.")

    def _reused(self, row: Found, grant: Found) -> NoReturn:
        ended = end_family(self.server.unit, row.family, because=BY_REUSE)
        self.server.tell_misuse(
            RefreshReused(**_about(grant), token=row.prefix, outcome="refused", reason=BY_REUSE, count=len(ended))
        )
        raise InvalidGrantError("The refresh token was used before; connect again.")

    def revoke_old_credential(self, refresh_token: KeptToken) -> None:
        """Nothing is left to do: the token was spent when it was claimed."""


class InvalidTarget(OAuth2Error):
    """RFC 8707 section 2."""

    error = "invalid_target"


def check_resource(origin: str, values: dict[str, str]) -> None:
    """There is one resource server, and a token is good there alone; any other is refused (RFC 8707)."""
    if values.get("resource", origin + RESOURCE) != origin + RESOURCE:
        raise InvalidTarget(f"resource can only be {origin + RESOURCE}.")


class OwnFlow(ClientCredentialsGrant):
    """A vendor's own token: over its live grants and links, and nothing else."""

    def create_token_response(self) -> Any:
        """A token, where the program has not had more than it may."""
        self.server.quota = charge_own(self.server.unit, **_program(self.request.client))
        return super().create_token_response()

    def validate_requested_scope(self) -> None:
        """Only scopes that this client has."""
        if not set(listed(self.request.payload.scope)) <= set(self.client.scopes):
            raise InvalidScopeError()


class Proof(CodeChallenge):
    """PKCE with S256 for every client; the library asks it of public ones alone and takes ``plain`` unasked."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """No request without a challenge, none with another method."""
        values = grant.request.payload.data
        if not values.get("code_challenge") or values.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a code_challenge with code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)


_AGE = re.compile(r"[0-9]{1,9}", re.ASCII)
_NOT_SUPPORTED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}


class Details:
    """What a request must say beyond RFC 6749: authorization details that we know, and nothing that we do not do."""

    def __call__(self, grant: Any) -> None:
        grant.register_hook("after_validate_authorization_request_payload", self.read)

    def read(self, grant: Any, _result: None) -> None:
        """Refuses what cannot be granted; keeps details and scope on the grant."""
        values = grant.request.payload.data
        if grant.request.client.keyed and not grant.request.pushed:
            raise InvalidRequestError("This program has to push its request first (RFC 9126).")
        _refuse_unsupported(grant.server.unit.house.settings.origin, values)
        grant.acr, grant.max_age = _known(grant.server.unit.house.settings.origin, values)
        grant.amends_id = _amends(grant.server.unit, grant.request.client, values)
        grant.details = _details(grant.server.unit, grant.request.client, values.get("authorization_details"))
        if not grant.request.scope:
            grant.request.scope = _scope(grant.request.client, grant.details)


def _refuse_unsupported(origin: str, values: dict[str, str]) -> None:
    for name, error in _NOT_SUPPORTED.items():
        if name in values:
            raise OAuth2Error("Requests are sent in the address itself.", error=error)
    check_resource(origin, values)
    if "dpop_jkt" in values and thumbprint_from(values["dpop_jkt"]) is None:
        raise InvalidRequestError("dpop_jkt is not the thumbprint of a key (RFC 7638).")
    if values.get("response_mode", "query") != "query":
        raise InvalidRequestError("Only response_mode=query is known.")
    if "none" in values.get("prompt", "").split():
        raise OAuth2Error("Nothing is shared without asking.", error="consent_required")


class Unmet(OAuth2Error):
    """RFC 9470 section 5."""

    error = UNMET


def _known(origin: str, values: dict[str, str]) -> tuple[str | None, int | None]:
    """How surely, and since how many seconds at most, a program wants its customer to be known."""
    age, acr = values.get("max_age"), None
    if age is not None and not _AGE.fullmatch(age):
        raise InvalidRequestError("max_age is a whole number of seconds.")
    if "acr_values" in values:
        acr = wanted_of(origin, values["acr_values"])
        if acr is None:
            raise Unmet("None of acr_values is known here: acr_values_supported says which are.")
    return acr, None if age is None else int(age)


class InvalidGrantId(OAuth2Error):
    """Grant Management for OAuth 2.0, section 5.4."""

    error = "invalid_grant_id"


def _amends(unit: Any, client: KeptClient, values: dict[str, str]) -> bytes | None:
    """The program's own living permission that a request would change; whether it is the customer's is seen later."""
    action, text = values.get("grant_management_action", CREATE), values.get("grant_id")
    if action not in ACTIONS:
        raise InvalidRequestError("grant_management_action is none of " + ", ".join(ACTIONS) + ".")
    if action == CREATE:
        if text is not None:
            raise InvalidRequestError("Send a grant_id with merge or replace alone: create makes one.")
        return None
    if text is None:
        raise InvalidRequestError("Send the grant_id of the permission that you mean.")
    found = grant_of_program(unit, client.vendor_id, client.id, text)
    if found is None:
        raise InvalidGrantId("This program has no such permission, or it has ended.")
    amended: bytes = found.id
    return amended


def _details(unit: Any, client: KeptClient, text: str | None) -> list[dict[str, Any]]:
    if not text:
        raise InvalidRequestError("Send authorization_details: they say which data and why.")
    try:
        strict_json.parse(text)
        found = details.parse(text, origin=unit.house.settings.origin, at=unit.at)
        details.check_allowed(found, allowances_of(unit, client.vendor_id))
    except strict_json.NotJson as error:
        raise InvalidAuthorizationDetails(f"authorization_details is {error}.") from None
    except details.InvalidDetails as problem:
        raise InvalidAuthorizationDetails(problem.detail) from None
    return [detail.document() for detail in found]


def _scope(client: KeptClient, documents: list[dict[str, Any]]) -> str:
    scopes = needed_by(documents).intersection(client.scopes)
    if not scopes:
        raise InvalidScopeError()
    return " ".join(sorted(scopes))


def _program(client: KeptClient) -> dict[str, Any]:
    return {"client_id": client.client_id, "vendor_id": client.vendor_id, "test": client.test}


def _until(grant: Found, latest: datetime) -> datetime:
    return latest if grant.ends_at is None else min(latest, grant.ends_at)


def _about(grant: Found) -> dict[str, Any]:
    return {
        "holder": grant.holder_id,
        "vendor": grant.vendor_id,
        "link": grant.link_id,
        "grant": grant.id,
        "version": grant.version,
    }
