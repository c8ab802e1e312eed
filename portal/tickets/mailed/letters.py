"""How something came that was said by mail. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

BY_MAIL = "mail"
"""The way of what came by mail, in rows and facts."""
TICKET = "ticket"
"""What an answer is about, as letters keep it."""


class ByMail(NamedTuple):
    """It came by mail; ``left_out`` are the files that did not go with it: what each was called, and the code of why."""

    left_out: Sequence[tuple[str, str]] = ()
