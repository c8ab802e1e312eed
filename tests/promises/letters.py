"""Everything that makes the portal write a letter, done once; and the sentence in which each letter says why it came."""

import json
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO

from flask import Flask
from sqlalchemy import insert, select

from portal.accounts.limits import FACTOR, SIGN_IN_ACCOUNT, SIGN_IN_MANY, charge
from portal.accounts.models import RecoveryCode
from portal.accounts.reads import account_by_email
from portal.accounts.service import end_after_restore, open_case, refuse_sign_in
from portal.customers.service import ask_to_erase, take_back
from portal.events.service.endpoints import GONE, add_endpoint, disable_endpoint
from portal.kernel import clock
from portal.kernel.house import House, use_house
from portal.kernel.ids import id_from
from portal.kernel.jobs import Job, run_one
from portal.kernel.mail import Mail, mail_of
from portal.links import jobs as links_jobs
from portal.links.service.inviting import invite_all
from portal.orders.demands.guests.reads import guests_of
from portal.orders.demands.guests.service import GuestAnswer, answer_guest
from portal.tickets.machine import ANSWER
from portal.tickets.models import Ticket
from portal.tickets.service import answer
from portal.tickets.service.by_mail import take_in
from portal.vendors.service import admit, invite_staff
from tests import people
from tests.plain_browser import Browser
from tests.promises.cast import Inside, company, customer
from tests.vendors import consoles

WHY = {
    "accounts/verify": "asked for an account with this e-mail address",
    "accounts/known": "asked for a new account with this e-mail address",
    "accounts/reset": "asked for a new password",
    "accounts/unknown": "asked for a new password for this e-mail address",
    "accounts/password_changed": "The password of your account was changed",
    "accounts/address": "You asked to sign in with this e-mail address from now on",
    "accounts/address_changed": "your account got another e-mail address",
    "accounts/address_moved": "your account got another e-mail address",
    "accounts/factors": "an authenticator app was added to your account",
    "accounts/lost": "said that phone, passkeys and recovery codes are lost",
    "accounts/lost_begun": "said that phone, passkeys and recovery codes are lost",
    "accounts/lost_soon": "said that your phone, passkeys and recovery codes are lost",
    "accounts/lost_stopped": "Your second step was to be removed",
    "accounts/lost_done": "the second step and its recovery codes were removed from your account",
    "accounts/colleague": "somebody who acts for others here said that their second step at sign-in is lost",
    "accounts/delegate_invited": "asked, in Freehold, that you see or do some things there for them",
    "vendors/staff_invited": "asked, in Freehold, that you act there for",
    "accounts/delegation": "somebody said yes and may act for you from now on",
    "accounts/identity": "asked to see your name and e-mail address",
    "accounts/many_tries": "somebody had tried many wrong passwords at your account within an hour",
    "accounts/wrong_codes": "and then several wrong codes for the second step",
    "customers/erasure_asked": "we were asked to delete your account",
    "customers/erasure_taken_back": "Your account was to be deleted",
    "accounts/restored": "this portal was brought back from a backup",
    "messages/notice": "Somebody signed in to your account from a new device",
    "links/invitation": "a company that has you as its customer",
    "tickets/guest_confirm": "and wants the answers at this address",
    "tickets/guest_answer": "you want the answers of this company by mail",
    "tickets/left_out": "an answer came to a mail that we sent to you",
    "tickets/not_taken": "an answer came to a mail that we sent to you",
    "events/webhook_disabled": "your company named this address in Freehold for questions about personal data",
    "audit/privacy": "about what is recorded of looks at their data",
    "orders/withdrawal": "what you declared about a contract",
    "orders/withdrawal_link": "somebody wrote this address on a page",
    "orders/withdrawal_guest": "what you declared about a contract",
    "orders/withdrawal_answer": "what you declared about a contract",
    "audit/privacy_copy": "This is a copy of what you wrote to Llibreria Far",
}
"""Every letter there is, but for the weekly one. One of another kind needs a consent, an order or a conversation that it cites."""
WEEKLY = "messages/week"
"""It takes a week, and is written in tests/messages."""
OTTO, OLGA = "otto@example.org", "olga@example.org"
FIRST, SECOND, THIRD = "first@example.org", "second@example.org", "third@example.org"


@dataclass(frozen=True)
class Letter:
    """A letter: what it says, and the fact or job that wanted it."""

    template: str
    words: str
    cause: str | None


class PostOffice:
    """Does what waits, and looks at each letter's reason before it leaves."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._causes: dict[bytes, str | None] = {}

    def work(self) -> None:
        """Until nothing waits."""
        with use_house(self.house):
            self._look()
            while run_one(self.house):
                self._look()

    def _look(self) -> None:
        sendings = select(*Job.__table__.columns).where(Job.kind == "mail.send", Job.payload.is_not(None))
        with self.house.reading() as unit:
            for job in unit.connection.execute(sendings):
                payload = json.loads(unit.box(job.holder_id).open("jobs", "payload", job.id, job.payload))
                self._causes[id_from(payload["mail"])] = job.cause

    def letters(self) -> list[Letter]:
        """All that were written."""
        with self.house.reading() as unit:
            rows = unit.connection.execute(select(Mail.id, Mail.template)).all()
            words = {row.id: " ".join(mail_of(unit, row.id).body.split()) for row in rows}
        return [Letter(row.template, words[row.id], self._causes.get(row.id)) for row in rows]


def all_letters(app: Flask) -> list[Letter]:
    """Goes every way on which a letter is written, and gives what was."""
    post = PostOffice(app.extensions["house"])
    _comes_and_forgets(app, post)
    _moves(app, post)
    _asks_about_a_look(app, post)
    _is_asked_about(app, post)
    _loses_a_phone(app, post)
    _lends_orders(app, post)
    _asks_somebody_of_staff(post)
    _is_brought(post)
    _is_told_of_its_webhook(post)
    _is_guessed_at(app, post)
    _comes_as_a_guest(app, post)
    _withdraws(app, post)
    _withdraws_without_an_account(app, post)
    _goes_and_stays(app, post)
    _is_brought_back(app, post)
    return post.letters()


def _stranger(app: Flask) -> Browser:
    return Browser(Inside(app.test_client()))


def _link(post: PostOffice, to: str) -> str:
    post.work()
    return people.link_in(people.mails(post.house, to)[0])


def _comes_and_forgets(app: Flask, post: PostOffice) -> None:
    for _ in range(2):
        page = _stranger(app).open("/register")
        page.write("E-mail address", FIRST)
        page.write("Choose a password", people.PASSWORD)
        page.press("Create account")
        post.work()
        if "/verify/" in (link := _link(post, FIRST)):
            page.open(link).press("Confirm this address")
    for email in (FIRST, "nobody@example.org"):
        page = _stranger(app).open("/reset")
        page.write("E-mail address", email)
        page.press("Send the link")
    page = _stranger(app).open(_link(post, FIRST))
    page.write("New password", people.PASSWORD)
    page.press("Save the new password")


def _moves(app: Flask, post: PostOffice) -> None:
    page = _stranger(app).open("/sign-in")
    page.write("E-mail address", FIRST)
    page.write("Password", people.PASSWORD)
    page.press("Sign in")
    for email in (SECOND, THIRD):
        page.open("/account/address")
        page.write("New e-mail address", email)
        page.write("Your password now", people.PASSWORD)
        page.press("Send the link")
        page.open(_link(post, email)).press("Confirm this address")


def _comes_as_a_guest(app: Flask, post: PostOffice) -> None:
    """And answers the mail with the answer, once with a file that cannot go with it and once from an address that is not theirs."""
    post.house.settings = post.house.settings.model_copy(update={"answers_to": "answers@portal.example.org"})
    page = _stranger(app).open("/ask/llibreria-far")
    page.write("Your words", "Are you open on Sunday?")
    page.press("Send")
    page.write("E-mail address", "guest@example.org")
    page.press("Send me a link")
    _stranger(app).open(_link(post, "guest@example.org")).press("Yes, write to me")
    with post.house.writing() as unit:
        ticket = unit.connection.execute(select(Ticket.number, Ticket.vendor_id)).one()
        answer(unit, vendor_id=ticket.vendor_id, number=ticket.number, action=ANSWER, words="We are.")
    post.work()
    for sender in ("guest@example.org", "somebody@example.org"):
        mail = EmailMessage()
        mail["From"] = sender
        mail.set_content("Thank you.")
        mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf")
        with use_house(post.house):
            take_in(post.house, BytesIO(mail.as_bytes()), recipient=_answered_at(post.house))
    post.work()


def _answered_at(house: House) -> str:
    with house.reading() as unit:
        mail_id = unit.connection.execute(select(Mail.id).where(Mail.template == "tickets/guest_answer")).scalar_one()
        return mail_of(unit, mail_id).reply_to or ""


def _loses_a_phone(app: Flask, post: PostOffice) -> None:
    for email in (OTTO, OLGA):
        people.officer(post.house, email)
    for stops in (True, False):
        page = _stranger(app).open("/sign-in")
        page.write("E-mail address", OTTO)
        page.write("Password", people.PASSWORD)
        page.press("Sign in").follow("What you can do then").press("Send the link")
        page.open(_link(post, OTTO)).press("Begin")
        if stops:
            page.open(_link(post, OTTO)).press("Keep my second step")
    for later in (timedelta(days=6), timedelta(days=7, minutes=5)):
        with clock.moved(later):
            post.work()


def _asks_about_a_look(app: Flask, post: PostOffice) -> None:
    ana, bookshop = customer(app), company(app, "Llibreria Far")
    ana.shares(bookshop)
    bookshop.read()
    ana.browser.open("/activity")
    [line] = {href for _, href in ana.browser.page.links if href.startswith("/activity/")}
    page = ana.browser.open(f"{line}/write")
    page.write("Your message", "What did you need my name for?")
    page.press("Send the letter")
    post.work()


def _lends_orders(app: Flask, post: PostOffice) -> None:
    maria, bruno = customer(app, "maria@example.org"), customer(app, "bruno@example.org")
    page = maria.browser.open("/account/delegates/new")
    page.write("What you call them", "Bruno")
    page.write("Their e-mail address", "bruno@example.org")
    for one in page.page.each_field():
        if one.name == "may_orders":
            one.on = one.value == "see"
    page.press("Send the invitation")
    bruno.browser.open(_link(post, "bruno@example.org")).press("Yes, I act for them")
    post.work()


def _asks_somebody_of_staff(post: PostOffice) -> None:
    shop = consoles.company(post.house, "Llibreria Nova")
    with post.house.writing(people.actor(post.house, consoles.staff(post.house, shop, "owner@nova.example"), "staff")) as unit:
        invite_staff(unit, vendor=shop, email="clerk@nova.example", rank="agent")
    post.work()


def _is_brought(post: PostOffice) -> None:
    """A company says that somebody is its customer."""
    shop = consoles.company(post.house, "Mercat Nou")
    item = {"number": "7", "email": "brought@example.org", "deliver": "mail"}
    assert [one.state for batch in invite_all(post.house.writing, vendor_id=shop.id, items=[item]) for one in batch] == ["invited"]
    for _ in links_jobs.send_invitations(post.house):
        pass
    post.work()


def _is_told_of_its_webhook(post: PostOffice) -> None:
    with post.house.writing() as unit:
        shop = admit(unit, name="Ferreteria", card={"privacy_contact": "privacy@ferreteria.example"})
        endpoint, _ = add_endpoint(unit, vendor_id=shop.id, url="https://ferreteria.example/hook")
        disable_endpoint(unit, vendor_id=shop.id, endpoint_id=endpoint.id, reason=GONE)
    post.work()


def _is_asked_about(app: Flask, post: PostOffice) -> None:
    """By the only officer of the house: nobody else could agree."""
    house: House = app.extensions["house"]
    asker = people.actor(house, people.officer(house, "asker@example.org"), "officer")
    with house.writing(asker) as unit:
        about = account_by_email(unit, THIRD)
        assert about is not None
        open_case(unit, account_id=about, kind="misuse", reason="They wrote to us.")
    post.work()


def _is_guessed_at(app: Flask, post: PostOffice) -> None:
    with post.house.writing() as unit:
        account_id = account_by_email(unit, OLGA)
        for _ in range(SIGN_IN_MANY):
            charge(unit, SIGN_IN_ACCOUNT, OLGA)
        refuse_sign_in(unit, account_id=account_id, network="203.0.113.0/24", agent="")
    post.work()
    page = _stranger(app).open("/sign-in")
    page.write("E-mail address", OLGA)
    page.write("Password", people.PASSWORD)
    page.press("Sign in")
    for number in range(FACTOR[0].most):
        page.write("Code", f"00000{number}")
        page.press("Sign in")
    post.work()


def _withdraws(app: Flask, post: PostOffice) -> None:
    eva, florist = customer(app, "eva@example.org"), company(app, "Flors Roca")
    florist.sold(eva, "F-7", "Twelve roses")
    page = eva.browser.open("/orders").follow("Flors Roca, order F-7").follow("Withdraw from contract here")
    page.press("Go on to the confirmation")
    page.write("Your name", "Eva")
    page.press("Confirm withdrawal")
    post.work()


def _withdraws_without_an_account(app: Flask, post: PostOffice) -> None:
    shop = consoles.company(post.house, "Flors Sense Compte")
    page = _stranger(app).open(f"/withdraw/{shop.slug}")
    page.write("Your e-mail address", "guest@example.org")
    page.press("Send the link")
    page.open(_link(post, "guest@example.org"))
    page.write("Your name", "Gina")
    page.write("The order's number", "F-8")
    page.press("Go on to the confirmation").press("Confirm withdrawal")
    with post.house.writing() as unit:
        [one] = guests_of(unit, shop.id, most=2)
        answer_guest(unit, vendor_id=shop.id, withdrawal_id=one.id, answered=GuestAnswer("acknowledge"))
    post.work()


def _goes_and_stays(app: Flask, post: PostOffice) -> None:
    customer_id = customer(app, "fifth@example.org").actor.customer_id
    assert customer_id is not None
    with post.house.writing() as unit:
        ask_to_erase(unit, customer_id=customer_id)
        take_back(unit, customer_id=customer_id)
    post.work()


def _is_brought_back(app: Flask, post: PostOffice) -> None:
    ana = customer(app, "fourth@example.org")
    with post.house.engine.begin() as connection:
        connection.execute(insert(RecoveryCode).values(account_id=ana.actor.id, hash=bytes(32), made_at=clock.now()))
    with post.house.writing() as unit:
        end_after_restore(unit, kept_at=clock.micros(unit.at))
    post.work()
