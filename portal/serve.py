"""The server: granian in production shape, with a worker beside it. Part of the roof."""

import ctypes
import gc
import os
import signal
import subprocess
import sys
from typing import Any

from portal.app import create_app
from portal.kernel.migrate import upgrade
from portal.kernel.settings import Settings
from portal.wiring import open_house

_PR_SET_PDEATHSIG = 1


def application() -> Any:
    """What each server process loads: its own house and application."""
    _end_with_parent()
    app = create_app(open_house(Settings()))
    _rest_the_collector()
    return app


def _rest_the_collector() -> None:
    """What the start made stays for good: the cycle collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _end_with_parent() -> None:
    """Asks Linux to kill this process when its parent is killed: no orphan goes on answering on our port."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def serve(settings: Settings, *, host: str = "127.0.0.1", with_worker: bool = True) -> None:
    """Migrates, empties the log queue, starts the worker beside, and serves until TERM."""
    os.environ.update(_environment(settings))
    house = open_house(settings)
    upgrade(house.engine)
    house.lead()
    house.close()
    worker = _start_worker() if with_worker else None
    try:
        _granian(settings, host)
    finally:
        if worker is not None:
            worker.send_signal(signal.SIGTERM)
            worker.wait(timeout=10)


def _environment(settings: Settings) -> dict[str, str]:
    """What the processes we start must know as we do, wherever it came from."""
    return {
        "FREEHOLD_INSTANCE": str(settings.instance),
        "FREEHOLD_DATABASE_URL": settings.database_url,
        "FREEHOLD_ORIGIN": settings.origin,
        "FREEHOLD_PORT": str(settings.port),
        "FREEHOLD_DEMO": "1" if settings.demo else "0",
    }


def _start_worker() -> subprocess.Popen[bytes]:
    # Tied to us: the worker ends by itself when its parent is gone, so that a kill leaves no orphan.
    environment = {**os.environ, "FREEHOLD_PARENT": str(os.getpid())}
    return subprocess.Popen([sys.executable, "-m", "portal.worker"], env=environment)


def _granian(settings: Settings, host: str) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "portal.serve:application",
        factory=True,
        address=host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.processes,
        blocking_threads=settings.threads,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()
