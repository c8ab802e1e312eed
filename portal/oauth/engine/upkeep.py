"""Revocation (RFC 7009) and introspection (RFC 7662), each for the asking client's own tokens alone."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from portal.grants.reads import granted_details
from portal.links.reads import sub_of
from portal.oauth.engine.kept import KeptClient, KeptToken
from portal.oauth.facts import TokenRevoked
from portal.oauth.jose import thumbprint_text
from portal.oauth.levels import LEVELS, name_of
from portal.oauth.reads import grant_of, grant_text, is_live, token_row
from portal.oauth.service.tokens import end_family
from portal.oauth.tokens import ACCESS, BEARER, BY_CLIENT, DPOP


class OwnToken:
    """Finds the token that a request names, where it is the asking client's."""

    server: Any

    def authenticate_token(self, request: Any, client: KeptClient) -> KeptToken | None:
        """The token, or None where there is none or it is another client's. A hint changes nothing (RFC 7009)."""
        secret = request.form.get("token")
        if not secret:
            raise InvalidRequestError("Send the token.")
        unit = self.server.unit
        row = token_row(unit.connection, secret)
        return KeptToken(row, unit.at) if row is not None and row.client_id == client.id else None


class Revocation(OwnToken, RevocationEndpoint):
    """Ends the whole family of a token: neither of a pair outlives the other."""

    def revoke_token(self, token: KeptToken, request: Any) -> None:
        """Ends the living tokens of the family; nothing where all of them had ended."""
        unit, row = self.server.unit, token.row
        ended = end_family(unit, row.family, because=BY_CLIENT)
        if not ended:
            return
        about: dict[str, Any] = {"vendor": row.vendor_id, "token": row.prefix}
        if row.grant_id is not None:
            grant = grant_of(unit.connection, row.grant_id)
            about |= {"holder": grant.holder_id, "link": grant.link_id, "grant": grant.id, "version": grant.version}
        unit.note(TokenRevoked(**about, reason=BY_CLIENT, count=len(ended)))


class Introspection(OwnToken, IntrospectionEndpoint):
    """What a token of the asking client is good for; of any other, that it is not active."""

    def introspect_token(self, token: KeptToken) -> dict[str, Any]:
        """The members of RFC 7662 section 2.2, with grant and details (RFC 9396 section 9.1)."""
        unit, row = self.server.unit, token.row
        payload: dict[str, Any] = {
            "active": True,
            "client_id": row.client_name,
            "scope": row.scope,
            "iat": int(row.issued_at.timestamp()),
            "exp": int(row.expires_at.timestamp()),
            "iss": unit.house.settings.origin,
        }
        if row.kind == ACCESS:
            payload["token_type"] = BEARER if row.jkt is None else DPOP
        if row.jkt is not None:
            payload["cnf"] = {"jkt": thumbprint_text(row.jkt)}
        if row.grant_id is None:
            return payload
        grant = grant_of(unit.connection, row.grant_id)
        if not is_live(grant, unit.at):
            return {"active": False}
        if row.acr in LEVELS:
            payload["acr"] = name_of(unit.house.settings.origin, row.acr)
        if row.auth_time is not None:
            payload["auth_time"] = int(row.auth_time.timestamp())
        payload["sub"] = sub_of(unit, grant.link_id)
        payload["grant_id"] = grant_text(unit, grant)
        payload["authorization_details"] = granted_details(unit, grant.id)
        return payload
