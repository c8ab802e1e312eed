"""The console's queue: what waits, by when it falls due; a look at a conversation is on its customer's record."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite

from portal.kernel import clock, i18n
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.unit import SYSTEM
from portal.links.service import block
from portal.tickets.facts import TicketMoved, TicketsDisclosed
from portal.tickets.machine import ANSWER, CLOSE, HIGH, QUESTION, RESOLVE, priority_of
from portal.tickets.models import Ticket
from portal.tickets.numbers import new_number
from portal.tickets.promise_forms import NoHours, said_of, spans_of
from portal.tickets.reads.desk import queue_of, queue_statement
from portal.vendors.ranks import RANKS
from tests import people
from tests.grants.cast import signed_in
from tests.oauth.cast import entries
from tests.orders.cast import an_order, list_of, tell
from tests.prove.sizes import size
from tests.tickets.cast import Talk, about_order, talk
from tests.vendors.consoles import at_work

HERE = "/console/shop/conversations"


class Work:
    """Somebody of the company before its console."""

    def __init__(self, app: Flask, house: House, rank: str = "agent") -> None:
        self.talk: Talk = talk(house)
        self.browser: FlaskClient = at_work(app, house, self.talk.shop, f"{rank}@shop.example", rank)

    @property
    def path(self) -> str:
        """The conversation's address."""
        return f"{HERE}/{self.talk.number}"

    def press(self, action: str, **fields: Any) -> Any:
        """Sends one of the conversation's forms, as it was opened."""
        text = self.browser.get(self.path).text
        found = dict(re.findall(r'name="(csrf_token|once|seen)" value="([^"]*)"', text))
        return self.browser.post(self.path, data={**found, "action": action, **fields})


@pytest.fixture
def work(app: Flask, house: House) -> Work:
    """An agent at work."""
    return Work(app, house)


def numbers(page: str) -> list[str]:
    """The conversations on a page of the queue."""
    return re.findall(rf'href="{HERE}/([QFCS]-[0-9A-Z-]+)"', page)


def test_what_waits_stands_by_when_it_falls_due_and_what_waits_for_others_does_not(work: Work) -> None:
    one = work.talk
    without = one.begin().number
    one.promises(firstResponse=6000)
    later = one.begin().number
    one.promises(firstResponse=60)
    sooner = one.begin(impact=HIGH).number
    one.begin()
    one.answers(ANSWER, "Which colour?")
    one.begin()
    one.says(CLOSE)
    page = work.browser.get(HERE).text
    assert numbers(page) == [sooner, later, without]
    assert "Priority 2" in page and "No time is promised." in page
    assert len(numbers(work.browser.get(f"{HERE}/all").text)) == 5
    with clock.moved(timedelta(days=5)):
        with one.house.reading() as unit:
            rows, _more = queue_of(unit, one.shop.id)
        assert [row.alarm(clock.now()) for row in rows] == ["late", None, None]


def test_the_queue_holds_no_word_of_a_customers_and_is_no_look(work: Work) -> None:
    work.talk.begin("a pomegranate")
    assert "pomegranate" not in work.browser.get(HERE).text
    assert "pomegranate" not in work.browser.get(f"{HERE}/all").text
    assert entries(work.talk.house, TicketsDisclosed.EVENT) == []


def test_who_opens_a_conversation_is_on_its_customers_record_before_the_page_leaves(app: Flask, work: Work) -> None:
    work.talk.begin("a pomegranate")
    assert "a pomegranate" in work.browser.get(work.path).text
    [entry] = entries(work.talk.house, TicketsDisclosed.EVENT)
    assert (entry["actor"]["kind"], entry["outcome"], entry["about"]["kind"]) == ("staff", "given", "ticket")
    page = signed_in(app, work.talk.customer).get("/activity").text
    assert "It was a person at Shop, not a program." in page
    assert "what you and they wrote in a conversation" in page
    line = re.search(r'href="(/activity/[0-9]+)"', page)
    assert line is not None
    assert "None is needed: you wrote it to them, or they to you" in signed_in(app, work.talk.customer).get(line[1]).text


def test_an_answer_a_note_a_hand_over_and_the_end_go_by_pages_alone(work: Work) -> None:
    one = work.talk
    one.begin()
    assert work.press("take").status_code == 303
    assert work.press("note", words="Spoke to the carrier.").status_code == 303
    assert "Spoke to the carrier." in work.browser.get(work.path).text
    assert work.press("progress", words="One moment.").status_code == 303
    assert work.press("weigh", urgency="3").status_code == 303
    page = work.browser.get(work.path).text
    mine = re.search(r'<option value="([\w-]{22})"[^>]*>You<', page)
    assert mine is not None
    assert work.press("hand_over", to=mine[1]).status_code == 303
    assert numbers(work.browser.get(f"{HERE}?whose=mine").text) == [one.number]
    assert numbers(work.browser.get(f"{HERE}?whose=nobodys").text) == []
    assert work.press("hold").status_code == 303
    assert work.press("resume").status_code == 303
    assert work.press("resolve", words="It is there.").status_code == 303
    assert one.thread().ticket.state == "resolved"
    assert "Spoke to the carrier." not in repr(one.thread())
    assert work.browser.get(f"{HERE}?number={one.number.lower()}").location == work.path
    assert work.browser.get(f"{HERE}?number=nonsense").location == HERE


def test_what_cannot_be_sent_is_not_lost_and_shows_nothing_else(work: Work) -> None:
    one = work.talk
    one.begin("a pomegranate")
    text = work.browser.get(work.path).text
    found = dict(re.findall(r'name="(csrf_token|once|seen)" value="([^"]*)"', text))
    one.says("reply", "And one more thing.")
    answer = work.browser.post(work.path, data={**found, "action": "answer", "words": "My long answer"})
    assert answer.status_code == 409 and "My long answer" in answer.text
    assert "pomegranate" not in answer.text and "one more thing" not in answer.text
    assert work.press("answer").status_code == 422
    assert work.press("gossip").status_code == 400
    one.says(CLOSE)
    assert work.press("answer", words="My long answer").status_code == 409


def test_saved_words_begin_an_answer(work: Work) -> None:
    page = f"{HERE}/saved"
    people.post(work.browser, page, title="Delay", words="We are sorry for the delay.")
    assert "We are sorry" in work.browser.get(page).text
    assert people.post(work.browser, page, title="Delay", words="Other").status_code == 422
    assert people.post(work.browser, page, title="", words="Other").status_code == 422
    work.talk.begin()
    saved = re.search(r'<option value="([\w-]{22})">Delay<', work.browser.get(work.path).text)
    assert saved is not None
    assert work.press("answer", saved=saved[1], words="It comes on Monday.").status_code == 303
    assert work.talk.thread().said[-1].words == "We are sorry for the delay.\n\nIt comes on Monday."
    people.post(work.browser, page, remove=saved[1])
    assert "We are sorry" not in work.browser.get(page).text


def test_what_is_promised_is_written_by_an_owner_and_read_by_agents(app: Flask, house: House, work: Work) -> None:
    page = f"{HERE}/promises"
    sent = {"first_response": "2", "zone": "Europe/Madrid", "monday": "9:00–14:00, 15:00-18:00", "closed": "2026-12-25"}
    assert people.post(work.browser, page, **sent).status_code == 403
    owner = at_work(app, house, work.talk.shop)
    for wrong in ({"zone": "Mars"}, {"monday": "9-14"}, {"monday": "14:00–9:00"}, {"closed": "tomorrow"}, {"first_response": "0"}):
        assert people.post(owner, page, **{**sent, **wrong}).status_code == 422
    assert people.post(owner, page, **sent).status_code == 303
    shown = work.browser.get(page).text
    assert "9:00–14:00, 15:00–18:00" in shown and "2026-12-25" in shown
    work.talk.begin()
    assert work.talk.held().row.due_clock == "firstResponse"


@pytest.mark.parametrize("text", ["9:00-14:00", "9:00–14:00, 15:00–24:00", "", "0:00–24:00"])
def test_hours_are_shown_as_they_are_read(text: str) -> None:
    spans = spans_of(text)
    assert spans_of(said_of(spans)) == spans


@pytest.mark.parametrize("text", ["9", "9:60–10:00", "10:00–9:00", "9:00–25:00", "9:00–10:00, 9:30–11:00", "9:00-10:00-11:00"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(NoHours):
        spans_of(text)


def test_only_whoever_answers_customers_sees_conversations_and_only_those_of_their_company(app: Flask, house: House) -> None:
    work = Work(app, house)
    work.talk.begin()
    for rank in RANKS:
        client = at_work(app, house, work.talk.shop, f"other-{rank}@shop.example", rank)
        wanted = 200 if rank in ("owner", "agent") else 403
        for path in (HERE, f"{HERE}/all", f"{HERE}/saved", f"{HERE}/promises", work.path):
            assert client.get(path).status_code == wanted, (rank, path)
    other = talk(house, "Bank", "joan@example.org")
    other.begin()
    for number in (other.number, "Q-2222-2222", "x", "%00", "a" * 300):
        assert work.browser.get(f"{HERE}/{number}").status_code == 404
    assert other.number not in work.browser.get(f"{HERE}/all").text


def test_beside_a_conversation_stands_what_the_company_knows_and_nothing_of_others(house: House, work: Work) -> None:
    one = work.talk
    tell(house, one.shop.id, an_order("S-1", str(one.link().number), {"name": "Blue lamp", "amount": 100}))
    other = talk(house, "Bank", "joan@example.org")
    other.begin("elsewhere")
    before = one.begin().number
    one.answers(RESOLVE, "Done.")
    one.begin(about=about_order(list_of(house, one.customer)[0].id))
    page = work.browser.get(work.path).text
    assert "Blue lamp" in page and "S-1" in page and before in page
    assert "elsewhere" not in page and other.number not in page
    assert one.link().number in page


def test_whoever_blocked_the_company_is_seen_while_something_is_open_and_no_longer(house: House, work: Work) -> None:
    one = work.talk
    one.begin()
    with house.writing(one.customer) as unit:
        block(unit, link_id=one.link().id)
    assert "has blocked your company" in work.browser.get(work.path).text
    assert work.press("note", words="x").status_code in (303, 409)
    one.says(CLOSE)
    assert work.browser.get(work.path).status_code == 404
    assert one.number not in work.browser.get(f"{HERE}/all").text


def test_the_queue_goes_page_by_page_and_loses_and_repeats_nothing(house: House, work: Work) -> None:
    _fill(work.talk, 120)
    seen: list[str] = []
    path: str | None = HERE
    while path:
        page = work.browser.get(path).text
        seen += numbers(page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert len(seen) == len(set(seen)) == 120


def _fill(one: Talk, count: int) -> None:
    """So many conversations of one company that wait, some of them for the same moment."""
    made, link, base = one.begin(), one.link(), clock.now()
    with one.house.writing(SYSTEM) as unit:
        row = unit.connection.execute(select(Ticket.__table__).where(Ticket.id == made.id)).one()
        common = {**row._mapping, "link_id": link.id, "priority": priority_of(2, 2)}
        for start in range(0, count - 1, 1000):
            rows = [
                {**common, "id": new_id(), "number": new_number(QUESTION), "queue_at": base + timedelta(minutes=n // 3)}
                for n in range(start, min(start + 1000, count - 1))
            ]
            unit.connection.execute(insert(Ticket), rows)
        unit.note(TicketMoved(vendor=one.shop.id, number=made.number, state="open"))


@pytest.mark.engines("sqlite")  # PostgreSQL plans by the sizes that it finds, and a test's are none
def test_the_queue_is_one_range_of_one_index(house: House, work: Work) -> None:
    _fill(work.talk, size(test=300, prove=3000))
    made = queue_statement(work.talk.shop.id).limit(51).compile(dialect=sqlite.dialect(paramstyle="named"))
    with house.reading() as unit:
        plan = [str(row) for row in unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", made.params)]
    assert any("SEARCH tickets USING INDEX ix_tickets_queue (vendor_id=? AND queue_at>?)" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.alone
def test_the_queue_opens_within_a_tenth_of_a_second_with_many_conversations(
    house: House, work: Work, figure: Any
) -> None:
    count = size(test=1000, prove=100_000)
    _fill(work.talk, count)
    spent = []
    for _ in range(size(test=5, prove=100)):
        begun = time.perf_counter()
        assert work.browser.get(HERE).status_code == 200
        spent.append((time.perf_counter() - begun) * 1000)
    slowest = sorted(spent)[int(len(spent) * 0.95)]
    figure(f"queue with {count} conversations, {house.engine.dialect.name}, p95", slowest, 100, "ms", better="lower")


@pytest.mark.parametrize("locale", i18n.LOCALES)
def test_the_console_speaks_its_readers_language(work: Work, locale: str) -> None:
    work.talk.begin()
    token = people.csrf_of(work.browser, HERE)
    work.browser.post("/language", data={"csrf_token": token, "locale": locale, "next": HERE})
    with i18n.use_locale(locale):
        said = [i18n.gettext(words) for words in ("What waits", "Among yourselves", "What you promise")]
    assert said[0] in work.browser.get(HERE).text
    assert said[1] in work.browser.get(work.path).text
    assert said[2] in work.browser.get(f"{HERE}/promises").text
