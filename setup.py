"""The one build step that pyproject.toml cannot say: pages and static files travel inside the package."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


class BuildWithPages(build_py):
    """Copies templates/ and static/ to where an installed portal looks for them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for folder in ("templates", "static"):
            if (HERE / folder).is_dir():
                shutil.copytree(HERE / folder, Path(self.build_lib, "portal", folder), dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithPages})
