"""What a program can find out by itself: RFC 8414 for the authorization server, RFC 9728 for the API."""

from typing import Any

from flask import Response, json
from pydantic import BaseModel, ConfigDict

from portal.audit.doors import see
from portal.grants.details import TYPE_PATH
from portal.kernel.i18n import LOCALES
from portal.kernel.unit import Unit
from portal.oauth.engine.kept import METHODS
from portal.oauth.jose import ALGORITHMS
from portal.oauth.levels import LEVELS, name_of
from portal.oauth.scopes import SCOPES
from vendor_api.operations import NOBODY, operation


class ServerMetadata(BaseModel):
    """RFC 8414 section 2."""

    model_config = ConfigDict(extra="allow")
    issuer: str
    token_endpoint: str


class ResourceMetadata(BaseModel):
    """RFC 9728 section 2."""

    model_config = ConfigDict(extra="allow")
    resource: str
    authorization_servers: list[str]


_SIGNED = list(ALGORITHMS)


@operation(
    name="authorization_server",
    method="GET",
    path="/.well-known/oauth-authorization-server",
    summary="What the authorization server can do (RFC 8414).",
    token=NOBODY,
    answers={200: ServerMetadata},
)
@see("metadata:see")
def authorization_server(unit: Unit) -> Response:
    """The metadata of the authorization server."""
    origin = unit.house.settings.origin
    return _public(
        {
            "issuer": origin,
            "authorization_endpoint": f"{origin}/authorize",
            "token_endpoint": f"{origin}/oauth/token",
            "pushed_authorization_request_endpoint": f"{origin}/oauth/par",
            "require_pushed_authorization_requests": False,
            "revocation_endpoint": f"{origin}/oauth/revoke",
            "introspection_endpoint": f"{origin}/oauth/introspect",
            "jwks_uri": f"{origin}/oauth/jwks",
            "scopes_supported": sorted(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": METHODS,
            "revocation_endpoint_auth_methods_supported": METHODS,
            "introspection_endpoint_auth_methods_supported": METHODS,
            "token_endpoint_auth_signing_alg_values_supported": _SIGNED,
            "revocation_endpoint_auth_signing_alg_values_supported": _SIGNED,
            "introspection_endpoint_auth_signing_alg_values_supported": _SIGNED,
            "dpop_signing_alg_values_supported": _SIGNED,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "authorization_details_types_supported": [origin + TYPE_PATH],
            "grant_management_endpoint": f"{origin}/oauth/grants",
            "grant_management_actions_supported": ["query", "revoke", "create", "merge", "replace"],
            "grant_management_action_required": False,
            "acr_values_supported": [name_of(origin, level) for level in LEVELS],
            "subject_types_supported": ["pairwise"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "ui_locales_supported": list(LOCALES),
            "service_documentation": f"{origin}/api/v1/openapi.json",
            "protected_resources": [f"{origin}/api/v1"],
        }
    )


@operation(
    name="protected_resource",
    method="GET",
    path="/.well-known/oauth-protected-resource",
    summary="Which authorization server guards the API, and its scopes (RFC 9728).",
    token=NOBODY,
    answers={200: ResourceMetadata},
)
@see("metadata:see")
def protected_resource(unit: Unit) -> Response:
    """The metadata of the API as a protected resource."""
    origin = unit.house.settings.origin
    return _public(
        {
            "resource": f"{origin}/api/v1",
            "authorization_servers": [origin],
            "jwks_uri": f"{origin}/oauth/jwks",
            "scopes_supported": sorted(SCOPES),
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": _SIGNED,
            "dpop_bound_access_tokens_required": False,
            "resource_name": "Freehold",
            "resource_documentation": f"{origin}/api/v1/openapi.json",
            "authorization_details_types_supported": [origin + TYPE_PATH],
        }
    )


def _public(body: dict[str, Any]) -> Response:
    response = Response(json.dumps(body), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
