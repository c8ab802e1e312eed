"""Every route has exactly one door, and a permission that access.py knows."""

import ast
from collections.abc import Iterable, Iterator

from tests.house.sources import Module, Sources, named

DOORS = {"see", "do", "disclose"}
_ROUTES = {"get", "post", "put", "patch", "delete", "route"}


def routes(module: Module) -> Iterator[ast.FunctionDef]:
    """Functions that a URL leads to."""
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef) and any(_is_route(mark) for mark in node.decorator_list):
            yield node


def _is_route(mark: ast.expr) -> bool:
    if not isinstance(mark, ast.Call) or not isinstance(mark.func, ast.Attribute) or mark.func.attr not in _ROUTES:
        return False
    first = mark.args[0] if mark.args else None
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.startswith("/")


def doors(view: ast.FunctionDef) -> list[tuple[str, str | None]]:
    """The doors of a view with their permissions."""
    return [
        (named(mark.func), ast.literal_eval(mark.args[0]) if mark.args and isinstance(mark.args[0], ast.Constant) else None)
        for mark in view.decorator_list
        if isinstance(mark, ast.Call) and named(mark.func).split(".")[-1] in DOORS
    ]


def door_faults(sources: Sources, permissions: set[str], exempt: tuple[str, ...]) -> list[str]:
    """Routes without a door, with two, or with a permission that nobody grants."""
    faults = []
    for module in sources:
        if module.name.startswith(exempt):
            continue
        for view in routes(module):
            found = doors(view)
            if len(found) != 1:
                faults.append(f"{module.at(view)}: {view.name} has {len(found)} doors")
            elif found[0][1] not in permissions:
                faults.append(f"{module.at(view)}: {view.name} asks for {found[0][1]}, which access.py does not know")
    return faults


def unused_permissions(sources: Sources, permissions: set[str]) -> list[str]:
    """Lines of access.py that no door asks for."""
    asked = {permission for module in sources for view in routes(module) for _, permission in doors(view)}
    said = {
        node.value
        for module in sources
        if module.name != "portal.access"
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted(permissions - asked - said)


def live_faults(views: dict[str, object], permissions: set[str], exempt: set[str]) -> list[str]:
    """The same, asked of the assembled application: whatever registered a view, and however."""
    faults = []
    for endpoint, view in views.items():
        door = getattr(view, "door", None)
        if endpoint in exempt:
            continue
        if door is None:
            faults.append(f"{endpoint}: no door")
        elif door[1] not in permissions:
            faults.append(f"{endpoint}: {door[1]} is not in access.py")
    return faults


def astray(rules: Iterable[tuple[str, str]], machines: tuple[str, ...]) -> list[str]:
    """Of (endpoint, path): pages under the machines' paths, where no form is proved, and machines' views under others."""
    return [f"{endpoint}: {path}" for endpoint, path in rules if endpoint.startswith("vendor_api.") != path.startswith(machines)]
