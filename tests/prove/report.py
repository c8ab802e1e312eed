"""Figures that tests measured, beside the goals they were measured against."""

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.prove.sizes import PROVING

FOLDER = Path(__file__).resolve().parents[1] / "reports"


@dataclass(frozen=True)
class Figure:
    """One measured value. `better` says on which side of the goal it should lie."""

    name: str
    value: float
    goal: float | None
    unit: str
    better: str
    test: str

    @property
    def met(self) -> bool:
        """Whether the goal is reached; a figure without a goal is only told."""
        if self.goal is None:
            return True
        if self.better == "equal":
            return self.value == self.goal
        return self.value >= self.goal if self.better == "higher" else self.value <= self.goal


class Report:
    """All figures of one run; the same figure taken several times is told by its median."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def add(self, figure: Figure) -> None:
        """Notes one figure."""
        self.figures.append(figure)

    def medians(self) -> list[Figure]:
        """One figure a name, in order of first appearance."""
        by_name: dict[tuple[str, str], list[Figure]] = {}
        for figure in self.figures:
            by_name.setdefault((figure.test, figure.name), []).append(figure)
        return [
            Figure(**{**asdict(group[0]), "value": statistics.median(f.value for f in group)})
            for group in by_name.values()
        ]

    def missed(self) -> list[Figure]:
        """The figures that did not reach their goal."""
        return [figure for figure in self.medians() if not figure.met]

    def markdown(self, counts: dict[str, int], failed_before: Sequence[str] = ()) -> str:
        """The report for people."""
        missed = self.missed()
        lines = [
            f"# Report of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"Sizes: {'full' if PROVING else 'small'}. Machine: {os.cpu_count()} cores, {platform.machine()}, "
            f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.",
            "",
            f"Tests: {', '.join(f'{number} {word}' for word, number in counts.items() if number)}.",
            *(f"Failed in an earlier run on the same code: {test}." for test in failed_before),
            "",
            "## Goals missed" if missed else "## No goal missed",
            *(f"- **{f.name}**: {_told(f.value)} {f.unit}, goal {_goal(f)} ({f.test})" for f in missed),
            "",
            "## All figures",
            "| figure | value | goal | unit | met | test |",
            "| --- | ---: | ---: | --- | --- | --- |",
            *(
                f"| {f.name} | {_told(f.value)} | {_goal(f)} | {f.unit} | {'yes' if f.met else '**NO**'} | {f.test} |"
                for f in self.medians()
            ),
        ]
        return "\n".join(lines) + "\n"

    def write(self, counts: dict[str, int], failed_before: Sequence[str] = ()) -> Path:
        """Writes the report and its data; answers where."""
        FOLDER.mkdir(exist_ok=True)
        name = "prove" if PROVING else "test"
        data = [{**asdict(f), "met": f.met} for f in self.medians()]
        (FOLDER / f"{name}.json").write_text(json.dumps({"counts": counts, "failed_before": list(failed_before), "figures": data}, indent=1))
        page = FOLDER / f"{name}.md"
        page.write_text(self.markdown(counts, failed_before))
        return page


REPORT = pytest.StashKey[Report]()
"""Where a run keeps its report."""


def _told(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return "–"
    sign = {"higher": "≥", "lower": "≤", "equal": "="}[figure.better]
    return f"{sign} {_told(figure.goal)}"
