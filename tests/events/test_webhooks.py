"""What a company is told at its own address: the feed's events under the feed's ids, signed, of what it wants and may know."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from portal.events.jobs import Postman, sweep
from portal.events.models import WebhookDelivery
from portal.events.service import disable_endpoint, resend, rotate_secret, send_test
from portal.grants.choices import Choice
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.migrations.tables import all_tables
from portal.vendors.service import block, unblock
from tests.events.following import Follower, change
from tests.events.listening import BROKEN, deliver, listening, subscribe
from tests.events.subscribed import shares, standing
from tests.grants.cast import DELIVERY
from tests.oauth.cast import Program, bearing, entries, own_token, program


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
