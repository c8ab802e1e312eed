"""The authorization server: every Authlib object lives here, made afresh for each request on its unit.

Authlib decides what a request means and which error it earns (RFC 6749, 7009, 7636, 7662, 9126); what is stored, spent and
ended is the service's. Nothing raised here becomes a 500: parameters were read by our own strict reader first.
"""

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Request

from portal.grants.decision import REVOKED
from portal.grants.reads import why_ended
from portal.kernel.facts import Fact
from portal.kernel.ids import digest
from portal.kernel.unit import Actor, Unit
from portal.oauth import parameters
from portal.oauth.ask import AuthorizationAsk, PageError, RedirectError
from portal.oauth.engine.flows import check_resource
from portal.oauth.engine.kept import KeptClient
from portal.oauth.engine.proving import (
    PAR,
    TOKEN,
    KeysWanted,
    OAuthProblem,
    Proved,
    Sent,
    UnknownClient,
    authenticate_client,
    call,
)
from portal.oauth.engine.server import OAuthAnswer, Server
from portal.oauth.facts import TokenRefused
from portal.oauth.jose import thumbprint_from, thumbprint_text
from portal.oauth.reads import authenticate_token, pushed_parameters, why_dead
from portal.oauth.redirects import with_parameters
from portal.oauth.service.pushing import LIFE, URN

__all__ = [
    "PAR",
    "TOKEN",
    "KeptClient",
    "KeysWanted",
    "OAuthAnswer",
    "OAuthProblem",
    "Proved",
    "Sent",
    "UnknownClient",
    "actor_of",
    "authenticate_client",
    "authenticate_token",
    "check_pushed",
    "introspect",
    "read_form",
    "refuse_ask",
    "revoke",
    "token",
    "validate_authorization",
]


GONE = (
    "The company's program sent a request that was answered before, is older than "
    f"{LIFE.seconds} seconds, or is not its own. It has to send a new one."
)
"""What a person is told of a ``request_uri`` that leads nowhere; which of them, is for nobody to find out by trying."""
_UNTOLD = {
    "invalid_client": "client_id is missing, or is none that is known here.",
    "invalid_request": "redirect_uri is missing, or is none that is registered for this client_id.",
}
"""What the page says where the program cannot be told, so that its developer finds the place."""
_KEPT = (
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "authorization_details",
    "ui_locales",
    "grant_management_action",
    "grant_id",
    "acr_values",
    "max_age",
)

# --- authorize ---------------------------------------------------------------------------------------------------


def validate_authorization(unit: Unit, request: Request) -> AuthorizationAsk:
    """What a program asks at ``/authorize``.

    :class:`PageError` where nobody may be redirected, :class:`RedirectError` where the program is told.
    """
    try:
        values = parameters.read(request.query_string)
    except parameters.BadParameter as bad:
        raise PageError(detail=f"The company's program sent a request that cannot be read: {bad.why}.") from None
    pushed = None
    if values.get("request_uri", "")[:4].lower() == "urn:":
        # What was pushed is all that counts: whatever else stands in the address may have been put there on the way.
        pushed = digest(values["request_uri"].removeprefix(URN))
        values = _pushed(unit, pushed, values)
    try:
        found = Server(unit).get_consent_grant(call(unit, "GET", "/authorize", values, pushed=pushed is not None))
    except OAuth2Error as error:
        raise _turned_down(unit, error) from None
    return _ask(found, values, pushed)


def _pushed(unit: Unit, hash_: bytes, values: dict[str, str]) -> dict[str, str]:
    found = pushed_parameters(unit, hash_, values.get("client_id", ""))
    if found is None:
        raise PageError(detail=GONE)
    return found


def _ask(found: Any, values: dict[str, str], pushed: bytes | None) -> AuthorizationAsk:
    client: KeptClient = found.request.client
    return AuthorizationAsk(
        client_id=client.id,
        client_name=client.client_id,
        vendor_id=client.vendor_id,
        redirect_uri=found.redirect_uri,
        state=values.get("state"),
        scope=found.request.scope,
        details=found.details,
        code_challenge=values["code_challenge"],
        jkt=thumbprint_from(values.get("dpop_jkt", "")),
        ui_locales=tuple(values.get("ui_locales", "").split()[:8]),
        pushed=pushed,
        acr=found.acr,
        max_age=found.max_age,
        amends_id=found.amends_id,
        action=None if found.amends_id is None else values["grant_management_action"],
    )


def _turned_down(unit: Unit, error: OAuth2Error) -> PageError | RedirectError:
    if not error.redirect_uri:
        return PageError(error.error.replace("_", "-"), detail=_UNTOLD.get(error.error, error.error))
    url = _error_url(unit, error.redirect_uri, error.state, error.error, error.get_error_description())
    return RedirectError(url, error.error)


def refuse_ask(unit: Unit, ask: AuthorizationAsk, error: str, description: str | None = None) -> str:
    """The address that tells a program that its request, though well formed, is turned down."""
    return _error_url(unit, ask.redirect_uri, ask.state, error, description)


def _error_url(unit: Unit, address: str, state: str | None, error: str, description: str | None) -> str:
    told = {"error": error, "error_description": description or None, "state": state}
    return with_parameters(address, {**told, "iss": unit.house.settings.origin})


# --- the endpoints -------------------------------------------------------------------------------------------------


def read_form(body: bytes) -> dict[str, str]:
    """The parameters of a form's body; :class:`OAuthProblem` for any that is odd or stands twice."""
    try:
        return parameters.read(body)
    except parameters.BadParameter as bad:
        raise OAuthProblem(detail=f"The request cannot be read: {bad.why}.") from None


def actor_of(client: KeptClient) -> Actor:
    """A client that proved itself, as the actor of a unit."""
    return Actor("vendor", id=client.id, name=client.client_id, vendor_id=client.vendor_id, test=client.test)


def check_pushed(unit: Unit, proved: Proved, form: dict[str, str]) -> dict[str, str]:
    """The parameters of a request that is pushed (RFC 9126), checked as ``/authorize`` does; OAuthProblem says why not."""
    if "request_uri" in form:
        raise OAuthProblem(detail="Send the request itself: a request_uri is what you get for it.")
    made = call(unit, "POST", PAR, {**form, "client_id": proved.client.client_id}, pushed=True)
    try:
        Server(unit, proved.client).get_consent_grant(made)
    except OAuth2Error as error:
        # Only what is known to be this program's is said again by the library's sentences.
        known = error.redirect_uri or "redirect_uri" not in form
        told = error.get_error_description() if known else "redirect_uri is not one that was registered, to the letter."
        raise OAuthProblem(error.error, told or None) from None
    kept = {name: made.form[name] for name in _KEPT if name in made.form}
    return {**kept, "dpop_jkt": thumbprint_text(bound)} if (bound := _bound(proved, form)) is not None else kept


def _bound(proved: Proved, form: dict[str, str]) -> bytes | None:
    """The key that the code will be bound to (RFC 9449 section 10): named, shown by a proof, or both and then the same."""
    named = form.get("dpop_jkt")
    if named is None:
        return proved.jkt
    jkt = thumbprint_from(named)
    if proved.jkt is not None and proved.jkt != jkt:
        raise OAuthProblem(detail="dpop_jkt is not the key that the proof was made with.")
    return jkt


def token(unit: Unit, proved: Proved, form: dict[str, str]) -> tuple[OAuthAnswer, Fact | None]:
    """Answers the token endpoint, with the refusal to put on record where there is one that the unit has not."""
    if not form.get("grant_type"):
        raise OAuthProblem(detail="Send a grant_type.")
    try:
        check_resource(unit.house.settings.origin, form)
    except OAuth2Error as error:
        raise OAuthProblem(error.error, error.get_error_description()) from None
    server = Server(unit, proved.client, proved.jkt)
    answer: OAuthAnswer = server.create_token_response(call(unit, "POST", TOKEN, form))
    if answer.status < 400 or unit.facts:
        return answer, None
    return answer, server.misuse or _refusal(server, proved.client, answer.body["error"])


def _refusal(server: Server, client: KeptClient, error: str) -> Fact:
    about: dict[str, Any] = {"vendor": client.vendor_id, "client": client.client_id, "test": client.test}
    grant, reason = server.refused_grant, error.replace("_", "-")
    if grant is not None:
        about |= {"holder": grant.holder_id, "link": grant.link_id, "grant": grant.id, "version": grant.version}
        # The customer reads the same words for it as for a blocked read.
        reason = why_dead(grant, server.unit.at) or server.refused_as
        if reason == REVOKED:
            reason = why_ended(server.unit, grant.id)
    return TokenRefused(**about, outcome="refused", reason=reason)


def revoke(unit: Unit, client: KeptClient, form: dict[str, str]) -> OAuthAnswer:
    """Answers the revocation endpoint: 200 for a token of the client, of somebody else, or of nobody."""
    return _upkeep(unit, client, form, "revocation")


def introspect(unit: Unit, client: KeptClient, form: dict[str, str]) -> OAuthAnswer:
    """Answers the introspection endpoint: ``active: false`` for whatever is not the client's living token."""
    return _upkeep(unit, client, form, "introspection")


def _upkeep(unit: Unit, client: KeptClient, form: dict[str, str], name: str) -> OAuthAnswer:
    made = call(unit, "POST", f"/oauth/{name}", form)
    answer: OAuthAnswer = Server(unit, client).create_endpoint_response(name, made)
    return answer
