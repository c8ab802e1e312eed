"""Conversations that go on by mail: the letter that a customer or a guest gets, and answers as mail programs write them."""

import io
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from typing import Any

from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.kernel.db import WRITING
from portal.kernel.house import House, use_house
from portal.kernel.jobs import run_due
from portal.kernel.mail import Mail, mail_of, mails_that_came
from portal.kernel.mail.letters import MailView
from portal.kernel.unit import SYSTEM
from portal.tickets.machine import ANSWER
from portal.tickets.reads import Said
from portal.tickets.service.by_mail import Became, take_in
from tests.tickets.cast import Talk, talk

ANSWERS_TO = "answers@portal.example.org"
SENT_FROM = "Freehold <no-reply@portal.example.org>"
SETTINGS = {"answers_to": ANSWERS_TO, "mail_from": SENT_FROM, "origin": "https://portal.example.org"}
ANA = "ana@example.org"
GUEST = "pau@example.net"
_ids = count(1)


@dataclass
class Mailed:
    """A conversation of which somebody got a mail, and their answers to it."""

    house: House
    talk: Talk
    letters: list[MailView] = field(default_factory=list)
    email: str = ANA

    @property
    def letter(self) -> MailView:
        """The newest letter that can be answered."""
        return self.letters[-1]

    @property
    def to(self) -> str:
        """Where it is answered."""
        assert self.letter.reply_to is not None
        return self.letter.reply_to

    def hears(self, words: str = "Which size do you want?", action: str = ANSWER) -> MailView:
        """The company says something, and the customer gets a mail about it."""
        self.talk.answers(action, words)
        return self.fetch()

    def fetch(self) -> MailView:
        """The newest letter with an address for answers."""
        with use_house(self.house):
            run_due(self.house)
        found = letters_to(self.house, self.email)
        self.letters.append(next(one for one in found if one.reply_to))
        return self.letter

    def writes(self, words: str = "Size 40, please.", **more: Any) -> bytes:
        """An answer as mail programs write it, plain."""
        return plain(words, **{"to": self.to, "sent_from": self.email, **more})

    def sends(self, mail: bytes | None = None, *, to: str | None = None, sender: str | None = None, **more: Any) -> Became:
        """It is delivered."""
        source = io.BytesIO(self.writes(**more) if mail is None else mail)
        with use_house(self.house):
            return take_in(self.house, source, recipient=to or self.to, sender=sender)

    def said(self) -> list[Said]:
        """What stands in the conversation, from the customer."""
        return [one for one in self.talk.thread().said if one.by == "customer"][1:]

    def words(self) -> list[str | None]:
        """Only the words."""
        return [one.words for one in self.said()]


def letters_to(house: House, email: str, template: str = "") -> list[MailView]:
    """The letters to an address, the newest first."""
    with house.reading(SYSTEM) as unit:
        ids = unit.connection.execute(select(Mail.id, Mail.template, Mail.holder_id).order_by(Mail.id.desc())).all()
        keys = unit.boxes({row.holder_id for row in ids})
        found = [mail_of(unit, row.id) for row in ids if template in row.template and row.holder_id in keys]
    return [one for one in found if one.to == email]


def came(house: House) -> dict[str, int]:
    """What became of mails, counted."""
    with house.reading(SYSTEM) as unit:
        return {one.outcome: one.times for one in mails_that_came(unit.connection)}


def mailed(house: House, locale: str = "en", **more: Any) -> Mailed:
    """A customer who was answered, and got a mail."""
    made = Mailed(house, talk(house, **more), email=more.get("email", ANA))
    speaks(house, made.talk.customer.id, locale)
    made.talk.begin()
    made.hears()
    return made


def speaks(house: House, account_id: bytes | None, locale: str) -> None:
    """From now on somebody reads another language."""
    with house.transaction(WRITING) as connection:
        connection.execute(update(Account).where(Account.id == account_id).values(locale=locale))


def plain(words: str, *, to: str, sent_from: str, **headers: str) -> bytes:
    """A mail of text alone."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sent_from, to
    mail["Subject"] = "Re: Shop wrote to you in a conversation."
    mail["Message-ID"] = f"<{next(_ids)}@mail.example.org>"
    for name, value in headers.items():
        name = name.replace("_", "-")
        del mail[name]
        mail[name] = value
    mail.set_content(words)
    return mail.as_bytes()
