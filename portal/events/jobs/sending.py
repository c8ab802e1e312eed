"""The hands that call companies' endpoints, outside any unit: several endpoints at once, and each by one hand."""

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace

from portal.events.jobs.letters import Letter, cause_of, put_on_record
from portal.events.jobs.taking import Looked, take_news
from portal.events.reads import Due, due_endpoints, next_of
from portal.events.service import claim_endpoint, drop, record, release
from portal.events.service.deliveries import Outcome
from portal.events.signing import headers_of
from portal.kernel import clock
from portal.kernel.house import House, use_house
from portal.kernel.outgoing import Failed, Rules, post
from portal.kernel.unit import SYSTEM

log = logging.getLogger(__name__)

CALL_SECONDS = 15.0
HANDS = 8
"""Endpoints that are called at the same time, ..."""
SLOW_HANDS = 4
"""... and of them those that took long or failed when they were called last, so that they never keep the others waiting."""
_SLOW = 2.0
_PAUSE = 0.5
_TURN = 5.0
"""Seconds after which an endpoint lets others go first."""


class Postman:
    """Tells what is due. One a worker; several workers share the work, each endpoint in the hands of one of them."""

    def __init__(self, house: House, rules: Rules | None = None) -> None:
        self._house = house
        self._rules = rules or replace(Rules.of(house.settings), seconds=CALL_SECONDS)
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="webhooks")
        self._busy: dict[bytes, Future[None]] = {}
        self._slow: set[bytes] = set()
        self._looked: Looked = {}
        self._ending = threading.Event()

    def step(self) -> bool:
        """Takes what happened and hands out what is due; whether there was anything."""
        taken = take_news(self._house, self._looked)
        self._busy = {endpoint: hand for endpoint, hand in self._busy.items() if not hand.done()}
        with self._house.reading(SYSTEM) as unit:
            due = due_endpoints(unit)
        begun = 0
        for one in due:
            if self._has_hand_for(one):
                self._busy[one.endpoint_id] = self._hands.submit(copy_context().run, self._serve, one)
                begun += 1
        return taken or begun > 0

    def run_out(self, seconds: float = 60.0) -> None:
        """Works until nothing is due any more, as whoever waits for it wants."""
        end = time.monotonic() + seconds
        while self.step() and time.monotonic() < end:
            for hand in self._busy.values():
                hand.result(max(0.0, end - time.monotonic()))

    def close(self) -> None:
        """Ends after the calls that are in hand."""
        self._ending.set()
        self._hands.shutdown(wait=True)

    def _has_hand_for(self, due: Due) -> bool:
        if due.endpoint_id in self._busy or len(self._busy) >= HANDS:
            return False
        return due.endpoint_id not in self._slow or len(self._slow & self._busy.keys()) < SLOW_HANDS

    def _serve(self, due: Due) -> None:
        try:
            with use_house(self._house):
                self._take_turn(due)
        except Exception as error:  # the claim runs out, and whoever is there then goes on
            log.warning("webhooks wait: %s", type(error).__name__)

    def _take_turn(self, due: Due) -> None:
        with self._house.writing(SYSTEM) as unit:
            claimed = claim_endpoint(unit, due)
        if claimed is None:
            return
        end = time.monotonic() + _TURN
        while not self._ending.is_set() and time.monotonic() < end and self._send_next(claimed):
            pass
        with self._house.writing(SYSTEM) as unit:
            release(unit, claimed)

    def _send_next(self, claimed: Due) -> bool:
        """Sends one message; whether the endpoint may have the next at once."""
        with self._house.reading(SYSTEM) as unit:
            delivery = next_of(unit, claimed.endpoint_id)
        letter = None if delivery is None else put_on_record(self._house, delivery)
        if delivery is None:
            return False
        if letter is None:
            # What it tells is changing at this moment: whoever looks again at once finds it changing.
            self._ending.wait(_PAUSE)
            return False
        if letter.body is None:
            with self._house.writing(SYSTEM, cause=cause_of(delivery)) as unit:
                return drop(unit, claimed, delivery)
        outcome = self._call(letter, letter.body, delivery.event_id)
        is_slow = not outcome.is_taken or outcome.milliseconds > _SLOW * 1000
        (self._slow.add if is_slow else self._slow.discard)(claimed.endpoint_id)
        with self._house.writing(SYSTEM, cause=cause_of(delivery)) as unit:
            return record(unit, claimed, delivery, outcome) and outcome.is_taken

    def _call(self, letter: Letter, body: bytes, event_id: str) -> Outcome:
        began = time.monotonic()
        headers = headers_of(event_id, clock.now(), body, letter.secrets)
        status, reason = None, None
        answered: Mapping[str, str] = {}
        try:
            reply = post(letter.endpoint.url, body, headers, self._rules)
            status, answered = reply.status, reply.headers
        except Failed as failed:
            status, reason = failed.status, failed.reason
        return Outcome(status, reason, int((time.monotonic() - began) * 1000), body, answered)
