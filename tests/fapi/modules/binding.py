"""DPoP on the way to tokens: the times in proofs, and codes that are bound to a key (RFC 9449 section 10)."""

from tests.fapi import jws
from tests.fapi.answers import error_of
from tests.fapi.stage import PROOF_ERRORS, Stage, module


@module("check-dpop-proof-nbf-exp")
def nbf_and_exp(on: Stage) -> None:
    """Proofs may say nbf and exp."""
    program = on.first()
    program.always = {"nbf": 0, "exp": 300}
    program.must_read(program.connect()["access_token"])


@module("ensure-dpopproof-with-iat-10seconds-before-succeeds")
def ten_seconds_before(on: Stage) -> None:
    """A client's clock may be ten seconds late: at the PAR endpoint, the token endpoint and the resource."""
    _with_clock_off(on, -10)


@module("ensure-dpopproof-with-iat-10seconds-after-succeeds")
def ten_seconds_after(on: Stage) -> None:
    """Or ten seconds early (section 5.3.2.1)."""
    _with_clock_off(on, 10)


def _with_clock_off(on: Stage, seconds: int) -> None:
    program = on.first()
    program.always = {"iat": seconds}
    program.must_read(program.connect(bound=True)["access_token"])


@module("ensure-mismatched-dpop-jkt-fails")
def other_key_named(on: Stage) -> None:
    """A key that is named and another that is shown are refused when they are pushed."""
    answer = on.first().push(bound=True, dpop_jkt=jws.ec_key().thumbprint())
    on.refused(answer, "invalid_request", "invalid_dpop_proof")


@module("ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt")
def other_key_than_shown(on: Stage) -> None:
    """A code that was asked for with a proof of one key gives nothing to another."""
    _redeemed_by_another(on, bound=True)


@module("ensure-token-endpoint-fails-with-mismatched-dpop-jkt")
def other_key_than_named(on: Stage) -> None:
    """Nor does one that was asked for by the name of a key."""
    _redeemed_by_another(on, named=True)


def _redeemed_by_another(on: Stage, *, bound: bool = False, named: bool = False) -> None:
    program = on.first()
    code = program.code(bound=bound, dpop_jkt=program.bound_to.thumbprint() if named else jws.LEFT_OUT)
    program.bound_to = jws.ec_key()
    on.refused(program.redeem(code), *PROOF_ERRORS)


@module("ensure-dpopproof-at-par-endpoint-binding-success")
def key_shown(on: Stage) -> None:
    """A code that was asked for with a proof of a key is exchanged with that key."""
    program = on.first()
    program.must_read(program.connect(bound=True)["access_token"])


@module("ensure-dpop-auth-code-binding-success")
def key_shown_and_named(on: Stage) -> None:
    """So is one whose key was shown and named."""
    program = on.first()
    program.must_read(program.connect(bound=True, dpop_jkt=program.bound_to.thumbprint())["access_token"])


@module("ensure-holder-of-key-required")
def without_key(on: Stage) -> None:
    """Without a proof there is no token."""
    program = on.first()
    answer = program.redeem(program.code(), bound=False)
    on.watch.must(error_of(answer) != "use_dpop_nonce", "a nonce is not asked for where there is no proof")
    on.refused(answer, *PROOF_ERRORS)
