"""The hands that call companies' endpoints, outside any unit: several endpoints at once, and each by one hand."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from portal.events.jobs.letters import Letter, cause_of, put_on_record
from portal.events.jobs.taking import Looked, take_news
from portal.events.reads import DeliveryView, Due, due_endpoints, next_of
from portal.events.service import claim_endpoint, cut_short, drop, record, release
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
LAST_SECONDS = 4.0
"""For the calls in hand when a worker is told to end: less than whoever told it waits before it is killed."""
_WRITING = 2.0
"""And for putting down the answers that have just come."""


class _Call(NamedTuple):
    """A message on its way."""

    claimed: Due
    delivery: DeliveryView
    body: bytes
    began: float


class _Hand(threading.Thread):
    """A thread at one endpoint, and the call whose outcome it waits for. It holds up no process that ends."""

    def __init__(self, work: Callable[["_Hand"], None]) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._work, self._context = work, copy_context()
        self._mutex = threading.Lock()
        self._call: _Call | None = None

    def begin(self, call: _Call) -> None:
        """From here on a call waits for its answer."""
        with self._mutex:
            self._call = call

    def take(self) -> _Call | None:
        """The call, for the first that asks: who has its answer puts that down, or who ends without one says so. Never both."""
        with self._mutex:
            call, self._call = self._call, None
            return call

    def run(self) -> None:
        """The work, in the context of whoever began it."""
        self._context.run(self._work, self)


class Postman:
    """Tells what is due. One a worker; several workers share the work, each endpoint in the hands of one of them."""

    def __init__(self, house: House, rules: Rules | None = None) -> None:
        self._house = house
        self._rules = rules or replace(Rules.of(house.settings), seconds=CALL_SECONDS)
        self._busy: dict[bytes, _Hand] = {}
        self._slow: set[bytes] = set()
        self._looked: Looked = {}
        self._ending = threading.Event()

    def step(self) -> bool:
        """Takes what happened and hands out what is due; whether there was anything."""
        taken = take_news(self._house, self._looked)
        self._busy = {endpoint: hand for endpoint, hand in self._busy.items() if hand.is_alive()}
        with self._house.reading(SYSTEM) as unit:
            due = due_endpoints(unit)
        begun = 0
        for one in due:
            if self._has_hand_for(one):
                hand = self._busy[one.endpoint_id] = _Hand(partial(self._serve, one))
                hand.start()
                begun += 1
        return taken or begun > 0

    def run_out(self, seconds: float = 60.0) -> None:
        """Works until nothing is due any more, as whoever waits for it wants."""
        end = time.monotonic() + seconds
        while self.step() and time.monotonic() < end:
            self._wait(end)

    def close(self, patience: float = LAST_SECONDS) -> None:
        """Ends after the calls that are in hand. What has no answer after so many seconds is put down as cut short: whoever
        comes next sends it again.
        """
        self._ending.set()
        self._wait(time.monotonic() + patience)
        given_up: list[_Hand] = []
        for hand in self._busy.values():
            if hand.is_alive() and (call := hand.take()) is not None:
                self._cut_short(call)
                given_up.append(hand)
        # Those that have an answer put it down; the others are not waited for.
        self._wait(time.monotonic() + _WRITING, but=given_up)

    def _cut_short(self, call: _Call) -> None:
        took = int((time.monotonic() - call.began) * 1000)
        try:
            with self._house.writing(SYSTEM, cause=cause_of(call.delivery)) as unit:
                cut_short(unit, call.claimed, call.delivery, milliseconds=took, body=call.body)
        except Exception as error:  # the claim runs out, and whoever is there then goes on
            log.warning("a webhook's end was not put down: %s", type(error).__name__)

    def _wait(self, end: float, but: Collection[_Hand] = ()) -> None:
        for hand in self._busy.values():
            if hand not in but:
                hand.join(max(0.0, end - time.monotonic()))

    def _has_hand_for(self, due: Due) -> bool:
        if due.endpoint_id in self._busy or len(self._busy) >= HANDS:
            return False
        return due.endpoint_id not in self._slow or len(self._slow & self._busy.keys()) < SLOW_HANDS

    def _serve(self, due: Due, hand: _Hand) -> None:
        try:
            with use_house(self._house):
                self._take_turn(due, hand)
        except Exception as error:  # the claim runs out, and whoever is there then goes on
            log.warning("webhooks wait: %s", type(error).__name__)

    def _take_turn(self, due: Due, hand: _Hand) -> None:
        with self._house.writing(SYSTEM) as unit:
            claimed = claim_endpoint(unit, due)
        if claimed is None:
            return
        end = time.monotonic() + _TURN
        while not self._ending.is_set() and time.monotonic() < end and self._send_next(claimed, hand):
            pass
        with self._house.writing(SYSTEM) as unit:
            release(unit, claimed)

    def _send_next(self, claimed: Due, hand: _Hand) -> bool:
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
        hand.begin(_Call(claimed, delivery, letter.body, time.monotonic()))
        outcome = self._call(letter, letter.body, delivery.event_id)
        is_slow = not outcome.is_taken or outcome.milliseconds > _SLOW * 1000
        (self._slow.add if is_slow else self._slow.discard)(claimed.endpoint_id)
        if hand.take() is None:
            return False  # it was put down as cut short
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
