"""No password is hashed while a unit is open: it takes long on purpose, and everybody's writes would wait for it."""

import ast
from collections.abc import Iterator

from tests.house.sources import Module, Sources, named

UNITS = {"writing", "reading"}
SLOW = ("hash_password", "passwords.hash_password", "passwords.matches")


def hashing_faults(sources: Sources) -> list[str]:
    """Whoever hashes within a unit: inside its block, or in a function that is given one."""
    return [
        f"{module.at(call)}: {named(call.func)} while a unit is open"
        for module in sources
        for place in _in_units(module)
        for call in ast.walk(place)
        if isinstance(call, ast.Call) and _is_slow(call)
    ]


def _in_units(module: Module) -> Iterator[ast.AST]:
    yield from (node for node in module.nodes if _is_in_a_unit(node))


def _is_in_a_unit(node: ast.AST) -> bool:
    if isinstance(node, ast.With):
        return any(_opens(item.context_expr) for item in node.items)
    return isinstance(node, ast.FunctionDef) and any(arg.arg == "unit" for arg in node.args.args)


def _opens(context: ast.expr) -> bool:
    return isinstance(context, ast.Call) and named(context.func).split(".")[-1] in UNITS


def _is_slow(call: ast.Call) -> bool:
    """A call of it, or one that hands it to another, as ``map`` is."""
    return any(isinstance(one, (ast.Name, ast.Attribute)) and named(one) in SLOW for one in (call.func, *call.args))
