"""What must work: from a pushed request to a read, in the variants that the profile has."""

from typing import Any

import requests

from tests.fapi.answers import json_of
from tests.fapi.jws import LEFT_OUT
from tests.fapi.program import Program
from tests.fapi.stage import Stage, module
from tests.fapi.web import TIMEOUT

ACCEPTED = ("application/json, application/*+json, */*", "application/json; charset=utf-8, */*;q=0.1", "*/*")
MANY_BITS = 22
"""Characters of base64url that hold 128 bits."""


@module("happy-flow")
def happy_flow(on: Stage) -> None:
    """Two clients, both redirect URIs; bound tokens open the resource for whoever has their key, and for nobody else."""
    first, second = on.first(), on.second()
    _check_pushed(first)
    _check_crossing(first)
    code = first.code()
    on.watch.must(len(code) >= MANY_BITS, "a code cannot be guessed")
    tokens = _check_tokens(first, first.redeem(code))
    first.must_read(tokens["access_token"])
    for accepted in ACCEPTED:
        first.must_read(tokens["access_token"], Accept=accepted)
    _check_query(first, tokens["access_token"])
    # The second time the key is named and not shown (RFC 9449 section 10).
    other = second.connect(dpop_jkt=second.bound_to.thumbprint())
    second.must_read(other["access_token"])
    second.bound_to = first.bound_to
    on.watch.must(second.read(other["access_token"]).status_code in (400, 401), "a bound token is nothing without its key")


def _check_pushed(program: Program) -> None:
    answer, must = program.push(), program.watch.must
    must(answer.status_code == 201, "a pushed request that is in order is answered with 201")
    told = json_of(answer)
    program.watch.should("no-store" in answer.headers.get("Cache-Control", ""), "the answer is kept by nobody between")
    must(isinstance(told.get("expires_in"), int) and 5 <= told["expires_in"] < 600, "a request_uri lives less than 600 s")
    must(len(str(told.get("request_uri")).rpartition(":")[2]) >= MANY_BITS, "a request_uri cannot be guessed")


def _check_crossing(program: Program) -> None:
    """Nothing that the authorization endpoint answers can be read by another site's script, nor is a form sent on by 307."""
    address = program.address(program.pushed())
    answer = requests.get(
        address, headers={"Origin": "https://elsewhere.example"}, timeout=TIMEOUT, allow_redirects=False
    )
    must = program.watch.must
    must("Access-Control-Allow-Origin" not in answer.headers, "the authorization endpoint has no CORS")
    must(answer.status_code != 307, "the authorization endpoint never answers 307")


def _check_tokens(program: Program, answer: requests.Response) -> dict[str, Any]:
    tokens, must = program.tokens(answer), program.watch.must
    must("no-store" in answer.headers.get("Cache-Control", ""), "tokens are kept by nobody between")
    must(len(tokens["access_token"]) >= MANY_BITS, "a token cannot be guessed")
    program.watch.should(isinstance(tokens.get("expires_in"), int), "expires_in is told")
    if "openid" not in program.server.asks.get("scope", "").split():
        must("id_token" not in tokens, "there is no id_token where OpenID Connect was not asked for")
    return tokens


def _check_query(program: Program, token: str) -> None:
    place = program.server.resource
    sent = {"DPoP": program.proof("GET", place, token)}
    answer = requests.get(f"{place}&access_token={token}", headers=sent, timeout=TIMEOUT)
    program.watch.saw(f"GET with the token in the address: {answer.status_code}")
    program.watch.must(400 <= answer.status_code < 500, "a token in an address is not taken")


@module("user-rejects-authentication")
def user_rejects(on: Stage) -> None:
    """A no is told to the client, with its state and nothing else."""
    for program in (on.first(), on.second()):
        program.state *= 5
        landed = program.answered(program.address(program.pushed()), yes=False)
        told = program.came_back(landed)
        on.watch.must(told.get("error") == "access_denied", "the client is told access_denied")
        on.watch.must("code" not in told, "no code is given")


@module("ensure-authorization-request-without-state-success")
def without_state(on: Stage) -> None:
    """state is optional, and none comes back where none was sent."""
    program = on.first()
    tokens = program.tokens(program.redeem(program.code(state=LEFT_OUT)))
    program.must_read(tokens["access_token"])


@module("access-token-type-header-case-sensitivity")
def scheme_in_any_case(on: Stage) -> None:
    """The name of an authentication scheme is one name however it is written (RFC 9110 section 11.1)."""
    program = on.first()
    program.must_read(program.connect()["access_token"], scheme="dpOp")


@module("par-without-duplicate-parameters")
def without_duplicates(on: Stage) -> None:
    """client_id and request_uri are enough at the authorization endpoint (RFC 9126 section 4)."""
    program = on.first()
    program.must_read(program.connect()["access_token"])


@module("par-ensure-reused-request-uri-prior-to-auth-completion-succeeds")
def reused_before_completion(on: Stage) -> None:
    """A page that was loaded and left uses nothing up (section 5.3.2.2, note 3): recommended, and may be refused."""
    program = on.first()
    address = program.address(program.pushed())
    looked = program.looked(address)
    on.watch.must(looked.address is None and looked.status < 400, "the person is asked")
    told = program.came_back(program.answered(address))
    if "code" not in told:
        on.watch.should(False, "a request_uri is used up by the answer, not by the page")
        on.watch.must(told.get("error") == "invalid_request_uri", "the client is told invalid_request_uri")
        return
    program.must_read(program.tokens(program.redeem(told["code"]))["access_token"])


@module("par-attempt-reuse-request_uri")
def reused_after_completion(on: Stage) -> None:
    """What was answered is used up (RFC 9126 section 7.3): recommended, and may be taken again."""
    program = on.first()
    address = program.address(program.pushed())
    on.watch.must("code" in program.came_back(program.answered(address)), "a yes is answered with a code")
    again = program.looked(address)
    if again.address is None and again.status < 400:
        on.watch.should(False, "a request_uri is good for one answer")
        return
    on.turned_away(program, again, "invalid_request_uri")
