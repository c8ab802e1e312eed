"""Files that go with what is said: kept with their message, given back to the two alone, and never opened as a page."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.files.attaching import MOST
from portal.files.models import File, FileChunk
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.links.service import block
from portal.tickets.machine import CLOSE, REPLY
from portal.tickets.routes.case import MOST_OF_COMPANY
from tests.customers.erased import everything
from tests.files import corpus
from tests.grants.cast import signed_in
from tests.tickets.cast import Talk, talk
from tests.vendors.consoles import at_work

NEW = "/messages/conversations/new"


class Both:
    """A customer and somebody of the company, each before their own page of one conversation."""

    def __init__(self, app: Flask, house: House) -> None:
        self.talk: Talk = talk(house)
        self.talk.begin()
        self.customer: FlaskClient = signed_in(app, self.talk.customer)
        self.agent: FlaskClient = at_work(app, house, self.talk.shop, "agent@shop.example", "agent")

    @property
    def mine(self) -> str:
        """The customer's page."""
        return f"/messages/conversations/{self.talk.made[-1].text}"

    @property
    def theirs(self) -> str:
        """The company's page."""
        return f"/console/shop/conversations/{self.talk.number}"

    def says(self, action: str = REPLY, words: str = "See this.", **fields: Any) -> Any:
        """The customer sends the form of their page."""
        return sent(self.customer, self.mine, action=action, words=words, **fields)

    def answers(self, action: str = "answer", words: str = "Here it is.", **fields: Any) -> Any:
        """The company sends the form of its page."""
        return sent(self.agent, self.theirs, action=action, words=words, **fields)


def sent(browser: FlaskClient, path: str, page: str = "", **fields: Any) -> Any:
    """Sends a form of a page, whose hidden fields come along."""
    found = dict(re.findall(r'name="(csrf_token|once|seen)" value="([^"]*)"', browser.get(page or path).text))
    return browser.post(path, data={**found, **fields})


def upload(data: bytes = corpus.TEXT, name: str = "note.txt") -> tuple[io.BytesIO, str]:
    """A file as a form bears it."""
    return io.BytesIO(data), name


def links_in(page: str, path: str) -> list[str]:
    """Where the files of a page are got."""
    return re.findall(rf'href="({re.escape(path)}/files/[\w-]{{22}})"', page)


def kept_in(page: str) -> list[str]:
    """The files that go with a form that was wrong."""
    return re.findall(r'name="kept" value="([^"]+)"', page)


def count(house: House, model: Any = File) -> int:
    with house.reading(SYSTEM) as unit:
        return unit.connection.execute(select(func.count()).select_from(model)).scalar_one()


@pytest.fixture
def both(app: Flask, house: House) -> Both:
    return Both(app, house)


def test_files_go_with_what_each_says_and_both_get_them_as_they_were(both: Both) -> None:
    assert both.says(files=[upload(), upload(corpus.pdf(), "bill.pdf")]).status_code == 303
    assert both.answers(files=upload(b"two,cells\nof,it\n", "list.csv")).status_code == 303
    for browser, path in ((both.customer, both.mine), (both.agent, both.theirs)):
        page = browser.get(path).text
        for words in ("note.txt", "bill.pdf", "list.csv", "PDF · 1 KB", "Table (CSV) · 1 KB"):
            assert words in page, words
        got = [browser.get(link) for link in links_in(page, path)]
        assert [answer.data for answer in got] == [corpus.TEXT, corpus.pdf(), b"two,cells\nof,it\n"]


@pytest.mark.parametrize("name", ["photograph of a page", "pdf: script", "text about a page", "mail of a page", "table of formulas"])
def test_attack_82_what_goes_with_words_is_saved_and_never_opened(both: Both, name: str) -> None:
    for called in ("x.html", "a%0D%0ASet-Cookie: b=1.svg"):
        assert both.says(files=upload(corpus.taken()[name][0], called)).status_code == 303
    seen = 0
    for browser, path in ((both.customer, both.mine), (both.agent, both.theirs)):
        page = browser.get(path).text
        assert corpus.SCRIPT not in page
        for file in re.findall(rf'(?:href|src)="({re.escape(path)}/files/[\w/-]+)"', page):
            answer, seen = browser.get(file), seen + 1
            assert answer.headers["Content-Disposition"].startswith("attachment;")
            assert answer.headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"]
            assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
            assert answer.headers.getlist("Cache-Control") == ["no-store"]
            assert "html" not in answer.headers["Content-Type"]
    assert seen >= 4


def test_what_was_chosen_stays_where_something_else_was_wrong_and_can_be_left_out(house: House, both: Both) -> None:
    wrong = both.says(words="", files=[upload(), upload(corpus.refused()["zip"], "all.zip")])
    assert wrong.status_code == 422
    assert 'id="words-error"' in wrong.text
    assert 'id="files-error"' in wrong.text
    [token] = kept_in(wrong.text)
    assert (count(house), both.says(words="", kept=token).status_code) == (0, 422)
    assert both.says(kept=token).status_code == 303
    assert "note.txt" in both.customer.get(both.mine).text
    [other] = kept_in(both.says(words="", files=upload(corpus.TEXT, "second.txt")).text)
    assert both.says(words="Without it.").status_code == 303
    assert "second.txt" not in both.customer.get(both.mine).text
    gone = both.says(words="Once more.", kept=[token, other])
    assert gone.status_code == 422
    assert "not here any more" in gone.text
    assert count(house) == 1


@pytest.mark.parametrize("name", ["page", "drawing", "zip", "bomb", "moving png", "program", "nothing"])
def test_attack_83_what_is_not_taken_is_told_beside_its_field_and_no_word_is_lost(house: House, both: Both, name: str) -> None:
    answer = both.says(words="Look at my picture.", files=upload(corpus.refused()[name], "x.jpg"))
    assert answer.status_code == 422
    assert 'id="files-error"' in answer.text
    assert "Look at my picture." in answer.text
    refused = both.answers(words="Look at our picture.", files=upload(corpus.refused()[name], "x.jpg"))
    assert refused.status_code == 422
    assert 'id="files-error"' in refused.text
    assert "Look at our picture." in refused.text
    assert (count(house), count(house, FileChunk)) == (0, 0)


def test_five_files_go_with_a_message_and_no_more(both: Both) -> None:
    answer = both.says(files=[upload(corpus.TEXT, f"{at}.txt") for at in range(MOST + 1)])
    assert answer.status_code == 422
    assert "Five files at most" in answer.text
    assert both.says(kept=kept_in(answer.text)).status_code == 303
    assert len(links_in(both.customer.get(both.mine).text, both.mine)) == MOST


def test_a_company_has_room_for_fifty_files_in_a_conversation_and_never_takes_the_customers(both: Both) -> None:
    def some() -> list[Any]:
        return [upload(corpus.TEXT, f"{at}.txt") for at in range(MOST)]

    for turn in range(MOST_OF_COMPANY // MOST):
        assert both.answers(action="progress", words=f"Part {turn}.", files=some()).status_code == 303
    refused = both.answers(words="The last of it.", files=upload())
    assert refused.status_code == 422
    assert "room for 50 files of yours" in refused.text and "The last of it." in refused.text
    assert both.answers(words="The last of it.").status_code == 303
    assert both.says(files=some()).status_code == 303
    assert len(links_in(both.customer.get(both.mine).text, both.mine)) == MOST_OF_COMPANY + MOST


def test_pressed_twice_words_and_files_are_there_once(house: House, both: Both) -> None:
    page = both.customer.get(both.mine).text
    found = dict(re.findall(r'name="(csrf_token|once)" value="([^"]*)"', page))
    for _press in range(2):
        data = {**found, "action": REPLY, "words": "See this.", "files": upload()}
        assert both.customer.post(both.mine, data=data).status_code == 303
    assert both.customer.get(both.mine).text.count("See this.") == 1
    assert count(house) == 1


def test_a_conversation_begins_and_goes_on_anew_with_files(app: Flask, house: House, both: Both) -> None:
    path = f"{NEW}?company={text_of(both.talk.shop.id)}"
    fields = {"company": text_of(both.talk.shop.id), "about": "", "kind": "fault", "impact": "2"}
    wrong = sent(both.customer, NEW, path, **fields, words="", files=upload())
    assert wrong.status_code == 422
    begun = sent(both.customer, NEW, path, **fields, words="It is broken.", kept=kept_in(wrong.text)).location
    assert "note.txt" in both.customer.get(begun).text
    both.talk.says(CLOSE)
    goes_on = both.says("follow", files=upload(corpus.TEXT, "again.txt")).location.partition("#")[0]
    assert goes_on != both.mine
    assert "again.txt" in both.customer.get(goes_on).text
    assert "again.txt" not in both.customer.get(both.mine).text


def test_files_go_with_no_note(house: House, both: Both) -> None:
    answer = both.answers("note", files=upload())
    assert answer.status_code == 422
    assert "not with a note" in answer.text
    assert count(house) == 0


def test_somebody_elses_file_is_not_found_by_whatever_way(app: Flask, house: House, both: Both) -> None:
    both.says(files=upload(corpus.jpeg(), "photo.jpg"))
    [mine] = links_in(both.customer.get(both.mine).text, both.mine)
    [theirs] = links_in(both.agent.get(both.theirs).text, both.theirs)
    file = mine.rpartition("/")[2]
    other = talk(house, "Other", "joan@example.org")
    other.begin()
    joan, rival = signed_in(app, other.customer), at_work(app, house, other.shop, "agent@other.example", "agent")
    stranger, developer = app.test_client(), at_work(app, house, both.talk.shop, "dev@shop.example", "developer")
    joans = f"/messages/conversations/{other.made[-1].text}"
    for browser, path in (
        (joan, mine), (joan, f"{mine}/preview"), (joan, f"{joans}/files/{file}"), (joan, f"{joans}/files/..%2f..%2fetc"),
        (rival, theirs), (rival, f"/console/other/conversations/{other.number}/files/{file}"), (both.agent, mine),
    ):  # fmt: skip
        assert browser.get(path).status_code == 404, path
    for browser in (developer, both.customer):
        assert browser.get(theirs).status_code in (403, 404)
    assert stranger.get(mine).status_code == 303
    token = kept_in(both.says(words="", files=upload()).text)
    assert sent(joan, joans, action=REPLY, words="Mine?", kept=token).status_code == 422
    assert "note.txt" not in joan.get(joans).text


def test_a_companys_person_who_gets_a_file_is_on_the_customers_record_and_gets_none_after_the_end(house: House, both: Both) -> None:
    both.says(files=upload())
    [theirs] = links_in(both.agent.get(both.theirs).text, both.theirs)
    before = len(looks(both))
    assert both.agent.get(theirs).status_code == 200
    latest = looks(both)
    assert len(latest) == before + 1
    assert "Files that you and they sent in a conversation" in both.customer.get(f"/activity/{latest[-1]}").text
    both.talk.says(CLOSE)
    with house.writing(both.talk.customer) as unit:
        block(unit, link_id=both.talk.link().id)
    assert both.agent.get(theirs).status_code == 404


def looks(both: Both) -> list[int]:
    """Places of what the company read in the customer's record."""
    page = both.customer.get("/activity").text
    weeks = re.findall(r'href="(/activity\?[^"]+)"', page)
    found = {int(at) for at in re.findall(r'href="/activity/(\d+)"', page)}
    for week in weeks:
        found |= {int(at) for at in re.findall(r'href="/activity/(\d+)"', both.customer.get(week.replace("&amp;", "&")).text)}
    return sorted(found)


def test_what_went_with_words_lies_sealed(house: House, both: Both) -> None:
    both.says(files=upload(b"Thistledown was here", "Marigold.txt"))
    left = everything(house)
    assert not any(word in left for word in (b"Thistledown", b"Marigold"))
