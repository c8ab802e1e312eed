"""Figures for Prometheus: few, of the whole house, and none with anybody in its labels.

Several server processes write into one folder, and whichever is asked answers for all. What the database knows is asked
of it at that moment. The library is loaded only where a key opens the figures.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, request

from portal.kernel.errors import Problem
from portal.kernel.house import House
from portal.kernel.itself import itself
from portal.kernel.last_backup import last_backup
from portal.kernel.mail import Came, mails_that_came
from portal.kernel.migrate import newest, revision_of
from portal.watch.journal import since_arrival
from portal.watch.standing import Standing, standing_of

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_HOLDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 1.0)
_OF_THE_DATABASE: tuple[tuple[str, str, Callable[[Standing], float]], ...] = (
    ("freehold_log_queue_facts", "Facts that wait for their place in the access log.", lambda s: s.queue),
    ("freehold_log_queue_seconds", "How long the oldest of them has waited.", lambda s: s.queue_age),
    ("freehold_jobs_due", "Jobs that are due.", lambda s: s.jobs),
    ("freehold_jobs_due_seconds", "How long the oldest of them has been due.", lambda s: s.jobs_age),
    ("freehold_jobs_given_up", "Jobs that are not tried any more.", lambda s: s.dead),
    ("freehold_mail_waiting", "Mails on their way.", lambda s: s.mail),
    ("freehold_worker_silent_seconds", "Since when no worker has said that it is there; -1 if none ever did.",
     lambda s: -1 if s.worker_silent is None else s.worker_silent),
)  # fmt: skip


class Metrics:
    """The figures of one process, and the page of all."""

    def __init__(self, house: House) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._house = house
        self._own = CollectorRegistry()
        self._requests = Counter(
            "freehold_requests", "Answers by route and class of status.", ["route", "status"], registry=self._own
        )
        self._durations = Histogram(
            "freehold_request_seconds", "How long answers took, by route.", ["route"], registry=self._own, buckets=_SECONDS
        )
        self._holds = Histogram(
            "freehold_gate_hold_seconds", "How long a writer held SQLite's gate.", registry=self._own, buckets=_HOLDS
        )

    def count(self, response: Response) -> None:
        """Counts an answer, and what writers of this process did meanwhile."""
        asked = itself(request)
        route = asked.url_rule.rule if asked.url_rule is not None else "none"
        self._requests.labels(route, f"{response.status_code // 100}xx").inc()
        self._durations.labels(route).observe(since_arrival(asked.environ))
        holds = self._house.gate.holds
        while holds:
            self._holds.observe(holds.popleft())

    @property
    def content_type(self) -> str:
        """Of the page."""
        from prometheus_client import CONTENT_TYPE_LATEST

        return str(CONTENT_TYPE_LATEST)

    def page(self) -> bytes:
        """All figures, as Prometheus reads them."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        registry.register(self)
        pages = [generate_latest(registry)]
        if os.environ.get(FOLDER):
            shared = CollectorRegistry()
            MultiProcessCollector(shared)
            pages.append(generate_latest(shared))
        else:
            pages.append(generate_latest(self._own))
        return b"".join(pages)

    def collect(self) -> Iterator[Any]:
        """What the instance and the database know, asked now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        kept = last_backup(self._house.settings)
        age = -1.0 if kept is None else kept.age.total_seconds()
        yield GaugeMetricFamily("freehold_backup_age_seconds", "How old the newest backup is; -1 if none was made.", value=age)
        try:
            found = standing_of(self._house)
            came = _mails_that_came(self._house)
        except Problem:
            yield GaugeMetricFamily("freehold_database_up", "Whether the database answers.", value=0)
            return
        yield GaugeMetricFamily("freehold_database_up", "Whether the database answers.", value=1)
        for name, told, value in _OF_THE_DATABASE:
            yield GaugeMetricFamily(name, told, value=value(found))
        mails = CounterMetricFamily("freehold_mail_received", "Mails that came in, by what became of them.", labels=["outcome"])
        for one in came:
            mails.add_metric([one.outcome], one.times)
        yield mails
        alarms = GaugeMetricFamily("freehold_alarms", "How many things an operator should look at.", value=len(found.alarms))
        yield alarms


def _mails_that_came(house: House) -> list[Came]:
    with house.reading() as unit:
        return mails_that_came(unit.connection) if revision_of(unit.connection) == newest() else []
