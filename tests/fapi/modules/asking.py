"""Authorization requests that are odd, incomplete or not the profile's."""

import secrets

from tests.fapi.answers import json_of
from tests.fapi.jws import LEFT_OUT
from tests.fapi.program import Program
from tests.fapi.stage import Stage, module

OUTSIDE = ("invalid_request", "invalid_request_object", "access_denied")
RESPONSE_TYPE = ("unsupported_response_type", "invalid_request", "unauthorized_client")


@module("ensure-different-state-inside-and-outside-request-object")
def other_state_outside(on: Stage) -> None:
    """What was pushed counts, or the request is refused; what stands in the address beside it never counts."""
    program = on.first()
    landed = program.answered(program.address(program.pushed(), state=secrets.token_urlsafe(16)))
    if landed.address is None:
        on.turned_away(program, landed)
        return
    told = program.came_back(landed)
    on.watch.must("code" in told or told.get("error") == "invalid_request", "it is taken, or invalid_request is told")


@module("state-only-outside-request-object-not-used")
def state_outside_alone(on: Stage) -> None:
    """A state that was not pushed does not come back."""
    program = on.first()
    landed = program.answered(program.address(program.pushed(state=LEFT_OUT), state=secrets.token_urlsafe(16)))
    if landed.address is None:
        on.turned_away(program, landed)
        return
    told = program.came_back(landed, state="")
    on.watch.must("code" in told or told.get("error") in OUTSIDE, "it is taken, or the request is refused")


@module("ensure-authorization-request-with-long-state")
def long_state(on: Stage) -> None:
    """A state of 1,000 characters comes back whole, or is refused; it is never cut."""
    program = on.first()
    program.state = secrets.token_hex(500)
    answer = program.push()
    if answer.status_code != 201:
        on.refused(answer, "invalid_request")
        on.watch.should(False, "a long state is taken")
        return
    landed = program.answered(program.address(json_of(answer)["request_uri"]))
    if landed.address is None:
        on.turned_away(program, landed)
        on.watch.should(False, "a long state is taken")
        return
    on.watch.must("code" in program.came_back(landed), "a yes is answered with a code")


@module("ensure-request-object-without-redirect-uri-fails")
def redirect_uri_outside_alone(on: Stage) -> None:
    """A redirect_uri in the address does not stand in for one that was not pushed."""
    program = on.first()
    answer = program.push(redirect_uri=LEFT_OUT)
    if answer.status_code != 201:
        on.refused(answer, "invalid_request", "invalid_request_object")
        return
    address = program.address(json_of(answer)["request_uri"], redirect_uri=program.me.redirect_uri)
    on.turned_away(program, program.looked(address), "invalid_request", "invalid_request_object")


@module("ensure-redirect-uri-in-authorization-request")
def without_redirect_uri(on: Stage) -> None:
    """Without a redirect_uri a request is refused; or it goes to the only one that is registered (RFC 6749 section 3.1.2.3)."""
    program = on.first()
    answer = program.push(redirect_uri=LEFT_OUT)
    if answer.status_code != 201:
        on.refused(answer, "invalid_request")
        return
    landed = program.answered(program.address(json_of(answer)["request_uri"]))
    if landed.address is None:
        on.turned_away(program, landed)
    else:
        program.came_back(landed)


@module("plain-fapi-tolerate-unregistered-redirect-uri")
def unregistered_redirect_uri(on: Stage) -> None:
    """A redirect_uri that is not registered is refused, or taken from a client that proved who it is (RFC 9126 section 2.4)."""
    program = on.first()
    elsewhere = "https://elsewhere.example/" + secrets.token_hex(8)
    answer = program.push(redirect_uri=elsewhere)
    if answer.status_code != 201:
        on.refused(answer, "invalid_request", "invalid_redirect_uri")
        return
    landed = program.looked(program.address(json_of(answer)["request_uri"]))
    on.watch.should(False, "an address that is not registered is refused")
    on.watch.must(landed.address is None, "nobody is sent there unasked")


@module("ensure-unsigned-authorization-request-without-using-par-fails")
def without_par(on: Stage) -> None:
    """A request that stands in the address, and was not pushed, is refused."""
    program = on.first()
    on.turned_away(program, program.looked(program.at_authorize(**program.form())), "invalid_request")


@module("ensure-response-type-code-idtoken-fails")
def code_and_id_token(on: Stage) -> None:
    """Nothing but a code is sent through a browser."""
    _response_type(on.first(), on, "code id_token")


@module("ensure-response-type-token-fails")
def token_at_once(on: Stage) -> None:
    """Least of all a token."""
    _response_type(on.first(), on, "token")


def _response_type(program: Program, on: Stage, name: str) -> None:
    on.refused_somewhere(program, *RESPONSE_TYPE, response_type=name)
