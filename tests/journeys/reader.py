"""Somebody before a browser of their own, who finds what to press by where it leads; what is wrong with any page on the way is kept."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from portal.kernel.house import House
from tests import people
from tests.browsing import LiveServer
from tests.journeys.looking import AXE, faults_of

ANA = "ana@example.org"
SIZES = {"phone": {"width": 360, "height": 780}, "desktop": {"width": 1440, "height": 900}}
SEND = "main form[method=post]:not(.one-button) button[type=submit]"
LOOKS = os.environ.get("FREEHOLD_LOOKS")
"""A folder for pictures of each page, for whoever wants to see them."""


class Reader:
    """Reads pages in one language, in which each must be; axe and the width of the window are asked of every page they look at."""

    def __init__(self, page: Page, house: House, locale: str, email: str = ANA) -> None:
        self.page, self.house, self.locale, self.email = page, house, locale, email
        self.faults: list[str] = []

    def look(self) -> None:
        """Both themes of the page that is open, and its language."""
        self.faults += faults_of(self.page)
        if (spoken := self.page.get_attribute("html", "lang")) != self.locale:
            self.faults.append(f"{self.page.url} speaks {spoken}, not {self.locale}")
        if LOOKS:
            self._picture(Path(LOOKS))

    def _picture(self, folder: Path) -> None:
        width = self.page.evaluate("innerWidth")
        theme = "light" if width < 1000 else "dark"
        self.page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
        place = self.page.url.partition("//")[2].partition("/")[2].partition("?")[0].replace("/", "-")
        name = f"{len(list(folder.iterdir())):03}-{self.locale}-{width}-{place[:60]}.png"
        self.page.screenshot(path=folder / name, full_page=True)

    def open(self, path: str) -> None:
        """Goes there, and looks."""
        self.page.goto(path)
        self.look()

    def press(self, button: str = SEND) -> None:
        """Presses a button or link, and looks at what comes."""
        with self.page.expect_navigation():
            self.page.click(button)
        self.look()

    def follow(self, path: str) -> None:
        """Presses the first link of the page that leads there, or to an address that begins so."""
        self.press(f"main a[href^='{path}']")

    def send(self, action: str, **fields: str) -> None:
        """Fills in the form that is sent to an address with this end, and sends it by its first button."""
        form = f"main form[action$='{action}']"
        for name, value in fields.items():
            self.page.fill(f"{form} [name={name}]", value)
        self.press(f"{form} button[type=submit]")

    def say(self, action: str, words: str) -> None:
        """Writes into the form that has the button for this, and presses it."""
        form = f"main form:has(button[name=action][value={action}])"
        self.page.fill(f"{form} [name=words]", words)
        self.press(f"{form} button[value={action}]")

    def keep(self, link: str) -> bytes:
        """What a link of the page gives to be saved."""
        with self.page.expect_download() as loading:
            self.page.click(link)
        return Path(loading.value.path()).read_bytes()

    @property
    def main(self) -> Locator:
        """What the page says."""
        return self.page.locator("main")

    def gives_password(self) -> None:
        """Signs in where it is asked for, as far as a password leads."""
        self.page.fill("[name=email]", self.email)
        self.page.fill("[name=password]", people.PASSWORD)
        self.press("form[action='/sign-in'] button[type=submit]")

    def signs_in(self, path: str = "/sign-in") -> None:
        """Opens a page that asks who they are, tells it, with the second step where there is one, and comes to that page."""
        self.page.goto(path)
        self.gives_password()
        if "/sign-in/second" in self.page.url:
            self.gives_paper()

    def gives_paper(self) -> None:
        """The second step, by a recovery code."""
        self.follow("/sign-in/second?by=paper")
        self.page.fill("[name=code]", people.paper_of(self.house, self.email))
        self.press("form:has([name=code]) button[type=submit]")

    def link(self, part: str) -> str:
        """The link of a letter, once it is there: the server's own worker may be writing it."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            people.do_jobs(self.house)
            found = [people.link_in(mail) for mail in people.mails(self.house, self.email)]
            if links := [link for link in found if link.startswith(part)]:
                return links[0]
            time.sleep(0.2)
        raise AssertionError(f"no letter with {part}")


@contextmanager
def before(server: LiveServer, browser: Browser, locale: str, size: str, email: str = ANA) -> Iterator[Reader]:
    """Somebody before a new browser that speaks this language; at the end nothing was wrong with any page."""
    context = browser.new_context(base_url=server.url, locale=locale, reduced_motion="reduce", viewport=SIZES[size])
    context.set_default_timeout(60_000)
    context.add_init_script(AXE)
    reader = Reader(context.new_page(), server.house, locale, email)
    try:
        yield reader
    finally:
        context.close()
    assert reader.faults == []
