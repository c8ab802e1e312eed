"""Choices that are tried out: they are this session's own, show no stranger's orders, and meet the yes in peace."""

import re
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.service import choose_language
from portal.grants.service import ask
from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.links import service as links
from tests.grants.answering import opened, page_of, press, ticks
from tests.grants.cast import CARE, detail, person, signed_in
from tests.grants.test_sharing_pages import words
from tests.oauth.cast import Program, authorize_url, program
from tests.orders.cast import ORDERS, an_order, company, line, tell

ASKED = (*ORDERS, "profile.name")
PERSONAL = ("profile.name", "profile.email", "profile.birth_date", "profile.tastes")


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody with a proven address."""
    return person(house, given_name="Ana")


@pytest.fixture
def shop(house: House, ana: Actor) -> Program:
    """A company with an order of somebody with her address."""
    made = company(house, "Librería del Mar")
    with house.writing() as unit:
        links.prospect(unit, vendor_id=made.vendor_id, number="C-77", email="ana@example.org")
    tell(house, made.vendor_id, an_order("O-1", "C-77", line("Solaris")))
    return made


def led(client: FlaskClient, path: str, **choices: object) -> str:
    """Where a preview leads."""
    answer = client.post(path, data={**opened(client, path), "answer": "preview", **choices})
    assert answer.status_code == 303
    return str(answer.location).partition("#")[0]


def test_an_address_that_somebody_else_wrote_ticks_fills_and_shows_nothing(app: Flask, house: House, ana: Actor) -> None:
    client = signed_in(app, ana)
    path = client.get(authorize_url(house, program(house), detail(house, CARE, PERSONAL, ()))).location
    plain = ticks(client.get(path).text)
    assert not any(plain.values())
    for mark in ("yes", "", "a.b.c", "." * 9000):
        query = {"tried": mark, "items_0": list(PERSONAL), "until": "asked", "fill_0": "Mallory", "earlier": "yes"}
        page = client.get(path, query_string=query)
        assert page.status_code == 200 and 'value="Mallory"' not in page.text and 'id="seen"' not in page.text
        assert ticks(page.text) == plain


def test_what_one_session_tried_opens_in_no_other_and_for_no_other_request(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    client, other = signed_in(app, ana), signed_in(app, ana)
    asks = authorize_url(house, shop, detail(house, CARE, ASKED, ()))
    path = client.get(asks).location
    mine = led(client, path, items_0=list(ASKED), earlier="yes")
    assert "Solaris" in client.get(mine).text and all(ticks(client.get(mine).text).values())
    assert "items" not in mine and "earlier" not in mine and "profile" not in mine
    assert "Solaris" not in other.get(mine).text and not any(ticks(other.get(mine).text).values())
    another = client.get(authorize_url(house, program(house, "Otra"), detail(house, CARE, PERSONAL, ()))).location
    moved = another.partition("?")[0] + "?" + mine.partition("?")[2]
    assert not any(ticks(client.get(moved).text).values())


def test_going_back_to_an_earlier_preview_and_another_language_keep_the_choices(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    client = signed_in(app, ana)
    path = client.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
    first = led(client, path, items_0=["profile.name"], until="month")
    led(client, first, items_0=list(ASKED))
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale="ca")
    page = client.get(first).text
    assert [name for name, ticked in ticks(page).items() if ticked] == ["profile.name"]
    assert re.search(r'value="month"[^>]*checked|checked[^>]*value="month"', page) and 'id="seen"' in page


@pytest.mark.parametrize("language", ["en", "ca", "es", "ro"])
def test_orders_that_only_a_number_leads_to_are_counted_and_not_shown_before_the_yes(
    app: Flask, house: House, ana: Actor, language: str
) -> None:
    shop = company(house, "Librería del Mar")
    tell(house, shop.vendor_id, an_order("O-1", "C-8", line("Solaris")), an_order("O-2", "C-8", line("Eden")))
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    with house.writing() as unit:
        details = [detail(house, CARE, ASKED, (), identifier="C-8")]
        made = ask(unit, vendor_id=shop.vendor_id, details=details, pushed=True)
    client = signed_in(app, ana)
    page = press(client, page_of(made), "preview", items_0=list(ASKED), earlier="yes").text
    seen = words("<main>" + page[page.index('id="seen"') :])
    counted = {"en": "2 earlier orders", "ca": "2 comandes anteriors", "es": "2 pedidos anteriores", "ro": "2 comenzi anterioare"}
    assert counted[language] in seen and not re.search("Solaris|Eden|O-[12]", page)
    page = press(client, page_of(made), "preview", items_0=["profile.name"], earlier="yes").text
    assert counted[language] not in words("<main>" + page[page.index('id="seen"') :]), "no reason takes orders"
    filled = press(client, page_of(made), "preview", items_0=list(ASKED), earlier="yes", fill_0="Vila").text
    assert not re.search("Solaris|Eden|O-[12]", filled)


def test_the_page_says_when_earlier_orders_are_shown(app: Flask, house: House, shop: Program, ana: Actor) -> None:
    client = signed_in(app, ana)
    path = client.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
    assert "it joins your orders here when you share, and you can take that back later" in words(client.get(path).text)


def test_a_preview_that_comes_after_the_yes_leads_to_what_became_of_it(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    client = signed_in(app, ana)
    path = client.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
    form = {**opened(client, path), "items_0": list(ASKED), "earlier": "yes"}
    back = led(client, path, items_0=list(ASKED), earlier="yes")
    assert client.post(path, data={**form, "answer": "share"}).status_code == 303
    told = client.post(path, data={**form, "answer": "preview"}, follow_redirects=True)
    assert told.status_code == 200 and "You said yes to Librería del Mar" in words(told.text)
    assert "You said yes to Librería del Mar" in words(client.get(back, follow_redirects=True).text)


@pytest.mark.parametrize("kinds", [("preview", "share"), ("share", "preview")], ids="-".join)
def test_a_preview_and_the_yes_at_the_same_moment_are_both_answered(
    app: Flask, house: House, shop: Program, ana: Actor, kinds: tuple[str, str]
) -> None:
    client = signed_in(app, ana)
    for number in range(3):
        if number:
            with house.writing() as unit:
                links.prospect(unit, vendor_id=shop.vendor_id, number=f"C-9{number}", email="ana@example.org")
            tell(house, shop.vendor_id, an_order(f"O-1{number}", f"C-9{number}", line("Solaris")))
        path = client.get(authorize_url(house, shop, detail(house, CARE, ASKED, ()))).location
        form = {**opened(client, path), "items_0": list(ASKED), "earlier": "yes"}
        got = _at_once(app, ana, path, form, kinds)
        assert got == {"preview": 200, "share": 303}


def _at_once(app: Flask, ana: Actor, path: str, form: dict[str, object], kinds: tuple[str, str]) -> dict[str, int]:
    browsers = {kind: signed_in(app, ana) for kind in kinds}
    tokens = {kind: opened(browser, path)["csrf_token"] for kind, browser in browsers.items()}
    barrier, got = Barrier(len(kinds)), {}

    def go(kind: str) -> None:
        barrier.wait()
        sent = {**form, "csrf_token": tokens[kind], "answer": kind}
        got[kind] = browsers[kind].post(path, data=sent, follow_redirects=kind == "preview").status_code

    threads = [Thread(target=go, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got
