"""Backups: whether there is one, and how old it is."""

from collections.abc import Iterator
from datetime import timedelta

from portal.kernel.last_backup import last_backup
from portal.kernel.settings import Settings
from portal.watch.doctor.finding import Finding, look, well

OLD = timedelta(days=7)
_FIX = "freehold backup FILE --passphrase-file FILE, on another disk and each night (docs/backup.md)"


def backup(settings: Settings) -> Iterator[Finding]:
    """The newest backup is not older than a week. That it opens is known to whoever tries it."""
    kept = last_backup(settings)
    if kept is None and settings.demo:
        yield well("backup", "A demonstration is not kept.")
    elif kept is None:
        yield look("backup", "No backup of this instance was ever made.", _FIX)
    else:
        hours = int(kept.age.total_seconds()) // 3600
        age = f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
        said = f"The newest backup is {age} old: {kept.size / (1 << 20):.1f} MiB, SHA-256 {kept.sha256}."
        yield look("backup", said, _FIX) if kept.age > OLD else well("backup", said)
