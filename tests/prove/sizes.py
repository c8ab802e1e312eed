"""How big a test is: small in `make test`, the size the goal names in `make prove`."""

import os
from collections.abc import Iterable
from typing import Any

PROVING = os.environ.get("FREEHOLD_PROVE") == "1"


def size(*, test: int, prove: int) -> int:
    """The number of rounds, rows or customers this run works with."""
    return prove if PROVING else test


def in_turn(first: Iterable[Any], second: Iterable[Any], *, proving: bool = PROVING) -> list[tuple[Any, Any]]:
    """Pairs to try something with: each with each in `make prove`, in `make test` half of them, so that each is met."""
    ones, others = list(enumerate(first)), list(enumerate(second))
    return [(one, other) for i, one in ones for k, other in others if proving or (i + k) % 2 == 0]
