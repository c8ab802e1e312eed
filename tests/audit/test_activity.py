"""Who looked: one's own lines alone, in plain words, in four languages, unusual first."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal.audit.facts import EntryRead
from portal.grants.facts import GrantsListed
from portal.kernel import clock
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.orders.facts import OrdersDisclosed
from tests import people
from tests.audit.small_facts import CITY, EMAIL, NAME, Blocked, Looked
from tests.audit.story import Story


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
    unsent = Looked(holder=story.holder, vendor=story.shop, asked=("ticket.files",))
    opened = EntryRead(holder=story.holder, entry=1)
    told = {
        "What they got Nothing of it: these orders do not say it How many 3 orders": silent,
        "What they got The state and the dates of these permissions, nothing of your data": listed,
        "What they got Nothing: you have filled in none of it": unfilled,
        "What they got Nothing of your data": unsent,
        "What they got Names of fields and times, never what is in a field": opened,
    }
    for words, fact in told.items():
        text = story.page(f"/activity/{story.append(fact)}")
        assert words in text
        assert "They got what is named below" not in text
    assert "They read an entry about you in the record. It names fields and times, never what is in a field." in story.page()
    assert "They asked for: full name They got nothing: you have filled in none of it." in story.page()
    assert "They got nothing of it: these orders do not say it." in story.page(), "three orders were there to give"
    assert "there were none to give" not in story.page()
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
    hours = iter(range(-30, 0, 2))
    for _ in range(5):
        with clock.moved(timedelta(hours=next(hours))):
            story.tries(NAME)
    assert "Worth a second glance Picked out of the weeks below, where each line stands, too." in story.page()
    story.tries(NAME)
    assert "Worth a second glance The latest five that stand out. All of them are in their weeks below, too." in story.page()


def test_of_the_attempts_of_one_visit_the_newest_alone_is_picked_out_and_all_stand_in_their_week(story: Story) -> None:
    earlier, minutes_before = timedelta(hours=-2), timedelta(minutes=-4)
    with clock.moved(earlier):
        first = story.tries(NAME)
    with clock.moved(minutes_before):
        story.tries(CITY)
        other = story.tries(NAME, reason="revoked")
    newest = story.tries(NAME)
    page = story.client.get("/activity").text
    picked, _, weeks = page.partition('id="unusual"')[2].partition("</section>")
    assert re.findall(r"/activity/(\d+)", picked) == [str(one) for one in (newest, other, first)]
    assert {f"/activity/{one}" for one in range(first, newest + 1)} <= set(re.findall(r"/activity/\d+", weeks))


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
