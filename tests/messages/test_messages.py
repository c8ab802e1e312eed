"""What was mailed to a person can be read again; what opens doors cannot."""

from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from jinja2 import Template
from sqlalchemy import update

from portal.kernel import clock
from portal.kernel.db import WRITING
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import new_id, new_secret, text_of
from portal.kernel.mail import Mail, queue_mail
from portal.kernel.unit import Actor
from portal.messages.deadlines import a_month_after
from portal.messages.reads import PAGE, without_links
from tests import people
from tests.customers.test_profile import put
from tests.processes import ROOT


def test_a_person_reads_their_own_mails_newest_first_and_nobody_elses(house: House, client: FlaskClient) -> None:
    for name in ("joan", "maria"):
        people.register(house, f"{name}@example.org")
    people.post(client, "/reset", email="maria@example.org")
    people.sign_in(client, "joan@example.org")
    page = client.get("/messages/mails").text
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
    page = client.get("/messages/mails").text
    assert "Your letter to Casa Lumen" in page
    assert "A customer asks" not in page


def write_to_casa_lumen(house: House, me: Actor) -> None:
    told = {"company": "Casa Lumen", "contact": "p@lumen.example", "sender": "joan@example.org", "message": "Why?"}
    with house.writing(me) as unit:
        for template, to in (("audit/privacy", "p@lumen.example"), ("audit/privacy_copy", "joan@example.org")):
            queue_mail(unit, to=to, template=template, holder_id=me.holder_id, quote=[], **told)


def arrived(house: House, template: str, state: str, at: datetime | None = None) -> None:
    with house.transaction(WRITING) as connection:
        changed = {} if at is None else {"changed_at": at}
        connection.execute(update(Mail).where(Mail.template == template).values(state=state, **changed))


def page_of_letter(
    house: House, client: FlaskClient, *, country: str | None = None, later: timedelta = timedelta(), locale: str = "en"
) -> str:
    """Joan's messages, some time after he wrote on 31 January 2026, and both mails arrived."""
    me = people.actor(house, people.register(house, "joan@example.org"))
    with clock.moved(datetime(2026, 1, 31, 12, tzinfo=UTC)):
        write_to_casa_lumen(house, me)
        if country:
            put(house, me, address={"country": country})
    for template in ("audit/privacy", "audit/privacy_copy"):
        arrived(house, template, "delivered")
    with clock.moved(datetime(2026, 1, 31, 12, tzinfo=UTC) + later):
        people.sign_in(client, "joan@example.org")
        people.post(client, "/language", locale=locale)
        return unescape(client.get("/messages/mails").text)


def test_promise_7_a_letter_says_until_when_they_must_answer_and_what_comes_next(house: House, client: FlaskClient) -> None:
    page = page_of_letter(house, client, country="ES")
    assert "Answer due by 28 February 2026" in page
    assert "Their answer comes to your mailbox, so we do not know whether it came." in page
    assert "one month from the day it reached them: until 28 February 2026." in page
    assert "If nothing has come by then, the next step is a complaint" in page
    assert "Agencia Española de Protección de Datos, AEPD" in page
    assert "ended on" not in page


def test_once_the_month_is_over_a_letter_says_so_first(house: House, client: FlaskClient) -> None:
    page = page_of_letter(house, client, country="RO", later=timedelta(days=29))
    assert "Their month is over" in page
    over = page.index("ended on 28 February 2026.")
    assert over < page.index("ANSPDCP") < page.index("Their answer comes to your mailbox") < page.index("Why?")
    assert "Answer due by" not in page


def test_on_its_last_day_the_month_is_not_over(house: House, client: FlaskClient) -> None:
    assert "Answer due by 28 February 2026" in page_of_letter(house, client, later=timedelta(days=28))


def test_who_lives_elsewhere_is_named_the_authority_of_their_country(house: House, client: FlaskClient) -> None:
    page = page_of_letter(house, client, country="FR")
    assert "the data protection authority of your country." in page
    assert "AEPD" not in page


def test_a_letter_that_did_not_reach_the_company_waits_for_no_answer(house: House, client: FlaskClient) -> None:
    me = people.actor(house, people.register(house, "joan@example.org"))
    write_to_casa_lumen(house, me)
    arrived(house, "audit/privacy", "permanent-failure")
    people.sign_in(client, "joan@example.org")
    page = client.get("/messages/mails").text
    assert "Did not arrive" in page
    assert "This letter did not reach the company" in page
    assert "one month" not in page


@pytest.mark.parametrize("locale", LOCALES)
def test_a_letter_says_it_in_every_language(house: House, client: FlaskClient, locale: str) -> None:
    page = page_of_letter(house, client, country="ES", locale=locale)
    assert "AEPD" in page
    assert ("Their answer comes to your mailbox" in page) is (locale == "en")


@pytest.mark.parametrize("state", ["created", "sending", "temporary-failure"])
def test_a_letter_that_is_still_on_its_way_has_no_day_and_nobody_to_complain_about(
    house: House, client: FlaskClient, state: str
) -> None:
    me = people.actor(house, people.register(house, "joan@example.org"))
    with clock.moved(datetime(2026, 1, 31, 12, tzinfo=UTC)):
        write_to_casa_lumen(house, me)
    arrived(house, "audit/privacy_copy", "delivered")
    arrived(house, "audit/privacy", state)
    with clock.moved(datetime(2026, 3, 20, 12, tzinfo=UTC)):
        people.sign_in(client, "joan@example.org")
        page = unescape(client.get("/messages/mails").text)
    assert "This letter has not reached the company yet" in page
    assert "complaint" not in page and "28 February" not in page


def test_the_month_begins_on_the_day_on_which_the_letter_reached_the_company(house: House, client: FlaskClient) -> None:
    me = people.actor(house, people.register(house, "joan@example.org"))
    with clock.moved(datetime(2026, 1, 31, 12, tzinfo=UTC)):
        write_to_casa_lumen(house, me)
    arrived(house, "audit/privacy", "delivered", at=datetime(2026, 2, 5, 12, tzinfo=UTC))
    with clock.moved(datetime(2026, 2, 6, 12, tzinfo=UTC)):
        people.sign_in(client, "joan@example.org")
        assert "Answer due by 5 March 2026" in unescape(client.get("/messages/mails").text)


def test_another_mail_has_no_day_for_an_answer(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    page = client.get("/messages/mails").text
    assert "GDPR" not in page
    assert "Answer due" not in page


@pytest.mark.parametrize(
    ("sent", "last"),
    [("2026-11-04", "2026-12-04"), ("2026-12-31", "2027-01-31"), ("2026-01-31", "2026-02-28"), ("2028-01-30", "2028-02-29")],
)
def test_a_month_ends_on_the_day_of_its_number_or_on_the_last_there_is(sent: str, last: str) -> None:
    assert a_month_after(date.fromisoformat(sent)) == date.fromisoformat(last)


def test_the_page_says_that_it_holds_ones_own_letters_too(house: House, client: FlaskClient) -> None:
    people.register(house, "ana@example.org")
    people.sign_in(client, "ana@example.org")
    assert "What we mailed to you, and copies of the letters that you sent from here" in client.get("/messages/mails").text


def test_a_link_that_opens_a_door_is_not_repeated() -> None:
    body = f"Hello\n\nPress here:\nhttps://house.example/verify/{new_secret()}\n\nUntil tomorrow."
    assert without_links(body) == ["Hello", None, "Until tomorrow."]


LINKS = [
    line.strip()
    for path in sorted(ROOT.glob("templates/mail/**/*.txt"))
    for line in path.read_text().splitlines()
    if "token }}" in line
]


@pytest.mark.parametrize("line", LINKS)
def test_every_kind_of_one_time_link_is_kept_back(line: str) -> None:
    written = Template(line).render(origin="http://localhost:8000", token=new_secret())
    assert without_links(written) == [None]
    assert without_links(f"It is here: {written}.") == [None]


def test_letters_have_thirteen_such_links() -> None:
    assert len(LINKS) == 13


def test_a_plain_address_is_kept() -> None:
    assert without_links(f"See https://house.example/sharing/{text_of(new_id())}") != [None]
    assert without_links("See https://house.example/sharing") == ["See https://house.example/sharing"]


def test_the_page_goes_on_where_it_ended(house: House, client: FlaskClient) -> None:
    people.register(house, "joan@example.org")
    people.sign_in(client, "joan@example.org")
    assert "No mails yet" in client.get(f"/messages/mails?before={text_of(bytes(16))}").text
    assert client.get("/messages/mails?before=nonsense").status_code == 404
    assert PAGE > 1
    assert client.get(f"/messages/mails?before={text_of(new_id())}").status_code == 200
