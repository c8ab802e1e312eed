"""What the doctor says of one thing."""

from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["well", "look", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing: well, worth a look, or wrong; with the fix where it is not well. Nothing personal in either."""

    about: str
    state: State
    said: str
    fix: str = ""

    def as_dict(self) -> dict[str, str]:
        """For programs."""
        return asdict(self)


def well(about: str, said: str) -> Finding:
    """Nothing to do."""
    return Finding(about, "well", said)


def look(about: str, said: str, fix: str) -> Finding:
    """It works, and somebody should look."""
    return Finding(about, "look", said, fix)


def wrong(about: str, said: str, fix: str) -> Finding:
    """It does not work, or people are not safe."""
    return Finding(about, "wrong", said, fix)
