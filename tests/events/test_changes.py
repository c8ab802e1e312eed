"""What a company is told by polling: everything that concerns it, once in order, by names and never by values."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.customers.service import erase, remove_attribute
from portal.events.shared import shared_changes
from portal.grants import jobs
from portal.grants.choices import Choice
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.links.service import block, pause, resume
from tests.events.following import Follower, asks, change
from tests.grants.cast import CARE, DELIVERY, person
from tests.oauth.cast import Program, bearing, consented, entries, own_token, program


def test_a_permission_and_what_becomes_of_it_is_told_in_order_and_once(
    app: Flask, house: House, shop: Program, follower: Follower, ana: Actor
) -> None:
    _back, grant = consented(app, shop, ana, asks(house, DELIVERY, "profile.name", "profile.phone"))
    with house.writing(ana) as unit:
        narrow(unit, grant_id=grant.id, keep={DELIVERY: Choice(frozenset({"profile.name"}), grant.ends_at)})
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    told = follower.news()
    assert [event["type"] for event in told] == ["grant.created", "grant.narrowed", "grant.ended"]
    assert [event["version"] for event in told] == [1, 2, 2]
    assert told[2]["reason"] == "revoked"
    assert len({event["sub"] for event in told}) == len({event["grant_id"] for event in told}) == 1
    assert len({event["id"] for event in told}) == 3
    assert follower.news() == []


def test_a_changed_attribute_is_told_by_name_where_it_is_shared_and_nowhere_else(
    app: Flask, house: House, shop: Program, follower: Follower, ana: Actor
) -> None:
    consented(app, shop, ana, asks(house, DELIVERY, "profile.name", "profile.phone"))
    follower.news()
    before = follower.cursor
    change(house, ana, "profile.birth_date", "1980-02-01")
    assert follower.news() == []
    assert follower.cursor == before
    change(house, ana, "profile.phone", "+34600999888")
    (event,) = follower.news()
    assert (event["type"], event["attributes"]) == ("customer.changed", ["profile.phone"])
    assert "+34" not in str(event)
    with house.writing(ana) as unit:
        assert ana.customer_id is not None
        remove_attribute(unit, customer_id=ana.customer_id, path="profile.phone")
    assert follower.kinds() == ["customer.changed"]


def test_of_a_permission_that_has_ended_only_the_end_is_told(
    app: Flask, house: House, shop: Program, follower: Follower, ana: Actor
) -> None:
    _back, grant = consented(app, shop, ana, asks(house, DELIVERY, "profile.phone"))
    change(house, ana, "profile.phone", "+34600999888")
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    change(house, ana, "profile.phone", "+34600999777")
    assert follower.kinds() == ["grant.created", "grant.ended"]


def test_what_changed_long_before_a_permission_is_not_told(
    app: Flask, house: House, shop: Program, follower: Follower, ana: Actor
) -> None:
    with clock.moved(clock.now() - timedelta(hours=1)):
        change(house, ana, "profile.phone", "+34600999888")
    house.lead()
    with clock.moved(clock.now() + timedelta(hours=1)):
        consented(app, shop, ana, asks(house, DELIVERY, "profile.phone"))
        follower.token = own_token(follower.client, shop)
        assert follower.kinds() == ["grant.created"]


def test_the_end_of_a_permissions_time_is_told_and_stands_on_record(
    app: Flask, house: House, shop: Program, follower: Follower, ana: Actor
) -> None:
    jobs.tell_over(house)
    now = clock.now()
    consented(app, shop, ana, asks(house, DELIVERY, "profile.phone", days=3))
    follower.news()
    for days in (2, 4, 5):
        with clock.moved(now + timedelta(days=days)):
            follower.token = own_token(follower.client, shop)
            jobs.tell_over(house)
            told = follower.news()
            assert [(event["type"], event["reason"]) for event in told] == ([("grant.ended", "expired")] if days == 4 else [])
    (entry,) = entries(house, "grant.expired")
    assert entry["purpose"].endswith("DeliveryOfGoods")


def test_a_pause_is_not_told_and_after_it_everything_is_to_be_read_again(
    app: Flask, house: House, shop: Program, follower: Follower, ana: Actor
) -> None:
    _back, grant = consented(app, shop, ana, asks(house, DELIVERY, "profile.name", "profile.phone"))
    follower.news()
    with house.writing(ana) as unit:
        pause(unit, link_id=grant.link_id)
    change(house, ana, "profile.phone", "+34600999888")
    assert follower.news() == []
    with house.writing(ana) as unit:
        resume(unit, link_id=grant.link_id)
    assert follower.news()[-1]["attributes"] == ["profile.name", "profile.phone"]


def test_whoever_leaves_or_is_erased_is_told(app: Flask, house: House, shop: Program, follower: Follower, ana: Actor) -> None:
    _back, grant = consented(app, shop, ana, asks(house, DELIVERY, "profile.phone"))
    with house.writing(ana) as unit:
        block(unit, link_id=grant.link_id)
    told = follower.news()
    assert sorted(event["type"] for event in told) == ["customer.left", "grant.created", "grant.ended"]
    joan = person(house, "joan@example.org")
    consented(app, shop, joan, asks(house, DELIVERY, "profile.phone"))
    follower.news()
    with house.writing(SYSTEM) as unit:
        assert joan.customer_id is not None
        erase(unit, customer_id=joan.customer_id)
    assert sorted(follower.kinds()) == ["customer.erased", "grant.ended"]


def test_a_company_is_told_nothing_of_anothers(
    app: Flask, house: House, client: FlaskClient, shop: Program, follower: Follower, ana: Actor
) -> None:
    bank = program(house, "Banca Transilvania")
    consented(app, bank, ana, asks(house, CARE, "profile.phone"))
    change(house, ana, "profile.phone", "+34600999888")
    assert follower.news() == []
    answer = client.get("/api/v1/changes", query_string={"cursor": follower.cursor}, headers=bearing(own_token(client, bank)))
    assert (answer.status_code, answer.json["reason"]) == (400, "bad-cursor")


def test_what_was_told_is_told_again_the_same_for_thirty_days(
    app: Flask, house: House, shop: Program, follower: Follower, ana: Actor
) -> None:
    start = follower.cursor
    consented(app, shop, ana, asks(house, DELIVERY, "profile.phone"))
    change(house, ana, "profile.phone", "+34600999888")
    told = follower.news()
    follower.cursor = start
    assert follower.news() == told
    assert follower.ask(start="oldest")["events"][-2:] == told
    with clock.moved(clock.now() + timedelta(days=31)):
        follower.token = own_token(follower.client, shop)
        assert follower.ask(start="oldest")["events"] == []


def test_each_customer_of_a_page_has_an_entry_that_counts_and_names_nothing_more(
    app: Flask, house: House, shop: Program, follower: Follower, ana: Actor
) -> None:
    consented(app, shop, ana, asks(house, DELIVERY, "profile.phone"))
    change(house, ana, "profile.phone", "+34600999888")
    follower.ask(cursor=follower.cursor)
    (entry,) = entries(house, "change.disclosed")
    assert (entry["count"], entry["outcome"]) == (2, "given")
    follower.ask(cursor=follower.ask(cursor=follower.cursor)["cursor"])
    assert len(entries(house, "change.disclosed")) == 2


def test_two_starts_at_once_are_refused(follower: Follower) -> None:
    query = {"cursor": follower.cursor, "start": "now"}
    answer = follower.client.get("/api/v1/changes", query_string=query, headers=bearing(follower.token))
    assert (answer.status_code, answer.json["reason"]) == (400, "bad-parameter")


@pytest.mark.engines("sqlite")  # PostgreSQL plans by the sizes that it finds, and a test's are none
def test_a_page_walks_the_events_alone_and_nothing_of_what_is_read(house: House, shop: Program) -> None:
    asked: list[str] = []
    with house.reading() as unit:
        driver: Any = unit.connection.connection.dbapi_connection
        driver.set_trace_callback(asked.append)
        shared_changes(unit, shop.vendor_id, cursor=None)
        driver.set_trace_callback(None)
        (page,) = (statement for statement in asked if "UNION ALL" in statement)
        plan = [step for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {page}")]
    walks = {step for step in plan if "log_entries" in step}
    assert walks == {"SEARCH log_entries USING INDEX ix_log_entries_event_idx (event=? AND idx>?)"}
    assert not any("TEMP" in step for step in plan), "the kinds are merged, not sorted"
