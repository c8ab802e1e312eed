"""Backups: whether there is one, how old it is, and whether whoever was erased would stay erased after a restore."""

import os
from collections.abc import Iterator
from datetime import timedelta

from portal.kernel.last_backup import last_backup
from portal.kernel.settings import Settings
from portal.watch.doctor.finding import Finding, look, well, wrong

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


def erasures(settings: Settings) -> Iterator[Finding]:
    """The file that has a line for each person who was erased can be written, and is not lost with the instance."""
    path = settings.anchor
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        fix = f"let the account that serves write {path}: until then nobody is erased"
        yield wrong("erasures", "The file of erasures cannot be written.", fix)
    elif settings.demo or not path.is_relative_to(settings.instance):
        yield well("erasures", "The file of erasures lies where it should, and can be written.")
    else:
        fix = "FREEHOLD_ERASURES=/another/disk/erasures, for server, worker and commands (docs/backup.md)"
        yield look("erasures", "The file of erasures lies in the instance and would be lost with it.", fix)
