"""Durable appends with many waiters, through the log's public call: sealed part, one condition, no server between."""

import threading
import time
from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact
from portal.kernel.house import House
from portal.kernel.log_queue import Condition, Disclosure
from portal.kernel.unit import SYSTEM, Unit


@dataclass(frozen=True, kw_only=True)
class Measured(Fact):
    """An entry of the measurement."""

    EVENT: ClassVar[str] = "bench.measured"


@dataclass(frozen=True)
class Appends:
    """Entries a second, and how long the gate was held (99th percentile, seconds)."""

    per_second: float
    hold_p99: float


def measure_appends(house: House, holder: bytes, condition: Condition, *, waiters: int = 128, seconds: float = 3.0) -> Appends:
    """``waiters`` threads append one entry after the other, each waiting until its own is durable."""
    house.gate.holds.clear()
    stop = threading.Event()
    counts = [0] * waiters
    threads = [
        threading.Thread(target=_append_until, args=(house, holder, condition, stop, counts, at)) for at in range(waiters)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return Appends(sum(counts) / (time.perf_counter() - started), percentile(list(house.gate.holds), 0.99))


def _append_until(
    house: House, holder: bytes, condition: Condition, stop: threading.Event, counts: list[int], at: int
) -> None:
    with house.reading(SYSTEM) as unit:
        first = _prepared(unit, holder, condition)
    while not stop.is_set():
        if not house.log.disclose(first):
            raise RuntimeError("the condition of the measurement does not hold")
        counts[at] += 1
        first = _prepared(unit, holder, condition)


def _prepared(unit: Unit, holder: bytes, condition: Condition) -> Disclosure:
    fact = Measured(holder=holder, given=["profile.email"], personal={"address": "127.0.0.1"})
    return Disclosure(unit.prepare([fact]), [condition])


def percentile(values: list[float], part: float) -> float:
    """The value below which ``part`` of them lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0
