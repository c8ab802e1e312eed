"""Every page of the URL map, for everybody who can open it: no fault that axe finds, in both themes, in four languages (in two of them at small size).

A page that is in the map and was not visited fails, so that a new page cannot be forgotten.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from portal.app import create_app
from portal.kernel.i18n import LOCALES
from tests.journeys.conftest import Portal
from tests.journeys.looking import AXE, RUN
from tests.journeys.once import CAREFUL, case_pages, one_time_pages, second_steps
from tests.journeys.pages import pages_of, rule_of
from tests.people import PASSWORD, sign_in
from tests.prove.sizes import PROVING, ends, size
from tests.vendors.consoles import begin_sandbox, of_two

# A walk takes three minutes. What axe looks at differs little from language to language; the longest words are Romanian.
WALKED = ends(LOCALES)
SAME = size(test=1, prove=3)
"""How many pages of one rule each person opens."""
FOLLOW = "form[action='/messages/follow']"


@dataclass
class Visitor:
    """Somebody with a browser, who goes wherever links lead."""

    name: str
    page: Page
    app: Flask
    queue: list[str]
    known: frozenset[str] = frozenset()
    opened: set[str] = field(default_factory=set)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    faults: list[str] = field(default_factory=list)

    def walk(self) -> None:
        """Visits until no link leads anywhere new."""
        while self.queue:
            path = self.queue.pop(0)
            rule = rule_of(self.app, path)
            if rule is not None and path not in self.seen[rule] and len(self.seen[rule]) < SAME:
                self.seen[rule].add(path)
                self._visit(path, rule)

    def _visit(self, path: str, rule: str) -> None:
        self.page.goto(path)
        if rule_of(self.app, self.page.url) == rule:
            self.opened.add(rule)
        elif rule_of(self.app, self.page.url) in self.opened:
            return
        self.queue += self.page.eval_on_selector_all("a[href^='/']", "links => links.map(a => a.getAttribute('href'))")
        # What a new notice tells of is led to by a press.
        self.queue += self.page.eval_on_selector_all(f"{FOLLOW} [name=next]", "fields => fields.map(one => one.value)")
        if rule in self.known:
            return
        for theme, rules in (("light", None), ("dark", None if PROVING else ["color-contrast"])):
            self.page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
            self.faults += [f"{self.name} {path} {theme}: {fault}" for fault in self.page.evaluate(RUN, rules)]


def _browser(browser: Browser, portal: Portal, locale: str) -> BrowserContext:
    context = browser.new_context(
        base_url=portal.url, locale=locale, reduced_motion="reduce", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(60_000)
    context.add_init_script(AXE)
    return context


def _sign_in(page: Page, email: str, password: str, locale: str, code: str = "") -> None:
    _half_way(page, email, password)
    if code:
        page.fill("[name=code]", code)
        _press(page)
    # A person's language is the account's: choose it as the person would.
    page.goto("/language")
    page.check(f"[name=locale][value={locale}]")
    page.locator("form[action='/language']").nth(0).locator("button").click()
    page.wait_for_selector(f"html[lang={locale}]")


def _half_way(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    _press(page)


def _press(page: Page) -> None:
    """The button that signs in, until another page is there: going on before would break it off."""
    before = page.url
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: url != before)


@pytest.fixture(scope="module")
def app(portal: Portal) -> Flask:
    """The map of the pages, and a company with a sandbox."""
    app = create_app(portal.house)
    owner = app.test_client()
    sign_in(owner, *portal.person("staff", 0))
    begin_sandbox(owner, owner.get("/console").location.rpartition("/")[2])
    return app


@pytest.fixture(scope="module")
def once(portal: Portal) -> list[str]:
    """Paths behind one-time links, and of what is open for a day; opening them uses nothing up."""
    who = (("customers", 0), ("officers", 0), ("officers", 1))
    about, asker, other = (portal.person(role, number)[0] for role, number in who)
    return [*one_time_pages(portal.house, about), *case_pages(portal.house, about, asker, other)]


@pytest.fixture(scope="module")
def codes(portal: Portal) -> list[str]:
    """Recovery codes of somebody with an authenticator app."""
    return second_steps(portal.house)


@pytest.fixture(scope="module")
def both(portal: Portal) -> str:
    """Somebody who acts for two companies."""
    return of_two(portal.house, demonstration=True)


@pytest.mark.slow
@pytest.mark.parametrize("locale", WALKED)
def test_no_page_has_a_fault_that_axe_finds(
    portal: Portal, app: Flask, once: list[str], codes: list[str], both: str, browser: Browser, locale: str
) -> None:
    plain = sorted(rule for rule in pages_of(app) if "<" not in rule)
    opened: set[str] = set()
    faults: list[str] = []
    for name, who in (
        ("stranger", None),
        ("newcomer", portal.person("customers", 1)),
        ("customer", portal.person("customers", 0)),
        ("officer", portal.person("officers", 0)),
        ("staff", portal.person("staff", 0)),
        ("staff of two", (both, PASSWORD)),
    ):
        with _browser(browser, portal, locale) as context:
            # English is seen by everybody; of the other languages each page once, but by everybody in `make prove`.
            known = frozenset() if PROVING or locale == "en" else frozenset(opened)
            visitor = Visitor(name, context.new_page(), app, [*plain, "/nowhere", *once], known)
            if who is not None:
                _sign_in(visitor.page, *who, locale)
            visitor.walk()
            faults += visitor.faults
            opened |= visitor.opened
    with _browser(browser, portal, locale) as context:
        for visitor in _careful(context, app, codes.pop(), locale):
            visitor.walk()
            faults += visitor.faults
            opened |= visitor.opened
    assert faults == []
    assert pages_of(app) - opened == set(), "these pages were not visited"


def _careful(context: BrowserContext, app: Flask, code: str, locale: str) -> Iterator[Visitor]:
    """Somebody with a second step: before it, and signed in, with another app and a passkey about to be added."""
    page = context.new_page()
    _half_way(page, CAREFUL, PASSWORD)
    yield Visitor("half way", page, app, ["/sign-in/second"])
    _sign_in(page, CAREFUL, PASSWORD, locale, code)
    for kind in ("app", "passkey"):
        page.goto("/account/factors")
        page.click(f"form[action='/account/factors/{kind}'] button")
        page.wait_for_url(f"**/account/factors/{kind}")
    yield Visitor("careful", page, app, ["/account/factors/app", "/account/factors/passkey", "/account/factors"])


def test_a_planted_fault_is_found(portal: Portal, app: Flask, browser: Browser) -> None:
    with _browser(browser, portal, "en") as context:
        page = context.new_page()
        page.goto("/promises")
        page.evaluate(
            """() => {
                const image = document.createElement('img'), words = document.createElement('p');
                image.src = '/x'; words.className = 'faint'; words.textContent = 'too faint';
                document.querySelector('main').append(image, words);
            }"""
        )
        page.evaluate("document.querySelector('.faint').style.color = '#ccc'")
        found: list[Any] = page.evaluate(RUN, None)
    assert {fault.split(":")[0] for fault in found} >= {"image-alt", "color-contrast"}, json.dumps(found)


def test_a_page_that_nobody_links_to_is_missed_and_said(app: Flask) -> None:
    planted = Flask("planted")
    planted.add_url_rule("/forgotten/<thing>", view_func=lambda thing: thing)
    assert "/forgotten/<thing>" in pages_of(planted)
    assert rule_of(app, "/forgotten/page") is None
