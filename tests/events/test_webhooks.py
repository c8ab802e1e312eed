"""What a company is told at its own address: the feed's events under the feed's ids, signed, in order and until it took them."""

import socket
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from portal.events.jobs import Postman, sweep
from portal.events.jobs.sending import SLOW_HANDS
from portal.events.models import WebhookDelivery
from portal.events.reads import DeliveryView, EndpointView, attempts_of, deliveries_of, endpoint_of
from portal.events.retrying import DELAYS
from portal.events.service import disable_endpoint, enable_endpoint, replay, resend, rotate_secret, send_test
from portal.grants.choices import Choice
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.house import House
from portal.kernel.mail import MailView, newest_mails
from portal.kernel.unit import SYSTEM, Actor
from portal.migrations.tables import all_tables
from portal.vendors.service import block, unblock
from tests.events.listening import BROKEN, RULES, SHORT, a_postman, deliver, listening, subscribe
from tests.events.test_changes import PHONE, Follower, asks, change
from tests.grants.cast import DELIVERY, person
from tests.kernel.receivers import endless, silent, status
from tests.oauth.cast import Program, bearing, consented, entries, own_token, program


@pytest.fixture
def shop(house: House) -> Program:
    """A company with a program."""
    return program(house)


@pytest.fixture
def ana(house: House) -> Actor:
    """A customer."""
    return person(house, given_name="Ana", family_name="Vila", phone=PHONE)


def shares(app: Flask, shop: Program, who: Actor, *names: str) -> Any:
    """A customer's yes; gives the permission."""
    house: House = app.extensions["house"]
    return consented(app, shop, who, asks(house, DELIVERY, *(names or ("profile.name", "profile.phone"))))[1]


def standing(house: House, endpoint: EndpointView) -> list[DeliveryView]:
    """The deliveries of an endpoint, the oldest event first."""
    with house.reading() as unit:
        return sorted(deliveries_of(unit, endpoint.id), key=lambda one: one.idx or 0)


def states(house: House, endpoint: EndpointView) -> list[str]:
    """How they stand."""
    return [one.state for one in standing(house, endpoint)]


def letters(house: House, to: str) -> list[MailView]:
    """What was written to an address."""
    with house.reading() as unit:
        return [mail for mail in newest_mails(unit) if mail.to == to]


def now(house: House, endpoint: EndpointView) -> EndpointView:
    """The endpoint as it is now."""
    with house.reading() as unit:
        return endpoint_of(unit, endpoint.vendor_id, endpoint.id)


def test_what_happens_is_told_in_the_feeds_words_under_the_feeds_ids_and_once(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor, postman: Postman
) -> None:
    follower = Follower(client, shop)
    with listening() as listener:
        _endpoint, secret = subscribe(house, shop.vendor_id, listener.url)
        grant = shares(app, shop, ana)
        change(house, ana, "profile.phone", "+34600999888")
        change(house, ana, "profile.birth_date", "1980-02-01")
        deliver(house, postman)
        with house.writing(ana) as unit:
            narrow(unit, grant_id=grant.id, keep={DELIVERY: Choice(frozenset({"profile.name"}), grant.ends_at)})
        deliver(house, postman)
        with house.writing(ana) as unit:
            revoke(unit, grant_id=grant.id)
        deliver(house, postman)
        deliver(house, postman)
        heard = listener.messages
    assert [one.kind for one in heard] == ["grant.created", "customer.changed", "grant.narrowed", "grant.ended"]
    polled = {event["id"]: event for event in follower.news()}
    assert set(polled) == {one.id for one in heard if one.kind != "customer.changed"}, "of what is not shared only the end is told"
    for one in heard:
        one.verify(secret)
        assert "+34" not in one.body.decode()
        if one.id in polled:
            event = polled[one.id]
            assert one.told == {
                "type": event.pop("type"),
                "timestamp": event.pop("at"),
                "data": {name: value for name, value in event.items() if name != "id"},
            }
    assert heard[1].told["data"]["attributes"] == ["profile.phone"]


def test_what_leaves_is_on_record_before_it_does_and_says_by_which_endpoint(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening() as listener:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
    (entry,) = entries(house, "change.disclosed")
    assert (entry["outcome"], entry["count"], entry["about"]["kind"]) == ("given", 1, "webhook")
    assert entry["cause"].startswith("webhook:")
    assert "customer" in entry
    (added,) = entries(house, "webhook.added")
    assert (added["detail"]["host"], added["detail"]["kinds"]) == ("127.0.0.1", [])
    assert endpoint.host == "127.0.0.1"


def test_a_pair_of_keys_signs_what_anybody_can_check_and_nobody_else_can_make(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening() as listener:
        _, public = subscribe(house, shop.vendor_id, listener.url, algorithm="v1a")
        _, other = subscribe(house, shop.vendor_id, listener.url, kinds=["grant.ended"], algorithm="v1a")
        shares(app, shop, ana)
        deliver(house, postman)
        (message,) = listener.messages
    assert public.startswith("whpk_")
    assert message.is_signed_by(public)
    assert not message.is_signed_by(other)
    forged = type(message)(message.headers, message.body.replace(b"grant.created", b"grant.ended..."))
    assert not forged.is_signed_by(public)
    assert [version for version, _ in message.signatures] == ["v1a"]


def test_attack_77_a_message_is_good_for_five_minutes_and_for_its_own_body_alone(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening() as listener:
        _, secret = subscribe(house, shop.vendor_id, listener.url)
        with clock.moved(timedelta(minutes=-6)):
            shares(app, shop, ana)
            deliver(house, postman)
        change(house, ana, "profile.phone", "+34600999888")
        deliver(house, postman)
        old, new = listener.messages
    with pytest.raises(WebhookVerificationError, match="too old"):
        old.verify(secret)
    new.verify(secret)
    assert "." not in new.id
    for altered in ({"webhook-id": old.id}, {"webhook-timestamp": str(int(new.headers["webhook-timestamp"]) - 1)}):
        with pytest.raises(WebhookVerificationError, match="No matching"):
            Webhook(secret).verify(new.body, {**new.headers, **altered})
    with pytest.raises(WebhookVerificationError, match="No matching"):
        Webhook(secret).verify(new.body + b" ", new.headers)


@pytest.mark.parametrize("algorithm", ["v1", "v1a"])
def test_attack_78_while_a_secret_changes_both_sign(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman, algorithm: str
) -> None:
    with listening() as listener:
        endpoint, old = subscribe(house, shop.vendor_id, listener.url, algorithm=algorithm)
        with house.writing(SYSTEM) as unit:
            new = rotate_secret(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id, hours=24)
        shares(app, shop, ana)
        deliver(house, postman)
        with clock.moved(timedelta(hours=25)):
            change(house, ana, "profile.phone", "+34600999888")
            deliver(house, postman)
        both, one = listener.messages
    assert [len(both.signatures), len(one.signatures)] == [2, 1]
    if algorithm == "v1a":
        assert [both.is_signed_by(old), both.is_signed_by(new), one.is_signed_by(old), one.is_signed_by(new)] == [1, 1, 0, 1]
    else:
        both.verify(old)
        both.verify(new)
    assert entries(house, "webhook.rotated")[0]["detail"]["hours"] == 24


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


def test_an_endpoint_is_told_of_the_kinds_that_it_wants(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening() as listener:
        subscribe(house, shop.vendor_id, listener.url, kinds=["customer.changed"])
        shares(app, shop, ana)
        change(house, ana, "profile.phone", "+34600999888")
        deliver(house, postman)
        assert listener.kinds() == ["customer.changed"]


def test_a_company_that_is_shut_out_is_told_nothing_until_it_is_let_in_again(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening() as listener:
        subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        with house.writing(SYSTEM) as unit:
            block(unit, vendor_id=shop.vendor_id)
        deliver(house, postman)
        assert listener.kinds() == []
        with house.writing(SYSTEM) as unit:
            unblock(unit, vendor_id=shop.vendor_id)
        deliver(house, postman)
        assert listener.kinds() == ["grant.created"]


def test_a_message_is_sent_again_once_under_its_id_and_the_present_secret_and_moves_nothing_else(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening(status("200 OK"), BROKEN) as listener:
        endpoint, old = subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
        (sent,) = standing(house, endpoint)
        with house.writing(SYSTEM) as unit:
            new = rotate_secret(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id)
            disable_endpoint(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id)
            resend(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id, delivery_id=sent.id)
        before = now(house, endpoint)
        deliver(house, postman)
        deliver(house, postman)
        first, second = listener.messages
    assert (first.id, first.body) == (second.id, second.body)
    second.verify(new)
    with pytest.raises(WebhookVerificationError):
        second.verify(old)
    assert now(house, endpoint) == before
    assert states(house, endpoint) == ["delivered"]
    with house.reading() as unit:
        assert [(one.status, one.asked) for one in attempts_of(unit, [sent])[sent.id]] == [(200, False), (500, True)]
    assert len(entries(house, "webhook.resent")) == 1
    assert len(entries(house, "change.disclosed")) == 2


def test_what_is_not_shared_any_more_is_not_sent_again_whoever_asks(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening() as listener:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url)
        grant = shares(app, shop, ana)
        change(house, ana, "profile.phone", "+34600999888")
        deliver(house, postman)
        with house.writing(ana) as unit:
            revoke(unit, grant_id=grant.id)
        changed = standing(house, endpoint)[1]
        with house.writing(SYSTEM) as unit:
            resend(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id, delivery_id=changed.id)
        deliver(house, postman)
        assert listener.kinds() == ["grant.created", "customer.changed", "grant.ended"]
    assert states(house, endpoint)[1] == "delivered"
    with house.reading() as unit:
        assert attempts_of(unit, [changed])[changed.id][-1].reason == "not-shared"


def test_a_stretch_of_days_is_told_again_under_the_ids_that_it_had(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening() as listener:
        with clock.moved(timedelta(days=-3)):
            endpoint, _ = subscribe(house, shop.vendor_id, listener.url, kinds=["grant.created", "customer.changed"])
            shares(app, shop, ana)
            deliver(house, postman)
        for days in (-2, -1):
            with clock.moved(timedelta(days=days)):
                change(house, ana, "profile.phone", f"+3460099988{-days}")
                deliver(house, postman)
        told = [message.id for message in listener.news()]
        with house.writing(SYSTEM) as unit:
            since, until = unit.at - timedelta(days=2, hours=1), unit.at - timedelta(days=1, hours=1)
            replay(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id, since=since, until=until)
        deliver(house, postman)
        deliver(house, postman)
        assert [message.id for message in listener.news()] == told[1:2]
        assert len(entries(house, "webhook.replayed")) == 1


def test_a_test_message_is_about_nobody_and_comes_once(house: House, shop: Program, postman: Postman) -> None:
    with listening(BROKEN) as listener:
        endpoint, secret = subscribe(house, shop.vendor_id, listener.url)
        with house.writing(SYSTEM) as unit:
            send_test(unit, vendor_id=shop.vendor_id, endpoint_id=endpoint.id)
        deliver(house, postman)
        with clock.moved(timedelta(days=1)):
            deliver(house, postman)
        (message,) = listener.messages
    message.verify(secret)
    assert (message.kind, message.told["data"]) == ("webhook.test", {})
    assert states(house, endpoint) == ["given-up"]
    assert now(house, endpoint).failing_since is None
    assert len(entries(house, "webhook.tested")) == 1


def test_what_was_sent_is_kept_for_thirty_days(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    with listening() as listener:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
        with clock.moved(timedelta(days=29)):
            assert list(sweep(house)) == []
        (kept,) = standing(house, endpoint)
        assert kept.body == listener.messages[0].body
        with clock.moved(timedelta(days=31)):
            assert list(sweep(house)) == [1]
        assert standing(house, endpoint) == []


def test_nothing_of_a_secret_or_of_an_address_stands_readable_in_the_database(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(BROKEN) as listener:
        _, secret = subscribe(house, shop.vendor_id, listener.url + "/canary-5c1e")
        shares(app, shop, ana)
        deliver(house, postman)
    with house.reading() as unit:
        kept = [repr(row) for table in all_tables().sorted_tables for row in unit.connection.execute(select(table))]
    for canary in (secret.removeprefix("whsec_"), "canary-5c1e"):
        assert not any(canary in row for row in kept)
        assert canary not in caplog.text


def test_public_keys_are_found_by_a_companys_own_token_and_its_secrets_are_not(
    house: House, client: FlaskClient, shop: Program
) -> None:
    other = program(house, "Ferretería Norte")
    pair, old = subscribe(house, shop.vendor_id, "http://localhost/", kinds=["grant.ended"], algorithm="v1a")
    _, secret = subscribe(house, shop.vendor_id, "http://localhost/")
    subscribe(house, other.vendor_id, "http://localhost/", algorithm="v1a")
    with house.writing(SYSTEM) as unit:
        new = rotate_secret(unit, vendor_id=shop.vendor_id, endpoint_id=pair.id)
    answer = client.get("/api/v1/webhooks", headers=bearing(own_token(client, shop)))
    assert [one["keys"] for one in answer.json["webhooks"]] == [[new, old], []]
    assert [one["kinds"] for one in answer.json["webhooks"]] == [["grant.ended"], []]
    assert secret.removeprefix("whsec_") not in answer.text


def test_another_companys_endpoint_and_messages_are_not_found(
    app: Flask, house: House, shop: Program, ana: Actor, postman: Postman
) -> None:
    other = program(house, "Ferretería Norte")
    with listening() as listener:
        endpoint, _ = subscribe(house, shop.vendor_id, listener.url)
        own, _ = subscribe(house, other.vendor_id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
    (sent,) = standing(house, endpoint)
    for verb, values in (
        (rotate_secret, {"endpoint_id": endpoint.id}),
        (disable_endpoint, {"endpoint_id": endpoint.id}),
        (send_test, {"endpoint_id": endpoint.id}),
        (resend, {"endpoint_id": endpoint.id, "delivery_id": sent.id}),
        (resend, {"endpoint_id": own.id, "delivery_id": sent.id}),
    ):
        with pytest.raises(NotFound), house.writing(SYSTEM) as unit:
            verb(unit, vendor_id=other.vendor_id, **values)  # type: ignore[operator]
    with house.reading() as unit:
        assert unit.connection.execute(select(WebhookDelivery.asked_at)).scalars().all() == [None]
