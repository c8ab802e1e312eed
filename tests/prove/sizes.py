"""How big a test is: small in `make test`, the size the goal names in `make prove`."""

import os
from collections.abc import Iterable
from itertools import product
from typing import Any

PROVING = os.environ.get("FREEHOLD_PROVE") == "1"


def size(*, test: int, prove: int) -> int:
    """The number of rounds, rows or customers this run works with."""
    return prove if PROVING else test


def ends(some: Iterable[Any]) -> list[Any]:
    """What to try one after another: all of it in `make prove`, in `make test` the first and the last."""
    all_ = list(some)
    return all_ if PROVING else [all_[0], all_[-1]]


def in_turn(first: Iterable[Any], second: Iterable[Any], *, proving: bool = PROVING) -> list[tuple[Any, Any]]:
    """Pairs to try something with: each with each in `make prove`; in `make test` the first with the first and so on, up to
    the last with the last, until each of the fewer was met."""
    ones, others = list(first), list(second)
    if proving:
        return list(product(ones, others))
    fewer = min(len(ones), len(others))

    def spread(some: list[Any]) -> Iterable[Any]:
        return (some[at * (len(some) - 1) // max(1, fewer - 1)] for at in range(fewer))

    return list(zip(spread(ones), spread(others), strict=True))
