"""An officer opens a case, another one agrees, the customer sees it: in four languages, both themes, phone and desktop."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.kernel.i18n import LOCALES
from tests.journeys.conftest import Portal
from tests.journeys.looking import AXE, faults_of
from tests.prove.sizes import ends

WINDOWS = ({"width": 360, "height": 740}, {"width": 1440, "height": 900})
LOOKS = os.environ.get("FREEHOLD_LOOKS")
"""A folder for pictures of each page, for whoever wants to see them."""


class Person:
    """Somebody's browser, in which every page is looked at whole before anything is pressed."""

    def __init__(self, page: Page, locale: str, email: str, password: str) -> None:
        self.page, self.locale, self.who = page, locale, email.partition("@")[0]
        self.faults: list[str] = []
        page.goto("/sign-in")
        page.fill("[name=email]", email)
        page.fill("[name=password]", password)
        with page.expect_navigation():
            page.click("main button[type=submit]")
        page.goto("/language")
        page.check(f"[name=locale][value={locale}]")
        with page.expect_navigation():
            page.locator("form[action='/language']").nth(0).locator("button").click()
        page.wait_for_selector(f"html[lang={locale}]")

    def go(self, path: str) -> None:
        """Opens a page and looks at it."""
        self.page.goto(path)
        self.look()

    def press(self, selector: str) -> None:
        """Presses what leads to another page and looks at that."""
        with self.page.expect_navigation():
            self.page.click(selector)
        self.look()

    def look(self) -> None:
        """What axe finds on the page, and whether it is wider than its window."""
        for window in WINDOWS:
            self.page.set_viewport_size(window)
            self.faults += [f"{self.who} {window['width']}: {fault}" for fault in faults_of(self.page)]
            self._picture(str(window["width"]))

    def _picture(self, name: str) -> None:
        if LOOKS:
            place = self.page.url.partition("//")[2].partition("/")[2].partition("?")[0].replace("/", "-")
            self.page.screenshot(path=Path(LOOKS) / f"{self.locale}-{self.who}-{place}-{name}.png", full_page=True)


@pytest.fixture
def cast(portal: Portal, browser: Browser, request: pytest.FixtureRequest) -> Iterator[list[Person]]:
    """Two officers and a customer, in one language."""
    locale = request.param
    with ExitStack() as stack:
        persons = []
        for role, number in (("officers", 0), ("officers", 1), ("customers", 0)):
            context = stack.enter_context(browser.new_context(base_url=portal.url, locale=locale, reduced_motion="reduce"))
            context.set_default_timeout(60_000)
            context.add_init_script(AXE)
            persons.append(Person(context.new_page(), locale, *portal.person(role, number)))
        yield persons


@pytest.mark.slow
@pytest.mark.parametrize("cast", ends(LOCALES), indirect=True)
def test_an_officer_opens_a_case_another_agrees_and_the_customer_sees_the_look(portal: Portal, cast: list[Person]) -> None:
    olga, mihai, ana = cast
    olga.go("/desk/find")
    olga.page.fill("[name=sought]", portal.person("customers", 0)[0])
    olga.page.select_option("[name=kind]", "misuse")
    olga.press("form[action='/desk/find'] button")
    name = olga.page.locator("main code.hash").inner_text()
    olga.go(f"/desk/cases/new?customer={name}")
    olga.press("form[action='/desk/cases'] button")
    expect(olga.page.locator("#reason-error")).to_be_visible()
    olga.page.select_option("[name=kind]", "misuse")
    olga.page.fill("[name=reason]", "She wrote that somebody else uses her account.")
    olga.press("form[action='/desk/cases'] button")
    case = olga.page.url
    assert olga.page.locator("form[action$='/confirm']").count() == 0
    mihai.go("/desk/cases")
    mihai.press(f"main a[href='/desk/cases/{case.rpartition('/')[2]}']")
    mihai.press("form[action$='/confirm'] button")
    olga.go(case)
    olga.press("main a[href$='/identity']")
    expect(olga.page.locator("main")).to_contain_text("Ana Puig Ferrer")
    ana.go("/activity")
    newest = "main ul.rows a[href^='/activity/']"
    ana.page.locator("main details summary").first.click()
    ana.press(newest)
    expect(ana.page.locator("main pre")).to_contain_text("identity.")
    mihai.go("/desk/people")
    mihai.go("/desk/cases")
    mihai.go(case)
    mihai.press("form[action$='/close'] button")
    assert [*olga.faults, *mihai.faults, *ana.faults] == []
