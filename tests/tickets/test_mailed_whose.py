"""Whose an answer by mail is: nobody comes into somebody else's conversation by it, whatever stands in its headers."""

import random
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.app import create_app
from portal.customers.service import ask_to_erase, erase
from portal.kernel import clock
from portal.kernel.house import House, use_house
from portal.kernel.jobs import run_due
from portal.kernel.mail import Mail
from portal.kernel.unit import SYSTEM
from portal.tickets.machine import ANSWER
from portal.tickets.mailed import reading
from portal.tickets.models import Ticket, TicketEvent
from portal.tickets.reads import said_in
from portal.tickets.reads.rows import held_by_holder
from portal.tickets.service import by_mail
from portal.tickets.service.by_mail import AUTOMATIC, ENDED, REFUSED, TAKEN, UNKNOWN
from tests import people
from tests.conftest import HouseMaker
from tests.files import corpus
from tests.grants.cast import person
from tests.prove.sizes import size
from tests.tickets.mailing import GUEST, SETTINGS, Mailed, letters_to, mailed, plain
from tests.tickets.test_guests import Visit, mine

EVA = "eva@example.org"
STRANGER = "stranger@example.com"


@pytest.fixture
def answering(make_house: HouseMaker, engine_name: str) -> House:
    """A house that takes answers in."""
    return make_house(engine_name, **SETTINGS)


class GuestByMail:
    """A guest who gets answers by mail."""

    def __init__(self, house: House) -> None:
        app: Flask = create_app(house)
        self.house, self.app, self.visit = house, app, Visit(app, house)
        self.visit.asks()
        self.visit.mail(email=GUEST)
        with use_house(house):
            run_due(house)
        token = people.link_in(people.mails(house, GUEST)[-1])
        self.visit.browser.post(token, data=self.visit.fields(token))
        self.visit.answers(ANSWER, "We do.")
        [self.letter] = letters_to(house, GUEST, "guest_answer")

    def sends(self, mail: bytes | None = None, **more: Any) -> by_mail.Became:
        """An answer is delivered."""
        to = self.letter.reply_to or ""
        sent = mail or plain("How many?", **{"to": to, "sent_from": GUEST, **more})
        with use_house(self.house):
            return by_mail.take_in(self.house, BytesIO(sent), recipient=to)


@pytest.fixture
def guest(answering: House) -> GuestByMail:
    """A guest on this engine."""
    return GuestByMail(answering)


def test_a_guest_answers_by_mail_and_the_conversation_goes_on(guest: GuestByMail) -> None:
    assert "Your answer goes above this line" in guest.letter.body
    assert guest.sends().outcome == TAKEN
    assert "How many?" in guest.visit.page and "· by mail" in guest.visit.page


def test_a_guests_files_are_left_out_and_said_to_be(guest: GuestByMail) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["Message-ID"] = GUEST, "<a@b>"
    mail.set_content("See this.")
    mail.add_attachment(corpus.pdf(), maintype="application", subtype="pdf", filename="bill.pdf")
    assert guest.sends(mail.as_bytes()).outcome == TAKEN
    assert "files go with what is said from an account" in guest.visit.page
    [letter] = letters_to(guest.house, GUEST, "left_out")
    assert "bill.pdf" in letter.body and guest.visit.path in letter.body


def test_a_guest_begins_nothing_new_by_mail_as_on_the_page(guest: GuestByMail) -> None:
    guest.visit.presses("close")
    assert guest.sends()[:2] == (REFUSED, "over")
    [letter] = letters_to(guest.house, GUEST, "not_taken")
    assert "The conversation is closed." in letter.body


def test_a_guest_who_wants_no_more_mails_answers_none(guest: GuestByMail) -> None:
    guest.visit.mail(end="yes")
    assert guest.sends().outcome == ENDED


def mails_in(house: House) -> int:
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(Mail)).scalar_one()


@pytest.mark.parametrize("email", [GUEST, "pau@example.org"])
def test_what_a_guest_put_into_an_account_is_no_more_answered_by_their_letter(guest: GuestByMail, email: str) -> None:
    pau = person(guest.house, email)
    mine(guest.visit, pau)
    before = mails_in(guest.house)
    assert guest.sends().outcome == ENDED
    assert guest.sends(sent_from="pau@example.org").outcome == ENDED
    assert mails_in(guest.house) == before
    ticket = guest.visit.browser.get(guest.visit.path)
    assert "How many?" not in ticket.text


def test_who_is_erased_answers_nothing_and_gets_no_letter(answering: House) -> None:
    ana = mailed(answering)
    with answering.writing(ana.talk.customer) as unit:
        ask_to_erase(unit, customer_id=ana.talk.customer.customer_id or b"")
    with clock.moved(timedelta(days=60)):
        with answering.writing(SYSTEM) as unit:
            erase(unit, customer_id=ana.talk.customer.customer_id or b"")
        became = ana.sends()
        assert became.outcome == UNKNOWN and ana.sends(sent_from=EVA).outcome == UNKNOWN
    with answering.reading() as unit:
        assert unit.connection.execute(select(TicketEvent.id)).all() == []


class Known(NamedTuple):
    """A conversation, whose it is, and where its letter is answered."""

    ticket_id: bytes
    holder_id: bytes
    email: str
    to: str


def _everybody(house: House) -> list[Known]:
    ana = mailed(house)
    eva = Mailed(house, ana.talk.__class__(house, ana.talk.shop, person(house, EVA), ana.talk.agent), email=EVA)
    from tests.tickets.cast import connected

    connected(house, ana.talk.shop, eva.talk.customer)
    eva.talk.begin()
    eva.hears()
    second = Mailed(house, ana.talk.__class__(house, ana.talk.shop, ana.talk.customer, ana.talk.agent))
    second.talk.begin("Something else.")
    second.hears()
    return [Known(one.talk.id, one.talk.customer.holder_id or b"", one.email, one.to) for one in (ana, eva, second)]


_HEADERS = ("To", "Cc", "Reply-To", "Sender", "Resent-From", "Delivered-To", "X-Original-To", "Return-Path", "In-Reply-To",
            "References", "X-Sender", "Envelope-To", "Resent-To", "Bcc")  # fmt: skip


def _forged(rng: random.Random, everybody: list[Known], at: int) -> tuple[bytes, str, str | None, bool]:
    """A mail with any headers; where it is delivered, the one address it is from if there is one, and whether it says so
    oddly."""
    addresses = [*(one.to for one in everybody), *(one.email for one in everybody), STRANGER]
    authors = rng.choices([one.email for one in everybody] + [STRANGER], k=rng.choice((1, 1, 1, 1, 2)))
    odd = rng.random() < 0.2
    name = rng.choice(addresses) if odd else f'"{rng.choice(addresses)}"'
    mail = [f"From: {', '.join(rng.choice((a, f'{name} <{a}>', a.upper())) for a in authors)}"]
    if rng.random() < 0.1:
        mail.append(f"From: {rng.choice(addresses)}")
        authors = [*authors, ""]
    for name in rng.sample(_HEADERS, rng.randint(0, 6)):
        mail.append(f"{name}: {rng.choice(('{}', '<{}>', 'x <{}>')).format(rng.choice(addresses))}")
    rng.shuffle(mail)
    mail += [f"Message-ID: <{at}@x>", "Content-Type: text/plain", "", f"Words {at}."]
    sole = authors[0] if len(authors) == 1 else None
    return "\r\n".join(mail).encode(), rng.choice(everybody).to, sole, odd


def test_nobody_comes_into_anybody_elses_conversation_whatever_the_headers_say(
    answering: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same reading, in this process: one of its own for each of hundreds of mails would take most of an hour.
    monkeypatch.setattr(by_mail, "work_apart", lambda _module, source, **_: _here(source))
    everybody, rng = _everybody(answering), random.Random(7)
    expected: dict[bytes, list[str]] = {one.ticket_id: [] for one in everybody}
    for at in range(size(test=60, prove=1500)):
        mail, to, author, odd = _forged(rng, everybody, at)
        with clock.moved(timedelta(minutes=2 * at)), use_house(answering):
            became = by_mail.take_in(answering, BytesIO(mail), recipient=to)
        [place] = [one for one in everybody if one.to == to]
        if author == place.email and (became.outcome == TAKEN or not odd):
            assert became.outcome == TAKEN, mail
            expected[place.ticket_id].append(f"Words {at}.")
        else:
            assert became.outcome in (REFUSED, AUTOMATIC), mail
    for one in everybody:
        with answering.reading() as unit:
            held_by_holder(unit, one.ticket_id, one.holder_id)
            said = [said.words for said in said_in(unit, one.holder_id, one.ticket_id) if said.by_mail]
        assert said == expected[one.ticket_id]
    assert all(expected.values())
    with answering.reading() as unit:
        assert len(unit.connection.execute(select(Ticket.id)).all()) == len(everybody)
    assert letters_to(answering, STRANGER) == []


def _here(source: Any) -> tuple[Any, Any]:
    source.seek(0)
    out = BytesIO()
    return reading.work(source, out), out
