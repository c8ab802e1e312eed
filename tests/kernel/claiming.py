"""A worker process of the jobs test: does what is due and writes down each job it did."""

import os
import sys
import time
from pathlib import Path

from portal.kernel.house import House, Wiring
from portal.kernel.jobs import Claimed, run_due, slow_job
from portal.kernel.settings import Settings

KIND = "test.write-down"


@slow_job(KIND)
def write_down(house: House, claimed: Claimed) -> None:
    """One line a job, whole or not at all."""
    handle = os.open(house.settings.instance / "done.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{os.getpid()} {claimed.payload['number']}\n".encode())
    os.close(handle)
    time.sleep(0.01)  # a machine with few cores turns to another process; otherwise one might do it all


def main(instance: str, url: str, workers: int) -> None:
    """Opens the house, waits until all ``workers`` have, and works until nothing is due."""
    house = House.open(Settings(instance=Path(instance), database_url=url), Wiring())
    (Path(instance) / f"ready-{os.getpid()}").touch()
    while len(list(Path(instance).glob("ready-*"))) < workers:
        time.sleep(0.005)
    run_due(house)
    house.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
