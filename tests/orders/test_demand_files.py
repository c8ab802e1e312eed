"""Photographs and papers that go with a return or a claim: kept with it, given back to the two alone, never opened as a page."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.customers.service import erase
from portal.files.attaching import MOST
from portal.files.jobs import sweep
from portal.files.models import FileChunk, LooseFile
from portal.files.service import brought_from
from portal.kernel.errors import Invalid
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.links.service import block
from portal.orders.demands.machine import CANCELLATION, CLAIM, FILED, KINDS, RETURN, WITHDRAWAL
from portal.orders.demands.service import ask
from portal.vendors.reads import vendor_of
from tests import people
from tests.accounts.delegating import accepted
from tests.customers.erased import everything
from tests.files import corpus
from tests.grants.cast import person, signed_in
from tests.links.test_parting import part
from tests.oauth.cast import bearing, entries, own_token
from tests.orders.cast import an_order, company, found, line, list_of, own, tell
from tests.orders.shelf import Shelf, asked, somebody_elses
from tests.tickets.test_attached import count, kept_in, links_in, sent, upload
from tests.vendors.consoles import at_work

FILES, WORDS = "files that you sent with", "(?<!with )what you asked about an order"
"""What the record says of a look."""


class Counter:
    """A customer with orders before their pages, and somebody of the company before its own."""

    def __init__(self, app: Flask, house: House) -> None:
        self.app, self.house = app, house
        self.shelf = Shelf(house, an_order("1", "c", line("Lamp", 1000, quantity=2)), an_order("2", "c"))
        self.browser: FlaskClient = signed_in(app, self.shelf.customer)
        with house.reading() as unit:
            self.shop = vendor_of(unit, self.shelf.seller.vendor_id)
        self.clerk: FlaskClient = at_work(app, house, self.shop, "clerk@far.example", "agent")

    def form(self, kind: str = RETURN, number: str = "1") -> str:
        """The form's address."""
        return f"/orders/{self.shelf.order(number).text}/ask/{kind}"

    def fields(self, kind: str = RETURN, number: str = "1", pieces: str = "1", **more: Any) -> dict[str, Any]:
        """What is filled in: so many of the first line, and what goes with the kind."""
        of_claim = {"type": "replace", "reason": "production_failure"} if kind == CLAIM else {}
        piece = f"piece-{text_of(self.shelf.order(number).lines[0].id)}"
        return {piece: pieces, "words": "It came like this.", **of_claim, **more}

    def asks(self, kind: str = RETURN, number: str = "1", pieces: str = "1", **more: Any) -> Any:
        """The customer sends the form."""
        return sent(self.browser, self.form(kind, number), **self.fields(kind, number, pieces, **more))

    def asked(self, *files: Any, **more: Any) -> str:
        """The page of a return that went with these files."""
        answer = self.asks(files=list(files), **more)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def theirs(self, mine: str) -> str:
        """The company's page of the same."""
        return f"/console/{self.shop.slug}/asked/{mine.rpartition('/')[2]}"


def said(words: str, look: str) -> bool:
    """Whether the page of an entry says it."""
    return re.search(words, look) is not None


@pytest.fixture
def counter(app: Flask, house: House) -> Counter:
    """On this engine."""
    return Counter(app, house)


@pytest.mark.parametrize("kind", sorted(FILED))
def test_files_are_kept_with_a_return_or_a_claim_and_given_back_to_both_as_they_were(counter: Counter, kind: str) -> None:
    mine = counter.asked(upload(), upload(corpus.pdf(), "bill.pdf"), upload(corpus.jpeg(), "photo.jpg"), kind=kind)
    for browser, path in ((counter.browser, mine), (counter.clerk, counter.theirs(mine))):
        page = browser.get(path).text
        for words in ("note.txt", "bill.pdf", "photo.jpg", "PDF · 1 KB", "It came like this."):
            assert words in page, words
        got = [browser.get(link).data for link in links_in(page, path)]
        assert got[:2] == [corpus.TEXT, corpus.pdf()]
        assert got[2].startswith(b"\xff\xd8\xff") and corpus.SECRET.encode() not in got[2], "a picture says nothing beside its points"


def test_pictures_are_shown_small_to_the_customer_and_to_nobody_of_the_company(counter: Counter) -> None:
    mine = counter.asked(upload(corpus.jpeg(), "photo.jpg"))
    [preview] = re.findall(r'class="file-preview" src="([^"]+)"', counter.browser.get(mine).text)
    answer = counter.browser.get(preview)
    assert answer.data.startswith(b"\xff\xd8\xff")
    assert (answer.headers["Content-Security-Policy"], answer.headers["Cache-Control"]) == ("sandbox; default-src 'none'", "no-store")
    assert "file-preview" not in counter.clerk.get(counter.theirs(mine)).text
    assert counter.clerk.get(preview).status_code == 404


def test_only_return_and_claim_take_files(counter: Counter, house: House) -> None:
    assert {RETURN, CLAIM} == FILED
    tell(house, counter.shelf.seller.vendor_id, an_order("9", "c", status="OrderProcessing"))
    counter.shelf.order("9", anew=True)
    for kind in KINDS:
        number = "2" if kind in FILED else "9"
        page = counter.browser.get(counter.form(kind, number))
        assert page.status_code == 200
        assert ('name="files"' in page.text, "multipart/form-data" in page.text) == (kind in FILED,) * 2, kind
    assert counter.asks(CANCELLATION, "9", files=upload()).status_code == 303
    assert counter.asks(WITHDRAWAL, "1", files=upload()).status_code == 303
    assert (count(house), count(house, FileChunk)) == (0, 0), "what a page does not ask for is not taken"


def test_no_door_keeps_files_with_another_kind(counter: Counter, house: House) -> None:
    again = counter.asks(RETURN, pieces="x", files=upload())
    assert kept_in(again.text)
    customer = counter.shelf.customer
    assert customer.customer_id is not None
    brought = brought_from(house, customer.customer_id, kept_in(again.text)[0])
    order = counter.shelf.order("1")
    with pytest.raises(Invalid), house.writing(customer) as unit:
        ask(unit, order_id=order.id, asked=asked("not-mine", {}), seen=0, brought=[brought])
    assert count(house) == 0


def test_a_form_that_is_wrong_loses_nothing(counter: Counter, house: House) -> None:
    wrong = counter.asks(CLAIM, pieces="x", reason="", words="It hums.", files=[upload(), upload(corpus.jpeg(), "photo.jpg")])
    assert wrong.status_code == 422
    assert "It hums." in wrong.text and 'id="reason-error"' in wrong.text and "whole number" in wrong.text
    kept = kept_in(wrong.text)
    assert len(kept) == 2
    assert (count(house), counter.shelf.demands()) == (0, []), "nothing is asked yet, and no file kept with anything"
    none = counter.asks(CLAIM, pieces="0", words="It hums.", kept=kept)
    assert none.status_code == 422 and kept_in(none.text) and "at least one piece" in none.text
    assert '<a href="#pieces">How many: Choose at least one piece.</a>' in none.text
    assert 'id="pieces" tabindex="-1" aria-describedby="pieces-error"' in none.text
    done = counter.asks(CLAIM, words="It hums.", kept=kept_in(none.text)[1:])
    page = counter.browser.get(done.location).text
    assert "photo.jpg" in page and "note.txt" not in page, "what was left out stays out"
    assert count(house) == 1


@pytest.mark.parametrize("name", ["page", "drawing", "zip", "bomb", "program", "nothing"])
def test_a_file_that_is_not_taken_is_told_beside_its_field_and_no_word_is_lost(counter: Counter, house: House, name: str) -> None:
    answer = counter.asks(words="Look at my picture.", files=[upload(corpus.refused()[name], "x.jpg"), upload()])
    assert answer.status_code == 422
    assert 'id="files-error"' in answer.text and "Look at my picture." in answer.text
    assert len(kept_in(answer.text)) == 1, "those that are taken need not come twice"
    assert (count(house), counter.shelf.demands()) == (0, [])


def test_five_files_go_with_it_and_no_more(counter: Counter) -> None:
    answer = counter.asks(files=[upload(corpus.TEXT, f"{at}.txt") for at in range(MOST + 1)])
    assert answer.status_code == 422 and "Five files at most" in answer.text
    mine = counter.asks(kept=kept_in(answer.text)).location
    assert len(links_in(counter.browser.get(mine).text, mine)) == MOST


def test_pressed_twice_a_return_and_its_files_are_there_once(counter: Counter, house: House) -> None:
    page = counter.browser.get(counter.form()).text
    found_in = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]*)"', page))
    pages = set()
    for _press in range(2):
        data = {**found_in, **counter.fields(), "files": upload(corpus.jpeg(), "photo.jpg")}
        pages.add(counter.browser.post(counter.form(), data=data).location)
    assert len(pages) == 1 and len(counter.shelf.demands()) == 1
    assert count(house) == 1
    other = counter.browser.post(counter.form(), data={**found_in, **counter.fields(), "files": upload()})
    assert other.status_code == 409, "a file that was not there the first time is not left out without a word"
    assert (count(house), len(counter.shelf.demands())) == (1, 1)


def test_a_file_that_waited_too_long_or_is_kept_elsewhere_is_told_and_the_others_still_go_with_it(
    counter: Counter, house: House
) -> None:
    first, second = kept_in(counter.asks(pieces="x", files=[upload(), upload(corpus.TEXT, "second.txt")]).text)
    assert counter.asks(kept=first).status_code == 303
    gone = counter.asks(kept=[first, second])
    assert gone.status_code == 422 and "not here any more" in gone.text
    assert len(counter.shelf.demands()) == 1
    [left] = kept_in(gone.text)
    mine = counter.asks(kept=left).location
    assert "second.txt" in counter.browser.get(mine).text
    assert counter.asks(kept="forged", number="2").status_code == 422


def test_a_strangers_another_companys_or_another_customers_way_to_a_file_is_not_found(
    app: Flask, house: House, counter: Counter
) -> None:
    mine = counter.asked(upload(corpus.jpeg(), "photo.jpg"))
    theirs = counter.theirs(mine)
    [file] = links_in(counter.browser.get(mine).text, mine)
    [shown] = links_in(counter.clerk.get(theirs).text, theirs)
    id_ = file.rpartition("/")[2]
    tell(house, counter.shelf.seller.vendor_id, an_order("7", "d"))
    joan_herself = found(house, counter.shelf.seller, "d", "joan@example.org")
    joan = signed_in(app, joan_herself)
    rival_shop = company(house, "Casa Lumen")
    with house.reading() as unit:
        rival_view = vendor_of(unit, rival_shop.vendor_id)
    rival = at_work(app, house, rival_view, "agent@lumen.example", "agent")
    other = counter.asked(upload(), number="2", kind=CLAIM)
    for browser, path in (
        (joan, file), (joan, f"{file}/preview"), (counter.clerk, file), (counter.browser, f"{other}/files/{id_}"),
        (counter.browser, f"{mine}/files/..%2f..%2fetc"), (rival, shown), (rival, shown.replace(counter.shop.slug, rival_view.slug)),
        (counter.clerk, f"{counter.theirs(other)}/files/{id_}"),
    ):  # fmt: skip
        assert browser.get(path).status_code == 404, path
    developer = at_work(app, house, counter.shop, "dev@far.example", "developer")
    for browser in (developer, counter.browser):
        assert browser.get(shown).status_code in (403, 404)
    assert app.test_client().get(file).status_code == 303
    token = kept_in(counter.asks(RETURN, pieces="x", files=upload()).text)
    order = list_of(house, joan_herself)[0]
    fields = {f"piece-{text_of(order.lines[0].id)}": "1", "kept": token}
    assert sent(joan, f"/orders/{order.text}/ask/{RETURN}", **fields).status_code == 422, "the token of another's page"


def test_what_went_with_it_is_saved_and_never_opened(counter: Counter) -> None:
    dangerous = upload(corpus.taken()["photograph of a page"][0], "x.html")
    mine = counter.asked(dangerous, upload(corpus.taken()["text about a page"][0], "a%0D%0ASet-Cookie: b=1.svg"))
    for browser, path in ((counter.browser, mine), (counter.clerk, counter.theirs(mine))):
        page = browser.get(path).text
        assert corpus.SCRIPT not in page
        links = re.findall(rf'(?:href|src)="({re.escape(path)}/files/[\w/-]+)"', page)
        assert len(links) >= 2
        for link in links:
            headers = browser.get(link).headers
            assert headers["Content-Disposition"].startswith("attachment;")
            assert headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"]
            assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
            assert headers.getlist("Cache-Control") == ["no-store"]
            assert "html" not in headers["Content-Type"]


def test_a_companys_person_who_gets_a_file_is_on_the_customers_record_and_gets_none_once_they_may_not_read_it(
    counter: Counter, house: House
) -> None:
    mine = counter.asked(upload())
    theirs = counter.theirs(mine)
    [shown] = links_in(counter.clerk.get(theirs).text, theirs)
    assert counter.clerk.get(shown).status_code == 200
    page, file = (counter.browser.get(f"/activity/{look['index']}").text.lower() for look in entries(house, "demand.disclosed"))
    assert (said(FILES, page), said(WORDS, page)) == (True, True)
    assert (said(FILES, file), said(WORDS, file)) == (True, False)
    counter.clerk.get(f"{shown}x")
    assert len(entries(house, "demand.disclosed")) == 2, "what was not given is not said to be"
    counter.shelf.answer(counter.shelf.demands()[0].id, "decline")
    with house.writing(counter.shelf.customer) as unit:
        block(unit, link_id=counter.shelf.order("1").link_id)
    assert counter.clerk.get(theirs).status_code == 404
    assert counter.clerk.get(shown).status_code == 404


def test_a_program_finds_the_files_and_fetches_each_on_record(app: Flask, house: House, counter: Counter) -> None:
    mine = counter.asked(upload())
    counter.asked(number="2", kind=CLAIM)
    program = app.test_client(use_cookies=False)
    headers = bearing(own_token(program, counter.shelf.seller))
    with_file, without = program.get("/api/v1/demands", headers=headers).json["demands"]
    assert without["files"] == []
    [file] = with_file["files"]
    assert file == {"id": file["id"], "name": "note.txt", "type": "text/plain; charset=utf-8", "size": len(corpus.TEXT)}
    assert file["id"] not in mine and program.get(f"/api/v1/demands/{with_file['id']}", headers=headers).json == with_file
    path = f"/api/v1/demands/{with_file['id']}/files/{file['id']}"
    got = program.get(path, headers=headers)
    assert (got.data, got.headers["Content-Type"]) == (corpus.TEXT, "application/octet-stream")
    assert (got.headers["Content-Disposition"], got.headers["Cache-Control"]) == ("attachment", "no-store")
    looks = [counter.browser.get(f"/activity/{look['index']}").text.lower() for look in entries(house, "demand.disclosed")]
    assert [(said(FILES, look), said(WORDS, look)) for look in looks] == [
        *((True, True), (False, True)), (True, True), (True, False),
    ]  # fmt: skip
    other = own(app, company(house, "Casa Lumen"))
    for foreign in (
        other.get(path),
        program.get(f"{path}x", headers=headers),
        program.get(path.replace(with_file["id"], without["id"]), headers=headers),
    ):
        assert (foreign.status_code, foreign.json["reason"]) == (404, "not-found")
    assert len(entries(house, "demand.disclosed")) == 4
    assert program.get(path).status_code == 401


def test_whoever_is_lent_to_see_orders_sees_the_files_and_sends_none(app: Flask, house: House, counter: Counter) -> None:
    mine = counter.asked(upload(corpus.jpeg(), "photo.jpg"))
    bruno = person(house, "bruno@example.org")
    lent = text_of(accepted(house, counter.shelf.customer, bruno, {"orders": "act"}))
    delegate = signed_in(app, bruno)
    assert people.post(delegate, f"/acting/{lent}", page="/language").status_code == 303
    page = delegate.get(mine).text
    [file] = links_in(page, mine)
    assert delegate.get(file).data.startswith(b"\xff\xd8\xff")
    assert delegate.get(counter.form()).status_code == 403


def test_files_are_gone_with_the_customer(counter: Counter, house: House) -> None:
    counter.asked(upload(b"Thistledown was here", "Marigold.txt"))
    left = everything(house)
    assert not any(word in left for word in (b"Thistledown", b"Marigold")), "it lies sealed"
    customer = counter.shelf.customer
    assert customer.customer_id is not None
    with house.writing(SYSTEM) as unit:
        erase(unit, customer_id=customer.customer_id)
    assert count(house) == 0
    assert sum(sweep(house)) == 1
    assert (count(house, FileChunk), count(house, LooseFile)) == (0, 0)


def test_files_that_went_with_somebody_elses_orders_go_when_these_do(app: Flask, house: House) -> None:
    ana, kept, order = somebody_elses(house)
    browser = signed_in(app, ana)
    piece = {f"piece-{text_of(order.lines[0].id)}": "1"}
    mine = sent(browser, f"/orders/{order.text}/ask/{RETURN}", **piece, files=upload()).location
    [file] = links_in(browser.get(mine).text, mine)
    part(house, ana, kept)
    assert (browser.get(mine).status_code, browser.get(file).status_code) == (404, 404)
    assert count(house) == 0
    assert sum(sweep(house)) == 1 and count(house, FileChunk) == 0


def test_a_letter_with_the_evidence_names_the_files(counter: Counter) -> None:
    mine = counter.asked(upload(corpus.jpeg(), "photo.jpg"), upload())
    counter.shelf.answer(counter.shelf.demands()[0].id, "decline")
    assert "since: photo.jpg, note.txt" in counter.browser.get(f"{mine}/letter").text


def test_hidden_from_other_companies_an_order_still_shows_its_own_what_went_with_a_claim(counter: Counter) -> None:
    mine = counter.asked(upload())
    order = counter.shelf.order("1")
    assert sent(counter.browser, f"/orders/{order.text}/hide", f"/orders/{order.text}").status_code == 303
    theirs = counter.theirs(mine)
    [shown] = links_in(counter.clerk.get(theirs).text, theirs)
    assert counter.clerk.get(shown).data == corpus.TEXT
