"""Guests: a conversation without an account, by a company's own link and a secret one; and into an account, once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.customers.service import ask_to_erase, erase
from portal.kernel import clock, i18n
from portal.kernel.house import House
from portal.kernel.ids import digest, text_of
from portal.kernel.unit import SYSTEM
from portal.links.models import Fold
from portal.links.service import block, ensure, unblock
from portal.tickets.facts import TicketsDisclosed
from portal.tickets.machine import ANSWER, PROGRESS, RESOLVE
from portal.tickets.models import Guest, Ticket
from portal.tickets.reads.guests import guest_by
from portal.tickets.service import answer, promise
from portal.tickets.service.guests import BEGUN_HERE, MAILED_TO, join
from portal.vendors.reads import VendorView
from portal.vendors.service import block as shut_out
from tests import people
from tests.files import corpus
from tests.grants.cast import person, signed_in
from tests.oauth.cast import entries
from tests.roof.test_headers import download_faults
from tests.tickets.cast import OFFICE, company
from tests.tickets.test_attached import sent, upload
from tests.tickets.test_live import Tab
from tests.vendors.consoles import at_work, begin_sandbox

ASK = "/ask/shop"
WORDS = "Do you sell pomegranates?"
_FIELD = re.compile(r'name="(csrf_token|once|seen)"[^>]*value="([^"]*)"')


class Visit:
    """Somebody without an account in a browser, and the company that they write to."""

    def __init__(self, app: Flask, house: House, shop: VendorView | None = None) -> None:
        self.app, self.house = app, house
        self.shop = shop or company(house, "Shop")
        self.browser: FlaskClient = app.test_client()
        self.path = ""

    def fields(self, path: str) -> dict[str, str]:
        """What the page's forms hold."""
        return dict(_FIELD.findall(self.browser.get(path).text))

    def asks(self, **fields: str) -> Any:
        """Fills in the company's form and sends it."""
        sent = {**self.fields(ASK), "kind": "question", "words": WORDS, "name": "Pau", **fields}
        answer = self.browser.post(ASK, data=sent)
        if answer.status_code == 303:
            self.path = answer.location
        return answer

    def presses(self, action: str, **fields: str) -> Any:
        """Sends a form of the conversation."""
        return self.browser.post(self.path, data={**self.fields(self.path), "action": action, **fields})

    def mail(self, **fields: str) -> Any:
        """Sends the form about mails."""
        return self.browser.post(f"{self.path}/mail", data={**self.fields(self.path), **fields})

    @property
    def page(self) -> str:
        """The conversation as the guest sees it."""
        return self.browser.get(self.path).text

    @property
    def secret(self) -> str:
        """What the guest keeps."""
        return self.path.rpartition("/")[2]

    def number(self) -> str:
        """The number that both know."""
        with self.house.reading() as unit:
            return guest_by(unit, self.secret).number

    def answers(self, action: str, words: str) -> None:
        """The company says something."""
        with self.house.writing(SYSTEM) as unit:
            answer(unit, vendor_id=self.shop.id, number=self.number(), action=action, words=words)


@pytest.fixture
def visit(app: Flask, house: House) -> Visit:
    """A guest on this engine, who has not begun yet."""
    return Visit(app, house)


def row_of(visit: Visit) -> Any:
    """What is kept of the guest."""
    with visit.house.reading() as unit:
        return unit.connection.execute(select(Guest.__table__)).one()


def test_a_guest_writes_gets_a_link_and_goes_on_by_it_from_any_browser(visit: Visit) -> None:
    answer = visit.asks()
    assert answer.status_code == 303 and re.fullmatch(r"/ask/talk/[\w-]{43}", answer.location)
    visit.browser = visit.app.test_client()
    assert WORDS in visit.page and "Keep this link" in visit.page
    visit.answers(PROGRESS, "We do.")
    assert "We do." in visit.page
    assert visit.presses("reply", words="How many?").status_code == 303
    visit.answers(RESOLVE, "Two.")
    assert visit.presses("reopen", words="Two what?").status_code == 303
    assert visit.presses("close").status_code == 303
    assert "It is closed." in visit.page and "Begin a new one" in visit.page


def test_what_is_kept_of_the_link_is_its_hash_and_name_and_words_are_sealed(visit: Visit) -> None:
    visit.asks(name="Pau Far")
    row = row_of(visit)
    assert row.hash == digest(visit.secret)
    with visit.house.reading() as unit:
        tables = {table: unit.connection.execute(select(table)).all() for table in Guest.metadata.tables.values()}
    for said in (b"Pau Far", WORDS.encode(), visit.secret.encode()):
        assert not any(isinstance(value, bytes) and said in value for rows in tables.values() for one in rows for value in one)
        assert said.decode() not in str(tables)
    assert "Pau" not in str(entries(visit.house)) and visit.secret not in str(entries(visit.house))


def test_nothing_of_the_link_leaves_with_a_referrer_or_stays_in_a_cache(visit: Visit) -> None:
    visit.asks()
    headers = visit.browser.get(visit.path).headers
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_pressed_twice_it_begins_once_and_leads_to_the_same_link(visit: Visit) -> None:
    sent = {**visit.fields(ASK), "kind": "question", "words": WORDS, "name": ""}
    first, second = (visit.browser.post(ASK, data=sent).location for _ in range(2))
    assert first == second
    with visit.house.reading() as unit:
        assert len(unit.connection.execute(select(Ticket.id)).all()) == 1
    assert visit.asks().location != first


def test_what_is_wrong_is_said_beside_its_field_and_no_word_is_lost(visit: Visit) -> None:
    answer = visit.asks(words="", name="A name that stays")
    assert answer.status_code == 422 and "A name that stays" in answer.text and "Write what you want to say." in answer.text
    assert visit.asks(kind="gossip").status_code == 422
    visit.asks()
    assert visit.presses("reply", words=" ").status_code == 422
    assert visit.presses("gossip").status_code == 400
    assert visit.presses("close").status_code == 303
    answer = visit.presses("reply", words="Too late a word")
    assert answer.status_code == 409 and "can no longer be done" in answer.text


def test_the_companys_people_see_a_guest_and_each_look_is_on_record(visit: Visit) -> None:
    visit.asks()
    staff = at_work(visit.app, visit.house, visit.shop, "anna@shop.example", "agent")
    assert visit.number() in staff.get("/console/shop/conversations").text
    page = staff.get(f"/console/shop/conversations/{visit.number()}").text
    assert "Came as a guest" in page and "Pau" in page and "nobody has proved it" in page
    [look] = entries(visit.house, TicketsDisclosed.EVENT)
    assert look["actor"]["kind"] == "staff" and look["customer"]
    assert '/ask/shop"' in staff.get("/console/shop/conversations").text


def test_it_goes_on_live_and_ends_for_whoever_looks_once_it_is_in_an_account(visit: Visit) -> None:
    visit.asks()
    tab = Tab(visit.browser, visit.path)
    assert tab.ask().status_code == 204
    visit.answers(PROGRESS, "We do.")
    assert "We do." in tab.ask().text
    assert tab.ask().status_code == 204
    mine(visit, person(visit.house, "pau@example.org"))
    answer = tab.ask()
    assert (answer.status_code, answer.data) == (410, b"")


def mine(visit: Visit, who: Any) -> FlaskClient:
    """Somebody signs in, opens the link and presses."""
    client = signed_in(visit.app, who)
    token = dict(_FIELD.findall(client.get(visit.path).text))["csrf_token"]
    answer = client.post(f"{visit.path}/mine", data={"csrf_token": token})
    assert answer.status_code == 303, answer.text
    return client


def test_a_person_puts_it_into_their_account_once_and_the_link_opens_it_no_more(visit: Visit) -> None:
    visit.asks()
    visit.answers(ANSWER, "We do.")
    staff = at_work(visit.app, visit.house, visit.shop, "anna@shop.example", "agent")
    staff.get(f"/console/shop/conversations/{visit.number()}")
    pau = person(visit.house, "pau@example.org")
    assert "This is mine" not in visit.page
    client = mine(visit, pau)
    with visit.house.reading() as unit:
        ticket = unit.connection.execute(select(Ticket.__table__)).one()
        assert ticket.customer_id == pau.customer_id
        assert unit.connection.execute(select(Fold.id)).all() == [], "nothing is kept by which it could be parted"
    page = f"/messages/conversations/{text_of(ticket.id)}"
    assert WORDS in client.get(page).text and "We do." in client.get(page).text
    assert client.get(visit.path).location == page
    token = dict(_FIELD.findall(client.get(page).text))
    assert client.post(page, data={**token, "action": "reply", "words": "Four, please."}).status_code == 303
    assert "Four, please." in client.get(page).text
    assert "It was a person at Shop, not a program." in client.get("/activity").text, "looks of before are theirs, too"
    gone = visit.browser.get(visit.path)
    assert gone.status_code == 410 and WORDS not in gone.text and "in an account now" in gone.text
    for path in (visit.path, f"{visit.path}/mail"):
        data = {**visit.fields(ASK), "action": "reply", "words": "x", "email": "pau@example.org"}
        assert visit.browser.post(path, data=data).status_code == 410
    other = signed_in(visit.app, person(visit.house, "eva@example.org"))
    token = dict(_FIELD.findall(other.get(ASK).text))
    assert other.post(f"{visit.path}/mine", data=token).status_code == 410
    assert other.get(page).status_code == 404
    assert "Came as a guest" in staff.get(f"/console/shop/conversations/{visit.number()}").text


def test_it_joins_what_the_person_has_with_the_company_already_and_nobody_who_blocked_it(visit: Visit) -> None:
    visit.asks()
    pau = person(visit.house, "pau@example.org")
    with visit.house.writing(pau) as unit:
        link = ensure(unit, customer_id=pau.customer_id or b"", vendor_id=visit.shop.id)
        block(unit, link_id=link.id)
    client = mine(visit, pau)
    assert "You have blocked Shop" in client.get(visit.path).text
    with visit.house.writing(pau) as unit:
        unblock(unit, link_id=link.id)
    mine(visit, pau)
    with visit.house.reading() as unit:
        assert unit.connection.execute(select(Ticket.link_id)).scalar_one() == link.id


def test_of_two_who_say_that_it_is_theirs_one_has_it(visit: Visit) -> None:
    visit.asks()
    with visit.house.reading() as unit:
        guest = guest_by(unit, visit.secret)
    pau, eva = (person(visit.house, f"{name}@example.org") for name in ("pau", "eva"))
    with visit.house.writing(pau) as unit:
        join(unit, guest=guest)
    with pytest.raises(Exception, match="joined"), visit.house.writing(eva) as unit:
        join(unit, guest=guest)


def test_who_is_erased_leaves_nothing_of_a_conversation_that_was_a_guests(visit: Visit) -> None:
    visit.asks()
    pau = person(visit.house, "pau@example.org")
    mine(visit, pau)
    with visit.house.writing(pau) as unit:
        ask_to_erase(unit, customer_id=pau.customer_id or b"")
    with clock.moved(timedelta(days=60)), visit.house.writing(SYSTEM) as unit:
        erase(unit, customer_id=pau.customer_id or b"")
    with visit.house.reading() as unit:
        assert unit.connection.execute(select(Guest.ticket_id)).all() == []
        assert unit.connection.execute(select(Ticket.id)).all() == []


def confirmed(visit: Visit, address: str = "pau@example.org") -> None:
    """The guest's address, named and confirmed."""
    assert visit.mail(email=address).status_code == 303
    people.do_jobs(visit.house)
    link = people.link_in(people.mails(visit.house, address)[0])
    client = visit.app.test_client()
    token = dict(_FIELD.findall(client.get(link).text))
    assert client.post(link, data=token).status_code == 200


def test_answers_go_by_mail_once_the_address_is_confirmed_and_hold_no_word(visit: Visit) -> None:
    visit.asks()
    visit.mail(email="Pau@Example.org")
    visit.answers(PROGRESS, "Secret one.")
    people.do_jobs(visit.house)
    [asked] = people.mails(visit.house)
    assert asked["To"] == "pau@example.org" and WORDS not in asked.get_content()
    confirmed(visit)
    visit.answers(PROGRESS, "Secret two.")
    people.do_jobs(visit.house)
    mail = people.mails(visit.house)[0]
    assert "Secret" not in mail.get_content() and people.link_in(mail) == visit.path
    many = len(people.mails(visit.house))
    visit.answers(PROGRESS, "Secret three.")
    people.do_jobs(visit.house)
    assert len(people.mails(visit.house)) == many, "of several within the hour one goes"
    visit.presses("reply", words="And?")
    visit.answers(PROGRESS, "Secret four.")
    people.do_jobs(visit.house)
    assert len(people.mails(visit.house)) == many + 1
    assert visit.mail(end="yes").status_code == 303
    assert row_of(visit).mail is None
    with clock.moved(timedelta(hours=2)):
        visit.answers(PROGRESS, "Secret five.")
        people.do_jobs(visit.house)
    assert len(people.mails(visit.house)) == many + 1


def test_a_link_that_confirms_is_good_once_and_for_a_day_and_looking_changes_nothing(visit: Visit) -> None:
    visit.asks()
    visit.mail(email="pau@example.org")
    people.do_jobs(visit.house)
    link = people.link_in(people.mails(visit.house)[0])
    page = visit.browser.get(link)
    assert page.status_code == 200 and "Shop" not in page.text.partition("<main")[2]
    assert row_of(visit).mail_confirmed_at is None
    token = dict(_FIELD.findall(page.text))
    with clock.moved(timedelta(days=2)):
        assert visit.browser.post(link, data=token).status_code == 410
    assert visit.browser.post(link, data=token).status_code == 200
    assert visit.browser.post(link, data=token).status_code == 410
    assert visit.browser.get("/ask/mail/forged").status_code == 200
    assert visit.browser.post("/ask/mail/forged", data=token).status_code == 410


def test_whether_an_address_is_known_makes_no_difference_and_nobody_is_flooded(visit: Visit) -> None:
    people.register(visit.house, "known@example.org")
    visit.asks()
    people.do_jobs(visit.house)
    before = len(people.mails(visit.house))
    told = set()
    for address in ("known@example.org", "unknown@example.org"):
        answer = visit.mail(email=address)
        told.add((answer.status_code, answer.location))
        people.do_jobs(visit.house)
        assert len(people.mails(visit.house, address)) >= 1
    assert len(told) == 1
    for _ in range(MAILED_TO.most + 2):
        assert visit.mail(email="unknown@example.org").status_code == 303
    people.do_jobs(visit.house)
    assert len(people.mails(visit.house)) == before + 1 + MAILED_TO.most
    assert visit.mail(email="no address").status_code == 422


def test_who_writes_very_much_waits_and_keeps_the_words(visit: Visit) -> None:
    for _ in range(BEGUN_HERE.most):
        assert visit.asks().status_code == 303
    answer = visit.asks(words="Kept words")
    assert answer.status_code == 429 and "Kept words" in answer.text
    with clock.moved(timedelta(hours=2)):
        assert visit.asks().status_code == 303


def test_nobody_is_written_to_who_is_shut_out_a_sandbox_or_not_there(visit: Visit) -> None:
    owner = at_work(visit.app, visit.house, visit.shop)
    begin_sandbox(owner, "shop")
    slug = owner.get("/console/shop/sandbox").text
    found = re.findall(r"/console/([\w-]+)/conversations", slug)
    for name in {"nobody", "x" * 90, "Shop", *(one for one in found if one != "shop")}:
        assert visit.browser.get(f"/ask/{name}").status_code == 404, name
    with visit.house.writing(SYSTEM) as unit:
        shut_out(unit, vendor_id=visit.shop.id)
    assert visit.browser.get(ASK).status_code == 404


def test_the_form_says_when_the_company_answers_and_speaks_the_readers_language(visit: Visit) -> None:
    with visit.house.writing(SYSTEM) as unit:
        promise(unit, vendor_id=visit.shop.id, zone="Europe/Madrid", week=OFFICE, closed=(), targets={})
    assert re.search(r"(Open|Closed) now", visit.browser.get(ASK).text)
    visit.asks()
    for locale in i18n.LOCALES:
        with i18n.use_locale(locale):
            keep, send = i18n.gettext("Your way back"), i18n.gettext("You need no account. You get a link by which")
        headers = {"Accept-Language": locale}
        assert keep in visit.browser.get(visit.path, headers=headers).text
        assert send


def test_a_link_that_is_nobodys_is_not_there(visit: Visit) -> None:
    visit.asks()
    for path in ("/ask/talk/x", f"/ask/talk/{visit.secret[:-1]}", "/ask/talk/%00", f"/ask/talk/{'a' * 43}/since?after=x"):
        assert visit.browser.get(path).status_code == 404, path
    assert visit.browser.get(f"{visit.path}/files/{'a' * 22}").status_code == 404
    assert visit.browser.get(f"{visit.path}/since?after=forged").status_code == 400


def test_a_file_that_the_company_sends_a_guest_is_saved_and_never_opened_as_a_page(visit: Visit) -> None:
    visit.asks()
    agent = at_work(visit.app, visit.house, visit.shop, "agent@shop.example", "agent")
    page = f"/console/{visit.shop.slug}/conversations/{visit.number()}"
    assert sent(agent, page, action=PROGRESS, words="See this.", files=upload()).status_code == 303
    [file] = re.findall(rf'href="({re.escape(visit.path)}/files/[\w-]{{22}})"', visit.page)
    answer = visit.browser.get(file)
    assert answer.data == corpus.TEXT and download_faults(answer) == []
    other = Visit(visit.app, visit.house, visit.shop)
    other.asks()
    assert other.browser.get(file.replace(visit.secret, other.secret)).status_code == 404


def test_a_person_with_the_link_who_is_signed_in_is_on_no_record_before_they_say_that_it_is_theirs(visit: Visit) -> None:
    visit.asks()
    client = signed_in(visit.app, person(visit.house, "pau@example.org"))
    token = dict(_FIELD.findall(client.get(visit.path).text))
    assert client.post(visit.path, data={**token, "action": "reply", "words": "From a signed in browser."}).status_code == 303
    replied = entries(visit.house, "ticket.replied")
    assert [entry["actor"] for entry in replied] == [{"kind": "stranger"}]
