"""What the instance knows of its newest backup: when, how large, and the file's SHA-256; not where it lies.

It stands in a file beside the database and never in a backup: a restored instance must not think itself kept.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import timedelta

from portal.kernel import clock
from portal.kernel.settings import Settings

_NAME = "last-backup.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup: the moment that it shows, in microseconds, and by what its file is known again."""

    at: int
    sha256: str
    size: int

    @property
    def age(self) -> timedelta:
        """How old it is; nothing where the clock was set back since."""
        return max(timedelta(0), clock.now() - clock.from_micros(self.at))


def remember(settings: Settings, kept: Kept) -> None:
    """Puts it in the place of the one before."""
    half = settings.instance / f"{_NAME}.new"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
        json.dump(asdict(kept), file)
    half.replace(settings.instance / _NAME)


def last_backup(settings: Settings) -> Kept | None:
    """The newest backup of this instance; None where none was ever made, or nothing can be read of it."""
    try:
        told = json.loads((settings.instance / _NAME).read_text())
        return Kept(int(told["at"]), str(told["sha256"]), int(told["size"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def forget(settings: Settings) -> None:
    """After a restore: what was kept before was another database."""
    (settings.instance / _NAME).unlink(missing_ok=True)
