"""A delegate acts: from the menu to the lent places and back, in every language, both themes, on a phone and a desk."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from portal.accounts.reads import account_by_email, held_by
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from tests import people
from tests.accounts.delegating import invited
from tests.journeys.conftest import Portal
from tests.journeys.looking import AXE, faults_of
from tests.prove.sizes import ends, in_turn

WINDOWS = ((360, 740), (1440, 900))


class Looking:
    """What every page that was looked at had wrong."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def look(self, page: Page, what: str) -> None:
        """Looks at the page as it is."""
        self.faults += [f"{what}: {fault}" for fault in faults_of(page)]


@pytest.fixture
def joan(portal: Portal) -> str:
    """The delegation by which Joan may see Ana's orders."""
    email, _ = portal.person("customers", 1)
    with portal.house.reading() as unit:
        account_id = account_by_email(unit, email)
        assert account_id is not None
        (held,) = held_by(unit, account_id)
    return text_of(held.delegation_id)


def _signed_in(browser: Browser, portal: Portal, who: tuple[str, str], locale: str, size: tuple[int, int]) -> Page:
    window: ViewportSize = {"width": size[0], "height": size[1]}
    context = browser.new_context(base_url=portal.url, locale=locale, reduced_motion="reduce", viewport=window)
    context.set_default_timeout(60_000)
    context.add_init_script(AXE)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=email]", who[0])
    page.fill("[name=password]", who[1])
    page.click("main button[type=submit]")
    page.goto("/language")
    page.click(f"footer button[name=locale][value={locale}]")
    page.wait_for_selector(f"html[lang={locale}]")
    return page


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, WINDOWS))
def test_a_delegate_acts_for_somebody_and_stops(
    portal: Portal, browser: Browser, joan: str, locale: str, size: tuple[int, int]
) -> None:
    looking = Looking()
    page = _signed_in(browser, portal, portal.person("customers", 1), locale, size)
    page.goto("/account/delegates")
    looking.look(page, "delegates")
    page.click("details.menu summary")
    looking.look(page, "menu")
    page.click(f"details.menu form[action='/acting/{joan}'] button")
    page.wait_for_url("**/orders")
    assert page.locator("[class=acting-bar]").is_visible()
    assert "Ana" in page.locator("[class=acting-bar]").inner_text()
    assert page.locator("nav.places a").evaluate_all("links => links.map(a => a.getAttribute('href'))") == ["/orders"]
    looking.look(page, "orders")
    page.click("main a[href^='/orders/']")
    looking.look(page, "an order")
    refused = page.goto("/data")
    assert refused is not None and refused.status == 403
    looking.look(page, "refused")
    page.click("form[action='/acting/stop'] button")
    page.wait_for_load_state()
    assert page.locator("[class=acting-bar]").count() == 0
    looking.look(page, "own again")
    for path in ("/activity", "/activity/for-others"):
        page.goto(path)
        assert "Ana" in page.locator("main").inner_text()
        looking.look(page, path)
    page.context.close()
    assert looking.faults == []


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, WINDOWS))
def test_a_customer_asks_sees_what_was_done_and_ends_it(
    portal: Portal, browser: Browser, locale: str, size: tuple[int, int]
) -> None:
    looking, name = Looking(), f"Marta {locale} {size[0]}"
    page = _signed_in(browser, portal, portal.person("customers", 0), locale, size)
    page.goto("/account/delegates/new")
    page.click("main form button[type=submit]")
    looking.look(page, "form with faults")
    page.fill("[name=called]", name)
    page.fill("[name=email]", f"marta.{locale}.{size[0]}@example.net")
    page.check("[name=may_orders][value=see]")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/account/delegates")
    looking.look(page, "delegates")
    page.locator("section.card", has_text=name).locator("a.btn").click()
    looking.look(page, "end")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/account/delegates")
    assert name not in "".join(page.locator("section.card").all_inner_texts())
    for path in ("/activity", "/activity/delegates"):
        page.goto(path)
        looking.look(page, path)
    page.context.close()
    assert looking.faults == []


@pytest.mark.slow
@pytest.mark.parametrize("locale", ends(LOCALES))
def test_an_invitation_says_nothing_to_strangers_and_who_asks_to_whoever_is_signed_in(
    portal: Portal, browser: Browser, locale: str
) -> None:
    looking, house = Looking(), portal.house
    ana = people.actor(house, people.register(house, f"lender.{locale}@example.net"))
    email = f"asked.{locale}@example.net"
    people.register(house, email)
    token = invited(house, ana, email=email)
    window: ViewportSize = {"width": 360, "height": 740}
    context = browser.new_context(base_url=portal.url, locale=locale, reduced_motion="reduce", viewport=window)
    context.add_init_script(AXE)
    page = context.new_page()
    page.goto(f"/delegations/{token}")
    assert "lender" not in page.content()
    looking.look(page, "stranger")
    context.close()
    page = _signed_in(browser, portal, (email, people.PASSWORD), locale, WINDOWS[0])
    page.goto(f"/delegations/{token}")
    assert f"lender.{locale}@example.net" in page.content()
    looking.look(page, "asked")
    page.click(f"form[action='/delegations/{token}'] button")
    page.wait_for_url("**/account/delegates")
    over = page.goto(f"/delegations/{token}")
    assert over is not None and over.status == 410
    looking.look(page, "over")
    page.context.close()
    assert looking.faults == []
