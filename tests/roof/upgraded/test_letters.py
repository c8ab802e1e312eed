"""An instance that a release left in the middle of a day is upgraded: letters that were on their way arrive."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from portal.audit.verify import verify
from portal.demo.cast import JOAN
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.mail import Mail, queue_mail
from portal.worker import make_up
from tests import people
from tests.roof.conftest import Run
from tests.roof.upgraded.released import LETTERS, PASSWORD, STOPPED, work


def test_letters_that_waited_go_and_their_links_do_what_they_say(app: Flask, house: House) -> None:
    work(house)
    with clock.moved(STOPPED + timedelta(minutes=1)):
        work(house)
    links = {who: people.link_in(people.mails(house, LETTERS[who])[0]) for who in ("tried", "untried", "wished")}
    anew = "an even quieter harbour"
    assert people.post(app.test_client(), links["tried"], password=anew).location == "/sign-in"
    assert people.sign_in(app.test_client(), JOAN.email, anew).location == "/"
    for who in ("untried", "wished"):
        assert people.post(app.test_client(), links[who], password=PASSWORD).status_code == 303
        assert people.sign_in(app.test_client(), LETTERS[who], PASSWORD).status_code == 303
    assert people.post(app.test_client(), LETTERS["undo"]).status_code == 200
    work(house)
    assert people.mails(house, "mar.before@example.org")[0]["Subject"] == "Choose a new password"
    assert verify(house).exit_code == 0


def test_a_letter_of_before_keeps_its_turn_before_a_newer_one_to_the_same_address(house: House) -> None:
    list(make_up(house))
    waits = select(Mail.id, Mail.next_at).where(Mail.next_at.is_not(None))
    with house.reading() as unit:
        older, next_at = unit.connection.execute(waits).one()
    with clock.moved(next_at - timedelta(seconds=60)):
        with house.writing() as unit:
            newer = queue_mail(unit, to=LETTERS["tried"], template="accounts/unknown")
        people.do_jobs(house)
        assert people.mails(house, LETTERS["tried"]) == []
    with clock.moved(STOPPED + timedelta(minutes=1)):
        people.do_jobs(house)
    went = select(Mail.id).where(Mail.id.in_((older, newer)), Mail.state == "delivered").order_by(Mail.changed_at)
    with house.reading() as unit:
        assert unit.connection.execute(went).scalars().all() == [older, newer]


def test_letters_of_before_that_do_not_go_are_listed_with_what_becomes_of_them_and_can_be_tried_again(house: House, run: Run) -> None:
    list(make_up(house))
    listed = run("mail", "list").stdout.splitlines()
    assert [(line.split()[2], line.rpartition("  ")[2][:8]) for line in listed] == [
        ("accounts/reset", "next try"),
        ("accounts/reset", "not trie"),
    ]
    [given_up] = [line.split()[1] for line in listed if line.endswith("not tried any more")]
    assert given_up == LETTERS["given_up"]
    assert run("mail", "retry", given_up).returncode == 0
    work(house)
    assert [mail["Subject"] for mail in people.mails(house, "mar@example.org")] == ["Choose a new password"]
