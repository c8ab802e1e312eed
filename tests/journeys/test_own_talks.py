"""A customer complains, speaks with a company, rates and goes on; a guest takes a conversation home into an account."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal.kernel import clock, i18n
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.messages.deadlines import a_month_after
from portal.tickets.machine import COMPLAINT, RESOLVE
from tests.browsing import LiveServer
from tests.journeys.counter import BEA, Counter
from tests.journeys.reader import SIZES, Reader, before
from tests.orders.cast import own
from tests.prove.sizes import in_turn

# What the browser and the page say to each other is the same over either database.
pytestmark = [
    pytest.mark.engines("sqlite"),
    pytest.mark.slow,
    pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES)),
]
HERE = "/messages/conversations"
AUTHORITIES = {"ES": "AEPD", "RO": "ANSPDCP"}


def test_a_line_of_who_looked_leads_to_a_complaint_with_its_number_and_the_day_of_the_law(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    counter = Counter(house, locale)
    country = counter.lives()
    assert own(app, counter.seller).walk()
    with before(live_server, browser, locale, size) as ana:
        ana.signs_in("/activity")
        _opens_the_newest_look(ana)
        ana.follow(f"{HERE}/new?company=")
        assert ana.main.locator(f"[name=kind][value={COMPLAINT}]").is_checked()
        ana.send("/new", words="")
        expect(ana.main.locator("#wrong")).to_be_visible()
        ana.send("/new", words="Why did you read my orders?")
        thread = counter.thread(ana.page.url)
        expect(ana.main).to_contain_text(thread.ticket.number)
        expect(ana.main).to_contain_text("Why did you read my orders?")
        assert thread.legal is not None
        with i18n.use_locale(locale):
            expect(ana.main).to_contain_text(i18n.day(thread.legal.day))
        if country is not None:
            expect(ana.main).to_contain_text(AUTHORITIES[country])
        ana.follow("/activity/")
    assert thread.ticket.kind == COMPLAINT
    assert thread.legal.day == a_month_after(clock.now().astimezone(i18n.zone()).date())


def _opens_the_newest_look(reader: Reader) -> None:
    line = reader.main.locator("a[href^='/activity/']").first
    if not line.is_visible():
        reader.page.click("main details summary")
    reader.look()
    reader.press("main ul.rows a[href^='/activity/']")


def test_a_customer_and_a_company_speak_and_see_each_others_words_as_they_come(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    counter = Counter(house, locale)
    with before(live_server, browser, locale, size) as ana, before(live_server, browser, locale, size, BEA) as bea:
        ana.signs_in(HERE)
        ana.follow(f"{HERE}/new")
        ana.follow(f"{HERE}/new?company=")
        ana.send("/new", words="Is my parcel on its way?")
        bea.signs_in(f"{counter.console}/conversations")
        bea.follow(f"{counter.console}/conversations/Q-")
        expect(bea.main).to_contain_text("Is my parcel on its way?")
        _stays(ana.page)
        bea.say("progress", "It left this morning.")
        _comes(ana.page, "It left this morning.")
        _stays(bea.page)
        ana.say("reply", "Wonderful.")
        _comes(bea.page, "Wonderful.")
        for one in (ana, bea):
            one.look()
        _stays(ana.page)
        bea.say("resolve", "Then all is well.")
        _comes(ana.page, "Then all is well.")
        expect(ana.main.locator("[data-live-otherwise]")).to_be_visible()
        ana.look()
        ana.press("[data-live-otherwise] a")
        ana.say("reopen", "One thing more.")
        thread = counter.thread(ana.page.url)
    assert [one.words for one in thread.said] == [
        "Is my parcel on its way?", "It left this morning.", "Wonderful.", "Then all is well.", "One thing more.",
    ]  # fmt: skip


def _stays(page: Page) -> None:
    """From here on it is known whether the page was loaded anew."""
    page.evaluate("window.stayed = true")


def _comes(page: Page, words: str) -> None:
    """They come by themselves, into the page that is open."""
    expect(page.locator("main")).to_contain_text(words)
    assert page.evaluate("window.stayed === true"), "it was loaded anew"


def test_a_guest_takes_a_conversation_into_an_account_and_the_link_opens_it_no_more(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    counter = Counter(house, locale)
    ask = f"/ask/{counter.vendor.slug}"
    with before(live_server, browser, locale, size) as ana:
        ana.open(ask)
        ana.send(ask, words="", name="Pau")
        expect(ana.main.locator("#wrong")).to_be_visible()
        ana.send(ask, words="Do you sell maps?")
        secret = ana.page.url.removeprefix(live_server.url)
        assert secret.startswith("/ask/talk/")
        expect(ana.main.locator(f"a[href='{secret}'][translate=no]")).to_contain_text(secret)
        with before(live_server, browser, locale, size, BEA) as bea:
            bea.signs_in(f"{counter.console}/conversations")
            bea.follow(f"{counter.console}/conversations/Q-")
            expect(bea.main).to_contain_text("Pau")
            bea.say("progress", "Maps of all seas.")
        expect(ana.main).to_contain_text("Maps of all seas.")
        ana.say("reply", "Of lakes, too?")
        ana.follow("/sign-in?next=/ask/talk/")
        ana.gives_password()
        assert ana.page.url.endswith(secret)
        ana.send("/mine")
        mine = ana.page.url
        for said in ("Do you sell maps?", "Maps of all seas.", "Of lakes, too?"):
            expect(ana.main).to_contain_text(said)
        ana.open(secret)
        assert ana.page.url == mine, "whoever has it is led to it"
        with before(live_server, browser, locale, size) as other:
            other.open(secret)
            expect(other.main).not_to_contain_text("Maps of all seas.")
            other.press("main a.btn-primary")
            assert "/sign-in" in other.page.url
    thread = counter.thread(mine)
    assert [one.words for one in thread.said] == ["Do you sell maps?", "Maps of all seas.", "Of lakes, too?"]


def test_what_was_solved_is_rated_and_opened_again_within_two_days_and_goes_on_in_a_new_one_after(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    counter = Counter(house, locale)
    with clock.moved(timedelta(days=-3)):
        old = counter.talk("The lamp flickers.")
        old.answers(RESOLVE, "We sent a new bulb.")
    new = counter.talk("Where is the bulb?")
    new.answers(RESOLVE, "With your neighbour.")
    with before(live_server, browser, locale, size) as ana:
        ana.signs_in(HERE)
        ana.follow(f"{HERE}/{text_of(new.id)}")
        ana.press("#rate button")
        expect(ana.main.locator("#wrong")).to_be_visible()
        ana.page.check("#rate [name=score][value='2']")
        ana.press("#rate button")
        expect(ana.main.locator("#rate")).to_have_count(0)
        ana.say("reopen", "The neighbour has nothing.")
        expect(ana.main.locator("#reopen")).to_have_count(0)
        ana.open(HERE)
        ana.follow(f"{HERE}/{text_of(old.id)}")
        expect(ana.main.locator("#reopen")).to_have_count(0)
        ana.say("follow", "It flickers again.")
        assert not ana.page.url.partition("#")[0].endswith(text_of(old.id))
        followed = counter.thread(ana.page.url)
        ana.press(f"main dl a[href='{HERE}/{text_of(old.id)}']")
        expect(ana.main.locator(f"dl a[href='{HERE}/{text_of(followed.ticket.id)}']")).to_have_count(1)
    assert [one.score for one in new.thread().said if one.score] == [2]
    assert new.held().state(clock.now()) == "waiting_vendor"
    assert old.held().state(clock.now()) == "closed"
    assert followed.follows == (old.id, old.number)
