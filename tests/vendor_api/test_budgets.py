"""How often a company may look: what the permission says is counted where reads become entries."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.grants.choices import Choice
from portal.grants.durations import Duration
from portal.grants.facts import ReadRefused
from portal.grants.models import GrantDetail, ReadClaim
from portal.grants.service import narrow
from portal.kernel import clock
from portal.kernel.errors import Busy
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.log_queue import Condition, Disclosure
from portal.kernel.unit import Actor
from portal.links.service import pause, resume
from tests.grants.cast import DELIVERY, detail, person
from tests.oauth.cast import (
    Program,
    answered,
    bearing,
    connect,
    consented,
    entries,
    own_token,
    profile,
    program,
    redeem,
    refresh,
)
from tests.oauth.racing import race
from tests.orders.cast import CARE, ORDERS, an_order, found, own, tell
from tests.orders.cast import company as seller_of
from tests.prove.sizes import size

HOUR = timedelta(hours=1)
ROUNDS = size(test=6, prove=20)


@pytest.fixture
def shop(house: House) -> Program:
    """A program."""
    return program(house)


def at_most(house: House, most: int, span: str = "P1D", **more: Any) -> dict[str, Any]:
    return detail(house, frequency={"max": most, "period": span}, **more)


def reader(app: Flask, shop: Program, customer: Actor, *details: Any) -> str:
    """The token of a permission."""
    token: str = connect(app, shop, customer, *details)["access_token"]
    return token


def claims(house: House) -> list[Any]:
    with house.reading() as unit:
        return list(unit.connection.execute(select(ReadClaim.__table__).order_by(ReadClaim.number)).all())


def spent(answer: TestResponse) -> bool:
    return (answer.status_code, answer.json["reason"]) == (403, "budget")


def test_the_read_beyond_the_last_is_refused_says_when_to_come_back_and_is_on_the_customers_record(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    token = reader(app, shop, person(house), at_most(house, 3))
    assert [profile(client, token).status_code for _ in range(3)] == [200] * 3
    answer = profile(client, token)
    assert spent(answer)
    assert 86_000 < int(answer.headers["Retry-After"]) <= 86_401
    (refusal,) = entries(house, "read.refused")
    (first, *_) = entries(house, "profile.disclosed")
    assert (refusal["reason"], refusal["customer"], refusal["grant"]) == ("budget", first["customer"], first["grant"])
    assert refusal["outcome"] == "refused"
    assert len(entries(house, "profile.disclosed")) == 3


def test_no_span_of_the_period_ever_holds_more_reads(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    made = connect(app, shop, person(house), at_most(house, 2))
    start = clock.now()
    said = []
    for hours in (0, 10, 11, 23, 25, 26, 33, 35, 36, 48):
        with clock.moved(start + timedelta(hours=hours, seconds=30)):
            made = refresh(client, shop, made["refresh_token"]).json
            said.append((hours, profile(client, made["access_token"]).status_code))
    # The read at 0 makes room at 24, the one at 10 at 34, the one at 25 at 49.
    wanted = {0: 200, 10: 200, 11: 403, 23: 403, 25: 200, 26: 403, 33: 403, 35: 200, 36: 403, 48: 403}
    assert dict(said) == wanted


def test_a_read_may_be_made_again_when_retry_after_says_so_and_not_before(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    made = connect(app, shop, person(house), at_most(house, 1))
    start, token = clock.now(), made["access_token"]
    assert profile(client, token).status_code == 200
    wait = timedelta(seconds=int(profile(client, token).headers["Retry-After"]))
    with clock.moved(start + wait - timedelta(seconds=10)):
        made = refresh(client, shop, made["refresh_token"]).json
        assert spent(profile(client, made["access_token"]))
    with clock.moved(clock.now() + wait):
        made = refresh(client, shop, made["refresh_token"]).json
        assert profile(client, made["access_token"]).status_code == 200
        assert len(claims(house)) == 1  # the row that is over was taken out


def test_a_single_read_for_as_long_as_the_permission_lasts_needs_no_coming_back(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    made = connect(app, shop, person(house), at_most(house, 1, "P6Y"))
    assert profile(client, made["access_token"]).status_code == 200
    answer = profile(client, made["access_token"])
    assert spent(answer) and "Retry-After" not in answer.headers


def test_an_answer_of_304_counts(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    token = reader(app, shop, person(house), at_most(house, 3))
    etag = profile(client, token).headers["ETag"]
    said = [profile(client, token, **{"If-None-Match": etag}).status_code for _ in range(3)]
    assert said == [304, 304, 403]


def test_refusals_do_not_count(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    ana = person(house)
    back, grant = consented(app, shop, ana, at_most(house, 1))
    token = redeem(client, shop, answered(back)["code"]).json["access_token"]
    with house.writing(ana) as unit:
        pause(unit, link_id=grant.link_id)
    assert profile(client, token).json["reason"] == "paused"
    with house.writing(ana) as unit:
        resume(unit, link_id=grant.link_id)
    assert client.get("/api/v1/profile?purpose=https://w3id.org/dpv%23Other", headers=bearing(token)).status_code == 403
    assert client.get("/api/v1/profile?x=1", headers=bearing(token)).status_code == 400
    assert client.get("/api/v1/orders", headers=bearing(token)).status_code == 403
    assert claims(house) == []
    assert profile(client, token).status_code == 200
    for _ in range(3):
        assert spent(profile(client, token))
    assert len(claims(house)) == 1


def test_each_purpose_of_a_permission_has_reads_of_its_own(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    care = detail(house, CARE, datatypes=("profile.name",), required=(), frequency={"max": 1, "period": "P1D"})
    token = reader(app, shop, person(house), at_most(house, 2), care)
    for purpose, statuses in ((CARE, [200, 403]), (DELIVERY, [200, 200, 403])):
        for status in statuses:
            answer = client.get("/api/v1/profile", query_string={"purpose": purpose}, headers=bearing(token))
            assert answer.status_code == status


def test_going_on_with_less_gives_no_further_reads(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    ana = person(house)
    back, grant = consented(app, shop, ana, at_most(house, 1))
    token = redeem(client, shop, answered(back)["code"]).json["access_token"]
    assert profile(client, token).status_code == 200
    with house.writing(ana) as unit:
        narrow(unit, grant_id=grant.id, keep={DELIVERY: Choice(frozenset({"profile.name"}))})
    assert spent(profile(client, token))


def test_what_was_agreed_is_given_back_to_the_company(app: Flask, house: House, shop: Program) -> None:
    made = connect(app, shop, person(house), at_most(house, 4))
    assert made["authorization_details"][0]["frequency"] == {"max": 4, "period": "P1D"}


def test_a_permission_without_a_number_of_reads_never_meets_the_claim(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    def broken(*_: Any) -> set[int]:
        raise AssertionError("asked without need")

    free, counted = reader(app, shop, person(house)), reader(app, shop, person(house, "joan@example.org"), at_most(house, 9))
    house.wiring = replace(house.wiring, claims={"read_budget": broken})
    assert [profile(client, free).status_code for _ in range(5)] == [200] * 5
    assert profile(client, counted).status_code == 503  # nothing is answered that could not be counted
    assert claims(house) == []


def test_a_dead_token_is_refused_for_its_own_reason(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    token = reader(app, shop, person(house), at_most(house, 1))
    assert profile(client, token).status_code == 200
    with clock.moved(HOUR):
        answer = profile(client, token)
        assert (answer.status_code, answer.json["reason"]) == (401, "token-expired")


# The claim itself, without a look beforehand


def disclosing(house: House, holder: bytes | None, *claimed: tuple[bytes, int]) -> bool:
    """Appends a read that uses up one of so many reads of each of these permissions."""
    arguments = [(grant, DELIVERY, "profile", grant, most, "P1D", None, None) for grant, most in claimed]
    with house.reading() as unit:
        prepared = unit.prepare([ReadRefused(holder=holder, reason="test")])
    return house.log.disclose(Disclosure(prepared, (), [Condition("read_budget", args) for args in arguments]))


def test_of_reads_that_wait_together_only_so_many_are_appended(house: House) -> None:
    ana, grant = person(house), new_id()
    with ThreadPoolExecutor(24) as pool:
        said = list(pool.map(lambda _: disclosing(house, ana.holder_id, (grant, 5)), range(24)))
    assert sum(said) == 5
    assert len(entries(house, "read.refused")) == 5
    assert [row.number for row in claims(house)] == [1, 2, 3, 4, 5]


def test_a_read_under_several_permissions_counts_under_all_or_none(house: House) -> None:
    ana, full, free = person(house), new_id(), new_id()
    assert disclosing(house, ana.holder_id, (full, 1))
    assert not disclosing(house, ana.holder_id, (free, 1), (full, 1))
    assert disclosing(house, ana.holder_id, (free, 1))
    assert Counter(row.grant_id for row in claims(house)) == {full: 1, free: 1}


def test_what_nobody_can_count_is_not_answered(house: House) -> None:
    with house.reading() as unit:
        prepared = unit.prepare([ReadRefused(holder=person(house).holder_id, reason="test")])
    with pytest.raises(Busy):
        house.log.disclose(Disclosure(prepared, (), [Condition("no_such_claim", ())]))
    assert entries(house, "read.refused") == []


# Pages


def test_on_a_page_of_many_whoever_was_read_often_enough_is_left_out(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    people = [person(house, f"p{n}@example.org", given_name=f"P{n}") for n in range(3)]
    for customer, most in zip(people, (1, 2, None), strict=True):
        connect(app, shop, customer, at_most(house, most) if most else detail(house))
    token = own_token(client, shop)
    counts = []
    for _ in range(3):
        answer = client.get("/api/v1/profiles", query_string={"purpose": DELIVERY}, headers=bearing(token))
        counts.append((answer.status_code, len(answer.json["profiles"])))
    assert counts == [(200, 3), (200, 2), (200, 1)]
    assert sorted(Counter(entry["customer"] for entry in entries(house, "profile.disclosed")).values()) == [1, 2, 3]


def lender(app: Flask, most: int, orders: int = 5) -> tuple[Any, Program, str]:
    """A company that reads with its own token, and a customer who shares orders with it so many times a day."""
    house: House = app.extensions["house"]
    seller, shop = seller_of(house, "Zapatería"), seller_of(house, "Librería")
    tell(house, seller.vendor_id, *(an_order(f"O-{n}", "C-1", day=n + 1) for n in range(orders)))
    ana = found(house, seller, "C-1", "ana@example.org")
    shared = detail(house, CARE, ORDERS, required=(), frequency={"max": most, "period": "P1D"})
    return own(app, shop), shop, connect(app, shop, ana, shared)["access_token"]


def test_all_pages_of_a_walk_count_once_and_a_page_read_again_counts_anew(app: Flask, house: House) -> None:
    company, _, _ = lender(app, most=2)
    asked = {"basis": "grant", "purpose": CARE, "limit": "2"}
    assert len(company.walk(**asked)) == 5  # three pages
    assert len(claims(house)) == 1
    first = company.get(**asked)
    cursor = first.json["next"]
    assert company.get(**asked).json["orders"] == []  # used up
    assert len(company.get(**asked, cursor=cursor).json["orders"]) == 2  # its walk goes on
    assert company.get(**asked, cursor=cursor).json["orders"] == []  # the same page again would be a third walk
    assert len(claims(house)) == 2


def test_a_look_is_one_of_each_that_the_reason_has(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    both = at_most(house, 1, purpose=CARE, datatypes=("profile.name", "orders.line.category"), required=())
    token = reader(app, shop, person(house), both)
    looks = [client.get(f"/api/v1/{one}", headers=bearing(token)) for one in ("profile", "orders", "orders", "profile")]
    assert [look.status_code for look in looks] == [200, 200, 403, 403]
    assert [spent(look) for look in looks[2:]] == [True, True]
    assert sorted((row.resource, row.number) for row in claims(house)) == [("orders", 1), ("profile", 1)]


def test_with_the_customers_token_too_a_walk_goes_on_when_all_reads_are_used(
    app: Flask, house: House, client: FlaskClient
) -> None:
    _, _, token = lender(app, most=1)

    def page(cursor: str | None = None) -> TestResponse:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        return client.get("/api/v1/orders", query_string=query, headers=bearing(token))

    first = page()
    assert spent(page())
    second = page(first.json["next"])
    third = page(second.json["next"])
    assert [len(each.json["orders"]) for each in (first, second, third)] == [2, 2, 1]
    for old in (first, second):
        assert spent(page(old.json["next"]))
    assert len(entries(house, "orders.disclosed")) == 3


def test_an_old_cursor_is_no_way_to_look_again(app: Flask, house: House) -> None:
    company, program, _ = lender(app, most=1)
    asked = {"basis": "grant", "purpose": CARE, "limit": "2"}
    cursor = company.get(**asked).json["next"]
    with clock.moved(HOUR - timedelta(minutes=1)):
        later = own(app, program).get(**asked, cursor=cursor)
        assert len(later.json["orders"]) == 2
    with clock.moved(HOUR + timedelta(minutes=1)):
        assert own(app, program).get(**asked, cursor=later.json["next"]).json["orders"] == []


# Several processes at once


@pytest.mark.slow
def test_eight_reads_at_once_in_two_processes_are_never_more_than_allowed(
    app: Flask, house: House, shop: Program
) -> None:
    most = [1 + n % 4 for n in range(ROUNDS)]
    tokens = [
        reader(app, shop, person(house, f"p{n}@example.org"), at_most(house, many)) for n, many in enumerate(most)
    ]
    rounds = [{"path": "/api/v1/profile", "method": "GET", "headers": bearing(token)} for token in tokens]
    for many, answers in zip(most, race(house, rounds), strict=True):
        assert sorted(status for status, _ in answers) == [200] * many + [403] * (8 - many)
        assert {body["reason"] for status, body in answers if status == 403} == {"budget"}
    assert len(entries(house, "profile.disclosed")) == sum(most)
    refused = Counter(entry["grant"] for entry in entries(house, "read.refused"))
    assert sum(refused.values()) == 8 * ROUNDS - sum(most)


@pytest.mark.slow
def test_a_page_of_many_read_eight_times_at_once_shows_nobody_too_often(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    for n in range(4):
        connect(app, shop, person(house, f"p{n}@example.org"), at_most(house, n + 1))
    query = {"purpose": DELIVERY}
    one = {"path": "/api/v1/profiles", "method": "GET", "query_string": query, "headers": bearing(own_token(client, shop))}
    (answers,) = race(house, [one])
    assert {status for status, _ in answers} <= {200, 503}
    shown = Counter(entry["customer"] for entry in entries(house, "profile.disclosed"))
    assert sorted(shown.values())[-1] <= 4 and sum(shown.values()) == sum(len(b["profiles"]) for s, b in answers if s == 200)
    per_grant = Counter(row.grant_id for row in claims(house))
    assert all(many <= 4 for many in per_grant.values()) and sum(per_grant.values()) == sum(shown.values())


# Spans


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.builds(Duration, st.integers(0, 5000)),
)
def test_a_later_read_is_never_over_before_an_earlier_one(at: datetime, later: timedelta, span: Duration) -> None:
    assert at <= span.after(at) <= span.after(at + later)


def test_a_span_that_leaves_the_calendar_ends_with_it() -> None:
    latest = datetime.max.replace(tzinfo=UTC)
    assert Duration(31).after(datetime(2026, 1, 31, tzinfo=UTC)) == datetime(2026, 3, 3, tzinfo=UTC)
    assert Duration(9999 * 365).after(datetime(2026, 1, 1, tzinfo=UTC)) == latest
    assert Duration(9999 * 7).after(datetime(9990, 1, 1, tzinfo=UTC)) == latest


def test_what_an_older_release_kept_in_hours_is_held_to_as_so_many_a_day(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    token = reader(app, shop, person(house), at_most(house, 3))
    with house.engine.begin() as connection:
        connection.execute(update(GrantDetail).values(most_reads=1, read_span="PT12H"))
    assert [profile(client, token).status_code for _ in range(3)] == [200, 200, 403]
