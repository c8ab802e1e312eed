"""Who looked: one's own lines alone, in plain words, in four languages, unusual first."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.service import choose_language
from portal.audit.facts import EntryRead
from portal.grants.facts import GrantsListed
from portal.kernel import clock
from portal.kernel.facts import Fact
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.orders.facts import OrdersDisclosed
from portal.vendors.service import admit
from tests import people
from tests.audit.lists import numbers_follow_from_lists
from tests.audit.small_facts import CITY, EMAIL, NAME, Blocked, Looked, disclose

DELIVERY = "https://w3id.org/dpv#DeliveryOfGoods"


class Story:
    """A customer and two companies, whose looks the test writes."""

    def __init__(self, house: House, client: FlaskClient) -> None:
        self.house, self.client = house, client
        account = people.register(house, "ana@example.org")
        self.ana = people.actor(house, account)
        assert self.ana.holder_id is not None
        self.holder = self.ana.holder_id
        self.shop = self.company("Corner Books", "privacy@books.example")
        self.bank = self.company("Town Bank", None)
        people.sign_in(client, "ana@example.org")

    def company(self, name: str, contact: str | None) -> bytes:
        card = {"privacy_contact": contact} if contact else {}
        with self.house.writing(SYSTEM) as unit:
            return admit(unit, name=name, card=card, mode="live").id

    def looks(self, *fields: str, by: bytes | None = None, holder: bytes | None = None) -> int:
        """An answered read; gives its index."""
        fact = Looked(
            holder=holder or self.holder,
            vendor=by or self.shop,
            asked=fields,
            given=fields,
            purpose=DELIVERY,
            basis="grant",
        )
        return self.append(fact)

    def tries(self, *fields: str, reason: str = "paused") -> int:
        """A refused read; gives its index."""
        return self.append(Blocked(holder=self.holder, vendor=self.shop, asked=fields, reason=reason))

    def append(self, fact: Fact) -> int:
        assert disclose(self.house, fact, actor=Actor("vendor", name="some-client"))
        with self.house.reading() as unit:
            from portal.audit.reads import size_of

            return size_of(unit.connection) - 1

    def speaks(self, locale: str) -> None:
        """From here on Ana reads in this language."""
        assert self.ana.id is not None
        with self.house.writing(self.ana) as unit:
            choose_language(unit, account_id=self.ana.id, locale=locale)

    def page(self, path: str = "/activity", **more: object) -> str:
        answer = self.client.get(path, **more)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.status_code
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def story(house: House, client: FlaskClient) -> Story:
    """Ana, signed in, and two companies."""
    return Story(house, client)


def test_before_anybody_looked_the_page_says_so_and_what_to_do(story: Story) -> None:
    text = story.page()
    assert "Nobody has looked yet" in text
    assert "counts as a look" not in text
    assert "See what you share" in text


def test_looks_are_counted_by_company_and_week(story: Story) -> None:
    for _ in range(7):
        story.looks(CITY)
    story.looks(EMAIL, by=story.bank)
    text = story.page()
    assert "Looked 7 times. They got: city you live in" in text
    assert text.count("They got: e-mail address") == 2, "the glance, and the week, which has no sum of one line"
    assert "Looked once" not in text
    assert "Corner Books" in text
    assert "Town Bank" in text
    assert "Each answer that a company got counts as a look, each one that it did not get as a blocked attempt: one visit to its site can be several." in text


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "Looked 4 times. They got: city you live in and e-mail address"),
        ("ca", "4 consultes. Han obtingut: ciutat on vius i adreça electrònica"),
        ("es", "Ha consultado 4 veces. Ha recibido: ciudad donde vives y dirección de correo"),
        ("ro", "A consultat de 4 ori. A primit: localitatea în care locuiești și adresă de e-mail"),
    ],
)
def test_how_often_they_looked_is_not_said_of_fields_that_some_answers_did_not_hold(
    story: Story, locale: str, words: str
) -> None:
    story.speaks(locale)
    for fields in ((CITY,), (EMAIL,), (), ()):
        story.looks(*fields)
    assert words in story.page()


@pytest.mark.parametrize(
    ("locale", "happened", "got", "in_the_list"),
    [
        ("en", "They looked, and there was nothing to give", "Nothing: there were no orders to give", "They got no details of orders"),
        ("ca", "Han consultat, i no hi havia res per donar", "Res: no hi havia cap comanda per donar", "No han obtingut cap detall de comandes"),
        ("es", "Consultaron, y no había nada que dar", "Nada: no había ningún pedido que dar", "No recibieron ningún detalle de pedidos"),
        ("ro", "Au consultat, și nu era nimic de dat", "Nimic: nu era nicio comandă de dat", "Nu au primit niciun detaliu de comenzi"),
    ],
)
def test_a_look_at_orders_that_held_none_says_so_and_nothing_else(
    story: Story, locale: str, happened: str, got: str, in_the_list: str
) -> None:
    story.speaks(locale)
    none = OrdersDisclosed(holder=story.holder, vendor=story.shop, asked=("orders.line",), count=0)
    text = story.page(f"/activity/{story.append(none)}").split("<h2")[0]
    assert happened in text
    assert got in text
    if locale == "en":
        for untrue in ("They got what is named below", "filled in", "How many"):
            assert untrue not in text
    assert in_the_list in story.page()


def test_what_happened_never_says_that_they_got_something_where_they_got_nothing(story: Story) -> None:
    silent = OrdersDisclosed(holder=story.holder, vendor=story.shop, asked=("orders.line.category",), count=3)
    listed = GrantsListed(holder=story.holder, vendor=story.shop, count=2)
    unfilled = Looked(holder=story.holder, vendor=story.shop, asked=(NAME,))
    opened = EntryRead(holder=story.holder, entry=1)
    told = {
        "What they got Nothing of it: these orders do not say it How many 3 orders": silent,
        "What they got The state and the dates of these permissions, nothing of your data": listed,
        "What they got Nothing: you have filled in none of it": unfilled,
        "What they got Names of fields and times, never what is in a field": opened,
    }
    for words, fact in told.items():
        text = story.page(f"/activity/{story.append(fact)}")
        assert words in text
        assert "They got what is named below" not in text
    assert "They read an entry about you in the record. It names fields and times, never what is in a field." in story.page()
    assert "They asked for: full name They got nothing: you have filled in none of it." in story.page()
    assert "They got what is named below" in story.page(f"/activity/{story.looks(CITY)}")


def test_the_page_has_no_more_than_it_needs_with_a_month_of_looks(story: Story) -> None:
    for day in range(28):
        with clock.moved(timedelta(days=day - 28)):
            story.looks(CITY)
    answer = story.client.get("/activity").text
    assert answer.count("<details") >= 4
    assert len(re.findall(r'href="/activity/\d+"', answer)) >= 28


def test_a_blocked_attempt_is_said_with_its_reason(story: Story) -> None:
    story.tries(NAME)
    text = story.page()
    assert "1 blocked attempt" in text
    assert "You had paused sharing" in text
    assert "They asked for: full name" in text


def test_a_blocked_attempt_of_which_nothing_more_is_known_says_so(story: Story) -> None:
    index = story.tries()
    text = story.page(f"/activity/{index}")
    assert "What they asked for Not known: they did not say what for" in text


def test_where_some_lines_are_shown_they_are_called_the_latest_and_the_week_is_named(story: Story) -> None:
    for _ in range(11):
        story.looks(CITY)
    text = story.page()
    assert re.search(r"Show the latest 7 lines : Corner Books, week of \d+ \w+ \d{4}", text)
    assert "Show all 11 lines of this week" in text
    # What shows all stands behind what shows some: one thing to press, not two.
    assert re.search(r"Show all 11 lines of this week</a></p>\s*</details>", story.client.get("/activity").text)
    story.looks(EMAIL, by=story.bank)
    assert "Show the line" not in story.page(), "one line stands there by itself"


def test_a_company_of_which_a_few_lines_would_be_missing_is_shown_whole(story: Story) -> None:
    for _ in range(10):
        story.looks(CITY)
    text = story.page()
    assert "Show the 10 lines" in text
    assert "of this week" not in text
    assert len(set(re.findall(r'href="(/activity/\d+)"', story.client.get("/activity").text))) == 10


def test_where_some_of_the_unusual_are_shown_they_are_called_the_latest(story: Story) -> None:
    for _ in range(5):
        story.tries(NAME)
    assert "Worth a second glance Picked out of the weeks below, where each line stands, too." in story.page()
    story.tries(NAME)
    assert "Worth a second glance The latest five that stand out. All of them are in their weeks below, too." in story.page()


def test_a_count_says_of_what(story: Story) -> None:
    told = {"orders.disclosed": "How many 41 orders", "grant.listed": "How many 41 permissions"}
    for event, words in told.items():
        kind = {"orders.disclosed": OrdersDisclosed, "grant.listed": GrantsListed}[event]
        index = story.append(kind(holder=story.holder, vendor=story.shop, count=41))
        assert words in story.page(f"/activity/{index}")
    index = story.append(Blocked(holder=story.holder, vendor=story.shop, reason="paused", count=12))
    assert "How many 12 attempts" in story.page(f"/activity/{index}")


def test_a_word_with_a_hyphen_is_not_broken_behind_its_first_letter(story: Story) -> None:
    index = story.looks(EMAIL)
    assert '<span class="text-nowrap">E-mail</span> address' in story.client.get(f"/activity/{index}").text
    listed = story.client.get("/activity").text
    assert listed.count("e-mail") == listed.count('<span class="text-nowrap">e-mail</span>') == 2, "glance and week"


def test_unusual_things_come_first_and_say_why(story: Story) -> None:
    thursday = clock.now() + timedelta(days=(3 - clock.now().weekday()) % 7)
    with clock.moved(thursday - timedelta(days=2)):
        story.looks(CITY)
        story.looks(CITY)
    with clock.moved(thursday):
        story.looks(CITY, EMAIL)
        text = story.page()
    assert text.index("Worth a second glance") < text.index("Looked 3 times"), "within one week"
    assert "the first time this company looked at your data" in text
    assert "something this company had never looked at before" in text


def test_what_a_company_reads_in_the_visit_that_a_yes_was_for_is_no_warning(story: Story) -> None:
    story.looks(CITY)
    index = story.looks(EMAIL)
    text = story.page()
    assert text.count("the first time this company looked at your data") == 3, "glance, week and line"
    assert "never looked at before" not in text
    assert "What is unusual" not in story.page(f"/activity/{index}")


def test_a_line_says_everything_plainly_and_leads_on(story: Story) -> None:
    index = story.looks(CITY, NAME)
    text = story.page(f"/activity/{index}")
    for words in (
        "Corner Books looked at your data",
        "City you live in and full name",
        "To bring you what you ordered.",
        "the first time this company looked at your data",
        "Write to their privacy contact",
        "Technical view",
    ):
        assert words in text
    assert "profile.address.city" not in text.split("Technical view")[0]


def test_a_line_says_that_a_look_asks_for_what_is_shared_and_of_a_blocked_attempt_it_does_not(story: Story) -> None:
    said = "What they asked for is what you shared with them for this reason at that moment."
    assert said in story.page(f"/activity/{story.looks(CITY)}")
    own = Looked(holder=story.holder, vendor=story.shop, asked=(CITY,), given=(CITY,), basis="own")
    assert said not in story.page(f"/activity/{story.append(own)}")
    assert said not in story.page(f"/activity/{story.tries(NAME)}")


def test_the_technical_view_leads_from_the_fields_to_the_numbers_that_stand_for_them(story: Story) -> None:
    for index in (story.looks(CITY, NAME), story.tries(NAME)):
        page = story.client.get(f"/activity/{index}").text
        assert "It names fields" not in page
        assert "A list of fields stands in the entry as a number of 64 characters, digits and letters a to f." in page
        numbers_follow_from_lists(page)
        assert f'"index": {index},' in unescape(page)


def test_nobody_sees_another_persons_line(story: Story) -> None:
    other = people.actor(story.house, people.register(story.house, "joan@example.org")).holder_id
    assert other is not None
    index = story.looks(CITY, holder=other)
    for path in (f"/activity/{index}", f"/activity/{index}/write", "/activity/999999", f"/activity/{1 << 70}"):
        assert story.client.get(path).status_code == 404
    assert "Nobody has looked yet" in story.page()


def test_one_company_can_be_looked_at_alone(story: Story) -> None:
    story.looks(CITY)
    story.looks(EMAIL, by=story.bank)
    text = story.page(f"/activity?company={text_of(story.bank)}").split("All companies")[1]
    assert "They got: e-mail address" in text
    assert "ity you live in" not in text


@pytest.mark.parametrize(
    "query",
    [
        "company=x",
        "company=AAAAAAAAAAAAAAAAAAAAAA",
        "before=x",
        "week=2026-13-01",
        "week=0001-01-01",
        "before=9999-12-31",
    ],
)
def test_an_address_that_leads_nowhere_is_not_found(story: Story, query: str) -> None:
    assert story.client.get(f"/activity?{query}").status_code == 404


def test_older_weeks_are_a_page_further(story: Story) -> None:
    with clock.moved(timedelta(weeks=-30)):
        old = story.looks(CITY)
    text = story.client.get("/activity").text
    assert f'"/activity/{old}"' not in text
    for _ in range(4):
        if f'"/activity/{old}"' in text:
            break
        older = re.search(r'href="(/activity\?[^"]*before=[^"]+)"', text)
        assert older is not None
        text = story.client.get(older[1].replace("&amp;", "&")).text
    assert f'"/activity/{old}"' in text


def test_a_read_that_was_just_answered_is_on_the_page_at_once(story: Story) -> None:
    with story.house.writing(Actor("vendor", name="some-client")) as unit:
        unit.note(Blocked(holder=story.holder, vendor=story.shop, asked=(NAME,), reason="revoked"))
    assert "You stopped sharing" in story.page()


def test_where_the_log_cannot_be_led_the_page_says_what_is_being_recorded(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.kernel.errors import Busy

    def busy() -> int:
        raise Busy

    with story.house.writing(Actor("vendor", name="some-client")) as unit:
        unit.note(Blocked(holder=story.holder, vendor=story.shop, asked=(NAME,), reason="revoked"))
    monkeypatch.setattr(story.house.log, "lead", busy)
    text = story.page()
    assert "1 thing that just happened is being recorded" in text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_speaks_each_language_without_an_english_word_left(story: Story, locale: str) -> None:
    if locale == "en":
        return
    index = story.looks(CITY)
    story.tries(NAME)
    english = {"looked", "Blocked", "Show", "company", "Why", "When", "Write", "They", "your"}
    for path in ("/activity", f"/activity/{index}", f"/activity/{index}/write"):
        story.speaks(locale)
        main = story.page(path).split("Technical")[0]
        left = english & set(re.findall(r"[A-Za-z]+", main))
        assert not left, (path, left)


def _mails(story: Story) -> dict[str, EmailMessage]:
    people.do_jobs(story.house)
    return {str(mail["To"]): mail for mail in people.mails(story.house) if "books" in str(mail).lower()}


def test_a_letter_goes_to_the_company_with_the_line_quoted_and_a_copy_comes_back(story: Story) -> None:
    index = story.looks(CITY)
    answer = people.post(story.client, f"/activity/{index}/write", message="What did you need my city for?")
    assert (answer.status_code, answer.location) == (303, f"/activity/{index}")
    mails = _mails(story)
    letter, copy = mails["privacy@books.example"], mails["ana@example.org"]
    assert letter["Reply-To"] == "ana@example.org"
    for mail in (letter, copy):
        body = mail.get_content()
        assert "What did you need my city for?" in body
        assert "> What they got: City you live in" in body
        assert str(index) in body
    with story.house.reading() as unit:
        from portal.audit.reads import last_of

        story.house.lead()
    with story.house.reading() as unit:
        entry = last_of(unit, "privacy.written")
    assert entry is not None
    assert entry.detail == {"entry": index}
    assert "city for" not in str(entry.entry)


def test_an_empty_letter_is_not_sent_and_says_what_to_change(story: Story) -> None:
    index = story.looks(CITY)
    answer = people.post(story.client, f"/activity/{index}/write", message="  ")
    assert answer.status_code == 422
    assert "Write what you want to ask them." in answer.text
    assert _mails(story) == {}


def test_a_letter_that_is_too_long_keeps_what_was_typed(story: Story) -> None:
    index = story.looks(CITY)
    answer = people.post(story.client, f"/activity/{index}/write", message="why " * 2000)
    assert answer.status_code == 422
    assert "why why why" in answer.text


def test_a_company_without_a_contact_gets_no_letter(story: Story) -> None:
    index = story.looks(EMAIL, by=story.bank)
    assert "has named nobody who answers for privacy" in story.page(f"/activity/{index}/write")
    token = people.csrf_of(story.client, "/language")
    answer = story.client.post(f"/activity/{index}/write", data={"csrf_token": token, "message": "hello"})
    assert answer.status_code == 422


def test_letters_are_limited(story: Story) -> None:
    index = story.looks(CITY)
    codes = [
        people.post(story.client, f"/activity/{index}/write", message=f"letter {n}").status_code for n in range(11)
    ]
    assert codes == [303] * 10 + [429]


def test_nobody_else_sees_any_of_it(story: Story, app: Flask) -> None:
    index = story.looks(CITY)
    stranger = app.test_client()
    for path in ("/activity", f"/activity/{index}", f"/activity/{index}/write"):
        assert stranger.get(path).status_code == 303


def test_a_bygone_prospects_lines_are_the_persons_own(story: Story, make_house: Callable[[str], House]) -> None:
    from portal.kernel.sealing import create_holder, fold_holder

    with story.house.writing() as unit:
        prospect = create_holder(unit, "prospect")
    index = story.looks(CITY, holder=prospect)
    assert story.client.get(f"/activity/{index}").status_code == 404
    with story.house.writing() as unit:
        fold_holder(unit, prospect, story.holder)
        from tests.audit.small_facts import Changed

        unit.note(Changed(holder=story.holder))
    assert story.client.get(f"/activity/{index}").status_code == 200


def test_a_look_is_dated_in_the_readers_own_day(story: Story) -> None:
    with clock.moved(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)):
        index = story.looks(CITY)
    assert "1 July 2026, 01:30" in story.page(f"/activity/{index}")


def test_a_busy_week_is_shown_page_by_page(story: Story) -> None:
    indexes = {story.looks(CITY) for _ in range(60)}
    first = story.client.get("/activity").text
    assert "Show all 60 lines of this week" in first
    assert len(re.findall(r'href="/activity/\d+"', first)) < 20
    way = re.search(r'href="(/activity\?company=[^"]+week=[^"]+)"', first)
    shown: list[int] = []
    while way is not None:
        text = story.client.get(way[1].replace("&amp;", "&")).text
        assert "Looked 60 times" in text
        shown += map(int, re.findall(r'href="/activity/(\d+)"', text))
        way = re.search(r'rel="next" href="([^"]+)"', text)
    assert len(shown) == 60
    assert set(shown) == indexes
    assert "Newest lines of this week" in text


def test_the_place_in_a_week_is_worth_nothing_to_anybody_else(story: Story, app: Flask) -> None:
    for _ in range(52):
        story.looks(CITY)
    way = re.search(r'href="(/activity\?company=[^"]+week=[^"]+)"', story.client.get("/activity").text)
    assert way is not None
    on = re.search(r'rel="next" href="([^"]+)"', story.client.get(way[1].replace("&amp;", "&")).text)
    assert on is not None
    people.register(story.house, "joan@example.org")
    other = app.test_client()
    people.sign_in(other, "joan@example.org")
    assert other.get(on[1].replace("&amp;", "&")).status_code == 400
    assert story.client.get(on[1].replace("&amp;", "&") + "x").status_code == 400
