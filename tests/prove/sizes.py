"""How big a test is: small in `make test`, the size the goal names in `make prove`."""

import os

PROVING = os.environ.get("FREEHOLD_PROVE") == "1"


def size(*, test: int, prove: int) -> int:
    """The number of rounds, rows or customers this run works with."""
    return prove if PROVING else test
