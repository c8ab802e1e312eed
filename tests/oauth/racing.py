"""Several processes, each with its own application on one database, that do the same thing at the same moment."""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from portal.kernel.house import House
from tests.processes import FORKING

PROCESSES, THREADS = 2, 4


def race(house: House, rounds: Sequence[dict[str, Any] | list[dict[str, Any]]]) -> list[list[tuple[int, Any]]]:
    """Sends each round's request eight times at once, or its eight requests, from two processes.

    Gives status and JSON of every answer.
    """
    rounds = [one if isinstance(one, list) else [one] * PROCESSES * THREADS for one in rounds]
    barrier = FORKING.Barrier(PROCESSES * THREADS)
    results = FORKING.Queue()
    settings = {"instance": str(house.settings.instance), "database_url": house.settings.database_url}
    started = [
        FORKING.Process(
            target=_run,
            args=(settings, [one[at * THREADS : (at + 1) * THREADS] for one in rounds], barrier, results, list(sys.path)),
        )
        for at in range(PROCESSES)
    ]
    for process in started:
        process.start()
    gathered: list[list[tuple[int, Any]]] = [[] for _ in rounds]
    try:
        for _ in range(PROCESSES):
            for number, answers in enumerate(results.get(timeout=300)):
                gathered[number] += answers
    finally:
        for process in started:
            process.join(30)
            if process.is_alive():
                process.kill()
    return gathered


def _run(settings: dict[str, str], rounds: list[list[dict[str, Any]]], barrier: Any, results: Any, path: list[str]) -> None:
    sys.path[:] = path
    from portal.app import create_app
    from portal.kernel.settings import Settings
    from portal.wiring import WIRING

    settings_ = Settings(instance=Path(settings["instance"]), database_url=settings["database_url"])
    house = House.open(settings_, WIRING)
    app = create_app(house)

    def send(one: dict[str, Any]) -> tuple[int, Any]:
        # A client with cookies of its own throws away those that a request brings.
        client = app.test_client(use_cookies=False)
        barrier.wait(120)
        answer = client.open(**one)
        return answer.status_code, answer.json

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [list(pool.map(send, mine)) for mine in rounds]
    house.close()
    results.put(answers)
