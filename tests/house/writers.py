"""A table has one writing room, and only its services, engines, jobs and reactions write."""

import ast
from collections.abc import Iterator

from tests.house.floors import FORMS, ROOF_FLOOR, SERVICE, floor_of, room_of
from tests.house.sources import Module, Sources, absolute, named

SHARED_TABLES = {("log_queue", "audit"): "audit leads the queue into the log (design section 3)"}
_VERBS = {"insert", "update", "delete"}
_SESSION_VERBS = {"add", "add_all", "delete", "merge", "bulk_save_objects", "bulk_insert_mappings"}


def models(sources: Sources) -> dict[str, tuple[str, str]]:
    """`portal.links.models.Link` → (room, table), for every model."""
    return {
        f"{module.name}.{node.name}": (room_of(module.name), table)
        for module in sources
        for node in module.nodes
        if isinstance(node, ast.ClassDef) and (table := _table_of(node))
    }


def _table_of(node: ast.ClassDef) -> str | None:
    for line in node.body:
        if isinstance(line, ast.Assign) and named(line.targets[0]) == "__tablename__":
            return str(ast.literal_eval(line.value))
    return None


def writes(sources: Sources, module: Module, known: dict[str, tuple[str, str]]) -> Iterator[tuple[ast.AST, str]]:
    """Each statement or new row of a model in a module, with the model's whole name."""
    local = dict(_names_in(sources, module))
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        subjects = [node.func]
        if named(node.func).split(".")[-1] in _VERBS and node.args:
            subjects.append(node.args[0])
        for subject in subjects:
            first, _, rest = named(subject).removesuffix(".__table__").partition(".")
            whole = f"{local[first]}.{rest}".rstrip(".") if first in local else ""
            if whole in known:
                yield node, whole


def _names_in(sources: Sources, module: Module) -> Iterator[tuple[str, str]]:
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            yield from ((alias.asname or alias.name, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.ClassDef):
            yield node.name, f"{module.name}.{node.name}"


def writing_faults(sources: Sources) -> list[str]:
    """Writes by another room, or from a floor that only reads."""
    known = models(sources)
    faults = []
    for module in sources:
        floor = floor_of(module.name)
        if floor == ROOF_FLOOR:
            continue
        for node, name in writes(sources, module, known):
            owner, table = known[name]
            if (table, room_of(module.name)) in SHARED_TABLES:
                continue
            if owner != room_of(module.name):
                faults.append(f"{module.at(node)}: {table} is written by {owner}, not by {module.name}")
            elif owner != "kernel" and not _may_write(module, floor):
                faults.append(f"{module.at(node)}: floor {floor} does not write ({table})")
        faults += _session_faults(module, floor)
    return faults


def _may_write(module: Module, floor: int) -> bool:
    return floor == SERVICE or (floor == FORMS and "forms" not in module.name.split("."))


def _session_faults(module: Module, floor: int) -> list[str]:
    if module.room == "kernel" or _may_write(module, floor):
        return []
    return [
        f"{module.at(node)}: floor {floor} does not write (session.{name.split('.')[-1]})"
        for node in module.nodes
        if isinstance(node, ast.Call)
        and (name := named(node.func)).split(".")[-1] in _SESSION_VERBS
        and name.split(".")[-2:-1] == ["session"]
    ]
