"""The conformance client held against a certified peer: it says of node's oidc-provider what its certification says."""

from pathlib import Path

import pytest

from tests.fapi.blocks import BLOCKS, opened, run_block
from tests.fapi.modules import MODULES
from tests.fapi.peer import install, missing, running
from tests.fapi.stage import PREFIX, Stage, run
from tests.fapi.watching import Seen, Verdict, Watch
from tests.prove.sizes import PROVING

OTHERWISE = {
    # Its router knows no PUT at that address, and answers as for an address that there is not. The suite takes any error.
    "par-attempt-invalid-http-method",
}
"""The modules in which the peer does otherwise than the profile recommends. It does nothing that the profile forbids."""
WITH_NONCES = {
    # A nonce says how old a proof is: with one the peer does not look at iat, as RFC 9449 section 11.1 lets it.
    "iat an hour ahead",
    "iat an hour ago",
}
"""The blocks in which it does so where it asks for nonces; and ``dpop-negative-tests`` with them."""
_WAITING = ("ensure-token-endpoint-fails-with-expired-auth-code", "par-attempt-to-use-expired-request_uri")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The peer's program, installed."""
    if not PROVING:
        pytest.skip("NOT RUN: it installs the peer (oidc-provider) with npm, and waits two minutes; make prove does")
    lacking = missing()
    assert not lacking, f"{' and '.join(lacking)} not installed: the peer that the client is held against needs Node 20"
    folder = tmp_path_factory.mktemp("peer")
    install(folder)
    return folder


def verdicts(folder: Path, *, nonces: bool) -> list[Seen]:
    """What the client says of the peer, by modules and blocks. What waits is not waited for twice."""
    names = [name for name in MODULES if not (nonces and name.removeprefix(PREFIX) in _WAITING)]
    with running(folder, nonces=nonces) as peer:
        by = opened(Stage(peer, Watch()))
        return [*(run(name, peer) for name in names), *(run_block(name, by) for name in BLOCKS)]


@pytest.mark.slow
@pytest.mark.parametrize("nonces", [False, True], ids=["without nonces", "with nonces"])
def test_the_client_finds_the_certified_peer_to_be_what_it_is(installed: Path, nonces: bool) -> None:
    blocks = {f"dpop-negative-tests: {name}" for name in WITH_NONCES} | {"dpop-negative-tests"} if nonces else set()
    seen = verdicts(installed, nonces=nonces)
    assert [str(one) for one in seen if one.verdict is Verdict.DEVIATES] == []
    tolerated = {one.name.removeprefix(PREFIX) for one in seen if one.verdict is Verdict.TOLERATED}
    assert tolerated == OTHERWISE | blocks
