"""A claim with photographs in a browser, with its script and without: what was chosen stays, and both sides find it."""

import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, FilePayload, Page

from portal.kernel.house import House
from portal.orders.demands.machine import CLAIM
from tests.browsing import LiveServer
from tests.files import corpus
from tests.journeys.looking import AXE, faults_of
from tests.orders.test_demand_files import Counter
from tests.tickets.test_live_in_a_browser import before

WINDOWS: dict[str, dict[str, Any]] = {
    "narrow": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light", "reduced_motion": "reduce"},
    "wide and dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark", "reduced_motion": "reduce"},
    "without script": {"viewport": {"width": 360, "height": 740}, "script": False},
}


def _file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


class Eye:
    """Looks at the page that it came to: what axe finds, and whether it fits; without script whether it fits."""

    def __init__(self, window: str) -> None:
        self.window, self.faults = window, list[str]()

    def looks(self, page: Page, what: str) -> None:
        """At this page."""
        page.wait_for_load_state()
        if pictures := os.environ.get("FREEHOLD_LOOKS"):
            page.screenshot(path=Path(pictures) / f"{what}, {self.window}.png", full_page=True)
        if self.window == "without script":
            room, needed = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
            self.faults += [f"{what} needs {needed} of {room}"] if needed > room else []
            return
        page.evaluate(AXE)
        self.faults += faults_of(page)


@pytest.mark.engines("sqlite")  # the same pages whatever the engine
@pytest.mark.parametrize("window", WINDOWS)
def test_photographs_go_with_a_claim_stay_where_it_was_wrong_and_are_found_by_both(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, window: str
) -> None:
    counter, eye = Counter(app, house), Eye(window)
    with before(live_server, browser, counter.browser, counter.form(CLAIM), **WINDOWS[window]) as page:
        page.fill("[name=words]", "The shade has a crack.")
        photographs = [_file("a crack from the rim down, seen from the left.jpg", corpus.jpeg(6)), _file("bill.pdf", corpus.pdf())]
        page.set_input_files("input[type=file]", files=[*photographs, _file("all.zip", corpus.refused()["zip"])])
        page.get_by_role("button", name="Ask the company").click()
        page.get_by_text("Packed files cannot be taken.").first.wait_for()
        assert page.input_value("[name=words]") == "The shade has a crack."
        eye.looks(page, "form")
        page.get_by_label("a crack from the rim down").wait_for()
        page.locator("input[type=number]").fill("1")
        page.get_by_label("Send me another one").check()
        page.get_by_label("It is broken or faulty").check()
        page.get_by_role("button", name="Ask the company").click()
        picture = page.locator("img.file-preview")
        picture.scroll_into_view_if_needed()
        picture.wait_for()
        eye.looks(page, "customer")
        with page.expect_download() as loading:
            page.get_by_role("link", name="bill.pdf").click()
        assert Path(loading.value.path()).read_bytes() == corpus.pdf()
        mine = page.url.removeprefix(live_server.url).partition("#")[0]
    with before(live_server, browser, counter.clerk, counter.theirs(mine), **WINDOWS[window]) as page:
        page.get_by_text("The shade has a crack.").wait_for()
        eye.looks(page, "company")
        with page.expect_download() as loading:
            page.get_by_role("link", name="a crack from the rim down").click()
        assert loading.value.suggested_filename == "a crack from the rim down, seen from the left.jpg"
    assert eye.faults == []
