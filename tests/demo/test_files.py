"""The files of a demonstration: whose they are."""

import stat
from pathlib import Path

from portal.demo.files import alone
from portal.kernel.settings import Settings


def test_a_folder_that_a_clone_brought_is_its_owners_alone_once_a_demonstration_runs(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o755)
    with alone(Settings(instance=folder)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
