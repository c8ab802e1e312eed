"""What the tests of the demonstration begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.kernel.house import use_house
from tests.browsing import free_port
from tests.conftest import HouseMaker
from tests.demo.street import Street


@pytest.fixture
def street(make_house: HouseMaker, engine_name: str, tmp_path: Path) -> Iterator[Street]:
    """The street on this engine."""
    port = free_port()
    house = make_house(engine_name, port=port, origin=f"http://localhost:{port}")
    with use_house(house):
        street = Street(house, tmp_path)
        yield street
        street.close()
