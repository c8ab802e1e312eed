"""The conformance client sees the faults that are planted in Freehold: what sees no fault proves nothing."""

from collections.abc import Callable, Iterator

import pytest

from portal.kernel.house import House, use_house
from tests.fapi.blocks import BLOCKS, opened, run_block
from tests.fapi.described import Described
from tests.fapi.faults import OF_ASSERTIONS, OF_PROOFS, Fault
from tests.fapi.faults_of_flows import OF_CODES, OF_PUSHED, OF_REQUESTS
from tests.fapi.modules import MODULES
from tests.fapi.planting import CannotBePlanted, Change, changed, source_of
from tests.fapi.served import Freehold
from tests.fapi.stage import PREFIX, Stage, run
from tests.fapi.watching import Seen, Verdict, Watch
from tests.prove.sizes import PROVING

FAULTS = {fault.name: fault for group in (OF_ASSERTIONS, OF_PROOFS, OF_REQUESTS, OF_PUSHED, OF_CODES) for fault in group}
A_FEW = ("the token endpoint as audience", "anybody's proof", "codes for ten minutes")
WAY = "ensure-dpop-auth-code-binding-success"
"""What a server that is not broken lets through."""

# A fault is one of our source, whichever engine it runs on.
pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture(scope="module")
def freehold(make_module_house: Callable[..., House], engine_name: str) -> Iterator[Freehold]:
    """One house, served anew with each fault."""
    house = make_module_house(engine_name)
    with use_house(house):
        yield Freehold(house)


def outcomes(server: Described, fault: Fault) -> Iterator[Seen]:
    """What those see that have to see the fault."""
    for name in fault.modules:
        yield run(PREFIX + name, server)
    if fault.blocks:
        by = opened(Stage(server, Watch()))
        for block in fault.blocks:
            yield run_block(block, by)


@pytest.mark.parametrize("name", FAULTS if PROVING else A_FEW)
def test_a_planted_fault_is_seen(freehold: Freehold, name: str) -> None:
    fault = FAULTS[name]
    with freehold.running(fault.changes) as server:
        for seen in outcomes(server, fault):
            assert seen.verdict is not Verdict.EXPECTED, str(seen)
            # Said in the client's own words: it did not merely stumble.
            assert any(told.startswith(("required: ", "recommended: ")) for told in seen.told), str(seen)
        if fault.alive:
            alive = run(PREFIX + WAY, server)
            assert alive.verdict is Verdict.EXPECTED, str(alive)


def test_thirty_faults_and_more_can_be_planted_and_each_is_looked_for() -> None:
    assert len(FAULTS) >= 30
    for fault in FAULTS.values():
        sources = {change.module: source_of(change.module) for change in fault.changes}
        for change in fault.changes:
            sources[change.module] = changed(change, sources[change.module])
            compile(sources[change.module], change.module, "exec")
        looked_for = [*fault.modules, *fault.blocks]
        assert looked_for, fault.name
        assert all(PREFIX + name in MODULES for name in fault.modules), fault.name
        assert all(name in BLOCKS for name in fault.blocks), fault.name


def test_what_stands_nowhere_cannot_be_planted() -> None:
    with pytest.raises(CannotBePlanted):
        changed(Change("portal.oauth.dpop", "if the moon is full:", ""), source_of("portal.oauth.dpop"))
