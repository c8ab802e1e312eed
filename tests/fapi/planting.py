"""Runs Freehold's command with lines of its source changed: how faults are planted, and how a clock is moved.

Only a test starts this. What is to be changed stands in the environment; each line must stand in its module exactly once.
"""

import json
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

VARIABLE = "FREEHOLD_TEST_PLANTED"
_ROOT = Path(__file__).resolve().parents[2]


class Change(NamedTuple):
    """Words of one module, and what stands there instead."""

    module: str
    old: str
    new: str


class CannotBePlanted(ValueError):
    """The words stand in their module not once, but never or often."""


def changed(change: Change, source: str) -> str:
    """The source with the change in it."""
    if source.count(change.old) != 1:
        raise CannotBePlanted(f"{change.module} has {source.count(change.old)} times: {change.old}")
    return source.replace(change.old, change.new)


def source_of(module: str) -> str:
    """A module's source, found without importing it."""
    path = _ROOT.joinpath(*module.split("."))
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, changes: list[Change]) -> None:
        super().__init__(fullname, path)
        self._changes = changes

    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text()
        for change in self._changes:
            source = changed(change, source)
        return compile(source, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def __init__(self, changes: list[Change]) -> None:
        self._changes = changes

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        mine = [change for change in self._changes if change.module == fullname]
        spec = PathFinder.find_spec(fullname, path, target) if mine else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, mine)
        return spec


def main() -> None:
    """The command, on the source as changed."""
    changes = [Change(*one) for one in json.loads(os.environ.pop(VARIABLE))]
    sys.meta_path.insert(0, _Finder(changes))
    from portal.cli import main

    main()


if __name__ == "__main__":
    main()
