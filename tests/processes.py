"""Processes of a test's own that are there at once.

Each is a process like any other, with memory, files, signals and an end of its own. It comes from one that has imported the
application already, for that import takes longer than most tests; what a command costs from nothing the tests
of the roof try.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from portal.serve import end_with_parent

ROOT = Path(__file__).resolve().parents[1]
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["portal.app", "portal.serve", "portal.worker", "portal.cli.__main__", "tests.oauth.cast"])


class Started:
    """A process that runs, as `subprocess.Popen` has it."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        self._process = FORKING.Process(target=work, args=arguments)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Its exit code, a signal's below nought; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        """Waits for its end; subprocess.TimeoutExpired where that does not come in time."""
        self._process.join(seconds)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), seconds or 0)
        return code

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()


def begin(
    module: str, *arguments: str, environment: Mapping[str, str], out: Path, err: Path | None = None, given: Path | None = None
) -> Started:
    """``python -m module arguments`` in a session of its own; what it prints is added to ``out``. It reads what is ``given``,
    or has nothing to read."""
    started = Started(_become, module, arguments, dict(environment), str(out), str(err or out), str(given or os.devnull))
    # From then on whatever is sent to its group reaches it.
    end = time.monotonic() + 10
    while started.poll() is None and os.getpgid(started.pid) != started.pid and time.monotonic() < end:
        time.sleep(0.001)
    return started


def call(module: str, *arguments: str, environment: Mapping[str, str], seconds: float = 300) -> "subprocess.CompletedProcess[str]":
    """The same, waited for, with what it printed."""
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        started = begin(module, *arguments, environment=environment, out=out, err=err)
        try:
            code = started.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            raise
        return subprocess.CompletedProcess([module, *arguments], code, out.read_text(), err.read_text())


def printed_by_two(module: str, *arguments: str) -> list[str]:
    """The words that two processes printed, which do the same at the same time."""
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        files = [Path(folder, name) for name in ("one", "other")]
        both = [begin(module, *arguments, environment=os.environ, out=file, err=file.with_suffix(".err")) for file in files]
        codes = [one.wait(900) for one in both]
        assert codes == [0, 0], [file.with_suffix(".err").read_text() for file in files]
        return [word for file in files for word in file.read_text().split()]


def _become(module: str, arguments: tuple[str, ...], environment: dict[str, str], out: str, err: str, given: str) -> None:
    for number, path, how in ((0, given, os.O_RDONLY), (1, out, _ADD), (2, err, _ADD)):
        opened = os.open(path, how, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)  # the library has put an empty one there
    os.setsid()
    _end_with_the_tests()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    multiprocessing.set_start_method("fork", force=True)  # what a fresh interpreter has on Linux
    sys.argv = [module, *arguments]
    warnings.filterwarnings("ignore", message=".*found in sys.modules", category=RuntimeWarning)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_the_tests() -> None:
    # The process that forks ends once nobody holds this pipe, and we end with it. The library hands the pipe to each of its
    # children and has no public way to give it up: after a run that was killed, servers went on for ever.
    os.close(forkserver._forkserver._forkserver_alive_fd)
    end_with_parent()


_ADD = os.O_WRONLY | os.O_CREAT | os.O_APPEND
