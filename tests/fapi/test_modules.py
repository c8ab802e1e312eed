"""Freehold before the conformance client: the fifty modules of the FAPI 2.0 Security Profile, and the thirty-two DPoP blocks."""

from collections.abc import Callable, Iterator

import pytest

from portal.kernel.house import House, use_house
from tests.databases import ENGINES
from tests.fapi.blocks import BLOCKS, Opened, opened, run_block
from tests.fapi.described import Described
from tests.fapi.modules import MODULES, OF_GRANTS
from tests.fapi.served import Freehold
from tests.fapi.stage import Stage, run
from tests.fapi.watching import Verdict, Watch
from tests.prove.sizes import PROVING

# What one engine does differently is what is good once; that is proved on both elsewhere, and at full size here too.
pytestmark = pytest.mark.engines(*(ENGINES if PROVING else ("sqlite",)))


@pytest.fixture(scope="module")
def server(make_module_house: Callable[..., House], engine_name: str) -> Iterator[Described]:
    """Freehold, as it is at full size; with a clock that can be moved where nobody is to wait."""
    house = make_module_house(engine_name)
    with use_house(house), Freehold(house).running(really_waiting=PROVING) as described:
        yield described


@pytest.fixture(scope="module")
def by(server: Described) -> Opened:
    """One token for all blocks, as in the suite."""
    return opened(Stage(server, Watch()))


@pytest.mark.parametrize("block", BLOCKS)
def test_a_proof_is_taken_or_refused_as_rfc_9449_has_it(by: Opened, block: str) -> None:
    seen = run_block(block, by)
    assert seen.verdict is Verdict.EXPECTED, str(seen)


@pytest.mark.parametrize("name", [*MODULES, *OF_GRANTS])
def test_a_module_of_the_conformance_suite_sees_what_the_profile_expects(server: Described, name: str) -> None:
    seen = run(name, server)
    assert seen.verdict is Verdict.EXPECTED, str(seen)


def test_all_modules_and_blocks_are_there() -> None:
    assert (len(MODULES), len(OF_GRANTS), len(BLOCKS)) == (50, 9, 32)
