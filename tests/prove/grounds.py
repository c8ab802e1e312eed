"""What a test stands on: all that runs, and of the tests those modules that it names. Where that is the same, so is its proof.

Read from git alone, and widely: whatever a module says that looks like a place under ``tests`` counts as used by it, be it
an import or a path in a text. The rules of the house read everything, and stand on everything.
"""

import hashlib
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PLACE = re.compile(r"\btests(?:[./]\w+)+")
_FROM = re.compile(r"\bfrom (tests[.\w]*) import (\([^)]*\)|[^\n]*)")
_RUNS_NOTHING = frozenset({"CHANGELOG.md", "DECISIONS.md"})
_WRITES_DOWN = frozenset(f"tests/prove/{name}.py" for name in ("going_on", "journal", "report", "grounds"))
"""What decides what is run again, and writes down what became of it: nothing is proved by it."""


_MORE = re.compile(r"\btests\.prove\.sizes\b|\bfigure: |\bmark\.alone\b")
_OF_ALL = frozenset({"tests/conftest.py", "tests/alongside.py", "tests/prove/sizes.py"})
"""What every test uses, and what says what a size is: that alone makes nothing bigger."""


class Grounds:
    """The files that are checked out, by what git calls their contents."""

    def __init__(self, files: Mapping[str, str], texts: Mapping[str, str]) -> None:
        self._files, self._texts = files, texts
        self._modules = {path for path in files if path.startswith("tests/") and path.endswith(".py")} - _WRITES_DOWN
        self._code = {path for path in files if path not in _RUNS_NOTHING | _WRITES_DOWN | self._modules}
        self._of: dict[str, str] = {}

    def of(self, module: str) -> str:
        """One name for all that a test module stands on, with the Python that runs it."""
        if module not in self._of:
            stands_on = set(self._files) if module.startswith("tests/house/") else self._code | self._reached(module)
            lines = sorted(f"{path} {self._files[path]}" for path in stands_on)
            told = "\n".join((platform.python_version(), *lines))
            self._of[module] = hashlib.sha256(told.encode()).hexdigest()
        return self._of[module]

    def proves_more(self, module: str) -> bool:
        """Whether a proof says more of a module than `make test` does: it has sizes, or measures, itself or in what it uses."""
        return any(_MORE.search(self._texts[path]) for path in self._used([module]) - _OF_ALL)

    def _reached(self, module: str) -> set[str]:
        around = Path(module).parents
        conftests = {path for path in self._modules if Path(path).name in ("conftest.py", "__init__.py") and Path(path).parent in around}
        reached = self._used([module, *conftests])
        return set(self._files) if any(path.startswith("tests/house/") for path in reached) else reached

    def _used(self, waiting: list[str]) -> set[str]:
        """The modules of tests that these name, they that those name, and so on."""
        used: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path in self._modules and path not in used:
                used.add(path)
                waiting += self._named(self._texts[path])
        return used

    def _named(self, text: str) -> Iterable[str]:
        imported = (f"{place}.{name}" for place, names in _FROM.findall(text) for name in re.findall(r"\w+", names))
        for place in {*_PLACE.findall(text), *imported}:
            yield from self._at(re.split(r"[./]", place)[1:])

    def _at(self, parts: list[str]) -> Iterable[str]:
        """The module of that place; of a folder, all that is no test in it."""
        for length in range(1, len(parts) + 1):
            place = "tests/" + "/".join(parts[:length])
            if f"{place}.py" in self._modules:
                yield f"{place}.py"
        folder = "tests/" + "/".join(parts) + "/"
        for path in self._modules:
            if path.startswith(folder) and not Path(path).name.startswith("test_"):
                yield path


def grounds_of(root: Path | None = None) -> Grounds | None:
    """What is checked out; None where a file differs from what git knows."""
    root = root or ROOT
    try:
        if _git(root, "status", "--porcelain"):
            return None
        listed = _git(root, "ls-tree", "-r", "HEAD").splitlines()
    except (OSError, subprocess.CalledProcessError):
        return None
    files = {path: mode_kind_name.split()[2] for mode_kind_name, path in (line.split("\t", 1) for line in listed)}
    texts = {path: (root / path).read_text("utf-8") for path in files if path.endswith(".py") and path.startswith("tests/")}
    return Grounds(files, texts)


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout.strip()
