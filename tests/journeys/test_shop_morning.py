"""A shop assistant's morning: what waits, what presses most, saved words, a note, a colleague, a return, and what is late."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.orders.demands.machine import RETURN
from portal.orders.demands.service import Asked, ask
from portal.tickets.machine import HIGH
from portal.tickets.reads.desk import case_of
from tests.browsing import LiveServer
from tests.journeys.counter import BEA, Counter
from tests.journeys.reader import SIZES, Reader, before
from tests.prove.sizes import in_turn
from tests.tickets.cast import Talk

CARLA = "carla@shop.example"
NOTE, SAVED, ANSWERED = "He was short with us on the phone.", "We are sorry for the wait.", "It comes tomorrow."


class Morning:
    """What came in since yesterday, by how much of the promised hour is left: nothing for one, little, and nearly all of it."""

    def __init__(self, house: House, locale: str) -> None:
        self.counter = Counter(house, locale)
        self.counter.promises(60)
        self.carla = self.counter.hires(CARLA)
        self.new = self.counter.talk("Do you wrap it as a gift?")
        with clock.moved(timedelta(minutes=-50)):
            self.soon = self.counter.talk("Can somebody call me?")
        with clock.moved(timedelta(hours=-9)):
            self.late = self.counter.talk("Where is my parcel?", impact=HIGH)
        order = self.counter.order("F-1")
        with house.writing(self.counter.customer) as unit:
            asked = Asked(RETURN, {order.lines[0].id: 1}, words="It is too bright.")
            self.back = text_of(ask(unit, order_id=order.id, asked=asked, seen=0))

    def page(self, talk: Talk) -> str:
        """Where a conversation stands in the console."""
        return f"{self.counter.console}/conversations/{talk.number}"


# What the browser and the page say to each other is the same over either database.
@pytest.mark.engines("sqlite")
@pytest.mark.slow
@pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES))
def test_a_shop_assistant_works_through_what_waits_by_what_presses_most(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    morning = Morning(house, locale)
    with before(live_server, browser, locale, size, BEA) as bea:
        bea.signs_in()
        bea.press(".places a[href='/console']")
        bea.press(".tabs li:nth-child(2) a")
        bea.press(f".tabs a[href='{morning.counter.console}/conversations']")
        _sees_what_waits(bea, morning)
        _keeps_words(bea, morning)
        _answers_the_latest(bea, morning)
        _hands_on(bea, morning)
        _answers_the_return(bea, morning)
        bea.open(f"{morning.counter.console}/conversations")
        assert _queue(bea) == [morning.page(morning.soon), morning.page(morning.new)], "what was answered waits no longer"
        expect(bea.main.locator(".notice-wrong")).to_have_count(0)
    with before(live_server, browser, locale, size) as ana:
        ana.signs_in("/messages/conversations")
        ana.follow(f"/messages/conversations/{text_of(morning.late.id)}")
        expect(ana.main).to_contain_text(ANSWERED)
        assert NOTE not in ana.page.content()
        ana.open(f"/orders/demands/{morning.back}")
        expect(ana.main).to_contain_text("Bring it to the shop.")
    _says_what_came(house, morning)


def _queue(reader: Reader) -> list[str | None]:
    rows = reader.main.locator("ul.rows .row-title a")
    return [rows.nth(place).get_attribute("href") for place in range(rows.count())]


def _sees_what_waits(bea: Reader, morning: Morning) -> None:
    assert _queue(bea) == [morning.page(one) for one in (morning.late, morning.soon, morning.new)]
    expect(bea.main.locator(".notice-wrong")).to_have_count(1)
    for kind in ("wrong", "notice"):
        expect(bea.main.locator(f"ul.rows .badge-{kind}")).to_have_count(1)
    assert "Where is my parcel?" not in bea.page.content(), "no word of a customer's before somebody opens it"


def _keeps_words(bea: Reader, morning: Morning) -> None:
    saved = f"{morning.counter.console}/conversations/saved"
    bea.follow(saved)
    bea.send("/saved", title="", words="")
    expect(bea.main.locator("#wrong")).to_be_visible()
    bea.send("/saved", title="A late parcel", words=SAVED)
    bea.follow(f"{morning.counter.console}/conversations")


def _answers_the_latest(bea: Reader, morning: Morning) -> None:
    bea.press("main ul.rows .row-title a")
    assert bea.page.url.endswith(morning.page(morning.late))
    expect(bea.main).to_contain_text("Where is my parcel?")
    bea.say("note", NOTE)
    bea.page.select_option("[name=saved]", label="A late parcel")
    bea.say("answer", ANSWERED)
    for said in (SAVED, ANSWERED, NOTE):
        expect(bea.main).to_contain_text(said)
    bea.follow(f"{morning.counter.console}/conversations")


def _hands_on(bea: Reader, morning: Morning) -> None:
    bea.follow(morning.page(morning.soon))
    bea.page.select_option("[name=to]", label=CARLA)
    bea.press("main form:has([name=action][value=hand_over]) button")
    expect(bea.main).to_contain_text(CARLA)


def _answers_the_return(bea: Reader, morning: Morning) -> None:
    bea.press(f".tabs a[href='{morning.counter.console}/asked']")
    bea.follow(f"{morning.counter.console}/asked/{morning.back}")
    expect(bea.main).to_contain_text("It is too bright.")
    bea.say("accept", "Bring it to the shop.")


def _says_what_came(house: House, morning: Morning) -> None:
    with house.reading() as unit:
        late, soon = (case_of(unit, morning.counter.vendor.id, one.number) for one in (morning.late, morning.soon))
    assert [one.words for one in late.notes] == [NOTE]
    assert late.said[-1].words == f"{SAVED}\n\n{ANSWERED}"
    assert late.state == "waiting_customer"
    assert soon.row.assignee_id == morning.carla
    assert [one.state for one in morning.counter.demands()] == ["open"]
