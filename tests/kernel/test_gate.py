"""The gate lets one writer in at a time, in the order they came, whatever happens to the one inside."""

import os
import signal
import threading
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from portal.audit.sequencer import begin_log
from portal.kernel.connections import driver_of
from portal.kernel.db import WRITING
from portal.kernel.errors import Busy
from portal.kernel.gate import FairLock, Gate
from portal.kernel.house import House
from tests.processes import FORKING


def _hold(path: str, inside: Event, leave: Event) -> None:
    with Gate(Path(path)).entered():
        inside.set()
        leave.wait(20)


def _count(path: str, counter: str, times: int) -> None:
    gate = Gate(Path(path))
    for _ in range(times):
        with gate.entered():
            # A plain read and write: any second writer inside at the same time would lose a step.
            number = int(Path(counter).read_text())
            Path(counter).write_text(str(number + 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the gate's file stands."""
    return tmp_path / "gate"


def test_no_step_is_lost_between_two_processes_of_four_threads(path: Path, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    others = [FORKING.Process(target=_count, args=(str(path), str(counter), 200)) for _ in range(2)]
    for other in others:
        other.start()
    gate = Gate(path)

    def work() -> None:
        for _ in range(50):
            with gate.entered():
                counter.write_text(str(int(counter.read_text()) + 1))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.join()
    assert counter.read_text() == str(2 * 200 + 4 * 50)


def test_the_lock_is_handed_on_in_the_order_of_arrival() -> None:
    lock, order = FairLock(), []
    assert lock.acquire(1)

    def wait(number: int) -> None:
        assert lock.acquire(10)
        order.append(number)
        lock.release()

    threads = []
    for number in range(8):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        while len(lock._waiting) <= number:
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_who_waits_too_long_is_told_so_and_leaves_the_line(path: Path) -> None:
    gate = Gate(path)
    with gate.entered():
        answers: list[str] = []

        def wait() -> None:
            try:
                with gate.entered(timeout=0.05):
                    answers.append("inside")
            except Busy as busy:
                answers.append(busy.reason)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
        assert answers == ["busy"]
    with gate.entered(timeout=0.05):
        pass


def test_another_process_inside_keeps_us_out_until_it_leaves(path: Path) -> None:
    inside, leave = FORKING.Event(), FORKING.Event()
    other = FORKING.Process(target=_hold, args=(str(path), inside, leave))
    other.start()
    assert inside.wait(20)
    gate = Gate(path)
    with pytest.raises(Busy), gate.entered(timeout=0.1):
        pytest.fail("two inside")
    leave.set()
    with gate.entered(timeout=10):
        pass
    other.join()


def test_a_killed_writer_leaves_the_gate_open(path: Path) -> None:
    inside, leave = FORKING.Event(), FORKING.Event()
    other = FORKING.Process(target=_hold, args=(str(path), inside, leave))
    other.start()
    assert inside.wait(20)
    assert other.pid is not None
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    with Gate(path).entered(timeout=5):
        pass


def test_an_error_inside_leaves_the_gate_open(path: Path) -> None:
    gate = Gate(path)
    with pytest.raises(ZeroDivisionError), gate.entered():
        raise ZeroDivisionError
    with gate.entered(timeout=0.05):
        pass


def test_a_forked_child_does_not_walk_in_through_its_parents_lock(path: Path) -> None:
    gate = Gate(path)
    with gate.entered():
        pass
    with Gate(path).entered():  # held by this process through another file
        child = os.fork()
        if child == 0:
            try:
                with gate.entered(timeout=0.1):
                    os._exit(1)
            except Busy:
                os._exit(0)
            os._exit(2)
        _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_how_long_it_was_held_is_measured(path: Path) -> None:
    gate = Gate(path)
    with gate.entered():
        time.sleep(0.02)
    assert len(gate.holds) == 1
    assert 0.02 <= gate.holds[0] < 2


def test_whoever_begins_to_read_lets_the_one_inside_go_first_until_only_the_disk_is_left(path: Path) -> None:
    gate, seen = Gate(path), []
    inside, goes_on = threading.Event(), threading.Event()

    def write() -> None:
        with gate.entered():
            inside.set()
            goes_on.wait(10)
            seen.append("worked")
            gate.open_way()
            gone.wait(10)

    gone, writer = threading.Event(), threading.Thread(target=write)
    gate.give_way()
    writer.start()
    inside.wait(10)
    started = time.perf_counter()
    gate.give_way()
    assert time.perf_counter() - started >= 0.003, "for a moment, and no longer: it is a courtesy"
    goes_on.set()
    while not seen:
        time.sleep(0.001)
    times = []
    for _time in range(20):
        started = time.perf_counter()
        gate.give_way()
        times.append(time.perf_counter() - started)
    gone.set()
    writer.join()
    assert min(times) < 0.001, "what waits for the disk is in nobody's way"


def test_whoever_is_inside_waits_for_nobody(path: Path) -> None:
    gate, times = Gate(path), []
    with gate.entered():
        for _time in range(20):
            started = time.perf_counter()
            gate.give_way()
            times.append(time.perf_counter() - started)
    assert min(times) < 0.001


@pytest.mark.engines("sqlite")
def test_a_writer_opens_the_way_before_it_waits_for_the_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    opened = house.gate.open_way

    def spy() -> None:
        said.append("way")
        opened()

    monkeypatch.setattr(house.gate, "open_way", spy)
    with house.gate.entered(), house.transaction(WRITING) as connection:
        driver_of(connection).set_trace_callback(said.append)
        begin_log(connection)
        assert "way" not in said
    assert said.index("way") < said.index("COMMIT")
