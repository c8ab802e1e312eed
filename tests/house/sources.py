"""Our own source as trees, for rules to walk; a fault can be planted in a copy without touching a file."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("portal", "vendor_api")


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name and its tree."""

    name: str
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node, walked once."""
        return list(ast.walk(self.tree))

    @property
    def room(self) -> str:
        """`links` of `portal.links.models`; `portal` for the modules of the roof."""
        parts = self.name.split(".")
        return parts[1] if parts[0] == "portal" and len(parts) > 1 else parts[0]

    @property
    def is_package(self) -> bool:
        """Whether this is an `__init__`."""
        return self.path.endswith("__init__.py")

    def at(self, node: ast.AST) -> str:
        """Where a node stands, for people."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


class Sources:
    """All modules by dotted name."""

    def __init__(self, files: Mapping[str, str], others: Mapping[str, Module] | None = None) -> None:
        made = {name_of(path): Module(name_of(path), path, text) for path, text in files.items()}
        self.modules = {**(others or {}), **made}

    def planted(self, path: str, text: str) -> "Sources":
        """The same tree with one more (or another) file in it."""
        return Sources({path: text}, self.modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules.values())

    def imports(self, module: Module) -> Iterator[tuple[ast.AST, str]]:
        """What a module imports of ours, resolved to modules that exist."""
        for node in module.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._resolved(node, alias.name)
            elif isinstance(node, ast.ImportFrom):
                base = absolute(module, node)
                for alias in node.names:
                    whole = f"{base}.{alias.name}"
                    yield from self._resolved(node, whole if whole in self.modules else base)

    def _resolved(self, node: ast.AST, name: str) -> Iterator[tuple[ast.AST, str]]:
        if name.split(".")[0] in PACKAGES:
            yield node, name


def absolute(module: Module, node: ast.ImportFrom) -> str:
    """The module that an import names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    base = parts[: len(parts) - node.level + (1 if module.is_package else 0)]
    return ".".join([*base, *([node.module] if node.module else [])])


def name_of(path: str) -> str:
    """`portal/links/__init__.py` is `portal.links`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def declares_facts(name: str) -> bool:
    """Whether a module is where its room's facts are declared: ``facts``, or a part of the package ``facts``."""
    return "facts" in name.split(".")[2:]


def our_sources() -> Sources:
    """The tree as it stands in the checkout."""
    found = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return Sources({path.relative_to(ROOT).as_posix(): path.read_text() for path in found})


def named(node: ast.AST) -> str:
    """`session.add` of an attribute chain, `insert` of a name; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = named(node.value)
        return f"{base}.{node.attr}" if base else node.attr
    return ""
