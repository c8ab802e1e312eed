"""What was mailed to a person can be read again; what opens doors cannot."""

import pytest
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.ids import new_id, text_of
from portal.kernel.mail import queue_mail
from portal.messages.reads import PAGE, without_links
from tests import people


def test_a_person_reads_their_own_mails_newest_first_and_nobody_elses(house: House, client: FlaskClient) -> None:
    for name in ("joan", "maria"):
        people.register(house, f"{name}@example.org")
    people.post(client, "/reset", email="maria@example.org")
    people.sign_in(client, "joan@example.org")
    page = client.get("/messages").text
    assert page.count('<details class="message"') == 1


def test_a_letter_to_a_company_is_shown_as_the_copy_alone(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, "joan@example.org")
    me = people.actor(house, account_id)
    told = {
        "company": "Casa Lumen",
        "contact": "p@lumen.example",
        "sender": "joan@example.org",
        "message": "Why?",
        "quote": [],
    }
    with house.writing(me) as unit:
        for template, to in (("audit/privacy", "p@lumen.example"), ("audit/privacy_copy", "joan@example.org")):
            queue_mail(unit, to=to, template=template, holder_id=me.holder_id, **told)
    people.sign_in(client, "joan@example.org")
    page = client.get("/messages").text
    assert "Your letter to Casa Lumen" in page
    assert "A customer asks" not in page


def test_the_page_says_that_it_holds_ones_own_letters_too(house: House, client: FlaskClient) -> None:
    people.register(house, "ana@example.org")
    people.sign_in(client, "ana@example.org")
    assert "What we mailed to you, and copies of the letters that you sent from here" in client.get("/messages").text


def test_a_link_that_opens_a_door_is_not_repeated() -> None:
    body = "Hello\n\nPress here:\nhttps://house.example/verify/abc-DEF_123\n\nUntil tomorrow."
    assert without_links(body) == ["Hello", None, "Until tomorrow."]


@pytest.mark.parametrize("door", ["verify", "reset", "account/undo", "invitations", "account/address"])
def test_every_kind_of_one_time_link_is_kept_back(door: str) -> None:
    assert without_links(f"http://localhost:8000/{door}/x1y2") == [None]


def test_a_plain_address_is_kept() -> None:
    assert without_links("See https://house.example/sharing") == ["See https://house.example/sharing"]


def test_the_page_goes_on_where_it_ended(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    assert "No messages yet" in client.get(f"/messages?before={text_of(bytes(16))}").text
    assert client.get("/messages?before=nonsense").status_code == 404
    assert PAGE > 1
    assert client.get(f"/messages?before={text_of(new_id())}").status_code == 200
