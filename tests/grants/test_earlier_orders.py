"""Orders that a company wrote before the customer came: asked about, tried out, found with a yes."""

import json
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from portal.accounts.service import choose_language
from portal.grants.service import ask
from portal.kernel.house import House
from portal.kernel.i18n import day
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links import service as links
from portal.links.reads import folds_into, link_between
from tests import people
from tests.accounts.delegating import lent
from tests.grants.answering import page_of, press
from tests.grants.cast import CARE, detail, person, signed_in
from tests.grants.test_sharing_pages import words
from tests.oauth.cast import Program, answered, authorize_url, bearing, redeem
from tests.orders.cast import ORDERS, an_order, company, join, line, tell

ASKED = (*ORDERS, "profile.name")


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody with a proven address."""
    return person(house, given_name="Ana", family_name="Vila")


@pytest.fixture
def shop(house: House, ana: Actor) -> Program:
    """A company with two orders of somebody with her address; she has one at another."""
    made, other = company(house, "Librería del Mar"), company(house, "Casa Lumen")
    tell(house, other.vendor_id, an_order("L-1", "C-1", line("Floor lamp"), day=5))
    join(house, other, "C-1", ana)
    with house.writing() as unit:
        links.prospect(unit, vendor_id=made.vendor_id, number="C-77", email="ana@example.org")
    tell(house, made.vendor_id, an_order("O-1", "C-77", line("Solaris")), an_order("O-2", "C-77", line("Eden"), day=9))
    return made


def technical(page: str) -> list[Any]:
    """The exact answers on a page, the one of the profile and the one of orders."""
    (text,) = re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    return [json.loads(part) for part in re.split(r"\n\n(?=\{)", unescape(text))]


def test_a_delegate_is_shown_no_earlier_orders_and_cannot_try_them_out(app: Flask, house: House, shop: Program, ana: Actor) -> None:
    own, bruno = signed_in(app, ana), person(house, "bruno@example.org")
    path = own.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
    assert 'name="earlier"' in own.get(path).text
    held = lent(house, ana, bruno, {"sharing": "act"})
    client = signed_in(app, bruno)
    assert people.post(client, f"/acting/{text_of(held.delegation_id)}", "/account/delegates").status_code == 303
    shown = client.get(path).text
    assert 'name="earlier"' not in shown
    assert "ana@example.org" not in shown
    tried = press(client, path, "preview", items_0=list(ASKED), earlier="yes").text
    assert "Solaris" not in tried


def test_promise_5_the_preview_holds_the_earlier_orders_when_they_are_said_to_be_ones_own(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    client, browser = app.test_client(), signed_in(app, ana)
    path = browser.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
    choice = {"items_0": list(ASKED), "earlier": "yes"}
    page = press(browser, path, "preview", **choice).text
    assert re.search(r'name="earlier"[^>]*value="yes"[^>]*checked|checked[^>]*name="earlier"[^>]*value="yes"', page)
    profile, orders = technical(page)
    assert "3 orders at all companies" in page and "Solaris" in page
    above, _, below = words(page).partition("What they would get now")
    assert "1 order at all companies" in above, "what is hers without the yes"
    assert "Your 2 earlier orders are counted here, since you chose yes; further up they are not yet." in below
    with house.reading(ana) as unit:
        assert link_between(unit, ana.customer_id or b"", shop.vendor_id) is None, "it was only tried out"

    token = redeem(client, shop, answered(press(browser, path, "share", **choice).location)["code"]).json
    headers = bearing(token["access_token"])
    got = client.get("/api/v1/orders", query_string={"basis": "grant"}, headers=headers).json
    told = client.get("/api/v1/profile", headers=headers).json
    assert [order["total"] for order in orders["orders"]] == [order["total"] for order in got["orders"]]
    # What she is called is made with the yes; all else is the same to the letter.
    for answer in (profile, told, *orders["orders"], *got["orders"]):
        answer["sub"] = "she"
    assert (profile, orders) == (told, got)
    assert len(got["orders"]) == 3 and told["same_as"]


@pytest.mark.parametrize("said", ["no", None])
def test_without_that_yes_the_preview_holds_none_of_them(
    app: Flask, house: House, shop: Program, ana: Actor, said: str | None
) -> None:
    browser = signed_in(app, ana)
    path = browser.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
    choice = {"items_0": list(ASKED), **({"earlier": said} if said else {})}
    page = press(browser, path, "preview", **choice).text
    profile, orders = technical(page)
    assert len(orders["orders"]) == 1 and "same_as" not in profile and "Solaris" not in page
    assert "counted here" not in page


def test_promise_5_further_ids_stand_in_the_preview_of_whoever_is_connected_already(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    client, browser = app.test_client(), signed_in(app, ana)
    asks = authorize_url(house, shop, detail(house, CARE, ASKED, ()))
    press(browser, browser.get(asks).location, "share", items_0=list(ASKED), earlier="yes")
    path = browser.get(asks).location
    seen = technical(press(browser, path, "preview", items_0=list(ASKED)).text)
    token = redeem(client, shop, answered(press(browser, path, "share", items_0=list(ASKED)).location)["code"]).json
    headers = bearing(token["access_token"])
    got = [client.get(f"/api/v1/{name}", headers=headers).json for name in ("profile", "orders?basis=grant")]
    assert seen == got and seen[0]["same_as"]


LANGUAGES = ("en", "ca", "es", "ro")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_what_led_to_them_and_from_when_they_are_but_nothing_of_what_is_in_them(
    app: Flask, house: House, shop: Program, ana: Actor, language: str
) -> None:
    tell(house, shop.vendor_id, an_order("O-3", "C-77", line("Fiasco"), placed_at="2025-11-20T10:00:00Z"))
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    browser = signed_in(app, ana)
    path = browser.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
    page = browser.get(path).text
    hint = page[page.index('id="earlier-hint"') :]
    hint = words("<main>" + hint[: hint.index("</fieldset>")])
    said = {
        "en": "wrote them for somebody with your address ana@example.org. "
        "They are from the time between November 2025 and March 2026.",
        "ca": "amb la teva adreça ana@example.org. Són d'entre novembre del 2025 i març del 2026.",
        "es": "con tu dirección ana@example.org. Son de entre noviembre de 2025 y marzo de 2026.",
        "ro": "cu adresa ta ana@example.org. Sunt din perioada noiembrie 2025 – martie 2026.",
    }
    assert said[language] in unescape(hint)
    assert "C-77" not in page and not re.search("Solaris|Eden|Fiasco|O-[123]|10[.,]00", page)


def test_a_number_that_led_to_them_is_named(app: Flask, house: House, ana: Actor) -> None:
    shop = company(house, "Librería del Mar")
    tell(house, shop.vendor_id, an_order("O-1", "C-8", line("Solaris")))
    with house.writing() as unit:
        made = ask(unit, vendor_id=shop.vendor_id, details=[detail(house, CARE, ASKED, (), identifier="C-8")], pushed=True)
    page = words(signed_in(app, ana).get(page_of(made)).text)
    assert "Librería del Mar says that you are its customer C-8. It is from March 2026." in page
    assert "Solaris" not in page


def test_whoever_took_a_yes_back_is_told_so_where_it_is_asked_again(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    browser = signed_in(app, ana)
    path = browser.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
    assert "You said on" not in words(browser.get(path).text)
    press(browser, path, "share", items_0=list(ASKED), earlier="yes")
    with house.writing(ana) as unit:
        found = link_between(unit, ana.customer_id or b"", shop.vendor_id)
        assert found is not None
        links.part(unit, fold_id=folds_into(unit, found.id)[0].id)
        today = day(unit.at)
    page = words(browser.get(browser.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location).text)
    assert f"You said on {today} that they are not yours." in page
