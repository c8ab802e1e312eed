"""The worker: leads the log while facts wait, does jobs, and stops on TERM. Part of the roof."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

from sqlalchemy import select

from portal.accounts import jobs as accounts_jobs
from portal.audit.refusals import settle_refusals
from portal.customers import jobs as customers_jobs
from portal.events import jobs as events_jobs
from portal.files import jobs as files_jobs
from portal.grants import jobs as grants_jobs
from portal.kernel import heartbeats, jobs, mail
from portal.kernel.errors import Busy
from portal.kernel.house import House, use_house
from portal.kernel.jobs import run_one
from portal.kernel.log_queue import ASIDE, QueuedFact
from portal.kernel.settings import Settings
from portal.links import jobs as links_jobs
from portal.messages import jobs as messages_jobs
from portal.oauth import jobs as oauth_jobs
from portal.orders import jobs as orders_jobs
from portal.orders.demands.guests import jobs as guests_jobs
from portal.watch import journal
from portal.wiring import open_house

log = logging.getLogger(__name__)

Sweep = Callable[[House], Iterator[object]]

LEAD_EVERY = 0.2
LOOK_EVERY = 0.5
SETTLE_EVERY = 10.0
SWEEP_EVERY = 3600.0
TELL_EVERY = 10.0


def make_up(house: House) -> Iterator[int]:
    """What an older release left to be done once, a slice a commit; says of each slice how much it was."""
    yield from mail.adopt_older(house)
    yield from customers_jobs.index_older(house)
    yield from orders_jobs.index_words(house)


class Worker:
    """Three hands: one leads the log, so that a slow mail server never holds it up; one does jobs and cleans up; one tells
    companies what happened."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stopping = threading.Event()
        self._parent = int(os.environ.get("FREEHOLD_PARENT", "0"))

    def stop(self) -> None:
        """Ends after what is in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Works until :meth:`stop`, or until the process that started it is gone."""
        doer = threading.Thread(target=self._do_jobs, name="jobs")
        doer.start()
        teller = threading.Thread(target=self._tell_companies, name="teller")
        teller.start()
        settle = _Every(SETTLE_EVERY, lambda: settle_refusals(self._house))
        beat = _Every(heartbeats.EVERY, self._beat)
        while not self._stopping.wait(LEAD_EVERY):
            self._safely(self._lead)
            self._safely(settle)
            self._safely(beat)
            if self._is_orphan():
                self.stop()
        doer.join()
        teller.join()
        self._safely(self._house.lead)

    def _do_jobs(self) -> None:
        self._safely(self._bring_up)
        clean = _Every(SWEEP_EVERY, self._clean)
        tell = _Every(TELL_EVERY, self._tell)
        with use_house(self._house):
            while not self._stopping.is_set():
                self._safely(clean)
                self._safely(tell)
                if not self._safely(lambda: run_one(self._house)):
                    self._stopping.wait(LOOK_EVERY)

    def _tell_companies(self) -> None:
        postman = events_jobs.Postman(self._house)
        while not self._stopping.is_set():
            if not self._safely(postman.step):
                self._stopping.wait(LOOK_EVERY)
        postman.close()

    def _bring_up(self) -> None:
        for _ in make_up(self._house):
            if self._stopping.is_set():
                return

    def _tell(self) -> None:
        grants_jobs.tell_over(self._house)
        messages_jobs.watch(self._house)

    def _lead(self) -> None:
        # A look costs no gate: an empty queue keeps nobody waiting.
        with self._house.reading() as unit:
            waiting = unit.connection.execute(select(QueuedFact.id).where(QueuedFact.id < ASIDE).limit(1)).first()
        if waiting is not None:
            self._house.lead()

    def _beat(self) -> None:
        with self._house.writing() as unit:
            heartbeats.beat(unit)

    def _clean(self) -> None:
        with self._house.writing() as unit:
            jobs.prune(unit)
            mail.prune(unit)
            accounts_jobs.sweep(unit)
            messages_jobs.sweep(unit)
        # A program's half of a request refers to the request, and goes first.
        rooms: tuple[Sweep, ...] = (oauth_jobs.sweep, grants_jobs.sweep, messages_jobs.remind, messages_jobs.tell_weeks)
        rooms += (links_jobs.send_invitations, links_jobs.sweep, guests_jobs.sweep, events_jobs.sweep, files_jobs.sweep)
        for sweep in rooms:
            for _ in sweep(self._house):
                if self._stopping.is_set():
                    return

    def _safely(self, work: Callable[[], object]) -> object:
        # A database that is away for a while must not end the worker; it goes on when the database is back.
        try:
            return work()
        except Exception as error:
            log.warning("the worker waits: %s", type(error).__name__)
            self._stopping.wait(1)
            return None

    def _is_orphan(self) -> bool:
        return bool(self._parent) and os.getppid() != self._parent


class _Every:
    """Calls something at most once in so many seconds."""

    def __init__(self, seconds: float, work: Callable[[], object]) -> None:
        self._seconds, self._work = seconds, work
        self._last = time.monotonic() - seconds

    def __call__(self) -> object:
        if time.monotonic() - self._last < self._seconds:
            return None
        self._last = time.monotonic()
        return self._work()


def _opened(settings: Settings) -> House:
    """The house, as soon as its database answers: a worker may well be up before it."""
    while True:
        try:
            return open_house(settings)
        except Busy:
            log.warning("the worker waits for the database")
            time.sleep(1)


def main(settings: Settings) -> None:
    """What ``freehold worker`` runs."""
    journal.begin(settings.log_level)
    house = _opened(settings)
    worker = Worker(house)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    try:
        worker.run()
    finally:
        house.close()


if __name__ == "__main__":
    main(Settings())
