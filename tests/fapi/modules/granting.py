"""Grant management (draft 03): what a permission's own token looks up and gives up, and what merge and replace lead to."""

from typing import Any

import requests

from tests.fapi.answers import error_of, json_of
from tests.fapi.program import Program
from tests.fapi.stage import Stage, grant_module

SCOPES = "grant_management_query grant_management_revoke"
LONG_ENOUGH = 20
"""Characters that a ``grant_id`` has at least, in the suite."""


def _connected(program: Program, **changes: Any) -> dict[str, Any]:
    tokens = program.connect(scope=SCOPES, **{"grant_management_action": "create", **changes})
    program.watch.must(len(str(tokens.get("grant_id", ""))) >= LONG_ENOUGH, "the token answer names the grant, by a long id")
    return tokens


def _queried(program: Program, tokens: dict[str, Any]) -> dict[str, Any]:
    answer, must = program.at_grant("GET", tokens["grant_id"], tokens["access_token"]), program.watch.must
    must(answer.status_code == 200, "a grant of the client's own is shown")
    cache = answer.headers.get("Cache-Control", "")
    must("no-store" in cache, "what is shown is kept by nobody between")
    told = json_of(answer)
    must(any(told.get(name) for name in ("scopes", "claims", "authorization_details")), "what was granted is shown")
    must("access_token" not in told and "refresh_token" not in told, "no token is shown")
    return told


def _gone(answer: requests.Response, program: Program) -> None:
    program.watch.must(answer.status_code == 404, "a grant that there is not is answered with 404")


@grant_module("happy-flow")
def happy_flow(on: Stage) -> None:
    """The metadata tell what there is; a grant is made and named."""
    told, must = on.metadata, on.watch.must
    must(bool(told.get("grant_management_endpoint")), "the endpoint is in the metadata")
    must({"create", "query", "revoke"} <= {*told.get("grant_management_actions_supported", ())}, "its actions are, too")
    must(isinstance(told.get("grant_management_action_required"), bool), "it is told whether an action must be named")
    program = on.first()
    _queried(program, _connected(program))


@grant_module("query-and-revoke")
def query_and_revoke(on: Stage) -> None:
    """Shown, given up, shown no more."""
    program = on.first()
    tokens = _connected(program)
    _queried(program, tokens)
    answer = program.at_grant("DELETE", tokens["grant_id"], tokens["access_token"])
    on.watch.must(answer.status_code == 204, "a grant that is given up is answered with 204")
    on.refused(program.refresh(tokens["refresh_token"]), "invalid_grant")


@grant_module("ensure-query-after-revoke-fails")
def query_after_revoke(on: Stage) -> None:
    """What was given up is there no more, also for another token of the client's."""
    program = on.first()
    tokens, other = _connected(program), _connected(program)
    ended = program.at_grant("DELETE", other["grant_id"], other["access_token"])
    on.watch.must(ended.status_code == 204, "a grant that is given up is answered with 204")
    answer = program.at_grant("GET", other["grant_id"], tokens["access_token"])
    on.watch.must(answer.status_code in (401, 404), "what was given up is shown no more")


@grant_module("merge")
def merge(on: Stage) -> None:
    """A second way through with merge keeps the grant, and ends its refresh tokens."""
    _again(on, "merge")


@grant_module("replace")
def replace(on: Stage) -> None:
    """A second way through with replace keeps the grant, and ends its refresh tokens."""
    _again(on, "replace")


def _again(on: Stage, action: str) -> None:
    program = on.first()
    before = _connected(program)
    after = _connected(program, grant_management_action=action, grant_id=before["grant_id"])
    on.watch.must(after["grant_id"] == before["grant_id"], "the grant keeps its id")
    _queried(program, after)
    on.refused(program.refresh(before["refresh_token"]), "invalid_grant")
    program.tokens(program.refresh(after["refresh_token"]))


@grant_module("ensure-invalid-grant-id-fails")
def invalid_grant_id(on: Stage) -> None:
    """A ``grant_id`` that nobody was given is refused, at the one endpoint or the other."""
    asked = {"grant_management_action": "merge", "grant_id": "nobody-was-ever-given-this-one"}
    on.refused_somewhere(on.first(), "invalid_grant_id", **asked)


@grant_module("ensure-query-nonexistent-grant-fails")
def query_nothing(on: Stage) -> None:
    """A ``grant_id`` that nobody was given is not found."""
    program = on.first()
    tokens = _connected(program)
    _gone(program.at_grant("GET", "nobody-was-ever-given-this-one", tokens["access_token"]), program)


@grant_module("ensure-wrong-client-cannot-query-grant")
def other_client_queries(on: Stage) -> None:
    """Another client is shown nothing."""
    _by_another(on, "GET")


@grant_module("ensure-wrong-client-cannot-revoke-grant")
def other_client_revokes(on: Stage) -> None:
    """Another client ends nothing."""
    _by_another(on, "DELETE")


def _by_another(on: Stage, method: str) -> None:
    first, second = on.first(), on.second()
    mine, theirs = _connected(first), _connected(second)
    answer = second.at_grant(method, mine["grant_id"], theirs["access_token"])
    on.watch.must(answer.status_code in (403, 404), "another client's grant is answered with 403 or 404")
    on.watch.must(error_of(answer) != "server_error", "and with no fault")
    _queried(first, mine)
