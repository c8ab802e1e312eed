"""What files of the tests lean on, followed through every file of ours that they import."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("portal", "vendor_api", "tests")


def text_of(module: str) -> str | None:
    """The source of a module of ours; None where there is none of that name."""
    path = ROOT.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file.read_text()
    return None


def leans_on(modules: list[str], read: Callable[[str], str | None] = text_of) -> set[str]:
    """Every module of ours that these import, themselves or by another, with the modules themselves."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        text = read(module) if module and module not in found else None
        if text is None:
            continue
        found.add(module)
        # A package is run before whatever is taken out of it.
        waiting += [module.rpartition(".")[0], *_imported(text)]
    return found


def _imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "ours are imported by their whole names"
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in OURS)
