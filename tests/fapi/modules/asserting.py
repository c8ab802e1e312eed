"""Client assertions that are not right, at the token endpoint and at the PAR endpoint."""

from typing import Any

from tests.fapi.jws import LEFT_OUT
from tests.fapi.stage import CLIENT_ERRORS, Stage, module


def _at_token(on: Stage, *errors: str, **changes: Any) -> None:
    """A code that is good, with an assertion that is not."""
    program = on.first()
    answer = program.redeem(program.code(), proving=lambda: program.proving(**changes))
    on.refused(answer, *errors)


def _at_par(on: Stage, **changes: Any) -> None:
    program = on.first()
    on.refused(program.push(proving=lambda: program.proving(**changes)), *CLIENT_ERRORS)


@module("ensure-client-id-in-token-endpoint")
def other_clients_id(on: Stage) -> None:
    """The second client's id, proved by the first one's key, is nobody's.

    At the token endpoint a server may rather tell that the code is not the second's. So it is tried where no code is, too.
    """
    first, second = on.first(), on.second()
    code = first.code()
    second.key = first.key
    header = {"alg": first.me.jwk["alg"], "kid": first.me.jwk["kid"]}

    def proving() -> dict[str, str]:
        return {"client_id": second.me.client_id, **second.proving(header=header)}

    on.refused(first.redeem(code, proving=proving), "invalid_client", "invalid_grant")
    on.refused(second.push(proving=proving), *CLIENT_ERRORS)


@module("ensure-signed-client-assertion-with-RS256-fails")
def by_rs256(on: Stage) -> None:
    """RS256 is none of the profile's algorithms, though the key is the client's own."""
    _at_token(on, "invalid_client", header={"alg": "RS256"})


@module("ensure-client-assertion-in-token-endpoint")
def without_assertion(on: Stage) -> None:
    """A client that does not prove who it is gets nothing."""
    program = on.first()
    answer = program.redeem(program.code(), proving=lambda: {"client_id": program.me.client_id})
    on.refused(answer, *CLIENT_ERRORS)


@module("ensure-client-assertion-with-exp-is-5-minutes-in-past-fails")
def over(on: Stage) -> None:
    """An assertion that has ended is no good."""
    past = int(on.server.clock.now()) - 300
    _at_token(on, *CLIENT_ERRORS, exp=past)


@module("ensure-client-assertion-with-wrong-aud-fails")
def for_another_server(on: Stage) -> None:
    """Nor is one that was made for another server."""
    _at_token(on, *CLIENT_ERRORS, aud="https://elsewhere.example/")


@module("ensure-client-assertion-with-no-sub-fails")
def without_sub(on: Stage) -> None:
    """Without sub, other statements that the client signs could be taken for an assertion."""
    _at_token(on, *CLIENT_ERRORS, sub=LEFT_OUT)


@module("par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted")
def eight_seconds_early(on: Stage) -> None:
    """A client's clock may be eight seconds early (section 5.3.2.1)."""
    program = on.first()
    soon = program.now() + 8
    program.pushed(proving=lambda: program.proving(iat=soon, nbf=soon))


@module("par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails")
def a_minute_early(on: Stage) -> None:
    """But not by more than a minute."""
    later = int(on.server.clock.now()) + 75
    _at_par(on, iat=later, nbf=later, exp=later + 60)


@module("par-test-array-as-audience-fails")
def audience_in_a_list(on: Stage) -> None:
    """aud is the issuer as one string: a list could hold another server beside it."""
    _at_par(on, aud=[on.server.issuer, "https://elsewhere.example"])


@module("par-test-par-endpoint-url-as-audience-fails")
def par_endpoint_as_audience(on: Stage) -> None:
    """aud is not the endpoint that the assertion is sent to."""
    _at_par(on, aud=on.metadata["pushed_authorization_request_endpoint"])


@module("par-test-token-endpoint-url-as-audience-fails")
def token_endpoint_as_audience(on: Stage) -> None:
    """Nor the token endpoint."""
    _at_par(on, aud=on.metadata["token_endpoint"])
