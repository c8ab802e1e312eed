"""One look and no more: chosen on the page, kept at every read, and said wherever a permission's end is said."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given as for_all
from hypothesis import strategies as st

from portal.accounts.service import choose_language
from portal.grants import durations, reads
from portal.grants.choices import Choice, applied
from portal.grants.details import Detail, Frequency
from portal.grants.once import ends_once, is_once
from portal.grants.order import at_most
from portal.grants.service import narrow
from portal.home.cards import waiting_of
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Actor
from tests.grants.answering import page_of, press
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, person, signed_in
from tests.grants.test_records import records
from tests.grants.test_sharing_pages import words
from tests.oauth.cast import answered, authorize_url, bearing, connect, own_token, profile, program, redeem
from tests.orders.cast import an_order, join, tell
from tests.prove.sizes import size

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NAMES = frozenset({"profile.name"})


def one(**more: Any) -> Detail:
    """A detail as a company may ask it."""
    return Detail(type="t", datatypes=("profile.name",), purpose="https://w3id.org/dpv#A", **more)


# What it is


@for_all(
    days=st.integers(1, 900),
    begins=st.one_of(st.none(), st.integers(0, 400)),
    often=st.one_of(st.none(), st.tuples(st.integers(1, 40), st.sampled_from(["PT1H", "P1D", "P2D", "P1M", "P3Y"]))),
)
def test_one_look_is_never_more_than_was_asked_and_no_second_one_fits_into_its_life(
    days: int, begins: int | None, often: tuple[int, str] | None
) -> None:
    start = None if begins is None else NOW + timedelta(days=min(begins, days - 1))
    asks = one(
        expires_at=int((NOW + timedelta(days=days)).timestamp()),
        not_before=None if start is None else int(start.timestamp()),
        frequency=None if often is None else Frequency(max=often[0], period=often[1]),
    )
    (given,) = applied([asks], {asks.purpose: Choice(NAMES, once=True)}, NOW)
    assert at_most(given, asks) and is_once(given, NOW)
    assert given.frequency is not None and given.frequency.max == 1
    first = max(NOW, start or NOW)
    assert first < given.ends_at <= first + timedelta(days=1)
    assert durations.parse(given.frequency.period).after(first) >= given.ends_at


@pytest.mark.parametrize(
    ("most", "period", "lasts", "once"),
    [(1, "P1Y", 300, True), (1, "P1D", 1, True), (1, "P1D", 2, False), (2, "P1Y", 300, False)],
)
def test_a_company_that_asks_for_one_look_in_all_asks_for_one_look(
    most: int, period: str, lasts: int, once: bool
) -> None:
    asks = one(
        frequency=Frequency(max=most, period=period), expires_at=int((NOW + timedelta(days=lasts)).timestamp())
    )
    assert is_once(asks, NOW) == once and ends_once(asks, NOW) <= asks.ends_at


# On the page, and at the reads that follow


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody whom a company asks."""
    return person(house, given_name="Ana", family_name="Vila")


def shared_once(
    app: Flask, house: House, ana: Actor, *details: Any, items: Sequence[str | list[str]] = ()
) -> tuple[Any, Any]:
    """She says "Once" to a program; gives the program and what it got for its code."""
    shop, client = program(house), signed_in(app, ana)
    path = client.get(authorize_url(house, shop, *details)).location
    ticked = {f"items_{number}": [one] if isinstance(one, str) else one for number, one in enumerate(items)}
    answer = press(client, path, "share", until="once", **ticked)
    made = redeem(client, shop, answered(answer.location)["code"])
    assert made.status_code == 200, made.text
    return shop, made.json


def test_the_one_read_is_answered_the_next_is_refused_for_good_and_the_customer_sees_both(
    app: Flask, house: House, client: FlaskClient, ana: Actor
) -> None:
    shop, made = shared_once(app, house, ana)
    (granted,) = made["authorization_details"]
    assert granted["frequency"] == {"max": 1, "period": "P1D"}
    assert timedelta(hours=23) < datetime.fromtimestamp(granted["expires_at"], UTC) - clock.now() < timedelta(hours=25)
    browser = signed_in(app, ana)
    with house.reading(ana) as unit:
        (grant,) = reads.grants_of(unit)
    mine, preview = f"/sharing/{text_of(grant.link_id)}", f"/sharing/grants/{text_of(grant.id)}/preview"
    for path in ("/sharing", mine, preview):
        assert "Once, until" in words(browser.get(path).text)
    assert "Ana Vila" in words(browser.get(preview).text)

    assert profile(client, made["access_token"]).json["profile"]["name"] == "Ana Vila"
    refused = profile(client, made["access_token"])
    assert (refused.status_code, refused.json["reason"]) == (403, "budget") and "Retry-After" not in refused.headers
    assert "Retry-After" not in refused.json["detail"], "there is nothing to wait for"

    listed = client.get("/api/v1/grants", headers=bearing(own_token(client, shop))).json["grants"]
    assert listed[0]["authorization_details"][0]["frequency"] == {"max": 1, "period": "P1D"}
    page = words(browser.get("/sharing").text)
    assert "Used" in page and "They took the one look that you allowed" in page and "Full name" not in page
    page = words(browser.get(mine).text)
    assert "Used" in page and "they took the one look that you allowed" in page and "Once, until" not in page
    page = words(browser.get(preview).text)
    assert "they get nothing. They had looked as often as agreed." in page and "Ana Vila" not in page
    assert "They had looked as often as agreed" in words(browser.get("/activity").text)


def test_a_look_under_it_is_on_record_as_one_of_a_permission_for_one_look(
    app: Flask, house: House, client: FlaskClient, ana: Actor
) -> None:
    _, made = shared_once(app, house, ana)
    profile(client, made["access_token"])
    browser = signed_in(app, ana)
    page = browser.get("/activity").text
    line = page[page.index('href="/activity/') + 6 :].split('"')[0]
    assert "The permission for one look that you gave on" in words(browser.get(line).text)


@pytest.mark.parametrize("rounds", [size(test=4, prove=100)])
def test_of_two_reads_at_the_same_moment_exactly_one_is_answered(
    app: Flask, house: House, ana: Actor, rounds: int
) -> None:
    shop, client = program(house), signed_in(app, ana)
    for _ in range(rounds):
        path = client.get(authorize_url(house, shop)).location
        back = press(client, path, "share", until="once").location
        token = redeem(client, shop, answered(back)["code"]).json["access_token"]
        barrier = Barrier(2)

        def read(token: str = token, barrier: Barrier = barrier) -> tuple[int, str | None]:
            barrier.wait()
            answer = profile(app.test_client(), token)
            return answer.status_code, answer.json.get("reason")

        with ThreadPoolExecutor(2) as pool:
            said = sorted(each.result() for each in [pool.submit(read), pool.submit(read)])
        assert said == [(200, None), (403, "budget")]


def test_unread_it_is_over_after_a_day(app: Flask, house: House, client: FlaskClient, ana: Actor) -> None:
    shop, _made = shared_once(app, house, ana)
    with clock.moved(timedelta(hours=25)):
        token = own_token(client, shop)
        asked_for = {"purpose": DELIVERY}
        assert client.get("/api/v1/profiles", query_string=asked_for, headers=bearing(token)).json["profiles"] == []
        assert "What you shared has ended" in words(signed_in(app, ana).get("/sharing").text)


def test_each_reason_has_its_one_look_and_the_page_says_so(
    app: Flask, house: House, client: FlaskClient, ana: Actor
) -> None:
    both = (detail(house), detail(house, CARE, ("profile.name",), ()))
    page = signed_in(app, ana).get(page_of(asked(house, company(house, "Florista"), None, *both))).text
    assert "Once: one look for each reason, until" in page
    _, made = shared_once(app, house, ana, *both, items=["profile.name", "profile.name"])

    def read(purpose: str) -> int:
        answer = client.get("/api/v1/profile", query_string={"purpose": purpose}, headers=bearing(made["access_token"]))
        return answer.status_code

    assert [read(CARE), read(CARE)] == [200, 403]
    page = words(signed_in(app, ana).get("/sharing").text)
    assert "Once, until" in page and "They took the one look" not in page
    assert [read(DELIVERY), read(DELIVERY)] == [200, 403]
    assert "They took the one look" in words(signed_in(app, ana).get("/sharing").text)


def test_what_they_will_get_says_once_before_the_yes(app: Flask, house: House, ana: Actor) -> None:
    client, path = signed_in(app, ana), page_of(asked(house, company(house)))
    for until, once in (("once", True), ("asked", False)):
        shown = press(client, path, "preview", until=until).text.split('id="seen"')[1].split("</section>")[0]
        assert ("Once, until" in shown) == once
        assert bool(re.search(r"Once, until [^<]*\d\d:\d\d", shown)) == once, "to the minute, as the choice says"


def test_the_signed_record_and_its_page_say_once(app: Flask, house: House, ana: Actor) -> None:
    shared_once(app, house, ana)
    (content,) = records(house, ana)
    (process,) = content["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
    assert process["dpv:hasFrequency"] == {
        "@type": "dpv:SingularFrequency", "freehold:reads": {"max": 1, "period": "P1D"}
    }  # fmt: skip
    assert "freehold:reads" not in process["freehold:asked"]
    with house.reading(ana) as unit:
        (record,) = reads.records_of(unit)
    assert "Once, until" in words(signed_in(app, ana).get(f"/records/{text_of(record.id)}").text)


def test_a_number_of_reads_that_was_asked_for_is_in_the_record_too(app: Flask, house: House, ana: Actor) -> None:
    often = detail(house, frequency={"max": 4, "period": "P1D"})
    client = signed_in(app, ana)
    press(client, page_of(asked(house, company(house), None, often)), "share")
    (content,) = records(house, ana)
    (process,) = content["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
    assert process["dpv:hasFrequency"] == {"@type": "dpv:Frequency", "freehold:reads": {"max": 4, "period": "P1D"}}
    assert process["freehold:asked"]["freehold:reads"] == {"max": 4, "period": "P1D"}


# Who can still get something


def test_a_company_whose_one_look_is_taken_is_not_among_those_who_can_read_a_line(
    app: Flask, house: House, client: FlaskClient, ana: Actor
) -> None:
    often = detail(house, CARE, ("profile.name",), (), frequency={"max": 1, "period": "P1D"})
    _, made = shared_once(app, house, ana, items=["profile.name"])
    browser = signed_in(app, ana)

    def readers() -> list[str]:
        listed = words(browser.get("/data").text)
        page = words(browser.get("/data/profile.given_name").text)
        return [*re.findall(r"(\d) compan", listed)[:1], page.split("Who can read it")[1].split(" Remove it")[0].split(".")[0].strip()]

    assert readers() == ["1", "Librería del Mar"]
    assert profile(client, made["access_token"]).status_code == 200
    assert readers() == ["Nobody but you"]
    again = connect(app, program(house, "Florista"), ana, often)
    assert profile(client, again["access_token"]).status_code == 200
    assert readers() == ["1", "Florista"], "it may look again tomorrow"


def test_what_was_previewed_is_what_one_look_gives_the_profile_and_the_orders(
    app: Flask, house: House, client: FlaskClient, ana: Actor
) -> None:
    seller = program(house, "Zapatería")
    tell(house, seller.vendor_id, an_order("O-1", "C-1"))
    join(house, seller, "C-1", ana)
    both = detail(house, CARE, ("profile.name", "orders.line.category"), ())
    _, made = shared_once(app, house, ana, both, items=[["profile.name", "orders.line.category"]])
    browser = signed_in(app, ana)
    with house.reading(ana) as unit:
        (grant,) = [one for one in reads.grants_of(unit) if one.state == "live"]

    def said() -> tuple[bool, bool, bool]:
        preview, mine = (words(browser.get(path).text) for path in (f"/sharing/grants/{text_of(grant.id)}/preview", "/sharing"))
        return "Ana Vila" in preview, "1 order" in preview, "They took the one look" in mine

    def read(resource: str) -> int:
        return client.get(f"/api/v1/{resource}", headers=bearing(made["access_token"])).status_code

    assert said() == (True, True, False)
    assert read("profile") == 200
    assert said() == (False, True, False), "the orders are still to be looked at"
    assert read("orders") == 200
    assert said() == (False, False, True)
    assert (read("profile"), read("orders")) == (403, 403)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "What they began to fetch then, they can fetch to its end until"),
        ("ca", "El que llavors van començar a obtenir, ho poden acabar d'obtenir fins a(?:l | l')"),
        ("es", "Lo que entonces empezaron a obtener, lo pueden terminar de obtener hasta el"),
        ("ro", "Ce au început să obțină atunci pot obține până la capăt, până la"),
    ],
)
def test_that_something_of_a_look_can_still_be_got_is_said_only_while_it_can(
    app: Flask, house: House, client: FlaskClient, ana: Actor, language: str, sentence: str
) -> None:
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    seller = program(house, "Zapatería")
    tell(house, seller.vendor_id, *(an_order(f"O-{n}", "C-1", day=n + 1) for n in range(3)))
    join(house, seller, "C-1", ana)
    both = detail(house, CARE, ("orders.line.category",), ())
    _, made = shared_once(app, house, ana, both, items=["orders.line.category"])
    with house.reading(ana) as unit:
        (grant,) = [one for one in reads.grants_of(unit) if one.state == "live"]
    mine = f"/sharing/{text_of(grant.link_id)}"

    def said() -> bool:
        return re.search(sentence, unescape(words(signed_in(app, ana).get(mine).text))) is not None

    def page(**more: str) -> Any:
        asked_for = {"purpose": CARE, "limit": "2", **more}
        return client.get("/api/v1/orders", query_string=asked_for, headers=bearing(made["access_token"])).json

    assert not said(), "before the look"
    following = page()["next"]
    assert said()
    with clock.moved(timedelta(minutes=61)):
        assert not said(), "its hour is over"
    assert page(cursor=following)["next"] is None
    assert not said(), "it was fetched whole"


# What can be done with it


def test_going_on_with_less_after_the_look_gives_no_second_one(
    app: Flask, house: House, client: FlaskClient, ana: Actor
) -> None:
    _, made = shared_once(app, house, ana, items=["profile.name"])
    browser = signed_in(app, ana)
    with house.reading(ana) as unit:
        (grant,) = reads.grants_of(unit)
    page = browser.get(f"/sharing/grants/{text_of(grant.id)}/less").text
    assert "at the latest, as it is now" in page and 'value="once"' not in page
    assert profile(client, made["access_token"]).status_code == 200
    sooner = Choice(NAMES, grant.ends_at - timedelta(hours=1))
    with house.writing(ana) as unit:
        narrow(unit, grant_id=grant.id, keep={DELIVERY: sooner})
    assert profile(client, made["access_token"]).json["reason"] == "budget"
    assert "Used" in words(browser.get("/sharing").text)


def test_a_permission_that_was_given_is_not_made_one_for_a_further_look(app: Flask, house: House, ana: Actor) -> None:
    client = signed_in(app, ana)
    press(client, page_of(asked(house, company(house))), "share")
    with house.reading(ana) as unit:
        (grant,) = reads.grants_of(unit)
    path = f"/sharing/grants/{text_of(grant.id)}/less"
    page = client.get(path).text
    assert 'value="day"' in page and 'value="once"' not in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post(path, data={"csrf_token": token, "version": "1", "items_0": ["profile.name"], "until": "once"})
    with house.reading(ana) as unit:
        assert [one.frequency for one in reads.details_of(unit, reads.grant_of(unit, grant.id))] == [None]


def test_shared_again_it_is_one_look_again(app: Flask, house: House, client: FlaskClient, ana: Actor) -> None:
    shared_once(app, house, ana)
    browser = signed_in(app, ana)
    with house.reading(ana) as unit:
        (grant,) = reads.grants_of(unit)
    token = browser.get("/sharing").text.split('name="csrf_token" value="')[1].split('"')[0]
    browser.post(f"/sharing/grants/{text_of(grant.id)}/stop", data={"csrf_token": token})
    path = browser.post(f"/sharing/grants/{text_of(grant.id)}/again", data={"csrf_token": token}).location
    page = browser.get(path).text
    assert "at the latest, as last time" in page and 'value="once"' not in page
    press(browser, path, "share")
    with house.reading(ana) as unit:
        newest = reads.grants_of(unit)[0]
        assert newest.request_id == id_from(path.rsplit("/", 1)[1])
        assert all(is_once(one, newest.created_at) for one in reads.details_of(unit, newest))


def test_home_reminds_nobody_of_the_end_of_one_look(app: Flask, house: House, ana: Actor) -> None:
    shared_once(app, house, ana)
    with house.reading(ana) as unit:
        assert not [card for card in waiting_of(unit).cards if card.icon == "clock"]
