"""What happens in this room."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ChangesDisclosed(Fact):
    """A company was told what happened: ``count`` events of this customer, with the names of changed attributes."""

    EVENT: ClassVar[str] = "change.disclosed"

    outcome: str = "given"
