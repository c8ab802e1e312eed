"""What OAuth's own endpoints take and answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from portal.oauth import assertions


class Proving(BaseModel):
    """How a program with keys proves who it is; others send HTTP Basic."""

    client_id: str | None = None
    client_assertion_type: str | None = Field(None, description=assertions.TYPE)
    client_assertion: str | None = Field(None, description="A JWT signed with your key; aud is the issuer (RFC 7523)")


class TokenForm(Proving):
    """What the token endpoint takes."""

    grant_type: str = Field(description="authorization_code, refresh_token or client_credentials")
    code: str | None = None
    redirect_uri: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None
    scope: str | None = None
    resource: str | None = Field(None, description="The API, if you name it (RFC 8707)")


class TokenAnswer(BaseModel):
    """Tokens, what they are good for, and the grant they stand on."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    grant_id: str | None = None
    authorization_details: list[dict[str, Any]] | None = None


class PushedForm(Proving):
    """What the authorization endpoint takes. A customer number (``identifier``) is believed only when it comes here."""

    response_type: str = Field(description="code")
    redirect_uri: str
    code_challenge: str
    code_challenge_method: str = Field(description="S256")
    authorization_details: str = Field(description="JSON: which data, for which purpose, until when (RFC 9396)")
    state: str | None = None
    scope: str | None = None
    resource: str | None = Field(None, description="The API, if you name it (RFC 8707)")
    dpop_jkt: str | None = Field(None, description="The key that the code will be bound to (RFC 9449 section 10)")
    ui_locales: str | None = None
    acr_values: str | None = Field(None, description="How surely the customer has to be known (RFC 9470)")
    max_age: int | None = Field(None, description="Since how many seconds at most")
    grant_management_action: str | None = Field(None, description="create (the default), merge or replace")
    grant_id: str | None = Field(None, description="With merge and replace: the permission that is meant")


class PushedAnswer(BaseModel):
    """What stands for the request at ``/authorize``: once, for that many seconds, for this client."""

    request_uri: str
    expires_in: int


class OneToken(Proving):
    """The token that is meant."""

    token: str
    token_type_hint: str | None = None


class Introspected(BaseModel):
    """What a token is good for; of another client's, only that it is not active."""

    model_config = ConfigDict(extra="allow")
    active: bool


class OAuthError(BaseModel):
    """RFC 6749 section 5.2."""

    error: str
    error_description: str | None = None


class Nothing(BaseModel):
    """An empty object."""


class KeySet(BaseModel):
    """RFC 7517."""

    keys: list[dict[str, Any]]


ERRORS = {400: OAuthError, 401: OAuthError, 413: OAuthError, 429: OAuthError, 503: OAuthError}
