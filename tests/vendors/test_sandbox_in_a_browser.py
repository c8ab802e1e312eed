"""The pages of shared data, calls, sandbox and try-it before a real browser: no fault that axe finds, nothing too wide."""

import pytest
from flask import Flask
from playwright.sync_api import Browser

from portal.app import create_app
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from tests.browsing import LiveServer
from tests.grants.cast import DELIVERY
from tests.journeys.looking import AXE, faults_of
from tests.people import post
from tests.prove.sizes import PROVING
from tests.vendors.consoles import at_work
from tests.vendors.test_sandbox import Bench

WIDTHS = (360, 1440)
WALKED = LOCALES if PROVING else ("en",)


@pytest.mark.slow
@pytest.mark.engines("sqlite")  # what a browser shows of pages is one on both
@pytest.mark.parametrize("locale", WALKED)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_walk_and_the_pages_around_it_have_no_fault(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, width: int, locale: str
) -> None:
    bench = Bench(create_app(house), house)
    owner = at_work(app, house, bench.live, "owner@shop.example", "owner")
    post(owner, "/console/shop/sandbox/event", "/console/shop/sandbox", what="order", who="0")
    cookie = owner.get_cookie("session")
    assert cookie is not None
    faults: list[str] = []
    window = {"width": width, "height": 800}
    with browser.new_context(base_url=live_server.url, viewport=window, locale=locale, reduced_motion="reduce") as context:
        context.add_init_script(AXE)
        context.add_cookies([{"name": "session", "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.goto("/console/shop/sandbox")
        faults += faults_of(page)
        page.click("form[action='/console/shop/sandbox/passwords'] button")
        faults += faults_of(page)
        page.goto("/console/shop/try")
        for step in ("ask", "consent", "token", "read"):
            faults += faults_of(page)
            page.click(f"form[action='/console/shop/try/{step}'] button")
        faults += faults_of(page)
        slug = bench.twin.slug
        for path in ("shared", f"shared?purpose={DELIVERY}", f"shared/orders?purpose={DELIVERY}", "calls"):
            page.goto(f"/console/{slug}/{path}".replace("#", "%23"))
            assert page.locator("h1").count() == 1
            faults += faults_of(page)
    assert faults == []
