"""The console's pages about webhooks: what a company's developers see of them, and do."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.events.jobs import Postman
from portal.events.reads import EndpointView, endpoints_of
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.vendors.reads import VendorView, vendor_of
from tests import people
from tests.events.listening import BROKEN, deliver, listening, subscribe
from tests.events.subscribed import shares, standing
from tests.grants.cast import person
from tests.oauth.cast import Program, entries, program
from tests.vendors.consoles import at_work


@pytest.fixture
def vendor(house: House, shop: Program) -> VendorView:
    """The company."""
    with house.reading() as unit:
        return vendor_of(unit, shop.vendor_id)


@pytest.fixture
def dev(app: Flask, house: House, vendor: VendorView) -> FlaskClient:
    """A developer of the company, before its console."""
    return at_work(app, house, vendor, rank="developer")


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Presses a button, with what was written."""
    return people.post(client, path, "/language", **fields)


def only(house: House, vendor: VendorView) -> EndpointView:
    """The one webhook that there is."""
    with house.reading() as unit:
        (one,) = endpoints_of(unit, vendor.id)
    return one


def test_a_webhook_is_added_and_its_secret_shown_once(
    app: Flask, house: House, shop: Program, vendor: VendorView, dev: FlaskClient, postman: Postman
) -> None:
    here = f"/console/{vendor.slug}/webhooks"
    assert "There is no webhook" in dev.get(here).text
    assert "Only these kinds" in dev.get(f"{here}/new").text
    with listening() as listener:
        ana = person(house, given_name="Ana")
        house.lead()
        page = send(dev, f"{here}/new", url=listener.url, algorithm="v1", kinds="grant.created")
        assert page.status_code == 200
        (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", page.text)
        shares(app, shop, ana)
        deliver(house, postman)
        (message,) = listener.messages
    message.verify(secret)
    one = only(house, vendor)
    for path in (here, f"{here}/{text_of(one.id)}"):
        assert secret not in dev.get(path).text
        assert listener.url in dev.get(path).text
    (entry,) = entries(house, "webhook.added")
    assert (entry["actor"]["kind"], entry["detail"]["kinds"]) == ("staff", ["grant.created"])


@pytest.mark.parametrize("typed", ["", "http://hooks.example.com/", "https://10.0.0.1/", "https://a:b@hooks.example.com/"])
def test_an_address_that_cannot_be_called_is_said_beside_its_field(
    house: House, vendor: VendorView, dev: FlaskClient, typed: str
) -> None:
    page = send(dev, f"/console/{vendor.slug}/webhooks/new", url=typed, algorithm="v1")
    assert page.status_code == 422
    assert 'id="url-error"' in page.text
    assert entries(house, "webhook.added") == []


def test_a_message_is_seen_with_its_attempts_and_its_body_and_sent_once_more(
    app: Flask, house: House, shop: Program, vendor: VendorView, dev: FlaskClient, postman: Postman
) -> None:
    with listening(BROKEN) as listener:
        ana = person(house, given_name="Ana")
        endpoint, _ = subscribe(house, vendor.id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
        (sent,) = standing(house, endpoint)
        here = f"/console/{vendor.slug}/webhooks/{text_of(endpoint.id)}"
        assert "grant.created" in dev.get(here).text
        page = dev.get(f"{here}/messages/{text_of(sent.id)}")
        assert all(word in page.text for word in ("500", sent.event_id, "grant_id", "The plan"))
        looks = [one for one in entries(house, "change.disclosed") if one["actor"]["kind"] == "staff"]
        assert [one["about"]["kind"] for one in looks] == ["webhook-message"]
        assert "customer" in looks[0]
        again = send(dev, f"{here}/messages/{text_of(sent.id)}/resend")
        assert again.status_code == 303
        deliver(house, postman)
        assert "Sent again by hand" in dev.get(again.location).text
        assert len({message.id for message in listener.messages}) == 1
        assert len(listener.messages) == 2


def test_buttons_do_what_they_say(house: House, vendor: VendorView, dev: FlaskClient, postman: Postman) -> None:
    with listening() as listener:
        endpoint, old = subscribe(house, vendor.id, listener.url)
        here = f"/console/{vendor.slug}/webhooks/{text_of(endpoint.id)}"
        assert send(dev, f"{here}/disable").status_code == 303
        assert "Nothing is sent there." in dev.get(here).text
        assert send(dev, f"{here}/test").status_code == 303
        deliver(house, postman)
        assert listener.kinds() == ["webhook.test"]
        assert send(dev, f"{here}/enable").status_code == 303
        assert only(house, vendor).state == "active"
        assert "two signatures" in dev.get(f"{here}/rotate").text
        new = re.findall(r"whsec_[A-Za-z0-9+/=]+", send(dev, f"{here}/rotate", hours="0").text)
        assert new and new != [old]
        assert send(dev, f"{here}/rotate", hours="7").status_code == 422
    for what in ("disabled", "tested", "enabled", "rotated"):
        assert [one["actor"]["kind"] for one in entries(house, f"webhook.{what}")] == ["staff"]


def test_days_are_told_again(
    app: Flask, house: House, shop: Program, vendor: VendorView, dev: FlaskClient, postman: Postman
) -> None:
    with listening() as listener:
        ana = person(house, given_name="Ana")
        endpoint, _ = subscribe(house, vendor.id, listener.url)
        shares(app, shop, ana)
        deliver(house, postman)
        here = f"/console/{vendor.slug}/webhooks/{text_of(endpoint.id)}/again"
        days = {"since": str((clock.now() - timedelta(days=1)).date()), "until": str((clock.now() + timedelta(days=1)).date())}
        assert dev.get(here).status_code == 200
        assert send(dev, here, **(days | {"since": "2001-01-01"})).status_code == 422
        for odd in ({"since": "0001-01-01"}, {"until": "9999-12-31"}):
            refused = send(dev, here, **(days | odd))
            assert refused.status_code == 422 and "Write a date, with day, month and year." in refused.text
        assert send(dev, here, **days).status_code == 303
        deliver(house, postman)
        first, *again = [(one.id, one.body) for one in listener.messages]
    assert again.count(first) == 1


def test_attack_16_only_whoever_looks_after_the_machines_of_the_company_comes_here(
    app: Flask, house: House, vendor: VendorView, dev: FlaskClient
) -> None:
    other = program(house, "Ferretería Norte")
    with house.reading() as unit:
        slug = vendor_of(unit, other.vendor_id).slug
    theirs, _ = subscribe(house, other.vendor_id, "http://localhost/")
    assert dev.get(f"/console/{slug}/webhooks").status_code == 404
    assert dev.get(f"/console/{vendor.slug}/webhooks/{text_of(theirs.id)}").status_code == 404
    assert send(dev, f"/console/{vendor.slug}/webhooks/{text_of(theirs.id)}/disable").status_code == 404
    for rank in ("agent", "reader"):
        client = at_work(app, house, vendor, f"{rank}@shop.example", rank)
        assert client.get(f"/console/{vendor.slug}/webhooks").status_code == 403
        assert send(client, f"/console/{vendor.slug}/webhooks/new").status_code == 403
        assert "For developers" not in client.get(f"/console/{vendor.slug}").text
    assert "For developers" in dev.get(f"/console/{vendor.slug}").text
    assert "Webhooks" in dev.get(f"/console/{vendor.slug}/programs").text
