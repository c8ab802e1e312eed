"""What a module saw, and whether that is what the profile expects."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Verdict(Enum):
    """What is to be said of a server after a module."""

    EXPECTED = "as the profile expects"
    TOLERATED = "allowed, though the profile recommends otherwise"
    DEVIATES = "not as the profile expects"


class Deviates(Exception):
    """Ends a module: what was seen is not what the profile expects."""


@dataclass(frozen=True)
class Seen:
    """A module's outcome, with what was said on the way: methods, endpoints, statuses and error codes, no secrets."""

    name: str
    verdict: Verdict
    told: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.verdict.value}\n  " + "\n  ".join(self.told)


@dataclass
class Watch:
    """Takes down what a module sees."""

    told: list[str] = field(default_factory=list)
    tolerated: bool = False

    def saw(self, sentence: str) -> None:
        """Something happened."""
        self.told.append(sentence)

    def must(self, kept: bool, sentence: str) -> None:
        """What the profile requires; the module ends where it is not kept."""
        if not kept:
            raise Deviates(sentence)

    def should(self, kept: bool, sentence: str) -> None:
        """What the profile recommends: told where it is not kept, and the module goes on."""
        if not kept:
            self.tolerated = True
            self.saw("recommended: " + sentence)


def seen(name: str, module: Callable[[Watch], Any]) -> Seen:
    """Runs a module to its end. One that cannot go on has seen a deviation too: the server answered something else."""
    watch = Watch()
    try:
        module(watch)
    except Deviates as why:
        watch.saw(f"required: {why}")
        return Seen(name, Verdict.DEVIATES, tuple(watch.told))
    except Exception as trouble:
        watch.saw(f"stopped by {type(trouble).__name__}: {trouble}")
        return Seen(name, Verdict.DEVIATES, tuple(watch.told))
    return Seen(name, Verdict.TOLERATED if watch.tolerated else Verdict.EXPECTED, tuple(watch.told))
