"""How long functions and files are: reported, never enforced."""

import ast
import statistics
from collections.abc import Callable

from tests.house.sources import Sources, our_sources


def lengths(sources: Sources) -> tuple[list[int], list[int]]:
    """Lines of every function, and of every file."""
    modules = [module for module in sources if not module.name.startswith("portal.migrations.versions")]
    functions = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return functions, [module.text.count("\n") for module in modules]


def test_sizes_are_reported(figure: Callable[..., float]) -> None:
    functions, files = lengths(our_sources())
    figure("function, median lines", statistics.median(functions), 9, "lines", better="lower")
    figure("function, 90th percentile", statistics.quantiles(functions, n=10)[-1], 25, "lines", better="lower")
    figure("longest file", max(files), 250, "lines", better="lower")
    figure("files of 250 lines or more", sum(lines >= 250 for lines in files), 0, "files", better="lower")


def test_lengths_are_counted_as_people_count_them() -> None:
    assert lengths(Sources({"portal/cats.py": "def a():\n    pass\n\n\ndef b():\n    x = 1\n    return x\n"})) == ([2, 3], [7])
