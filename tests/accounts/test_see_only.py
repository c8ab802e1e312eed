"""A delegate who may only see is offered nothing that they would be refused."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from portal import access
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.links import service as links
from portal.messages import jobs
from portal.orders.service import hide
from tests.accounts.delegating import lent
from tests.accounts.test_acting import Stage
from tests.grants.cast import asked, company, given, signed_in
from tests.orders.cast import an_order, join, line, list_of, tell
from tests.orders.cast import company as seller_of

PLACES = ("/data", "/sharing", "/activity", "/orders", "/messages")


@pytest.fixture
def stage(house: House, app: Flask) -> Stage:
    """Ana with an order that somebody read, a permission that runs and one that ended, a request that waits, and a notice."""
    stage = Stage(house, app)
    shop = seller_of(house, "Casa Lumen")
    with house.writing(SYSTEM) as unit:
        links.prospect(unit, vendor_id=shop.vendor_id, number="C-1")
    tell(house, shop.vendor_id, an_order("O-1", "C-1", line("Lamp"), line("Bulb")))
    join(house, shop, "C-1", stage.ana)
    books = company(house)
    given(house, stage.ana, asked(house, books, stage.ana))
    asked(house, company(house, "Mercat Verd"), stage.ana)
    house.lead()
    jobs.watch(house)
    return stage


def _offered(page: str) -> Iterator[tuple[str, str]]:
    """The method and address of each link and form in a page's main part."""
    main = page.partition("<main")[2].partition("</main>")[0]
    for href in re.findall(r'<a [^>]*href="([^"]+)"', main):
        yield "GET", href
    for form in re.findall(r"<form [^>]*>", main):
        if 'method="post"' in form:
            [action] = re.findall(r'action="([^"]+)"', form) or [""]
            yield "POST", action


def _permission(app: Flask, method: str, address: str) -> str:
    endpoint, _ = app.url_map.bind("").match(address.partition("?")[0].partition("#")[0], method=method)
    _, permission = vars(app.view_functions[endpoint])["door"]
    return str(permission)


def test_on_no_page_that_is_lent_to_be_seen_stands_a_link_or_a_button_that_is_refused(stage: Stage) -> None:
    actor = stage.acts(dict.fromkeys(access.PLACES, "see"))
    left, seen, pressed = list(PLACES), set(PLACES), 0
    while left:
        here = left.pop()
        page = stage.client.get(here)
        assert page.status_code == 200, here
        for method, address in _offered(page.text):
            if address.startswith(("http", "mailto", "#")):
                continue
            target = address or here
            needed = _permission(stage.app, method, target)
            assert access.is_lent(needed, actor) or needed in access.WHILE_ACTING, f"{method} {target} on {here}"
            pressed += method == "POST"
            path = target.partition("#")[0]
            if method == "GET" and path not in seen and access.is_lent(needed, actor) and len(seen) < 60:
                seen.add(path)
                left.append(path)
    assert pressed == 0, "whoever may only see presses nothing"
    assert any(re.match(r"/orders/[\w-]{22}$", path) for path in seen)
    assert any(re.match(r"/sharing/[\w-]{22}$", path) for path in seen)


def test_whoever_may_act_finds_the_buttons(stage: Stage) -> None:
    stage.acts(dict.fromkeys(access.PLACES, "act"))
    orders = stage.client.get("/orders").text
    [order] = re.findall(r'href="(/orders/[\w-]{22})"', orders)[:1]
    assert "It was a gift (not my taste)" in stage.client.get(order).text
    assert "Fill in" in stage.client.get("/data").text
    assert "See what they ask" in stage.client.get("/sharing").text


def test_whoever_may_only_see_is_told_of_nothing_that_they_could_do(stage: Stage) -> None:
    (order,) = list_of(stage.house, stage.ana)
    with stage.house.writing(stage.ana) as unit:
        hide(unit, order_id=order.id)
    stage.acts({"orders": "see"})
    listed, shown = (" ".join(stage.client.get(f"/orders{path}").text.split()) for path in ("", f"/{order.text}"))
    for words in ("Hide what no other company", "even if you hide it", "The whole order", "You act for"):
        assert words not in listed + shown, words
    assert "Hidden<" in shown.partition("<dl")[0]


def test_whoever_may_only_see_is_not_said_to_act_before_they_begin_or_by_whoever_lets_them(stage: Stage) -> None:
    lent(stage.house, stage.ana, stage.bruno, {"orders": "see"})
    menu, page = stage.client.get("/data").text, stage.client.get("/account/delegates").text
    assert all("See what Ana lets you see" in said and "Act for Ana" not in said for said in (menu, page))
    assert "May only look" in signed_in(stage.app, stage.ana).get("/account/delegates").text
    lent(stage.house, stage.ana, stage.bruno, {"orders": "act"})
    assert "Act for Ana" in stage.client.get("/data").text
