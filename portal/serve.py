"""The server: granian in production shape, with a worker beside it. Part of the roof."""

import ctypes
import multiprocessing
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

from portal.app import create_app
from portal.kernel.errors import Conflict
from portal.kernel.instance import remember_origin
from portal.kernel.keysets import LOOK_EVERY, Keys
from portal.kernel.migrate import bring_up
from portal.kernel.settings import Settings
from portal.kernel.settled import settle
from portal.watch import journal
from portal.watch.metrics import FOLDER
from portal.wiring import open_house

_PR_SET_PDEATHSIG = 1
_GRACE = 10
"""Seconds that requests in hand have when the server is told to end."""


def application() -> Any:
    """What each server process loads: its own house and application."""
    _as_child()
    settings = Settings()
    journal.begin(settings.log_level)
    house = open_house(settings)
    app = create_app(house)
    settle()
    # Nobody may come for days: keys that change twice meanwhile must be followed all the same.
    threading.Thread(target=_watch_keys, args=(house.keys,), name="keys", daemon=True).start()
    return app


def _watch_keys(keys: Keys) -> None:
    while True:
        time.sleep(LOOK_EVERY)
        keys.look()


def _as_child() -> None:
    end_with_parent()
    # What the fork inherited would swallow the parent's TERM until granian sets its own, and the parent would wait on.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Ctrl-C is for the parent, which then sends TERM: both at once lock granian's process up.
    os.setpgid(0, 0)


def end_with_parent() -> None:
    """Asks Linux to kill this process when its parent is killed: no orphan goes on answering on our port."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def is_open(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody answers on a port of this machine."""
    # Addresses in numbers and one system call: safe beside a fork.
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.settimeout(1)
            return probe.connect_ex((host, port)) == 0
    except OSError:
        return False


def check_port(port: int) -> None:
    """Refuses a port that another program has, before anything is begun. Browsers take localhost for both addresses."""
    if port > 65_535:
        raise Conflict("no-such-port", "That port is too high. Choose another: PORT=9000")
    # A server that was killed a moment ago may still be going.
    deadline = time.monotonic() + 2
    while is_open(port) or is_open(port, "::1"):
        if time.monotonic() < deadline:
            time.sleep(0.1)
            continue
        raise Conflict("port-taken", f"Port {port} is in use by another program. Choose another: PORT=9000")


def serve(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    with_worker: bool = True,
    quiet: bool = False,
    ready: Callable[[], None] | None = None,
) -> None:
    """Migrates, empties the log queue, starts the worker beside, and serves until TERM.

    ``ready`` is called once the server answers, in a thread of its own. What was started has ended when this returns.
    """
    check_port(settings.port)
    if quiet:
        settings = settings.model_copy(update={"log_level": "WARNING"})
    os.environ.update(_environment(settings))
    house = open_house(settings)
    bring_up(house)
    house.lead()
    house.close()
    remember_origin(settings)
    _begin_figures(settings)
    worker = _start_worker(settings) if with_worker else None
    try:
        _granian(settings, host, quiet, ready)
    finally:
        if worker is not None:
            _end(worker)


def _begin_figures(settings: Settings) -> None:
    """The folder in which the server's processes count, empty: what an earlier run counted is over."""
    if not settings.metrics_key:
        return
    folder = settings.instance / "figures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.environ[FOLDER] = str(folder)


def _environment(settings: Settings) -> dict[str, str]:
    """What the processes we start must know as we do, wherever it came from."""
    return {
        "FREEHOLD_INSTANCE": str(settings.instance),
        "FREEHOLD_DATABASE_URL": settings.database_url,
        "FREEHOLD_ORIGIN": settings.origin,
        "FREEHOLD_PORT": str(settings.port),
        "FREEHOLD_LOG_LEVEL": settings.log_level,
        "FREEHOLD_DEMO": "1" if settings.demo else "0",
        # Threads share one heap of the C library instead of keeping one each: a few tens of MiB a process, 6 of them by the
        # second heap alone. They take turns with one interpreter and seldom want it at once.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "1"),
        # What one large answer needed is given back after it: 2 MiB a process.
        "MALLOC_MMAP_THRESHOLD_": os.environ.get("MALLOC_MMAP_THRESHOLD_", "65536"),
        "MALLOC_TRIM_THRESHOLD_": os.environ.get("MALLOC_TRIM_THRESHOLD_", "65536"),
    }


def _start_worker(settings: Settings) -> BaseProcess:
    """Forked, before there are threads: a new process would load again for a second what we hold already."""
    worker = multiprocessing.get_context("fork").Process(target=_work, args=(settings,), name="worker")
    # Ctrl-C is ours, and reaches it from its first moment on: it is told to end by us.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        worker.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return worker


def _work(settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # Tied to us: the worker ends by itself when its parent is gone, so that a kill leaves no orphan.
    os.environ["FREEHOLD_PARENT"] = str(os.getppid())
    from portal.worker import main

    main(settings)


def _end(worker: BaseProcess) -> None:
    """Lets the worker finish what is in hand; what takes too long is cut off, and done again at the next start."""
    worker.terminate()
    worker.join(_GRACE)
    if worker.exitcode is None:
        worker.kill()
        worker.join()


def _granian(settings: Settings, host: str, quiet: bool, ready: Callable[[], None] | None) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server = Granian(
        "portal.serve:application",
        factory=True,
        address=host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.processes,
        blocking_threads=settings.threads,
        workers_kill_timeout=_GRACE,
        log_access=False,
        log_level=LogLevels.error if quiet else LogLevels.info,
        log_dictconfig=journal.granian_config(),
        respawn_failed_workers=True,
    )
    # From its first moment, not only once it has loaded the application.
    os.register_at_fork(after_in_child=_as_child)
    if ready is not None:
        threading.Thread(target=_wait, args=(settings.port, ready), daemon=True).start()
    server.serve()


def _wait(port: int, ready: Callable[[], None]) -> None:
    while not is_open(port):
        time.sleep(0.02)
    ready()
