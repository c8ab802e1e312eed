"""Every table is explained by facts of its room, or is listed with the reason why none explains it."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module

from portal.kernel.facts import Fact
from portal.kernel.unit import UNEXPLAINED
from portal.migrations.tables import all_tables
from tests.house.floors import ROOMS
from tests.house.sources import Module, Sources, declares_facts


def fact_classes(sources: Sources) -> list[type[Fact]]:
    """Every fact of every room."""
    for name in sources.modules:
        if name.startswith("portal.") and (declares_facts(name) or name.endswith((".refusals", ".sequencer"))):
            import_module(name)
    found: list[type[Fact]] = []
    waiting = list(Fact.__subclasses__())
    while waiting:
        fact = waiting.pop()
        found.append(fact)
        waiting += fact.__subclasses__()
    return [fact for fact in found if fact.__module__.startswith("portal.")]


def _declared(sources: Sources) -> Iterator[tuple[Module, ast.ClassDef]]:
    """Every fact as the source has it; the bench's are nobody's."""
    for module in sources:
        for node in module.nodes if not module.name.startswith("portal.bench.") else ():
            if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "Fact" for base in node.bases):
                yield module, node


def stray_facts(sources: Sources) -> list[str]:
    """Facts that are declared where nobody looks for them."""
    return [
        module.at(node)
        for module, node in _declared(sources)
        if not declares_facts(module.name) and not module.name.endswith(".refusals")
    ]


def unread_facts(sources: Sources, found: Iterable[type[Fact]]) -> set[str]:
    """Facts of the source that are not among those which the rules are held against."""
    read = {f"{fact.__module__}.{fact.__qualname__}" for fact in found}
    return {f"{module.name}.{node.name}" for module, node in _declared(sources)} - read


def table_faults(tables: Iterable[str], explained: Iterable[str], unexplained: Iterable[str]) -> list[str]:
    """Tables in neither list, in both, or in a list and nowhere else."""
    tables, explained, unexplained = set(tables), set(explained), set(unexplained)
    return [
        *(f"{name}: no fact explains it, and nobody says why" for name in sorted(tables - explained - unexplained)),
        *(f"{name}: explained by a fact, and said to be explained by none" for name in sorted(explained & unexplained)),
        *(f"{name}: no such table" for name in sorted((explained | unexplained) - tables - {"alembic_version"})),
    ]


def borrowed(explains: Mapping[str, Iterable[str]], owners: Mapping[str, str]) -> list[str]:
    """Facts that would let a room write a table of a later room, whose services it may not call."""
    return [
        f"{fact} explains {table} of {owners[table]}"
        for fact, tables in explains.items()
        for table in sorted(tables)
        if ROOMS.index(owners.get(table, "kernel")) > ROOMS.index(fact.split(".")[1])
    ]


def our_tables() -> set[str]:
    """The names of all tables."""
    return set(all_tables().tables)


def our_unexplained() -> set[str]:
    """What kernel/unit.py lists."""
    return set(UNEXPLAINED)
