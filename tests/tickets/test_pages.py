"""The customer's pages of conversations, as a browser without a script uses them."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel import clock, i18n
from portal.kernel.house import House
from portal.kernel.ids import id_from, new_id, text_of
from portal.links.service import block
from portal.tickets.machine import ANSWER, COMPLAINT, GRACE, PROGRESS, RESOLVE
from tests import people
from tests.accounts.test_acting import Stage
from tests.grants.cast import person, signed_in
from tests.oauth.cast import entries
from tests.orders.cast import an_order, list_of, tell
from tests.tickets.cast import Talk, company, connected, talk

LIST = "/messages/conversations"
NEW = f"{LIST}/new"


class Desk:
    """A customer's browser, and the company that she writes to."""

    def __init__(self, app: Flask, house: House) -> None:
        self.talk: Talk = talk(house, "Llibreria Far", address={"country": "ES"})
        self.browser: FlaskClient = signed_in(app, self.talk.customer)
        self.company = text_of(self.talk.shop.id)
        self.first = ""

    def fields(self, page: str) -> dict[str, str]:
        """What the page's forms hold: token and marks."""
        text = self.browser.get(page).text
        found = dict(re.findall(r'name="(csrf_token|once|seen|ending)"[^>]*value="([^"]*)"', text))
        return {name: found.get(name, "") for name in ("csrf_token", "once", "seen", "ending")}

    def start(self, **fields: Any) -> Any:
        """Fills in the form of a new one and sends it."""
        page = f"{NEW}?company={self.company}"
        sent = {"company": self.company, "about": "", "kind": "question", "impact": "2", "words": "Where is it?"}
        answer = self.browser.post(NEW, data={**self.fields(page), **sent, **fields})
        if answer.status_code == 303:
            self.talk.id = _id_in(answer.location)
            self.first = self.page()
            self.talk.number = self.talk_number()
        return answer

    def talk_number(self) -> str:
        """The number that the page shows."""
        found = re.search(r"[QFCS]-[2-9A-Z]{4}-[2-9A-Z]{4}", self.first)
        assert found is not None
        return found[0]

    @property
    def path(self) -> str:
        """The conversation's address."""
        return f"{LIST}/{text_of(self.talk.id)}"

    def page(self) -> str:
        """The conversation's page."""
        return self.browser.get(self.path).text

    def press(self, action: str, **fields: str) -> Any:
        """Sends one of its forms."""
        return self.browser.post(self.path, data={**self.fields(self.path), "action": action, **fields})


def _id_in(location: str) -> bytes:
    return id_from(location.rpartition("/")[2].partition("#")[0])


@pytest.fixture
def desk(app: Flask, house: House) -> Desk:
    """The desk on this engine."""
    return Desk(app, house)


def test_a_conversation_is_begun_answered_closed_and_gone_on_with_on_pages_alone(desk: Desk) -> None:
    assert "Llibreria Far" in desk.browser.get(NEW).text
    assert desk.start(words="Where is\nmy <book>?").status_code == 303
    page = desk.first
    assert "my &lt;book&gt;?" in page and "Sent to Llibreria Far. Its number is Q-" in page
    assert "has promised no time" in page
    desk.talk.answers(ANSWER, "It is on its way.")
    assert "It is on its way." in desk.page()
    assert desk.press("reply", words="Thank you.").status_code == 303
    assert desk.press("call", phone="+34 600 000 000, mornings").status_code == 303
    assert "You asked to be called back" in desk.page()
    desk.talk.answers(RESOLVE, "It is there.")
    assert desk.press("rate", score="5").status_code == 303
    assert "You found it: Very good" in desk.page()
    assert desk.press("reopen", words="It is not.").status_code == 303
    assert desk.press("close").status_code == 303
    old = desk.path
    answer = desk.press("follow", words="It is torn.")
    assert answer.status_code == 303 and not answer.location.startswith(old)
    desk.talk.id = _id_in(answer.location)
    assert old in desk.page() and desk.path in desk.browser.get(old).text
    assert desk.browser.get(LIST).text.count('class="row-title"') == 2


def test_what_is_wrong_is_said_beside_its_field_and_no_word_is_lost(desk: Desk) -> None:
    for wrong in ({"words": ""}, {"words": "x" * 5001}, {"words": "odd\u202e"}, {"kind": "gossip"}, {"impact": "9"}):
        answer = desk.start(**{"words": "Kept words", **wrong})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "words" in wrong or "Kept words" in answer.text
    desk.start()
    answer = desk.press("reply", words="odd\u202e words")
    assert answer.status_code == 422 and "odd\u202e words" in answer.text
    assert desk.press("gossip").status_code == 400


def test_a_press_too_late_changes_nothing_and_keeps_the_words(desk: Desk) -> None:
    desk.start()
    before = desk.fields(desk.path)
    desk.talk.answers(PROGRESS, "One moment.")
    assert desk.browser.post(desk.path, data={**before, "action": "close"}).status_code == 409
    assert desk.press("close").status_code == 303
    answer = desk.browser.post(desk.path, data={**before, "action": "reply", "words": "Too late a word"})
    assert answer.status_code == 409
    assert "can no longer be done" in answer.text
    assert len(desk.talk.thread().said) == 3


def test_the_same_press_twice_is_one(desk: Desk) -> None:
    page = desk.fields(f"{NEW}?company={desk.company}")
    sent = {**page, "company": desk.company, "about": "", "kind": "question", "impact": "2", "words": "Once?"}
    first, second = (desk.browser.post(NEW, data=sent).location for _ in range(2))
    assert first == second
    desk.talk.id = _id_in(first)
    reply = {**desk.fields(desk.path), "action": "reply", "words": "Once."}
    for _ in range(2):
        assert desk.browser.post(desk.path, data=reply).status_code == 303
    assert len(desk.talk.thread().said) == 2


def test_it_is_about_an_order_a_permission_or_a_line_of_who_looked_and_leads_there(
    app: Flask, house: House, desk: Desk
) -> None:
    number = desk.talk.link().number
    tell(house, desk.talk.shop.id, an_order("F-1", str(number)))
    order = list_of(house, desk.talk.customer)[0]
    page = desk.browser.get(f"/orders/{order.text}").text
    assert f"{NEW}?company={desk.company}&amp;about=order:{order.text}" in page
    form = desk.browser.get(f"{NEW}?company={desk.company}&about=order:{order.text}").text
    assert f'<option selected value="order:{order.text}">' in form
    desk.start(about=f"order:{order.text}")
    assert f'href="/orders/{order.text}"' in desk.page()
    assert "Order F-1" in desk.browser.get(LIST).text


def test_nothing_that_is_anothers_or_of_another_company_can_be_asked_about(app: Flask, house: House, desk: Desk) -> None:
    other = talk(house, "Bank", "joan@example.org")
    tell(house, other.shop.id, an_order("B-1", str(other.link().number)))
    foreign = list_of(house, other.customer)[0]
    connected(house, other.shop, desk.talk.customer)
    tell(house, desk.talk.shop.id, an_order("F-1", str(desk.talk.link().number)))
    mine = list_of(house, desk.talk.customer)[0]
    for about in (f"order:{foreign.text}", f"grant:{text_of(new_id())}", "entry:1", f"entry:{'9' * 20}", "x:y", "order:"):
        answer = desk.start(about=about, words="Kept words")
        assert answer.status_code in (404, 422), about
    desk.company, shop = text_of(other.shop.id), desk.company
    assert desk.start(about=f"order:{mine.text}").status_code == 404, "it is of the other company"
    desk.company = text_of(new_id())
    assert desk.browser.get(f"{NEW}?company={desk.company}").status_code == 404
    desk.company = shop
    assert desk.start().status_code == 303


def test_another_customers_conversation_is_not_there(app: Flask, house: House, desk: Desk) -> None:
    desk.start()
    joan = signed_in(app, person(house, "joan@example.org"))
    token = re.search(r'name="csrf_token" value="([^"]+)"', joan.get("/messages").text)
    assert token is not None
    assert joan.get(desk.path).status_code == 404
    for action in ("reply", "close", "call", "follow", "rate"):
        data = {"csrf_token": token[1], "action": action, "words": "x", "phone": "x", "score": "3", "ending": text_of(new_id())}
        assert joan.post(desk.path, data=data).status_code == 404
    for text in ("x", "%00", "a" * 300, text_of(new_id())):
        assert desk.browser.get(f"{LIST}/{text}").status_code == 404
    assert desk.browser.get(f"{LIST}?after=forged").status_code == 400


def test_a_complaint_says_its_number_its_day_and_the_authority(app: Flask, desk: Desk) -> None:
    desk.start(kind=COMPLAINT, words="It is torn.")
    page = desk.page()
    assert "By law they must answer by" in page and "OMIC" in page and "C-" in page
    with clock.moved(clock.now() + 20 * GRACE):
        desk.browser = signed_in(app, desk.talk.customer)
        assert "By law they had to answer by" in desk.page()


def test_an_answer_is_a_notice_that_leads_to_it_and_a_mail_says_why_it_comes(house: House, desk: Desk) -> None:
    desk.start()
    assert "Nothing is new." in desk.browser.get("/messages").text
    desk.talk.answers(ANSWER, "Here.")
    page = desk.browser.get("/messages").text
    assert "Llibreria Far wrote to you in a conversation." in page
    assert "See what is new" in desk.browser.get(LIST).text
    opened = re.search(r'action="(/messages/[\w-]{22}/open)"', page)
    assert opened is not None
    answer = desk.browser.post(opened[1], data={"csrf_token": desk.fields("/messages")["csrf_token"]})
    assert answer.location == desk.path


def test_whoever_was_blocked_cannot_be_written_to_and_that_is_said(house: House, desk: Desk) -> None:
    desk.start()
    with house.writing(desk.talk.customer) as unit:
        block(unit, link_id=desk.talk.link().id)
    assert "Llibreria Far" not in desk.browser.get(NEW).text
    assert desk.start().status_code == 404
    assert desk.press("close").status_code == 303


def test_long_lists_come_in_pages_that_lose_and_repeat_nothing(desk: Desk) -> None:
    for number in range(28):
        desk.talk.begin(f"Number {number}")
    path: str | None = LIST
    seen: list[str] = []
    while path:
        page = desk.browser.get(path).text
        seen += re.findall(r'href="/messages/conversations/([\w-]{22})"', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert len(seen) == len(set(seen)) == 28


def test_what_is_said_on_pages_is_nowhere_in_the_record(house: House, desk: Desk) -> None:
    desk.start(words="a secret pomegranate")
    desk.press("reply", words="another pomegranate")
    assert "pomegranate" not in str(entries(house))


@pytest.mark.parametrize("locale", i18n.LOCALES)
def test_the_pages_speak_the_readers_language(desk: Desk, locale: str) -> None:
    desk.start(kind=COMPLAINT)
    token = desk.fields("/messages")["csrf_token"]
    desk.browser.post("/language", data={"csrf_token": token, "locale": locale, "next": LIST})
    with i18n.use_locale(locale):
        said = [i18n.gettext(words) for words in ("Complaint", "What they promised", "Have them call you back")]
    for words in said:
        assert words in desk.page()
    assert said[0] in desk.browser.get(LIST).text


def test_a_delegate_sees_writes_and_asks_about_what_is_lent_and_nothing_else(app: Flask, house: House) -> None:
    stage = Stage(house, app)
    shop = company(house, "Llibreria Far")
    connected(house, shop, stage.ana, "K-1")
    tell(house, shop.id, an_order("F-1", "K-1"))
    page = f"{NEW}?company={text_of(shop.id)}"
    stage.acts({"orders": "act"})
    assert stage.client.get(LIST).status_code == 403
    people.post(stage.client, "/acting/stop", "/orders")
    acting = stage.acts({"messages": "see"})
    assert stage.client.get(LIST).status_code == 200
    assert "Write to a company" not in stage.client.get(LIST).text.partition("<main")[2]
    assert "and not begin one" in stage.client.get(page).text
    stage.ends(acting)
    stage.acts({"messages": "act"})
    assert "Order F-1" not in stage.client.get(page).text, "orders are not lent"
    people.post(stage.client, "/acting/stop", "/messages")
    stage.acts({"messages": "act", "orders": "see"})
    text = stage.client.get(page).text
    assert "Order F-1" in text and "Permission of" not in text
    found = dict(re.findall(r'name="(csrf_token|once)"[^>]*value="([^"]*)"', text))
    sent = {"company": text_of(shop.id), "about": "", "kind": "question", "impact": "2", "words": "For her."}
    assert stage.client.post(NEW, data={**found, **sent}).status_code == 303
    for about in (f"grant:{text_of(new_id())}", "entry:1"):
        assert stage.client.post(NEW, data={**found, **sent, "once": "", "about": about}).status_code in (404, 422)
    [created] = entries(house, "ticket.created")
    assert created["actor"]["kind"] == "delegate"
