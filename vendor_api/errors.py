"""What goes wrong, in the form machines read: RFC 9457 problems under ``/api``, OAuth errors at OAuth's endpoints.

Every answer names the reason as a code, one sentence on what to do, and the request id to quote. None repeats what was
sent, and none says more than its reason: what was withheld is never told.
"""

import logging
import traceback
from http import HTTPStatus
from typing import Any

from flask import Response, g, json, request
from werkzeug.exceptions import HTTPException

from portal.accounts.reads import FRESH
from portal.kernel import clock
from portal.kernel.errors import Problem
from portal.kernel.house import current_house
from portal.kernel.ids import text_of
from portal.kernel.itself import itself
from portal.kernel.quotas import Quota
from portal.oauth.dpop import Nonces
from portal.oauth.jose import ALGORITHMS
from portal.oauth.levels import PROVED, name_of
from portal.oauth.tokens import BadToken

log = logging.getLogger(__name__)

MACHINES = ("/api/", "/oauth/", "/.well-known/")
_OAUTH = ("/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/introspect")

TITLES = {
    "revoked": "The customer stopped sharing",
    "replaced": "A newer permission took its place",
    "expired": "The permission is over",
    "narrowed": "The permission covers less than before",
    "paused": "The customer has paused sharing",
    "blocked": "The customer wants no requests from you",
    "budget": "More reads than agreed",
    "no-grant": "No permission covers this",
    "not-yet": "The permission has not begun",
    "not-allowed": "This may not be done now",
    "purpose-needed": "Say for which purpose",
    "token-needed": "An access token is needed",
    "token-unknown": "This access token is not known",
    "token-expired": "The access token is over",
    "proof-needed": "This token is bound to a key",
    "proof-wrong": "The proof of the key does not hold",
    "proof-used": "This proof was used before",
    "nonce-needed": "The proof needs our nonce",
    "token-not-bound": "This token is a bearer's",
    "step-up-needed": "The customer has to prove who they are first",
    "scope-needed": "The token lacks a scope",
    "bad-cursor": "This cursor is not good here",
}
DETAILS = {
    400: "Change the request as its documentation says, then send it again.",
    401: "Send a living access token in the header Authorization.",
    403: "Ask the operator which permissions your program has.",
    404: "Check the address and the ids in it.",
    405: "Use a method that the header Allow names.",
    409: "Read how things stand now, then decide whether to send it again.",
    410: "Ask for a new one.",
    412: "Read it again, then decide whether to send it again with the ETag that it has now.",
    413: "Send less at once.",
    415: "Send the body as application/json.",
    422: "Change the fields that are named, then send it again.",
    429: "Wait as long as Retry-After says.",
    500: "Try again later; if it happens again, write to the operator and quote the request id.",
    503: "Nothing was done and nothing was given out; wait as long as Retry-After says and try again.",
}


def unrouted() -> Response | None:
    """Answers what no route takes: unknown addresses and methods under the machines' paths."""
    error = request.routing_exception
    return None if error is None else of_http(error)


def of_problem(problem: Problem) -> Response:
    """The answer to a problem that a room or the API raised."""
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    quota: Quota | None = problem.extra.get("quota")
    if quota is not None:
        headers |= quota.headers
    if request.path in _OAUTH:
        return _oauth_error(problem, headers)
    if problem.status == 401:
        headers["WWW-Authenticate"] = challenge(problem)
    if problem.reason == "scope-needed":
        headers["WWW-Authenticate"] = challenge(problem, error="insufficient_scope")
    allowed = problem.extra.get("allowed_actions")
    return document(problem.status, problem.reason, problem.detail, headers, fields=problem.fields, allowed=allowed)


def of_http(error: HTTPException) -> Response:
    """The answer to what the framework raised."""
    status = error.code or 500
    headers = {name: value for name, value in error.get_response().headers.items() if name == "Allow"}
    reason = HTTPStatus(status).phrase.lower().replace(" ", "-")
    if request.path in _OAUTH and status < 500:
        return _json(status, {"error": "invalid_request", "error_description": DETAILS.get(status, "")}, headers)
    return document(status, {413: "too-large"}.get(status, reason), None, headers)


def of_failure(error: Exception) -> Response:
    """The last resort: says nothing of what broke; the log names kind and place, never a message or value."""
    place = "".join(traceback.format_tb(error.__traceback__))
    rule = request.url_rule.rule if request.url_rule else "-"
    log.error("unexpected %s at %s %s\n%s", type(error).__name__, request.method, rule, place)
    if request.path in _OAUTH:
        return _json(500, {"error": "server_error", "error_description": DETAILS[500]}, {})
    return document(500, "internal", None, {})


def document(
    status: int,
    reason: str,
    detail: str | None,
    headers: dict[str, str],
    *,
    fields: dict[str, str] | None = None,
    allowed: list[str] | None = None,
) -> Response:
    """A problem document (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"{current_house().settings.origin}/api/v1/openapi.json#{reason}",
        "title": TITLES.get(reason, HTTPStatus(status).phrase),
        "status": status,
        "reason": reason,
        "detail": detail or DETAILS.get(status, DETAILS[400]),
        "request_id": text_of(g.request_id),
    }
    if fields:
        body["fields"] = fields
    if allowed is not None:
        body["allowed_actions"] = allowed
    return _json(status, body, headers, "application/problem+json")


def _oauth_error(problem: Problem, headers: dict[str, str]) -> Response:
    if problem.status == 401:
        error, headers["WWW-Authenticate"] = "invalid_client", 'Basic realm="freehold"'
    elif problem.status == 429 or problem.status >= 500:
        error = "temporarily_unavailable"
    else:
        error = problem.reason if "_" in problem.reason else "invalid_request"
    body = {"error": error, "error_description": problem.detail or DETAILS.get(problem.status, DETAILS[400])}
    return _json(problem.status, body, headers)


_LATER = {429, 503}
"""What may be asked again without a change always says when; a second, where nothing longer is known."""
_STEP_UP = "step-up-needed"
_OF_PROOFS = {"nonce-needed": "use_dpop_nonce", **dict.fromkeys(("proof-wrong", "proof-used"), "invalid_dpop_proof")}

_ERRORS = {**_OF_PROOFS, _STEP_UP: "insufficient_user_authentication"}


def challenge(problem: Problem, error: str = "invalid_token") -> str:
    """The header that says how to be let in (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1)."""
    origin = current_house().settings.origin
    parts = ['realm="freehold"', f'resource_metadata="{origin}/.well-known/oauth-protected-resource"']
    nobodys = isinstance(problem, BadToken) and problem.reason == "token-needed"
    if not nobodys:
        parts.append(f'error="{_ERRORS.get(problem.reason, error)}"')
    if scope := problem.extra.get("scope"):
        parts.append(f'scope="{scope}"')
    if problem.reason == _STEP_UP:
        # RFC 9470 section 3.
        parts += [f'acr_values="{name_of(origin, PROVED)}"', f'max_age="{int(FRESH.total_seconds())}"']
    told = ", ".join(parts)
    bound = f'DPoP {told}, algs="{" ".join(ALGORITHMS)}"'
    if nobodys:
        return f"Bearer {told}, {bound}"
    return bound if _binds(problem) else f"Bearer {told}"


def _binds(problem: Problem) -> bool:
    return problem.reason in _OF_PROOFS or problem.reason == "proof-needed" or "HTTP_DPOP" in request.environ


def give_nonce(response: Response) -> None:
    """Whoever works with proofs gets the nonce for the next one (RFC 9449 section 8.2)."""
    if "HTTP_DPOP" in itself(request).environ:
        response.headers["DPoP-Nonce"] = Nonces(current_house().keys.derive).now(clock.now())


def _json(status: int, body: Any, headers: dict[str, str], content_type: str = "application/json") -> Response:
    response = Response(json.dumps(body), status=status, content_type=content_type)
    if status in _LATER:
        response.headers["Retry-After"] = "1"
    response.headers.update(headers)
    return response
