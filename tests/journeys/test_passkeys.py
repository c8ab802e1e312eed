"""A passkey in a real browser: made, used to sign in, to prove anew and as the second step; by phone and desktop, in both themes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from tests import people
from tests.browsing import LiveServer
from tests.journeys.looking import AXE, faults_of
from tests.prove.sizes import in_turn

ANA = "ana@example.org"
SIZES = {"phone": {"width": 360, "height": 780}, "desktop": {"width": 1440, "height": 900}}
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def _password(page: Page) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", ANA)
    page.fill("[name=password]", people.PASSWORD)
    with page.expect_navigation():
        page.click("form[action='/sign-in'] button[type=submit]")


def _press(page: Page) -> None:
    with page.expect_navigation():
        page.click("[data-passkey-on]")


# What the browser and the page say to each other is the same over either database.
@pytest.mark.engines("sqlite")
@pytest.mark.slow
@pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES))
def test_a_passkey_is_made_signs_in_and_proves_anew(
    house: House, make_server: Callable[..., LiveServer], browser: Browser, locale: str, size: str
) -> None:
    server = make_server(house)
    people.register(house, ANA, locale=locale)
    context = browser.new_context(
        base_url=server.url, locale=locale, reduced_motion="reduce", viewport=SIZES[size]  # type: ignore[arg-type]
    )
    context.set_default_timeout(60_000)
    context.add_init_script(AXE)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)

    _password(page)
    page.goto("/account/factors")
    faults = faults_of(page)
    with page.expect_navigation():
        page.click("form[action='/account/factors/passkey'] button")
    faults += faults_of(page)
    _press(page)
    assert page.locator(".codes li").count() == 10
    faults += faults_of(page)

    with page.expect_navigation():
        page.evaluate("document.querySelector(\"form[action='/sign-out']\").submit()")
    page.goto("/sign-in?next=/account/sessions")
    faults += faults_of(page)
    _press(page)
    assert page.url == f"{server.url}/account/sessions"
    page.goto("/account/prove?next=/account/address")
    faults += faults_of(page)
    _press(page)
    assert page.url == f"{server.url}/account/address"

    context.clear_cookies()
    _password(page)
    assert page.url == f"{server.url}/sign-in/second"
    faults += faults_of(page)
    _press(page)
    assert page.url == f"{server.url}/"
    assert faults == []
    assert refused == []
    context.close()


@pytest.mark.engines("sqlite")
def test_without_script_the_button_says_what_it_needs_and_the_other_ways_work(
    house: House, make_server: Callable[..., LiveServer], browser: Browser
) -> None:
    server = make_server(house)
    people.register(house, ANA)
    context = browser.new_context(base_url=server.url, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    assert page.locator("[data-passkey-on]").is_hidden()
    assert page.get_by_text("Passkeys need a script").is_visible()
    _password(page)
    assert page.url == f"{server.url}/"
    page.goto("/account/factors")
    with page.expect_navigation():
        page.click("form[action='/account/factors/app'] button")
    assert page.locator(".qr").is_visible()
    context.close()


def test_the_script_is_small_and_ours() -> None:
    source = (Path(__file__).parents[2] / "static" / "js" / "passkeys.js").read_text()
    assert len(source) < 4000
    assert "innerHTML" not in source and "eval(" not in source
