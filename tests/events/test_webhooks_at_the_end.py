"""A worker that is told to end waits for no receiver: the call is put down as cut short, and sent again by whoever comes next."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from portal.events.jobs import Postman, sending
from portal.events.jobs.sending import CALL_SECONDS, LAST_SECONDS
from portal.events.reads import EndpointView, attempts_of, deliveries_of, endpoint_of
from portal.events.service import record, send_test
from portal.events.words import why_not
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.serve import _GRACE
from tests.events.listening import RULES, TAKEN, Listener, a_postman, deliver, listening, subscribe
from tests.events.test_changes import asks
from tests.grants.cast import DELIVERY, person
from tests.oauth.cast import consented, entries, program


def until(holds: Callable[[], object]) -> None:
    """Waits for what comes soon."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


class Called:
    """A worker's hand that waits for an answer, which comes when it is let go."""

    def __init__(self, house: House) -> None:
        self._house, self._may = house, threading.Event()
        self._hand: threading.Thread | None = None

    def late(self, caller: socket.socket) -> None:
        """The receiver's answer."""
        self._may.wait(60)
        TAKEN(caller)

    def call(self, listener: Listener) -> None:
        """What is due is on its way."""
        self._postman = Postman(self._house, RULES)
        self._house.lead()
        self._postman.step()
        until(lambda: listener.messages)
        (self._hand,) = self._postman._busy.values()

    def end(self, *, alive: bool = True) -> None:
        """The worker is told to end, and does not wait for an answer."""
        self._postman.close(patience=0.05)
        assert self._hand is not None and self._hand.is_alive() == alive

    def let_go(self, *, waits: bool = True) -> None:
        """The receiver answers after all."""
        self._may.set()
        if waits and self._hand is not None:
            self._hand.join()


@pytest.fixture
def called(house: House) -> Iterator[Called]:
    """A call that is in hand when its worker is told to end."""
    made = Called(house)
    yield made
    made.let_go()


def attempts(house: House, endpoint: EndpointView) -> list[tuple[str, int, list[tuple[int | None, str | None]]]]:
    """How each message stands: its state, how many attempts of its plan were made, and what came of each call."""
    with house.reading() as unit:
        found = list(deliveries_of(unit, endpoint.id))
        tried = attempts_of(unit, found)
    return [(one.state, one.attempts, [(each.status, each.reason) for each in tried[one.id]]) for one in found]


def test_a_call_without_an_answer_is_cut_short_told_so_and_made_again_by_the_next_worker(
    app: Flask, house: House, called: Called
) -> None:
    shop = program(house)
    with listening(called.late, TAKEN) as listener:
        endpoint, secret = subscribe(house, shop.vendor_id, listener.url)
        consented(app, shop, person(house), asks(house, DELIVERY, "profile.name"))
        called.call(listener)
        called.end()
        assert attempts(house, endpoint) == [("waiting", 1, [(None, "cut-short")])]
        with a_postman(house) as second:
            deliver(house, second)
        heard = listener.messages
        assert [one.kind for one in heard] == ["grant.created"] * 2
        assert heard[0].id == heard[1].id
        heard[1].verify(secret)
        with house.reading() as unit:
            assert endpoint_of(unit, endpoint.vendor_id, endpoint.id).failing_since is None, "the receiver did not fail"
    assert attempts(house, endpoint) == [("delivered", 1, [(None, "cut-short"), (204, None)])]
    assert len(entries(house, "change.disclosed")) == 1, "it is one look"
    assert why_not("cut-short") == "Freehold was stopped before an answer came. It is sent again."


def test_what_a_call_comes_to_after_it_was_cut_short_ends_nothing(app: Flask, house: House, called: Called) -> None:
    shop = program(house)
    with listening(called.late) as listener:
        endpoint, _secret = subscribe(house, shop.vendor_id, listener.url)
        consented(app, shop, person(house), asks(house, DELIVERY, "profile.name"))
        called.call(listener)
        called.end()
        called.let_go()
    assert attempts(house, endpoint) == [("waiting", 1, [(None, "cut-short")])]


def test_an_answer_that_is_just_being_put_down_is_not_cut_short(
    app: Flask, house: House, called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, writes = program(house), threading.Event()

    def record_late(*args: Any) -> bool:
        writes.set()
        time.sleep(0.5)
        return record(*args)

    monkeypatch.setattr(sending, "record", record_late)
    with listening(called.late) as listener:
        endpoint, _secret = subscribe(house, shop.vendor_id, listener.url)
        consented(app, shop, person(house), asks(house, DELIVERY, "profile.name"))
        called.call(listener)
        called.let_go(waits=False)
        assert writes.wait(60)
        called.end(alive=False)
    assert attempts(house, endpoint) == [("delivered", 0, [(204, None)])]


def test_what_somebody_asked_for_is_sent_after_all(house: House, called: Called) -> None:
    shop = program(house)
    with listening(called.late, TAKEN) as listener:
        endpoint, _secret = subscribe(house, shop.vendor_id, listener.url)
        with house.writing(SYSTEM) as unit:
            send_test(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id)
        called.call(listener)
        called.end()
        with a_postman(house) as second:
            deliver(house, second)
        assert len({one.id for one in listener.messages}) == 1
    [(state, _, tried)] = attempts(house, endpoint)
    assert (state, tried) == ("delivered", [(None, "cut-short"), (204, None)])


def test_a_server_waits_longer_for_its_worker_than_the_worker_for_a_receiver() -> None:
    assert LAST_SECONDS < _GRACE < CALL_SECONDS, "else nothing would have to be cut short"
