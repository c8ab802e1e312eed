"""A conversation goes on by mail: what somebody answers stands in it, with its files, once, and nothing of anybody else's."""

import io
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import digest
from portal.kernel.mail import KEPT, Mail, token_in
from portal.kernel.mail.answers import LENGTH
from portal.kernel.unit import SYSTEM
from portal.links.service import block
from portal.tickets.facts import TicketCreated, TicketMailRefused, TicketReopened, TicketReplied
from portal.tickets.machine import ANSWER, CLOSE, GRACE, PROGRESS, RESOLVE
from portal.tickets.models import Ticket
from portal.tickets.service.by_mail import AGAIN, AUTOMATIC, ENDED, REFUSED, SAID, TAKEN, UNKNOWN
from tests.conftest import HouseMaker
from tests.files import corpus
from tests.grants.cast import person, signed_in
from tests.oauth.cast import entries
from tests.tickets.cast import connected
from tests.tickets.mailing import ANSWERS_TO, SETTINGS, Mailed, came, letters_to, mailed, plain
from tests.vendors.consoles import at_work


@pytest.fixture
def answering(make_house: HouseMaker, engine_name: str) -> House:
    """A house that takes answers in."""
    return make_house(engine_name, **SETTINGS)


@pytest.fixture
def ana(answering: House) -> Mailed:
    """A customer who got a mail about a conversation."""
    return mailed(answering)


def with_files(ana: Mailed, *files: tuple[bytes, str, str], words: str = "See this.") -> bytes:
    """A mail with files, each with its name and type."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = ana.email, ana.to, "Re: hello", "<files@example.org>"
    mail.set_content(words)
    for data, name, kind in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def test_without_the_setting_a_mail_cannot_be_answered_and_says_nothing_of_it(house: House) -> None:
    ana = Mailed(house, mailed_talk(house))
    ana.talk.begin()
    ana.talk.answers(ANSWER, "Which size?")
    from portal.kernel.jobs import run_due

    run_due(house)
    [letter] = letters_to(house, "ana@example.org", "notice")
    assert letter.reply_to is None and "above this line" not in letter.body
    assert ana.sends(plain("Hello.", to=f"answers+{'a' * 32}@x.example", sent_from="ana@example.org"), to="x@y.example") == (
        UNKNOWN, None, None,
    )  # fmt: skip


def mailed_talk(house: House) -> Any:
    from tests.tickets.cast import talk

    return talk(house)


def test_a_letter_bears_an_address_of_its_own_of_which_the_hash_is_kept(answering: House, ana: Mailed) -> None:
    first = ana.letter
    second = ana.hears("And which colour?", PROGRESS)
    assert first.reply_to != second.reply_to
    for letter in (first, second):
        assert letter.body.startswith("----- Your answer goes above this line -----\n")
        token = token_in(ANSWERS_TO, letter.reply_to or "")
        assert token is not None and len(token) == LENGTH
        with answering.reading() as unit:
            tables = {name: unit.connection.execute(select(table)).all() for name, table in Mail.metadata.tables.items()}
            assert unit.connection.execute(select(Mail.id).where(Mail.answer_hash == digest(token))).scalar() == letter.id
        assert token not in str(tables) and token not in str(entries(answering))


def test_an_answer_stands_in_the_conversation_for_both_and_on_record(answering: House, ana: Mailed) -> None:
    became = ana.sends(words="Size 40, please.")
    assert (became.outcome, became.ticket_id) == (TAKEN, ana.talk.id)
    [said] = ana.said()
    assert (said.words, said.action, said.by_mail, said.left_out) == ("Size 40, please.", "reply", True, [])
    [entry] = entries(answering, TicketReplied.EVENT)
    assert entry["detail"]["way"] == "mail" and entry["actor"]["kind"] == "customer"
    assert entry["actor"]["id"] == ana.talk.customer.name
    assert came(answering) == {TAKEN: 1}


def test_both_sides_read_that_it_came_by_mail(answering: House, ana: Mailed) -> None:
    from portal.app import create_app

    app: Flask = create_app(answering)
    ana.sends(with_files(ana, (corpus.refused()["zip"], "all.zip", "application/zip")))
    pages = [
        signed_in(app, ana.talk.customer).get(f"/messages/conversations/{ana.talk.made[-1].text}").text,
        at_work(app, answering, ana.talk.shop, "b@shop.example", "agent").get(f"/console/shop/conversations/{ana.talk.number}").text,
    ]
    for page in pages:
        assert "· by mail" in page and "Left out of the mail:" in page and "all.zip" in page
        assert "packed files cannot be taken" in page


@pytest.mark.parametrize(
    ("before", "event"), [(lambda ana: None, TicketReplied), (lambda ana: ana.talk.answers(RESOLVE, "Done."), TicketReopened)]
)
def test_what_an_answer_does_is_what_the_table_allows(answering: House, ana: Mailed, before: Any, event: Any) -> None:
    before(ana)
    assert ana.sends().outcome == TAKEN
    [entry] = entries(answering, event.EVENT)
    assert entry["detail"]["way"] == "mail"


def test_an_answer_to_what_is_closed_begins_a_conversation_that_leads_back_and_goes_on_there(
    answering: House, ana: Mailed
) -> None:
    ana.talk.says(CLOSE)
    first = ana.sends(words="One more thing.")
    assert first.outcome == TAKEN and first.ticket_id != ana.talk.id
    with answering.reading() as unit:
        row = unit.connection.execute(select(Ticket).where(Ticket.id == first.ticket_id)).one()
    assert row.follows_id == ana.talk.id and row.customer_id == ana.talk.customer.customer_id
    assert entries(answering, TicketCreated.EVENT)[-1]["detail"]["way"] == "mail"
    # A second answer to the same old mail is no third conversation.
    assert ana.sends(words="And another.").ticket_id == first.ticket_id


def test_what_was_solved_longer_ago_than_its_grace_is_closed(answering: House, ana: Mailed) -> None:
    ana.talk.answers(RESOLVE, "Done.")
    with clock.moved(GRACE + timedelta(minutes=1)):
        assert ana.sends().ticket_id != ana.talk.id


def test_who_blocked_the_company_is_told_and_nothing_is_begun(answering: House, ana: Mailed) -> None:
    ana.talk.says(CLOSE)
    with answering.writing(ana.talk.customer) as unit:
        block(unit, link_id=ana.talk.link().id)
    assert ana.sends()[:2] == (REFUSED, "blocked")
    [letter] = letters_to(answering, ana.email, "not_taken")
    assert "You have blocked this company." in letter.body


def test_files_go_with_it_and_what_cannot_is_said_in_a_mail_and_in_the_conversation(answering: House, ana: Mailed) -> None:
    files = [
        (corpus.TEXT, "note.txt", "text/plain"),
        (corpus.pdf(), "bill.pdf", "application/pdf"),
        (corpus.refused()["zip"], "all.zip", "application/zip"),
        *((corpus.TEXT, f"{at}.txt", "text/plain") for at in range(4)),
    ]
    assert ana.sends(with_files(ana, *files)).outcome == TAKEN
    [said] = ana.said()
    assert said.left_out == [("all.zip", "archive"), ("3.txt", "many")]
    from portal.tickets.reads.attached import files_said

    with answering.reading() as unit:
        kept = files_said(unit, ana.talk.customer.customer_id or b"", [said.id])[said.id]
    assert [one.name for one in kept] == ["note.txt", "bill.pdf", "0.txt", "1.txt", "2.txt"]
    [letter] = letters_to(answering, ana.email, "left_out")
    assert "- all.zip: packed files cannot be taken" in letter.body and letter.reply_to is None
    assert f"/messages/conversations/{ana.talk.made[-1].text}" in letter.body


def test_a_photograph_alone_is_an_answer_and_a_mail_of_nothing_is_none(answering: House, ana: Mailed) -> None:
    assert ana.sends(with_files(ana, (corpus.pdf(), "bill.pdf", "application/pdf"), words="\n")).outcome == TAKEN
    assert ana.words() == ["bill.pdf"]
    assert ana.sends(words=" \n")[:2] == (REFUSED, "empty")
    assert len(ana.said()) == 1


def test_a_mail_that_is_delivered_again_is_taken_once_whatever_happened_meanwhile(answering: House, ana: Mailed) -> None:
    mail = ana.writes()
    assert ana.sends(mail).outcome == TAKEN
    assert ana.sends(b"Received: from a by b\r\n" + mail).outcome == AGAIN
    ana.talk.says(CLOSE)
    assert ana.sends(mail).outcome == AGAIN
    closed = ana.writes(words="After all.")
    assert [ana.sends(closed).outcome for _ in range(2)] == [TAKEN, AGAIN]
    with answering.reading() as unit:
        assert unit.connection.execute(select(func.count()).select_from(Ticket)).scalar() == 2
    assert came(answering) == {TAKEN: 2, AGAIN: 3}


def test_the_same_words_in_another_mail_are_said_again(ana: Mailed) -> None:
    assert [ana.sends(words="Hello?").outcome for _ in range(2)] == [TAKEN, TAKEN]
    assert ana.words() == ["Hello?", "Hello?"]


FORGED = {
    "somebody else": {"sent_from": "eve@example.org"},
    "a name like the address": {"sent_from": '"ana@example.org" <eve@example.org>'},
    "two authors": {"sent_from": "ana@example.org, eve@example.org"},
    "nobody": {"sent_from": "undisclosed:;"},
    "another domain": {"sent_from": "ana@example.org.evil.example"},
    "half of a letter": {"sent_from": "аna@example.org"},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_whoever_else_it_is_from_is_refused_and_the_person_is_told_once_a_day(
    answering: House, ana: Mailed, forged: dict[str, str]
) -> None:
    for _ in range(3):
        assert ana.sends(**forged)[:2] == (REFUSED, "from")
    assert ana.words() == []
    [letter] = letters_to(answering, ana.email, "not_taken")
    assert "did not come from an e-mail address that we know to be yours" in letter.body
    assert letters_to(answering, "eve@example.org") == []
    [entry] = entries(answering, TicketMailRefused.EVENT)
    assert (entry["reason"], entry["outcome"]) == ("mail-from", "done")
    with clock.moved(timedelta(days=1, hours=2)):
        ana.sends(**forged)
    assert len(letters_to(answering, ana.email, "not_taken")) == 2


def test_an_address_in_capitals_or_with_a_name_is_the_same_address(ana: Mailed) -> None:
    assert ana.sends(sent_from="Ana Puig <ANA@Example.ORG>").outcome == TAKEN
    assert ana.sends(to=ana.to.upper()).outcome == TAKEN


AUTOMATIC_ONES: dict[str, dict[str, Any]] = {
    "out of office": {"Auto_Submitted": "auto-replied"},
    "a mark with a comment": {"Auto_Submitted": "auto-generated; owner-email=x@y.example"},
    "bulk": {"Precedence": "bulk"},
    "junk": {"Precedence": "Junk"},
    "a list": {"List_Id": "<x.lists.example>"},
    "older machine": {"X_Autoreply": "yes"},
    "another older machine": {"X_Auto_Response": "1"},
    "the mail system": {"sent_from": "Mail Delivery System <MAILER-DAEMON@mx.example>"},
    "a bounce": {"Return_Path": "<>"},
}


@pytest.mark.parametrize("headers", AUTOMATIC_ONES.values(), ids=AUTOMATIC_ONES)
def test_what_a_program_wrote_is_dropped_and_answered_by_nobody(answering: House, ana: Mailed, headers: dict[str, Any]) -> None:
    before = len(letters_to(answering, ana.email))
    assert ana.sends(**headers).outcome == AUTOMATIC
    assert ana.sends(sender="").outcome == AUTOMATIC
    assert ana.words() == [] and len(letters_to(answering, ana.email)) == before
    assert came(answering) == {AUTOMATIC: 2}


def test_a_letter_of_ours_that_comes_back_is_dropped(answering: House, ana: Mailed) -> None:
    from portal.kernel.mail import message_of

    with answering.reading(SYSTEM) as unit:
        ours = message_of(unit, ana.letter.id).as_bytes()
    assert ana.sends(ours).outcome == AUTOMATIC


@pytest.mark.parametrize("mark", [{"Auto_Submitted": "no"}, {"X_Auto_Response_Suppress": "All"}, {"Precedence": "first-class"}])
def test_what_a_person_wrote_is_taken_whatever_their_mail_server_puts_there(ana: Mailed, mark: dict[str, str]) -> None:
    assert ana.sends(**mark).outcome == TAKEN


def test_nothing_of_anybody_elses_is_reached(answering: House, ana: Mailed) -> None:
    eva = person(answering, "eva@example.org")
    connected(answering, ana.talk.shop, eva)
    for words in ("I am Eva.", ana.letter.body):
        assert ana.sends(words=words, sent_from="eva@example.org").outcome == REFUSED
    token = token_in(ANSWERS_TO, ana.to) or ""
    wrong = [
        f"answers+{token[::-1]}@portal.example.org", f"answers+{token}@evil.example", f"answers+{token}x@portal.example.org",
        "answers@portal.example.org", f"answers+{token[:-1]}@portal.example.org", "", "@", token,
    ]  # fmt: skip
    assert {ana.sends(to=to or " ").outcome for to in wrong} == {UNKNOWN}
    assert ana.words() == []


def test_an_address_ends_with_its_letter(answering: House, ana: Mailed) -> None:
    with clock.moved(KEPT + timedelta(minutes=1)):
        assert ana.sends().outcome == ENDED


def test_more_than_somebody_writes_waits_at_the_mail_server(ana: Mailed) -> None:
    from portal.kernel.errors import TooMany

    for at in range(SAID.most):
        assert ana.sends(words=f"Number {at}").outcome == TAKEN
    with pytest.raises(TooMany):
        ana.sends(words="One too many.")
    assert len(ana.words()) == SAID.most
    with clock.moved(timedelta(hours=1, minutes=5)):
        assert ana.sends(words="One too many.").outcome == TAKEN


def test_words_that_are_too_many_are_refused_whole_and_never_cut(answering: House, ana: Mailed) -> None:
    assert ana.sends(words="word " * 1001)[:2] == (REFUSED, "long")
    assert ana.words() == []
    assert ana.sends(words="word\n" * 900).outcome == TAKEN


def test_what_is_too_large_is_refused_before_it_is_read(answering: House, ana: Mailed) -> None:
    huge = ana.writes() + b"x" * (16 * 1024 * 1024)
    assert ana.sends(huge)[:2] == (REFUSED, "large")
    source = io.BytesIO(b"")
    assert source.read() == b""
