"""Small facts of the kernel's own tests; they explain the blind index, the one kernel table that needs a fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class Noted(Fact):
    """Something happened."""

    EVENT: ClassVar[str] = "test.noted"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"identifiers"})
    code: str | None = None
    number: int | None = None
    names: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Answered(Fact):
    """Something followed from it."""

    EVENT: ClassVar[str] = "test.answered"
    step: int


@dataclass(frozen=True, kw_only=True)
class Unrelated(Fact):
    """Explains no table."""

    EVENT: ClassVar[str] = "test.unrelated"
