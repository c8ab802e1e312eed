"""Refresh tokens: bound to their client, and used with a proof."""

import re
from typing import Any

from tests.fapi.program import Program
from tests.fapi.stage import CLIENT_ERRORS, PROOF_ERRORS, Stage, module

_ALLOWED = re.compile(r"[ -~]+\Z")


@module("refresh-token")
def refresh_token(on: Stage) -> None:
    """A refresh token is nothing without its client's key, without a proof, and in another client's hands."""
    first, second = on.first(), on.second()
    mine = _renewed(on, first)
    # Without proving who it is; then without proving its key.
    answer = first.refresh(mine["refresh_token"], proving=lambda: {"client_id": first.me.client_id})
    on.refused(answer, *CLIENT_ERRORS, "invalid_grant")
    on.refused(first.refresh(mine["refresh_token"], bound=False), *PROOF_ERRORS)
    others = _renewed(on, second)
    second.must_read(others["access_token"])
    on.watch.must(first.read(others["access_token"]).status_code in (400, 401), "another client's access token is refused")
    on.refused(first.refresh(others["refresh_token"]), "invalid_grant")


def _renewed(on: Stage, program: Program) -> dict[str, Any]:
    """Tokens of which the refresh token was used once, and still stands."""
    tokens, must = program.connect(), on.watch.must
    must("refresh_token" in tokens, "a refresh token is given")
    on.watch.should("refresh_token" in on.metadata.get("grant_types_supported", ()), "refresh tokens are in the metadata")
    must(bool(_ALLOWED.match(tokens["refresh_token"])), "a refresh token is of the characters of RFC 6749 appendix A.17")
    again = program.tokens(program.refresh(tokens["refresh_token"]))
    program.must_read(again["access_token"])
    kept = again.get("refresh_token", tokens["refresh_token"])
    # Section 5.3.2.1: no rotation but in extraordinary circumstances.
    on.watch.should(kept == tokens["refresh_token"], "the refresh token is not changed for another")
    lost = program.tokens(program.refresh(tokens["refresh_token"]))
    program.must_read(lost["access_token"])
    return {**lost, "refresh_token": lost.get("refresh_token", tokens["refresh_token"])}
