"""Reactions never chase each other's tails."""

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from tests.house.sources import Module, Sources, absolute, declares_facts, named


def cycles(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Paths from a fact back to itself."""
    found: list[list[str]] = []
    for start in edges:
        waiting = [[start]]
        seen: set[str] = set()
        while waiting:
            path = waiting.pop()
            for following in edges.get(path[-1], ()):
                if following == start:
                    found.append([*path, start])
                elif following not in seen:
                    seen.add(following)
                    waiting.append([*path, following])
    return found


def fact_edges(sources: Sources, reactions: Mapping[type, Iterable[Any]]) -> dict[str, set[str]]:
    """Which facts may follow a fact: whatever its verbs, and what those call in our source, note."""
    reach = _Reach(sources)
    return {
        fact.__name__: set().union(*(reach.notes(f"{verb.__module__}.{verb.__name__}") for verb in verbs))
        for fact, verbs in reactions.items()
    }


class _Reach:
    """Which facts a function may note, by following calls through our own modules."""

    def __init__(self, sources: Sources) -> None:
        self._functions = {
            f"{module.name}.{node.name}": (module, node)
            for module in sources
            for node in module.tree.body
            if isinstance(node, ast.FunctionDef)
        }
        self._names = {module.name: _names(sources, module) for module in sources}
        self._facts = {
            f"{module.name}.{node.name}"
            for module in sources
            if declares_facts(module.name)
            for node in module.tree.body
            if isinstance(node, ast.ClassDef)
        }

    def notes(self, start: str) -> set[str]:
        """The facts' names."""
        found, waiting, seen = set(), [start], {start}
        while waiting:
            module, node = self._functions.get(waiting.pop(), (None, None))
            if module is None or node is None:
                continue
            for whole in self._called(module, node):
                if whole in self._facts:
                    found.add(whole.rpartition(".")[2])
                elif whole not in seen:
                    seen.add(whole)
                    waiting.append(whole)
        return found

    def _called(self, module: Module, node: ast.FunctionDef) -> set[str]:
        names = self._names[module.name]
        whole = set()
        # Any mention counts, not only a call: a verb may be passed on, or a fact's class chosen in an expression.
        for inner in (part for line in node.body for part in ast.walk(line)):
            first, _, rest = named(inner).partition(".") if isinstance(inner, ast.Name | ast.Attribute) else ("", "", "")
            if first in names:
                whole.add(f"{names[first]}.{rest}".rstrip("."))
        return whole


def _names(sources: Sources, module: Module) -> dict[str, str]:
    own = (node for node in module.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    found = {node.name: f"{module.name}.{node.name}" for node in own}
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            for alias in node.names:
                found[alias.asname or alias.name] = _home(sources, f"{base}.{alias.name}")
    return found


def _home(sources: Sources, whole: str) -> str:
    # A package's __init__ may hand on what one of its modules defines.
    package, _, name = whole.rpartition(".")
    module = sources.modules.get(package)
    if module is None or not module.is_package:
        return whole
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == name for alias in node.names):
            base = absolute(module, node)
            return whole if base == package else _home(sources, f"{base}.{name}")
    return whole
