"""What the PAR endpoint must not take, and where a ``request_uri`` must not lead."""

import secrets

from tests.fapi.answers import error_of, json_of
from tests.fapi.jws import LEFT_OUT
from tests.fapi.stage import Stage, module

MARGIN = 2
GONE = ("invalid_request_uri",)


@module("par-attempt-to-use-expired-request_uri")
def too_late(on: Stage) -> None:
    """After expires_in a request_uri leads nowhere."""
    program = on.first()
    told = json_of(program.push())
    on.watch.must(0 < told["expires_in"] < 600, "a request_uri lives less than 600 s")
    on.server.clock.wait(told["expires_in"] + MARGIN)
    on.turned_away(program, program.looked(program.address(told["request_uri"])), *GONE)


@module("par-attempt-to-use-request_uri-for-different-client")
def of_another_client(on: Stage) -> None:
    """A request_uri leads nowhere with another client's id."""
    first, second = on.first(), on.second()
    landed = second.looked(second.address(first.pushed()))
    if landed.address is None:
        on.turned_away(second, landed)
        return
    # To which of the two clients, and whether the state is told, is open.
    on.watch.must("error=" in landed.address and "code=" not in landed.address, "one of the clients is told an error")


@module("par-authorization-request-containing-request_uri-form-param")
def with_a_request_uri(on: Stage) -> None:
    """request_uri is what is got, and not what is sent (RFC 9126 section 2.1)."""
    uri = "urn:ietf:params:oauth:request_uri:" + secrets.token_urlsafe(16)
    answer = on.first().push(request_uri=uri)
    on.refused(answer, "invalid_request", "invalid_request_object", "request_uri_not_supported")


@module("par-attempt-invalid-http-method")
def by_put(on: Stage) -> None:
    """The PAR endpoint takes POST alone (RFC 9126 section 2.3)."""
    program = on.first()
    answer = program.post("pushed_authorization_request_endpoint", program.form(), bound=False, method="PUT")
    on.watch.must(400 <= answer.status_code < 500, "it is refused")
    # The RFC has 405. The suite takes any error: routers answer 404 to a method that they do not know at an address.
    on.watch.should(answer.status_code == 405, "it is refused with 405")
    on.watch.saw(error_of(answer) or "no error code")


@module("par-ensure-pkce-required")
def without_challenge(on: Stage) -> None:
    """A request without a challenge is refused."""
    on.refused_somewhere(on.first(), "invalid_request", code_challenge=LEFT_OUT, code_challenge_method=LEFT_OUT)


@module("par-plain-pkce-rejected")
def plain_challenge(on: Stage) -> None:
    """So is one whose challenge is the verifier itself."""
    program = on.first()
    on.refused_somewhere(program, "invalid_request", code_challenge=program.verifier, code_challenge_method="plain")
