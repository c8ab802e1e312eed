"""Answers that give away less than the attribute they come from, and the plan of what a set of paths needs.

Nothing here is stored: whoever may read ``profile.age_over_18`` gets a yes or no computed at the moment of the read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

Values = Mapping[str, Any]
ADDRESS_PARTS = ("street", "postal_code", "city", "region", "country")


@dataclass(frozen=True)
class Derived:
    """A derived path: the stored paths that it needs, and its answer from their values at a moment."""

    sources: tuple[str, ...]
    answer: Callable[[Values, datetime], Any]


def _name(values: Values, _at: datetime) -> str | None:
    parts = (values.get("profile.given_name"), values.get("profile.family_name"))
    return " ".join(part for part in parts if part) or None


def _over(years: int) -> Callable[[Values, datetime], bool | None]:
    def answer(values: Values, at: datetime) -> bool | None:
        born = values.get("profile.birth_date")
        return None if born is None else reaches(date.fromisoformat(born), years, at.date())

    return answer


def reaches(born: date, years: int, today: date) -> bool:
    """Whether somebody has had that many birthdays; 29 February counts on 1 March where there is none."""
    return (today.year - born.year, today.month, today.day) >= (years, born.month, born.day)


def _part(path: str, part: str) -> Callable[[Values, datetime], str | None]:
    def answer(values: Values, _at: datetime) -> str | None:
        whole = values.get(path)
        return whole.get(part) if whole else None

    return answer


DERIVED: dict[str, Derived] = {
    "profile.name": Derived(("profile.given_name", "profile.family_name"), _name),
    "profile.age_over_16": Derived(("profile.birth_date",), _over(16)),
    "profile.age_over_18": Derived(("profile.birth_date",), _over(18)),
    **{
        f"{whole}.{part}": Derived((whole,), _part(whole, part))
        for whole in ("profile.address", "profile.billing_address")
        for part in ADDRESS_PARTS
    },
}


def answer_of(path: str, values: Values, at: datetime) -> Any:
    """What a reader of ``path`` is told; None when there is nothing to tell."""
    derived = DERIVED.get(path)
    return values.get(path) if derived is None else derived.answer(values, at)


def sources_of(path: str) -> tuple[str, ...]:
    """The stored paths that a path is answered from."""
    derived = DERIVED.get(path)
    return (path,) if derived is None else derived.sources


@dataclass(frozen=True)
class Step:
    """One path to answer: where it stands in the answer, and how it is made if it is not a value as it is stored."""

    path: str
    branches: tuple[str, ...]
    leaf: str
    derived: Derived | None


@lru_cache(maxsize=1024)
def plan(datatypes: frozenset[str]) -> tuple[frozenset[str], tuple[Step, ...]]:
    """For the paths of a lease: the stored paths to open, and the profile paths to answer, in order."""
    wanted = sorted(path for path in datatypes if path.startswith("profile."))
    return frozenset(source for path in wanted for source in sources_of(path)), tuple(map(_step, wanted))


def _step(path: str) -> Step:
    *branches, leaf = path.split(".")[1:]
    return Step(path, tuple(branches), leaf, DERIVED.get(path))


def answers_of(steps: Iterable[Step], held: Values, at: datetime) -> dict[str, Any]:
    """What a plan answers at a moment, as one object: ``profile.address.city`` becomes ``{"address": {"city": …}}``.

    What there is nothing to tell of is not in it. A whole (``profile.address``) sorts before its parts and already
    holds them.
    """
    tree: dict[str, Any] = {}
    for step in steps:
        answer = held.get(step.path) if step.derived is None else step.derived.answer(held, at)
        if answer is not None:
            node = tree
            for branch in step.branches:
                node = node.setdefault(branch, {})
            node[step.leaf] = dict(answer) if type(answer) is dict else answer
    return tree


def is_in(tree: Mapping[str, Any], step: Step) -> bool:
    """Whether an object of :func:`answers_of` holds a step's answer."""
    node: Any = tree
    for branch in step.branches:
        node = node.get(branch)
        if type(node) is not dict:
            return False
    return step.leaf in node


def moved(before: Values, after: Values, at: datetime) -> list[str]:
    """All paths, stored and derived, whose answer differs between two states of a profile."""
    stored = {path for path in (*before, *after) if before.get(path) != after.get(path)}
    derived = (path for path, way in DERIVED.items() if stored.intersection(way.sources))
    flipped = {path for path in derived if answer_of(path, before, at) != answer_of(path, after, at)}
    return sorted(stored | flipped)
