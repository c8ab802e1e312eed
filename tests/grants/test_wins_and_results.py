"""What counts when a tick and a no stand side by side, and what a press came to: said with its names."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.grants import reads
from portal.grants.choices import Choice
from portal.grants.service import revoke
from portal.grants.words import given_on
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import day, moment, zone
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from tests.grants.answering import opened, page_of, press
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, asked, company, detail, given, person, signed_in
from tests.grants.test_once import shared_once
from tests.grants.test_sharing_pages import send, words
from tests.oauth.cast import authorize_url, profile

OVER = "It counts more than the ticks above: nothing is shared for this reason."


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody whom a company asks."""
    return person(house, given_name="Ana", family_name="Vila")


def two(house: House) -> tuple[dict[str, Any], dict[str, Any]]:
    return detail(house), detail(house, CARE, ("profile.email", "profile.phone"), ())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"no_0": "y"}, "You said no to delivery, and nothing is ticked under help and questions. Tick"),
        ({"no_0": "y", "no_1": "y"}, "You said no to every reason. Take a no back"),
        ({"items_0": []}, "Nothing is ticked. Tick what you want to share, or press “Don't share”."),
    ],
)
@pytest.mark.parametrize("answer", ["share", "preview"])
def test_a_yes_to_nothing_says_what_was_refused_and_where_nothing_is_ticked(
    app: Flask, house: House, ana: Actor, changes: dict[str, Any], said: str, answer: str
) -> None:
    path, client = page_of(asked(house, company(house), None, *two(house))), signed_in(app, ana)
    page = words(press(client, path, answer, **changes).text).replace("&#39;", "'")
    assert "Nothing is shared yet" in page and said in page
    assert ("Nothing is ticked." in page) == ("items_0" in changes)


def test_a_no_beside_something_lacking_is_said_too(app: Flask, house: House, ana: Actor) -> None:
    path, client = page_of(asked(house, company(house), None, *two(house))), signed_in(app, ana)
    answer = press(client, path, "share", items_0=["profile.email"], no_1="y")
    assert answer.status_code == 422
    assert "You said no to help and questions. Without full name nothing would be shared." in words(answer.text)


def test_a_no_beside_ticks_says_which_of_the_two_counts(app: Flask, house: House, ana: Actor) -> None:
    client = signed_in(app, ana)
    request = asked(house, company(house), ana, *two(house))
    asks = client.get(page_of(request)).text
    grant = given(house, ana, request)
    less = client.get(f"/sharing/grants/{text_of(grant.id)}/less").text
    for page in (asks, less):
        for index in range(2):
            box = re.search(rf'<input[^>]*name="no_{index}"[^>]*>', page)
            assert box is not None
            about = re.search(r'aria-describedby="([^"]+)"', box[0])
            assert about is not None and f'id="{about[1]}">{OVER}' in page
    assert "only what is ticked" not in less


def test_less_names_what_has_ended_and_what_they_still_see(app: Flask, house: House, ana: Actor) -> None:
    client, vendor = signed_in(app, ana), company(house)
    tastes = detail(house, SUGGESTIONS, ("profile.tastes",), ())
    three = (*two(house), tastes)

    def after(**changes: Any) -> str:
        grant = given(house, ana, asked(house, vendor, ana, *three))
        path = f"/sharing/grants/{text_of(grant.id)}/less"
        page = client.get(path).text
        boxes = re.findall(r'type="checkbox" name="(items_\d)"[^>]*value="([^"]+)"', page)
        form: dict[str, Any] = {"version": "1", "until": "asked"}
        for name, value in boxes:
            form.setdefault(name, []).append(value)
        return words(client.get(send(client, path, **{**form, **changes}).location).text)

    order = {one: index for index, one in enumerate(sorted((DELIVERY, CARE, SUGGESTIONS)))}
    delivery, care = f"items_{order[DELIVERY]}", f"items_{order[CARE]}"
    said = after(**{delivery: ["profile.address"], care: ["profile.phone"], f"no_{order[CARE]}": "y"})
    assert "Saved. Ended: help and questions and delivery. They still see: things you like." in said
    said = after(**{delivery: ["profile.name"], care: []})
    assert "Saved. Ended: help and questions. They still see: full name and things you like." in said
    said = after(**{delivery: ["profile.name"]})
    assert "Saved. They still see: e-mail address, full name, phone number and things you like." in said
    sooner = (clock.now() + timedelta(days=2)).astimezone(zone()).date()
    said = after(until="date", until_date=sooner.isoformat())
    assert f"They see it until {day(sooner)}." in said
    said = after(**{delivery: ["profile.address"], care: [], f"no_{order[SUGGESTIONS]}": "y"})
    assert "Stopped. Librería del Mar can read nothing more under this permission." in said


@pytest.mark.parametrize("looked", [False, True])
def test_where_one_look_is_allowed_one_look_is_chosen_to_begin_with(
    app: Flask, house: House, ana: Actor, looked: bool
) -> None:
    shop, made = shared_once(app, house, ana)
    browser = signed_in(app, ana)
    if looked:
        assert profile(app.test_client(), made["access_token"]).status_code == 200
    for details in ([detail(house)], two(house)):
        chosen = opened(browser, browser.get(authorize_url(house, shop, *details)).location)["until"]
        assert chosen == ("now" if len(details) == 1 and not looked else "once")
    with house.writing(ana) as unit:
        revoke(unit, grant_id=reads.grants_of(unit)[0].id)
    assert opened(browser, browser.get(authorize_url(house, shop)).location)["until"] == "asked"


def test_one_look_beside_something_longer_does_not_choose_for_both(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    given(house, ana, asked(house, vendor, ana, detail(house)), {DELIVERY: Choice(frozenset({"profile.name"}), once=True)})
    given(house, ana, asked(house, vendor, ana, two(house)[1]))
    three = (*two(house), detail(house, SUGGESTIONS, ("profile.tastes",), ()))
    assert opened(client, page_of(asked(house, vendor, None, *three)))["until"] == "asked"


def test_permissions_of_one_day_are_told_apart_by_their_time(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    details = two(house)
    with clock.moved(-timedelta(minutes=90)):
        first = given(house, ana, asked(house, vendor, ana, details[0]))
    page = words(client.get(f"/sharing/{text_of(first.link_id)}").text)
    assert f"Permission of {day(first.created_at)}Until" in page
    second = given(house, ana, asked(house, vendor, ana, details[1]))
    page = words(client.get(f"/sharing/{text_of(first.link_id)}").text)
    if day(first.created_at) == day(second.created_at):
        assert f"Permission of {moment(first.created_at)}" in page and f"Permission of {moment(second.created_at)}" in page


def test_a_permission_is_named_as_exactly_as_it_takes_to_tell_it_from_others() -> None:
    at = datetime(2026, 5, 3, 12, 5, 9, tzinfo=UTC)
    later = (timedelta(), timedelta(seconds=3), timedelta(minutes=40), timedelta(days=3))
    moments = {bytes([number]): at + wait for number, wait in enumerate(later)}
    said = ["3 May 2026, 14:05:09 CEST", "3 May 2026, 14:05:12 CEST", "3 May 2026, 14:45", "6 May 2026"]
    assert list(given_on(moments).values()) == said
    del moments[bytes([0])]
    assert list(given_on(moments).values()) == ["3 May 2026, 14:05", "3 May 2026, 14:45", "6 May 2026"]


def test_a_request_with_one_reason_speaks_of_no_whole_reason(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    needed = detail(house, datatypes=("profile.name",))
    for details, said in (
        (two(house), "leave out what is optional, or say no to a whole reason."),
        ((detail(house),), "You can share less than they ask: leave out what is optional. "),
        ((needed,), ""),
    ):
        page = words(client.get(page_of(asked(house, vendor, None, *details))).text)
        assert said in page and ("a whole reason" in page) == (len(details) == 2)
        assert ("You can share less" in page) == bool(said)
