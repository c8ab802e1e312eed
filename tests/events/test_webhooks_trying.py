"""A receiver that takes nothing, or holds, floods or hides: tried by the plan, in order, and nobody else waits."""

import socket
import threading
from datetime import timedelta

import pytest
from flask import Flask

from portal.events.jobs import Postman
from portal.events.jobs.sending import SLOW_HANDS
from portal.events.reads import attempts_of
from portal.events.retrying import DELAYS
from portal.events.service import enable_endpoint
from portal.grants.service import revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from tests.events.following import PHONE, change
from tests.events.listening import BROKEN, RULES, SHORT, a_postman, deliver, listening, subscribe
from tests.events.subscribed import letters, now, shares, standing, states
from tests.grants.cast import person
from tests.kernel.receivers import endless, silent, status
from tests.oauth.cast import Program, entries, program


def test_what_is_not_taken_comes_again_by_the_plan_under_the_same_id_and_is_given_up_at_its_end(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening(BROKEN) as listener:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        at = clock.now()
        for number, delay in enumerate(DELAYS):
            # A slow machine takes its time, and the first pause is short.
            if delay > timedelta(minutes=1):
                with clock.moved(at + delay * 0.9):
                    deliver(house, postman)
            assert len(listener.messages) == number
            at += delay * 1.1 + timedelta(minutes=2)
            with clock.moved(at):
                deliver(house, postman)
        assert len(listener.messages) == len(DELAYS) == 10
        assert len({message.id for message in listener.messages}) == 1
        with clock.moved(at + timedelta(days=2)):
            deliver(house, postman)
        assert [len(entries(house, event)) for event in ("change.disclosed", "webhook.repeated")] == [1, 9]
        assert len(listener.messages) == 10
    (one,) = standing(house, endpoint)
    assert (one.state, one.attempts, one.next_at) == ("given-up", 10, None)
    with house.reading() as unit:
        assert [attempt.status for attempt in attempts_of(unit, [one])[one.id]] == [500] * 10
    assert sum(DELAYS, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)


def test_an_endpoint_that_takes_nothing_for_days_is_disabled_and_its_company_told(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening(BROKEN) as listener:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        at = clock.now()
        for delay in DELAYS:
            at += delay * 1.1 + timedelta(minutes=2)
            with clock.moved(at):
                deliver(house, postman)
        assert (now(house, endpoint).state, now(house, endpoint).disabled_because) == ("disabled", "failing")
        (entry,) = entries(house, "webhook.disabled")
        assert entry["reason"] == "failing"
        (mail,) = letters(house, "privacy@books.example")
        assert "127.0.0.1" in mail.body
        assert "/hooks" not in mail.body
        assert not any("webhook" in one.body for one in letters(house, "ana@example.org"))


def test_in_order_per_customer_a_later_event_waits_and_other_customers_do_not(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    joan, start = person(house, "joan@example.org", phone=PHONE), clock.now()
    with listening(BROKEN, status("200 OK")) as listener:
        subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        change(house, ana, "profile.phone", "+34600999888")
        with clock.moved(start + timedelta(hours=1)):
            deliver(house, postman)
        assert listener.kinds() == ["grant.created"]
        shares(app, shop, joan)
        with clock.moved(start + timedelta(minutes=59)):
            deliver(house, postman)
        (others,) = listener.news()
        with clock.moved(start + timedelta(hours=2)):
            deliver(house, postman)
        first, second = listener.news()
    assert (first.kind, second.kind) == ("grant.created", "customer.changed")
    assert first.id == listener.messages[0].id
    assert first.told["data"]["sub"] == second.told["data"]["sub"] != others.told["data"]["sub"]


def test_attack_79_a_receiver_that_is_gone_is_called_no_more_until_it_is_enabled(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening(status("410 Gone"), status("200 OK")) as listener:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
        change(house, ana, "profile.phone", "+34600999888")
        with clock.moved(timedelta(days=1)):
            deliver(house, postman)
            assert listener.kinds() == ["grant.created"]
            assert now(house, endpoint).disabled_because == "gone"
            assert len(letters(house, "privacy@books.example")) == 1
            with house.writing(SYSTEM) as unit:
                enable_endpoint(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id)
            deliver(house, postman)
        assert listener.kinds() == ["grant.created", "customer.changed"]
    assert [len(entries(house, f"webhook.{what}")) for what in ("disabled", "enabled")] == [1, 1]


@pytest.mark.parametrize("code", ["429 Slow Down", "503 Busy"])
def test_attack_79_whoever_asks_to_be_left_alone_is(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman, code: str
) -> None:
    joan = person(house, "joan@example.org", phone=PHONE)
    with listening(status(code, "Retry-After: 600"), status("200 OK")) as listener:
        subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
        shares(app, shop, joan)
        with clock.moved(timedelta(seconds=300)):
            deliver(house, postman)
        assert len(listener.news()) == 1
        with clock.moved(timedelta(seconds=700)):
            deliver(house, postman)
        assert len(listener.news()) == 2


HEAD = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "a redirect": (status("302 Found", "Location: http://127.0.0.1:1/"), "waiting", "redirect"),
    "silence": (silent, "waiting", "timed-out"),
    "a status in drops": (endless(b"HTTP/1.1 200 ", b"a", 0.05), "waiting", "timed-out"),
    "headers in drops": (endless(HEAD, b"X", 0.05), "waiting", "timed-out"),
    "a taken one that never ends": (endless(HEAD + b"\r\n", b"a" * 65536), "delivered", "too-large"),
    "a taken one in drops": (endless(HEAD + b"Content-Length: 1000\r\n\r\n", b"a", 0.05), "delivered", "timed-out"),
    "a refusal that never ends": (endless(b"HTTP/1.1 500 Oh\r\n\r\n", b"a" * 65536), "waiting", "too-large"),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_attack_79_no_receiver_holds_or_fills_us_and_its_status_is_its_answer(
    app: Flask, house: House, shop: Program, ana: Actor, what: str
) -> None:
    answer, state, reason = ANSWERS[what]
    with listening(answer) as listener, a_postman(house, SHORT if reason == "timed-out" else RULES) as postman:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
        assert listener.receiver.ended.wait(30)
    (one,) = standing(house, endpoint)
    with house.reading() as unit:
        (attempt,) = attempts_of(unit, [one])[one.id]
    assert (one.state, attempt.reason) == (state, reason)


def test_attack_80_what_is_taken_back_while_it_waits_is_not_sent_and_that_is_on_record(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening(BROKEN, status("200 OK")) as listener:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url, kinds=["customer.changed", "grant.ended"])
        grant = shares(app, shop, ana)
        change(house, ana, "profile.phone", "+34600999888")
        deliver(house, postman)
        assert listener.kinds() == ["customer.changed"]
        with house.writing(ana) as unit:
            revoke(unit, grant_id=grant.id)
        with clock.moved(timedelta(minutes=1)):
            deliver(house, postman)
        assert listener.kinds() == ["grant.ended"]
    assert states(house, endpoint) == ["dropped", "delivered"]
    (entry,) = entries(house, "webhook.dropped")
    assert entry["reason"] == "not-shared"
    assert "customer" in entry


def test_attack_81_receivers_that_say_nothing_do_not_keep_other_companies_waiting(
    app: Flask, house: House, ana: Actor
) -> None:
    shops = [program(house, f"Shop {number}") for number in range(9)]
    released, held = threading.Event(), []

    def hold(caller: socket.socket) -> None:
        held.append(caller)
        released.wait(60)

    with listening(*[BROKEN] * 8, hold) as mute, listening() as listener, a_postman(house) as postman:
        for shop in shops[:8]:
            subscribe(house, shop.vendor_id, mute.url)
            shares(app, shop, ana)
        # The first time nobody knows who fails.
        deliver(house, postman)
        assert len(mute.messages) == 8
        with clock.moved(timedelta(minutes=1)):
            while len(held) < SLOW_HANDS:
                postman.step()
            subscribe(house, shops[8].vendor_id, listener.url)
            shares(app, shops[8], ana)
            house.lead()
            while not listener.messages:
                postman.step()
        # Those that failed have all the hands that they may have, and nobody else waited for them.
        assert len(held) == SLOW_HANDS
        released.set()
