"""Codes: whose they are, how often and how long they are good, and for which verifier."""

from tests.fapi.jws import LEFT_OUT
from tests.fapi.stage import Stage, module

CODE_LIFE = 60
MARGIN = 2


@module("ensure-authorization-code-is-bound-to-client")
def other_client(on: Stage) -> None:
    """A code is nothing to another client, though that one proves who it is."""
    first, second = on.first(), on.second()
    code = first.code()
    second.verifier = first.verifier
    on.refused(second.redeem(code, form={"redirect_uri": first.me.redirect_uri}), "invalid_grant")


@module("attempt-reuse-authorization-code-after-one-second")
def once_more(on: Stage) -> None:
    """A code is good once. That its tokens end when it comes again is recommended (RFC 6749 section 4.1.2)."""
    program = on.first()
    code = program.code()
    token = program.tokens(program.redeem(code))["access_token"]
    program.must_read(token)
    on.server.clock.wait(1)
    on.refused(program.redeem(code), "invalid_grant")
    on.watch.should(400 <= program.read(token).status_code < 500, "the tokens of a code end when it comes again")


@module("ensure-token-endpoint-fails-with-expired-auth-code")
def too_late(on: Stage) -> None:
    """After sixty seconds a code is good for nothing."""
    program = on.first()
    code = program.code()
    on.server.clock.wait(CODE_LIFE + MARGIN)
    on.refused(program.redeem(code), "invalid_grant")


@module("ensure-pkce-code-verifier-required")
def without_verifier(on: Stage) -> None:
    """A code is nothing without its verifier."""
    program = on.first()
    # The suite expects invalid_grant; RFC 6749 section 5.2 has invalid_request for a parameter that is missing.
    on.refused(program.redeem(program.code(), form={"code_verifier": LEFT_OUT}), "invalid_grant", "invalid_request")


@module("incorrect-pkce-code-verifier-rejected")
def wrong_verifier(on: Stage) -> None:
    """Nor with another."""
    program = on.first()
    code = program.code()
    on.refused(program.redeem(code, form={"code_verifier": program.verifier[::-1]}), "invalid_grant")
