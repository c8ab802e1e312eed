"""The number by which people speak of a conversation: short, random, and without letters that are taken for one another."""

import re
import secrets

from portal.tickets.machine import KINDS

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_HALF = 4
_FIRST = {kind: kind[0].upper() for kind in KINDS}
_SHAPE = re.compile(rf"([{''.join(_FIRST.values())}])-?([{_LETTERS}]{{{_HALF}}})-?([{_LETTERS}]{{{_HALF}}})\Z")


def new_number(kind: str) -> str:
    """A number for a conversation of a kind: of 2^40, so that nobody learns how many there are, or guesses another's."""
    first, second = ("".join(secrets.choice(_LETTERS) for _ in range(_HALF)) for _ in range(2))
    return f"{_FIRST[kind]}-{first}-{second}"


def number_from(text: str) -> str | None:
    """The number that somebody wrote down, whatever its case and dashes; None for what is none."""
    found = _SHAPE.match(text.strip().upper().replace(" ", ""))
    return None if found is None else "-".join(found.groups())
