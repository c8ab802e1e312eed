"""One run of the bench: alternating turns of the bare view and ours, medians, ratios, a table."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import func, select

from portal.app import create_app
from portal.audit.models import LogEntry
from portal.bench import servers
from portal.bench.appends import measure_appends
from portal.bench.bringing import EACH
from portal.bench.engines import database
from portal.bench.holds import measure_holds
from portal.bench.keyed import fresh
from portal.bench.people import CUSTOMERS
from portal.bench.scenario import EVENTS, Scenario, build
from portal.bench.servers import Server
from portal.bench.telling import EACH as TOLD
from portal.kernel.house import House
from portal.kernel.log_queue import Condition
from portal.kernel.migrate import upgrade
from portal.kernel.settings import Settings
from portal.kernel.settled import settle
from portal.wiring import open_house

_APPENDING = 1.5
"""Seconds of one turn of appends."""


@dataclass(frozen=True)
class Figure:
    """One measured thing: its value, what is wanted of it, and what stands beside it."""

    engine: str
    name: str
    value: float
    unit: str
    goal: float | None
    at_most: bool = False
    beside: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal was reached; a figure without a goal is only told."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.at_most else self.value >= self.goal


@dataclass(frozen=True)
class Work:
    """What is asked of us over HTTP: how many things an answer counts for, and the ratio that is wanted on SQLite."""

    name: str
    # Those that are good once are made anew for each turn, so many as are asked for. A mapping is the plan of a walk.
    requests: Sequence[str] | Callable[[int], Sequence[str] | Mapping[str, Any]] | Mapping[str, Any]
    goal: float | None
    each: int = 1
    # Told as things a second, and not beside the bare view.
    plainly: bool = False
    # Of those that are made anew: so many for a second.
    most: int = 2500


def run(engines: Sequence[str], *, turns: int = 5, seconds: float = 2.0, console: Console | None = None) -> list[Figure]:
    """Measures on each engine and prints the table; gives the figures."""
    console = console or Console()
    figures: list[Figure] = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Measuring", total=len(engines) * (13 * turns + 2))
        for engine in engines:
            figures += _measure(engine, turns, seconds, lambda: progress.advance(task))
    console.print(_table(figures))
    missed = [f"{one.engine} {one.name}" for one in figures if not one.met]
    console.print("Missed: " + ", ".join(missed) if missed else "Every goal was met.")
    return figures


def _measure(engine: str, turns: int, seconds: float, tick: Callable[[], None]) -> list[Figure]:
    with database(engine) as (instance, url):
        settings = Settings(instance=instance, database_url=url, port=servers.free_port(), threads=servers.THREADS)
        house = open_house(settings)
        upgrade(house.engine)
        app = create_app(house)
        scenario = build(house, app)
        tick()
        # What is measured in this process is measured as in a server's.
        settle()
        figures = _inside(engine, house, app, scenario, turns)
        tick()
        environment = {"FREEHOLD_INSTANCE": str(instance), "FREEHOLD_DATABASE_URL": url, "FREEHOLD_THREADS": str(servers.THREADS)}
        environment |= {"FREEHOLD_PORT": str(settings.port), "FREEHOLD_ORIGIN": settings.origin}
        with servers.floor_server() as floor, servers.our_server(settings.port, environment) as ours:
            for work in _works(scenario):
                figures.append(_ratio(engine, work, floor, ours, house, turns, seconds, tick))
            figures.append(Figure(engine, "memory a process", max(ours.mebibytes()), "MiB", 150, at_most=True))
            feed = Work("events of /changes", [scenario.changes], 5000, each=EVENTS, plainly=True)
            figures.append(_ratio(engine, feed, floor, ours, house, turns, seconds, tick))
            for walk in _walks(scenario):
                figures.append(_ratio(engine, walk, floor, ours, house, turns, seconds, tick))
            beside = "once a process told the feed, and made pages"
            figures.append(Figure(engine, "memory, pages made", max(ours.mebibytes()), "MiB", None, beside=beside))
            # Last of all: each turn leaves thousands of orders, or of customers, behind.
            for told in (
                Work("orders told, new", scenario.telling.new, 0.8, each=TOLD),
                Work("orders told, half of them news", scenario.telling.changed, 0.8, each=TOLD),
            ):
                figures.append(_ratio(engine, told, floor, ours, house, turns, seconds, tick))
            brought = Work("invitations", scenario.bringing.requests, 500, each=EACH, plainly=True)
            figures.append(_ratio(engine, brought, floor, ours, house, turns, seconds, tick))
        house.close()
    return figures


def _works(scenario: Scenario) -> list[Work]:
    keyed = scenario.keyed
    return [
        Work("vendor read", scenario.reads, 0.30),
        Work("token request", [scenario.token], 0.20),
        Work("customers of /profiles", [scenario.profiles], 1.0, each=CUSTOMERS),
        Work("token by key and proof", lambda many: fresh(keyed.token_request, many), 0.20),
        Work("read by proof", lambda many: fresh(keyed.read, many), 0.20),
        Work("introspection", scenario.introspections, 0.35),
        # An assertion more to be read, verified and claimed: the goal is that of a program with a secret, as its peers'.
        Work("introspection by key", lambda many: fresh(keyed.introspection, many), None),
    ]


def _walks(scenario: Scenario) -> list[Work]:
    return [
        # A customer connects with a company once; whoever does it again ends what stood before, which is told beside.
        Work("pushed request, page, yes, code, token", scenario.first_walk, 0.025, most=75),
        Work("the same in place of what is shared", scenario.walk, None),
    ]


def _inside(engine: str, house: House, app: Flask, scenario: Scenario, turns: int) -> list[Figure]:
    condition = Condition("vendor_live", (scenario.vendor_id,))
    with servers.on_the_server_core():
        done = [measure_appends(house, scenario.holder, condition, seconds=_APPENDING) for _ in range(turns)]
    figures = [Figure(engine, "appends, 128 waiters", statistics.median(one.per_second for one in done), "/s", 5000)]
    if engine == "sqlite":
        longest = statistics.median(one.hold_p99 for one in done)
        figures.append(Figure(engine, "gate hold p99, 128 waiters", longest * 1000, "ms", None))
        held = 1000 * statistics.median(measure_holds(house, app, scenario) for _ in range(turns))
        figures.append(Figure(engine, "gate hold p99", held, "ms", 5, at_most=True, beside=f"{servers.THREADS} threads"))
        with servers.on_the_server_core():
            held = measure_holds(house, app, scenario) * 1000
        beside = f"{servers.THREADS} threads that share one core"
        figures.append(Figure(engine, "gate hold p99, one core", held, "ms", None, beside=beside))
    return figures


def _ratio(
    engine: str, work: Work, floor: Server, ours: Server, house: House, turns: int, seconds: float, tick: Callable[[], None]
) -> Figure:
    ratios, cpu, rates, floor_cpu = [], [], [], []
    before = _entries(house)
    constant = ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    for turn in range(turns + 1):
        part = seconds if turn else seconds / 4
        used = floor.cpu_seconds()
        base = servers.load(floor.port, constant, seconds=part)
        floor_used = 1000 * (floor.cpu_seconds() - used) / max(1, base["done"])
        used = ours.cpu_seconds()
        done = _load(ours, work, part)
        used = ours.cpu_seconds() - used
        if done["failed"]:
            raise RuntimeError(f"{work.name}: {done['failed']} of {done['done'] + done['failed']} answers were refusals")
        if turn:
            ratios.append(_rate(done) * work.each / _rate(base))
            cpu.append(1000 * used / max(1, done["done"]))
            rates.append(_rate(done) * work.each)
            floor_cpu.append(floor_used)
            tick()
    goal = work.goal if engine == "sqlite" else None
    beside = (
        f"{statistics.median(rates):,.0f}/s, {statistics.median(cpu):.2f} ms CPU an answer"
        f" (bare view {statistics.median(floor_cpu):.2f}), {_entries(house) - before:,} entries"
    )
    if work.plainly:
        return Figure(engine, work.name, statistics.median(rates), "/s", goal, beside=beside)
    return Figure(engine, work.name, statistics.median(ratios), "x bare view", goal, beside=beside)


def _load(ours: Server, work: Work, seconds: float) -> dict[str, Any]:
    if callable(work.requests):
        made = work.requests(int(work.most * seconds))
        if isinstance(made, Mapping):
            return servers.walk(ours.port, made, seconds=seconds)
        return servers.load(ours.port, made, seconds=seconds, once=True)
    if isinstance(work.requests, Mapping):
        return servers.walk(ours.port, work.requests, seconds=seconds)
    return servers.load(ours.port, work.requests, seconds=seconds)


def _rate(result: dict[str, Any]) -> float:
    return float(result["done"]) / float(result["seconds"])


def _entries(house: House) -> int:
    with house.reading() as unit:
        return int(unit.connection.execute(select(func.count()).select_from(LogEntry)).scalar_one())


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("", "figure", "value", "goal", "", "beside")
    for one in figures:
        sign = "≤" if one.at_most else "≥"
        goal = f"{sign} {one.goal:g}" if one.goal is not None else ""
        mark = "" if one.goal is None else "met" if one.met else "MISSED"
        table.add_row(one.engine, one.name, f"{one.value:,.{3 if one.value < 0.1 else 2}f} {one.unit}", goal, mark, one.beside)
    return table
