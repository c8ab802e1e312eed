"""The whole path in a browser: register, fill in, connect, leave one out, see who looked, stop, and find it all again.

Walked five times: with a pointer on a wide screen, by keyboard alone, without script at 360 px, at 320 px, and at 400 %.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Portal
from tests.journeys.hands import Keyboard, Pointer

ROOT = Path(__file__).parents[2]
# FREEHOLD_PICTURES=1 renews the README's pictures (delete what it does not show); else they stay beside the reports.
PICTURES = ROOT / ("docs/img/path" if os.environ.get("FREEHOLD_PICTURES") == "1" else "tests/reports/path")
PASSWORD = "three herons on the quay"


@dataclass(frozen=True)
class Way:
    """How somebody uses the portal."""

    name: str
    hand: type[Pointer]
    window: dict[str, Any]


WAYS = [
    Way("pointer", Pointer, {"viewport": {"width": 1200, "height": 800}}),
    Way("keyboard", Keyboard, {"viewport": {"width": 1280, "height": 900}}),
    Way("no-script", Pointer, {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}),
    Way("320px", Pointer, {"viewport": {"width": 320, "height": 640}, "has_touch": True}),
    # A window of 1280 by 1024 at 400 % leaves 320 by 256 of the page's own pixels.
    Way("400%", Pointer, {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}),
]


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def hand(way: Way, browser: Browser) -> Iterator[Pointer]:
    """Somebody's own browser."""
    context = browser.new_context(locale="en-GB", **way.window)
    context.set_default_timeout(60_000)
    hand = way.hand(context.new_page(), PICTURES if way.name == "pointer" else None)
    yield hand
    # Shown by pytest when the walk failed.
    print(hand.page.url, hand.page.locator("body").inner_text(), sep="\n")
    context.close()


def test_somebody_new_shares_sees_and_stops(portal: Portal, way: Way, hand: Pointer, browser: Browser) -> None:
    email = f"{way.name.strip('%')}@example.net"
    _register(portal, hand, email)
    _fill_in(portal, hand)
    _connect_and_leave_one_out(portal, hand)
    _shop_shows_the_rest(hand)
    _who_looked(portal, hand)
    _stop(portal, hand)
    _shop_is_refused(portal, hand)
    _blocked_attempt_is_listed(portal, hand)
    assert hand.wide == []
    _officer_finds_all_of_it(portal, browser, way)


def _register(portal: Portal, hand: Pointer, email: str) -> None:
    hand.go(portal.url)
    hand.press(hand.link("Create your account", "main"))
    hand.write("E-mail address", email)
    hand.write("Choose a password", PASSWORD)
    hand.press(hand.button("Create account", "main"))
    hand.press(hand.link("Open the mail of this demonstration", "main"))
    mail = hand.page.locator("main li a", has_text=email).first
    for _ in range(30):
        if mail.count():
            break
        hand.page.wait_for_timeout(200)
        hand.press(hand.link("Look again", "main"))
    hand.press(mail)
    hand.press(hand.page.locator("main a[href*='/verify/']"))
    hand.press(hand.button("Confirm this address", "main"))


def _fill_in(portal: Portal, hand: Pointer) -> None:
    for path, written in (
        ("profile.given_name", {"First name": "Mireia"}),
        ("profile.family_name", {"Family name": "Soler"}),
        ("profile.phone", {"Phone number": "+34 612 34 56 78"}),
    ):
        hand.go(f"{portal.url}/data/{path}")
        for label, text in written.items():
            hand.write(label, text)
        hand.press(hand.button("Save", "main"))
    hand.says("Mireia")


def _connect_and_leave_one_out(portal: Portal, hand: Pointer) -> None:
    hand.go(portal.shop)
    hand.picture("1-shop")
    hand.press(hand.button("Connect with Freehold"))
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text("Llibreria Far asks for some of your data")
    page = hand.page
    optional = page.locator("main .form-check", has=page.locator(".badge", has_text="optional"))
    assert optional.count() > 0
    for number in range(optional.count()):
        assert not optional.nth(number).locator("input[type=checkbox]").is_checked()
    _same_effort(page)
    hand.picture("2-asked")
    _address_if_asked(hand)
    phone = hand.tick("Phone number optional")
    hand.press(phone)
    hand.press(hand.button(re.compile("^Share with"), "main"))


def _same_effort(page: Page) -> None:
    """Yes and no have the same size, weight and number of presses."""
    boxes = [
        page.get_by_role("button", name=name).bounding_box() for name in (re.compile("^Share with"), "Don't share")
    ]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert abs(boxes[0]["width"] - boxes[1]["width"]) < 1
    assert abs(boxes[0]["height"] - boxes[1]["height"]) < 1


def _address_if_asked(hand: Pointer) -> None:
    """What is required and missing can be filled in where it is asked for."""
    hand.press(hand.page.locator("summary", has_text="Fill it in now").first)
    for label, text in (("Street and number", "Carrer Nou 5"), ("Postal code", "08001"), ("City or town", "Barcelona")):
        if hand.page.get_by_label(label, exact=True).count():
            hand.write(label, text)
    if hand.page.get_by_label("Country", exact=True).count():
        hand.choose("Country", "Spain")


def _shop_shows_the_rest(hand: Pointer) -> None:
    delivery = hand.page.locator("#delivery")
    expect(delivery).to_contain_text("Mireia Soler")
    expect(delivery).to_contain_text("you keep this to yourself")
    hand.picture("3-received")


def _who_looked(portal: Portal, hand: Pointer) -> None:
    hand.go(f"{portal.url}/activity")
    expect(hand.page.locator("main")).to_contain_text("Llibreria Far")
    hand.picture("4-who-looked")


def _stop(portal: Portal, hand: Pointer) -> None:
    hand.go(f"{portal.url}/sharing")
    hand.press(hand.page.locator("main .card a.btn").first)
    hand.press(hand.link("Stop sharing", "main"))
    hand.picture("5-stop")
    hand.press(hand.button("Stop sharing", "main"))


def _shop_is_refused(portal: Portal, hand: Pointer) -> None:
    hand.go(portal.shop)
    expect(hand.page.locator(".refused").first).to_be_visible()
    hand.picture("6-refused")
    assert "Mireia" not in hand.page.content()


def _blocked_attempt_is_listed(portal: Portal, hand: Pointer) -> None:
    hand.go(f"{portal.url}/activity")
    expect(hand.page.locator("main")).to_contain_text("Blocked attempt")


def _officer_finds_all_of_it(portal: Portal, browser: Browser, way: Way) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    email, password = portal.person("officers")
    page.goto(f"{portal.url}/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    # Another walk may have left the officer in another language.
    page.get_by_role("button", name="English").click()
    page.goto(f"{portal.url}/desk")
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Company").select_option(label="Llibreria Far")
    page.get_by_role("button", name="Search").click()
    stopped = page.locator("tbody tr", has_text="grant.revoked").first
    stopped.locator("a[href*='customer=']").click()
    for event in ("account.verified", "grant.given", "profile.disclosed", "grant.revoked", "read.refused"):
        expect(page.locator("tbody")).to_contain_text(event)
    if way.name == "pointer":
        page.set_viewport_size(WAYS[0].window["viewport"])
        page.screenshot(path=PICTURES / "7-desk.png", animations="disabled")
    context.close()
