"""Every table is explained by facts of its room, or is listed with the reason why none explains it."""

from collections.abc import Iterable, Mapping
from importlib import import_module

from portal.kernel.facts import Fact
from portal.kernel.unit import UNEXPLAINED
from portal.migrations.tables import all_tables
from tests.house.floors import ROOMS
from tests.house.sources import Sources


def fact_classes(sources: Sources) -> list[type[Fact]]:
    """Every fact of every room."""
    for name in sources.modules:
        if name.startswith("portal.") and name.endswith((".facts", ".refusals", ".sequencer")):
            import_module(name)
    found: list[type[Fact]] = []
    waiting = list(Fact.__subclasses__())
    while waiting:
        fact = waiting.pop()
        found.append(fact)
        waiting += fact.__subclasses__()
    return [fact for fact in found if fact.__module__.startswith("portal.")]


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
