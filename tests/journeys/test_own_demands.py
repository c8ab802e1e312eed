"""A customer sends something back with a photograph, withdraws, and says that an order is not theirs; the company answers."""

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.orders.demands.machine import NOT_MINE, RETURN, WITHDRAWAL
from tests import people
from tests.browsing import LiveServer
from tests.files import corpus
from tests.journeys.counter import BEA, Counter
from tests.journeys.reader import SIZES, Reader, before
from tests.orders.cast import an_order, line
from tests.prove.sizes import in_turn

# What the browser and the page say to each other is the same over either database.
pytestmark = [
    pytest.mark.engines("sqlite"),
    pytest.mark.slow,
    pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES)),
]
WORDS = "The shade has a crack: see the photograph."


def _counter(house: House, locale: str) -> Counter:
    return Counter(house, locale, an_order("F-1", "c", line("Lamp", 4000, quantity=2), line("Bulb", 500)))


def _asks(reader: Reader, counter: Counter, kind: str) -> None:
    """From the list to the form of this kind, by links alone."""
    reader.signs_in("/orders")
    path = f"/orders/{counter.order('F-1').text}"
    reader.follow(path)
    reader.follow(f"{path}/ask/{kind}")


def test_one_of_two_goes_back_with_words_and_a_photograph_and_the_company_says_yes(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    counter = _counter(house, locale)
    lamp, _bulb = counter.order("F-1").lines
    with before(live_server, browser, locale, size) as ana:
        _asks(ana, counter, RETURN)
        ana.send(f"/ask/{RETURN}")
        expect(ana.main.locator("#wrong")).to_be_visible()
        ana.page.fill(f"[name=piece-{lamp.text}]", "1")
        ana.page.fill("[name=words]", WORDS)
        _chooses_photo(ana)
        ana.send(f"/ask/{RETURN}")
        mine = ana.page.url
        expect(ana.main).to_contain_text(WORDS)
        _sees_photo(ana)
        with before(live_server, browser, locale, size, BEA) as bea:
            bea.signs_in(f"{counter.console}/asked")
            bea.press("main ul.rows a")
            expect(bea.main).to_contain_text(WORDS)
            _sees_photo(bea)
            bea.say("accept", "Send it to us, we pay the way.")
            expect(bea.main.locator("button[value=receive]")).to_be_visible()
        ana.open(mine)
        expect(ana.main).to_contain_text("Send it to us, we pay the way.")
        expect(ana.main.locator(".timeline-good")).to_have_count(1)
        ana.open("/orders/demands")
        ana.follow(mine.removeprefix(live_server.url))
    [asked] = counter.demands()
    assert (asked.kind, asked.state, asked.words) == (RETURN, "open", WORDS)
    assert [(piece.name, piece.quantity) for piece in asked.pieces] == [("Lamp", 1)]


def _chooses_photo(reader: Reader) -> None:
    """Puts a photograph to what is asked."""
    photo = {"name": "crack.jpg", "mimeType": "image/jpeg", "buffer": corpus.jpeg(6)}
    reader.page.locator("main form input[name=files]").set_input_files([photo])  # type: ignore[list-item]


def _sees_photo(reader: Reader) -> None:
    """The page names the photograph as a file to be saved."""
    expect(reader.main.locator("a[download]", has_text="crack.jpg")).to_have_count(1)


def test_a_withdrawal_is_declared_in_two_steps_and_its_receipt_is_genuine(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    counter = _counter(house, locale)
    with before(live_server, browser, locale, size) as ana:
        _asks(ana, counter, WITHDRAWAL)
        ana.send(f"/ask/{WITHDRAWAL}")
        assert [one.state for one in counter.demands()] == ["started"], "nothing is declared yet"
        ana.send("/confirm", name="", email="nowhere")
        expect(ana.main.locator("#wrong")).to_be_visible()
        ana.send("/confirm", name="Ana Puig", email="ana@example.org")
        people.do_jobs(house)
        ana.open(ana.page.url)
        signed = ana.keep("main a[href$='/receipt.jwt']").decode()
        ana.follow("/check")
        file: FilePayload = {"name": "receipt.jwt", "mimeType": "application/jwt", "buffer": signed.encode()}
        ana.page.set_input_files("main [name=file]", [file])
        ana.send("/check")
        expect(ana.main.locator(".notice-done")).to_be_visible()
        for said in ("Llibreria Far", "Ana Puig", "F-1"):
            expect(ana.main).to_contain_text(said)
        ana.follow("/check")
        ana.send("/check", text=signed[:-9])
        expect(ana.main.locator(".notice-wrong")).to_be_visible()
    [declared] = counter.demands()
    assert declared.has_receipt and declared.state == "receipt_sent"


def test_an_order_that_is_not_mine_is_frozen_and_the_company_told(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    counter = _counter(house, locale)
    with before(live_server, browser, locale, size) as ana:
        _asks(ana, counter, NOT_MINE)
        ana.send(f"/ask/{NOT_MINE}", words="I never bought a lamp.")
        ana.follow("/orders/")
        expect(ana.main.locator(".page-head .badge-wrong")).to_have_count(1)
        expect(ana.main.locator("#can-do > ul a[href*='/ask/']")).to_have_count(0)
        with before(live_server, browser, locale, size, BEA) as bea:
            bea.signs_in(f"{counter.console}/asked")
            bea.press("main ul.rows a")
            expect(bea.main).to_contain_text("I never bought a lamp.")
            bea.say("accept", "We look who did.")
        ana.open("/orders/demands")
        ana.follow("/orders/demands/")
        expect(ana.main).to_contain_text("We look who did.")
    order, [said] = counter.order("F-1"), counter.demands()
    assert order.disputed_at is not None
    assert (said.kind, said.state) == (NOT_MINE, "closed")
