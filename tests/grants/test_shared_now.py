"""The page of a request where something is shared already: the present choice, a pause, and a look that was taken."""

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.service import choose_language
from portal.grants import reads
from portal.grants.service import share_again
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links.service import pause
from tests.grants.answering import mine, page_of, press, ticks
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, given, person, signed_in
from tests.grants.test_once import shared_once
from tests.grants.test_sharing_pages import words
from tests.oauth.cast import answered, authorize_url, bearing, connect, program, redeem


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody whom a company asks."""
    return person(house, given_name="Ana", family_name="Vila")


def test_pressing_share_on_a_page_left_as_it_is_keeps_the_present_choice(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    both = (detail(house), detail(house, CARE, ("profile.email", "profile.phone"), ()))
    first = page_of(asked(house, vendor, None, *both))
    assert "comes ticked" not in client.get(first).text
    press(client, first, "share", items_0=["profile.name", "profile.email"], items_1=["profile.phone"])
    chosen = mine(house, ana)
    again = page_of(asked(house, vendor, None, *both))
    assert "What you share now comes ticked" in client.get(again).text
    press(client, again, "share")
    assert mine(house, ana)[0] == chosen[0]


def test_only_what_is_shared_for_that_reason_comes_ticked(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    given(house, ana, asked(house, vendor, ana, detail(house, CARE, ("profile.email", "profile.phone"), ())))
    page = client.get(page_of(asked(house, vendor))).text
    assert ticks(page) == {"profile.name": True, "profile.address": False, "profile.email": False}
    assert "You share with them already" not in page


def test_a_try_with_less_is_not_filled_up_with_what_is_shared_now(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    given(house, ana, asked(house, vendor, ana))
    page = press(client, page_of(asked(house, vendor)), "preview", items_0=["profile.name"]).text
    assert ticks(page) == {"profile.name": True, "profile.address": False, "profile.email": False}


def test_a_pause_is_said_and_a_yes_does_not_end_it(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        pause(unit, link_id=grant.link_id)
    path = page_of(asked(house, vendor))
    page = words(client.get(path).text)
    assert "A yes does not end the pause: they read nothing until you go on sharing." in page
    assert "shared now" not in page
    assert ticks(client.get(path).text)["profile.email"]
    assert "once you go on sharing" in words(press(client, path, "preview").text)
    answer = press(client, path, "share")
    assert "sees nothing of it until you go on sharing" in client.get(answer.location).text
    with house.reading(ana) as unit:
        newest = reads.grants_of(unit)[0]
        preview = f"/sharing/grants/{text_of(newest.id)}/preview"
    assert "You have paused sharing" in client.get(preview).text


WORDS = {
    "en": ("You share all of this with them already.", "a yes connects it", "go there and connect with Freehold again."),
    "ca": ("Tot això ja ho comparteixes amb ells.", "un sí l'hi connecta", "ves-hi i torna a connectar amb Freehold."),
    "es": ("Todo esto ya lo compartes con ellos.", "un sí lo conecta", "ve allí y vuelve a conectar con Freehold."),
    "ro": ("Toate acestea le partajezi deja cu ei.", "un da îl conectează", "mergi acolo și conectează-te din nou"),
}


@pytest.mark.parametrize("language", WORDS)
def test_after_sharing_again_here_it_is_said_what_is_left_and_that_a_second_yes_connects(
    app: Flask, house: House, ana: Actor, language: str
) -> None:
    covered, connects, left = WORDS[language]
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    shop, browser = program(house), signed_in(app, ana)
    connect(app, shop, ana)

    def page(*details: Any) -> str:
        return unescape(words(browser.get(browser.get(authorize_url(house, shop, *details)).location).text))

    assert connects not in page(), "its token opens what is shared"
    with house.writing(ana) as unit:
        again = share_again(unit, grant_id=reads.grants_of(unit)[0].id)
    answer = press(browser, page_of(again), "share")
    for _time in range(2):
        assert left in unescape(words(browser.get(answer.location).text)), "it lasts as long as it is true"
    assert '<a class="btn btn-secondary" href="https://books.example" rel="noreferrer">' in browser.get(answer.location).text
    assert covered in page() and connects in page()
    more = detail(house, datatypes=("profile.name", "profile.address", "profile.email", "profile.phone"))
    assert covered not in page(more) and connects in page(more)
    back = browser.get(authorize_url(house, shop)).location
    redeem(app.test_client(), shop, answered(press(browser, back, "share").location)["code"])
    assert connects not in page()
    assert left not in unescape(words(browser.get(answer.location).text))


def test_whom_no_program_of_customers_serves_has_nothing_left_to_do(app: Flask, house: House, ana: Actor) -> None:
    vendor, browser = company(house), signed_in(app, ana)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        again = share_again(unit, grant_id=grant.id)
    answer = press(browser, page_of(again), "share")
    page = words(browser.get(answer.location).text)
    assert "You share it with Librería del Mar now." in page and "connect with Freehold" not in page


def test_after_its_one_look_nothing_is_shared_now(app: Flask, house: House, client: FlaskClient, ana: Actor) -> None:
    shop, made = shared_once(app, house, ana, items=["profile.name"])
    browser = signed_in(app, ana)

    def page() -> str:
        return browser.get(browser.get(authorize_url(house, shop)).location).text

    before = page()
    assert "You share with them already" in before and "shared now" in before
    read = client.get("/api/v1/profile", query_string={"purpose": DELIVERY}, headers=bearing(made["access_token"]))
    assert read.status_code == 200
    after = page()
    assert re.search(r"they took the one look that you allowed, and they can look no more\. A yes lets them", after)
    assert "You share with them already" not in after and "shared now" not in after
    assert ticks(after) == {"profile.name": True, "profile.address": False, "profile.email": False}
