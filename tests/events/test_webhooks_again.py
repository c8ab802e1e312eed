"""What was told is told again where somebody wants it: under its id, and never what is not shared any more."""

from datetime import timedelta

import pytest
from flask import Flask
from standardwebhooks import WebhookVerificationError

from portal.events.jobs import Postman
from portal.events.reads import attempts_of
from portal.events.service import disable_endpoint, replay, resend, rotate_secret, send_test
from portal.grants.service import revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from tests.events.following import change
from tests.events.listening import BROKEN, deliver, listening, subscribe
from tests.events.subscribed import now, shares, standing, states
from tests.kernel.receivers import status
from tests.oauth.cast import Program, entries


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
