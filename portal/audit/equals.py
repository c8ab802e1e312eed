"""What makes two refused attempts equal, and how many equal ones of a minute have entries of their own. Pure."""

from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import datetime

OF_KNOWN, OF_STRANGERS = 10, 1


def most_of(kind: str) -> int:
    """How many equal attempts of a minute are entries, by what kind of actor made them."""
    return OF_STRANGERS if kind == "stranger" else OF_KNOWN


def what_was_asked(asked: Iterable[str] | None) -> str:
    """The part of an attempt by which it differs from others: its fields.

    Fields stand in a fact where a permission names them, so there are few lists; a purpose is whatever the program
    wrote, and by inventing purposes a program would have ten entries for each.
    """
    return " ".join(sorted(asked or ()))


def minute_of(at: datetime) -> datetime:
    """The minute within which equal attempts are counted."""
    return at.replace(second=0, microsecond=0)


class Attempts:
    """Attempts by one company as its customer sees them: whether there may have been more than these."""

    def __init__(self) -> None:
        self._seen: Counter[Hashable] = Counter()

    def add(self, at: datetime, reason: str | None, asked: Iterable[str]) -> None:
        """Counts one with its equals."""
        self._seen[minute_of(at), reason, what_was_asked(asked)] += 1

    @property
    def may_be_more(self) -> bool:
        """Whether as many equal ones stand in some minute as have entries of their own."""
        return any(count >= OF_KNOWN for count in self._seen.values())
