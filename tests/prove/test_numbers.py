"""The figures of speed: one run of the bench, told beside its goals."""

from collections.abc import Callable

import pytest
from rich.console import Console

from portal.bench import run
from tests.prove.sizes import PROVING, size


@pytest.mark.alone
@pytest.mark.slow
def test_the_bench_measures_every_figure_beside_its_goal(figure: Callable[..., float]) -> None:
    engines = ("sqlite", "postgresql") if PROVING else ("sqlite",)
    seconds = 2.0 if PROVING else 0.3
    figures = run.run(engines, turns=size(test=1, prove=7), seconds=seconds, console=Console(quiet=True))
    for one in figures:
        better = "lower" if one.at_most else "higher"
        figure(f"{one.engine}: {one.name}", one.value, goal=one.goal, unit=f"{one.unit} ({one.beside})", better=better)
    measured = {(one.engine, one.name) for one in figures}
    for engine in engines:
        for name in ("vendor read", "token request", "customers of /profiles", "appends, 128 waiters", "memory a process"):
            assert (engine, name) in measured
        assert {(engine, "orders told, new"), (engine, "orders told, half of them news")} <= measured
    assert all(one.value > 0 for one in figures)
