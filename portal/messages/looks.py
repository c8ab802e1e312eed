"""Looks of a company at somebody's data as they are told of and read: those that got an answer, and those that were blocked."""

from datetime import timedelta
from typing import NamedTuple

from portal.kernel.errors import BadRequest
from portal.kernel.ids import id_from, text_of
from portal.messages.kinds import BLOCKED, FIRST_LOOK, UNUSUAL_LOOK

RECENT = timedelta(days=7)
"""How long a look is something that needs its person."""
_WHICH = {"given": False, "blocked": True}


class Looks(NamedTuple):
    """All looks of one company of one kind."""

    vendor_id: bytes
    blocked: bool

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of notices that tell of them."""
        return (BLOCKED,) if self.blocked else (FIRST_LOOK, UNUSUAL_LOOK)

    def __str__(self) -> str:
        return f"{text_of(self.vendor_id)}:{'blocked' if self.blocked else 'given'}"


def looks_from(text: str) -> Looks:
    """As a form names them; BadRequest for anything else."""
    company, _, which = text.partition(":")
    if which not in _WHICH:
        raise BadRequest("unknown-looks")
    return Looks(id_from(company), _WHICH[which])
