"""What was begun on the page of a request stays begun: on the way back to it, and in another language."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from portal.customers.reads import values_of
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import Actor
from tests.browsing import LiveServer
from tests.grants.answering import opened, page_of, ticks
from tests.grants.cast import CARE, asked, company, detail, person, signed_in
from tests.grants.in_a_browser import asked_page

STREET = "Carrer de la Lluna 4"


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody whose name is written down, and whose address is not."""
    return person(house, given_name="Ana", family_name="Vila")


def fields(client: FlaskClient, path: str) -> dict[str, str]:
    """The names of the fields in which something can be written, by their labels."""
    page = client.get(path).text
    found = re.findall(r'<label class="form-label" for="(fill_\d)">([^<]+)', page)
    return {label.strip(): name for name, label in found}


def begun(client: FlaskClient, path: str, **changes: Any) -> dict[str, Any]:
    written = {fields(client, path)["Street and number"]: STREET}
    items = {"items_0": ["profile.name", "profile.address"], "until": "month"}
    return {**opened(client, path), **items, **written, **changes}


def test_what_was_written_is_tried_out_on_a_page_of_its_own_and_stands_in_no_address(
    app: Flask, house: House, ana: Actor
) -> None:
    path, client = page_of(asked(house, company(house))), signed_in(app, ana)
    answer = client.post(path, data=begun(client, path, answer="preview"))
    assert answer.status_code == 303 and "Lluna" not in answer.location
    [cookie] = [said for said in answer.headers.getlist("Set-Cookie") if said.startswith("begun=")]
    assert "Lluna" not in cookie and "HttpOnly" in cookie and f"Path={path}" in cookie and "Max-Age=1800" in cookie
    for _time in range(2):
        page = client.get(answer.location).text
        assert page.count(STREET) >= 2, "in its field, and in what they would get"
        assert 'id="seen"' in page and ticks(page)["profile.address"]
    with house.reading(ana) as unit:
        assert values_of(unit, ana.customer_id or b"", ["profile.address"]) == {}


def test_it_is_kept_for_this_session_this_request_and_half_an_hour_and_goes_with_the_answer(
    app: Flask, house: House, ana: Actor
) -> None:
    vendor = company(house)
    path, client, other = page_of(asked(house, vendor)), signed_in(app, ana), signed_in(app, ana)
    shown = client.post(path, data=begun(client, path, answer="preview")).location
    cookie = client.get_cookie("begun", path=path)
    assert cookie is not None
    other.set_cookie("begun", cookie.value, path=path)
    again = page_of(asked(house, vendor, ana, detail(house, CARE)))
    client.set_cookie("begun", cookie.value, path=again)
    kept = "?kept=1"
    assert STREET not in client.get(again + kept).text and STREET not in other.get(path + kept).text
    for odd in ("", "x", "AAAA", cookie.value[:-8], "é"):
        other.set_cookie("begun", odd, path=path)
        assert other.get(path + kept).status_code == 200
    assert STREET in client.get(path + kept).text
    with clock.moved(timedelta(minutes=31)):
        assert STREET not in client.get(path + kept).text and STREET not in client.get(shown).text
    assert client.post(path, data=begun(client, path, answer="share", sure="profile.address")).status_code == 303
    assert client.get_cookie("begun", path=path) is None


@pytest.mark.parametrize(("place", "chosen"), [("language", {"locale": "ca"}), ("theme", {"theme": "dark"})])
def test_another_language_or_appearance_loses_nothing_that_was_begun(
    app: Flask, house: House, ana: Actor, place: str, chosen: dict[str, str]
) -> None:
    path, client = page_of(asked(house, company(house))), signed_in(app, ana)
    form = {**begun(client, path), "next": f"{path}?kept=1", **chosen}
    handed_on = client.post(f"{path}/keep?to={place}", data=form)
    assert handed_on.status_code == 307 and handed_on.location.endswith(f"/{place}")
    back = client.post(handed_on.location, data=form)
    assert back.status_code == 303 and back.location.endswith("?kept=1")
    page = client.get(back.location).text
    assert ("Comparteix amb" in page) == (place == "language") and ('data-bs-theme="dark"' in page) == (place == "theme")
    assert page.count(STREET) == 1 and ticks(page) == {"profile.name": True, "profile.address": True, "profile.email": False}
    assert re.search(r'<input[^>]*checked[^>]*value="month"', page)
    assert client.post(f"{path}/keep?to=//evil.example", data=form).status_code == 404


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_in_a_browser_the_language_changes_under_what_was_begun(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, ana: Actor, script: bool
) -> None:
    with asked_page(app, house, live_server, browser, ana, script=script) as page:
        page.get_by_label("E-mail address").check()
        page.get_by_text("Fill it in now").first.click()
        page.get_by_label("Street and number").fill(STREET)
        for language, label in (("Català", "Carrer i número"), ("English", "Street and number")):
            page.get_by_role("button", name=language).click()
            expect(page.get_by_label(label)).to_have_value(STREET)
            assert page.locator('input[value="profile.email"]').is_checked()


@pytest.mark.parametrize("first", ["preview", "asked once"])
def test_in_a_browser_the_way_back_from_an_answer_leads_to_what_became_of_it(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, ana: Actor, first: str
) -> None:
    with asked_page(app, house, live_server, browser, ana, script=True) as page:
        if first == "preview":
            page.get_by_text("Fill it in now").first.click()
            page.get_by_label("Street and number").fill(STREET)
            page.get_by_role("button", name="See what they will get").click()
            expect(page.get_by_role("region", name="What they would get now")).to_be_visible()
        else:
            page.get_by_label("Full name").uncheck()
            page.get_by_role("button", name="Share with").click()
            expect(page.get_by_text("Nothing is shared yet")).to_be_visible()
            page.get_by_label("Full name").check()
        page.get_by_role("button", name="Share with").click()
        expect(page.get_by_text("You share it with")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name="You said yes to")).to_be_visible()
