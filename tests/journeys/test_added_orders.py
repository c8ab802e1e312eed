"""An order is added from a mail, a picture kept with it and both removed, in a browser with its script and without."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page

from tests.files import corpus
from tests.journeys.conftest import Portal
from tests.journeys.looking import AXE, RUN
from tests.orders.mailed import WITH_DATA

WINDOWS: dict[str, dict[str, Any]] = {
    "with script": {"viewport": {"width": 1440, "height": 900}},
    "without script": {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False, "color_scheme": "dark"},
}


@pytest.fixture(params=WINDOWS)
def page(request: pytest.FixtureRequest, portal: Portal, browser: Browser) -> Iterator[Page]:
    """Somebody of the demonstration who has added nothing, signed in."""
    context = browser.new_context(locale="en-GB", base_url=portal.url, **WINDOWS[request.param])
    context.set_default_timeout(30_000)
    page = context.new_page()
    _sign_in(page, *portal.person("customers", 1))
    yield page
    context.close()


def _sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def _file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def _fits(page: Page) -> None:
    room, needed = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    assert needed <= room, page.url


def test_an_order_comes_from_a_mail_and_goes_again(page: Page) -> None:
    page.goto("/orders")
    page.get_by_role("link", name="Add an order yourself").first.click()
    page.set_input_files("input[type=file]", files=[_file("order.eml", WITH_DATA)])
    page.get_by_role("button", name="Look through the file").click()
    assert page.input_value("[name=company]") == "Llibreria Far"
    assert page.input_value("[name=name_0]") == "The heron atlas"
    page.fill("[name=number]", "")
    page.get_by_role("button", name="Add the order").click()
    page.get_by_text("€41.00").first.wait_for()
    _fits(page)
    page.set_input_files("input[type=file]", files=[_file("photo.jpg", corpus.jpeg(6))])
    page.get_by_role("button", name="Keep this file").click()
    picture = page.locator("img.file-preview")
    picture.scroll_into_view_if_needed()
    picture.wait_for()
    _fits(page)
    with page.expect_download() as loading:
        page.get_by_role("link", name="photo.jpg").click()
    assert loading.value.suggested_filename == "photo.jpg"
    page.set_input_files("input[type=file]", files=[_file("photo.jpg", corpus.refused()["page"])])
    page.get_by_role("button", name="Keep this file").click()
    page.get_by_text("Web pages and drawings cannot be taken.").first.wait_for()
    page.get_by_role("link", name="Remove the order").click()
    page.get_by_role("button", name="Remove the order").click()
    page.get_by_text("Order removed.").first.wait_for()
    assert "The heron atlas" not in page.inner_text("main")


_WRONG = b"Order ID,Order Date,Product Name,Total\nA-1,never,Lamp,1\nA-2,2026-03-02,,x\n"
_RIGHT = b"Order ID,Order Date,Product Name,Total\nA-1,2026-03-02,Lamp,12.50\n"


def test_pages_that_follow_a_form_are_as_readable_as_those_that_links_lead_to(portal: Portal, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB", base_url=portal.url, reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    context.add_init_script(AXE)
    page, faults = context.new_page(), list[str]()
    _sign_in(page, *portal.person("customers", 0))

    def look(what: str) -> None:
        for theme, rules in (("light", None), ("dark", ["color-contrast"])):
            page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
            faults.extend(f"{what}, {theme}: {fault}" for fault in page.evaluate(RUN, rules))

    def send(path: str, name: str, data: bytes, company: str = "Casa Lumen") -> None:
        page.goto(path)
        page.set_input_files("input[type=file]", files=[_file(name, data)])
        page.get_by_text("It is a table (CSV)").click()
        page.fill("[name=company]", company)
        page.get_by_role("button", name="Look through the file").click()
        page.wait_for_load_state()

    send("/orders/add", "orders.csv", _WRONG)
    page.get_by_text("Line 3, Product Name: Please fill this in.").wait_for()
    look("lines that are wrong")
    send("/orders/add", "orders.csv", _RIGHT)
    page.get_by_role("button", name="Add 1 order").wait_for()
    look("orders of a table")
    send("/orders/add", "order.eml", WITH_DATA)
    page.fill("[name=quantity_0]", "x")
    page.get_by_role("button", name="Add the order").click()
    page.get_by_text("One thing to change").wait_for()
    look("an order of a mail")
    page.goto("/messages/conversations")
    page.locator("main a", has_text="Mercat Verd").first.click()
    page.get_by_role("link", name="what was in the box.txt").wait_for()
    look("a conversation with a file")
    page.set_input_files("input[type=file]", files=[_file("photo.jpg", corpus.jpeg(6))])
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("These files go with it").wait_for()
    look("words that are missing")
    _fits(page)
    context.close()
    assert faults == []
