"""Somebody without an account withdraws from a contract in a browser, with its script and without, and checks the receipt."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from portal.kernel.house import House
from tests import people
from tests.browsing import LiveServer
from tests.journeys.looking import AXE, RUN
from tests.orders.guests import GUEST, signed_in_letter, token_in
from tests.vendors.consoles import company

WINDOWS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1440, "height": 900}},
    "narrow and dark": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "without script": {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False},
}


@contextmanager
def _window(browser: Browser, server: LiveServer, window: str) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", base_url=server.url, reduced_motion="reduce", **WINDOWS[window])
    context.set_default_timeout(60_000)
    context.add_init_script(AXE)
    yield context.new_page()
    context.close()


def _mail(house: House, part: str) -> Any:
    """A letter to the guest, once it is there: the server's own worker may be writing it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        people.do_jobs(house)
        if found := [one for one in people.mails(house, GUEST) if part in one.get_content()]:
            return found[0]
        time.sleep(0.2)
    raise AssertionError(f"no letter with {part}")


@pytest.mark.engines("sqlite")  # the same pages whatever the engine
@pytest.mark.parametrize("window", WINDOWS)
def test_a_guest_finds_the_company_declares_in_two_steps_and_checks_the_receipt(
    house: House, make_server: Callable[..., LiveServer], browser: Browser, window: str
) -> None:
    company(house, "Llibreria Far")
    server = make_server(house)
    faults: list[str] = []
    with _window(browser, server, window) as page:

        def look(what: str) -> None:
            if window == "without script":
                return
            room, needed = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
            assert needed <= room, what
            faults.extend(f"{what}: {fault}" for fault in page.evaluate(RUN, None))

        page.goto("/sign-in")
        page.locator("main").get_by_role("link", name="Withdraw from a contract without an account").click()
        page.fill("[name=company]", "llibreria")
        page.get_by_role("button", name="Find the company").click()
        page.get_by_role("link", name="Llibreria Far").click()
        page.fill("[name=email]", GUEST)
        page.get_by_role("button", name="Send the link").click()
        page.get_by_text("Nothing is declared yet").wait_for()
        page.goto(f"/withdrawals/{token_in(_mail(house, '/withdrawals/'))}")
        page.fill("[name=name]", "Gina Roca")
        page.fill("[name=number]", "F-77")
        page.get_by_label("Some of the things only").check()
        page.get_by_role("button", name="Go on to the confirmation").click()
        page.get_by_text("One thing to change").wait_for()
        look("what is missing")
        page.fill("[name=words]", "One lamp of two.")
        page.get_by_role("button", name="Go on to the confirmation").click()
        page.get_by_role("button", name="Confirm withdrawal").wait_for()
        look("the second step")
        page.get_by_role("button", name="Change what is written").click()
        assert page.input_value("[name=words]") == "One lamp of two."
        page.get_by_role("button", name="Go on to the confirmation").click()
        page.get_by_role("button", name="Confirm withdrawal").click()
        page.get_by_role("heading", name="You have withdrawn").wait_for()
        page.goto("/check")
        receipt = signed_in_letter(_mail(house, "Keep this mail"))
        for text, heading in ((receipt, "It is genuine"), (receipt[:-9], "It was changed, or never was ours")):
            page.goto("/check")
            page.fill("[name=text]", text)
            page.get_by_role("button", name="Check it").click()
            page.get_by_role("heading", name=heading).wait_for()
            look(heading)
    assert faults == []
