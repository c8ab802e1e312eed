"""Home shows what needs the reader: at most five cards, the most pressing first, one button each."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.reads import account_by_email
from portal.app import create_app
from portal.demo.run import set_up
from portal.grants import reads
from portal.grants.reads import grants_of
from portal.grants.service import revoke, share_again
from portal.home import cards
from portal.kernel import clock
from portal.kernel.house import House, use_house
from portal.kernel.i18n import LOCALES, use_locale
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links.service import pause, resume
from portal.messages import jobs
from portal.messages.reads import notices_of
from portal.messages.service.telling import mark_seen
from tests import people
from tests.grants.cast import CARE, asked, company, detail, given, person, signed_in
from tests.oauth.cast import connect, profile, program


@pytest.fixture(scope="module")
def lived_in(make_module_house: Callable[..., House]) -> Iterator[House]:
    """The demonstration's half year: it holds one of everything that a card is for."""
    house = make_module_house("sqlite", demo=True)
    with use_house(house):
        set_up(house, create_app(house))
        yield house


def actor_of(house: House, email: str) -> Actor:
    with house.reading() as unit:
        account = account_by_email(unit, email)
    assert account is not None
    return people.actor(house, account)


def sentences(house: House, email: str = "ana@example.org") -> list[cards.Card]:
    with house.reading(actor_of(house, email)) as unit:
        return cards.waiting_of(unit).cards


def test_what_waits_comes_first_then_looks_then_what_ends(lived_in: House) -> None:
    found = sentences(lived_in)
    assert [card.icon for card in found] == ["sharing", "blocked", "eye", "clock"]
    assert found[0].sentence == "Clínica Arc asks you to share some of your data."
    assert found[0].href.startswith("/requests/")
    assert all(card.button and card.sentence.endswith(".") for card in found)


def test_a_company_has_one_card_however_often_it_looked(lived_in: House) -> None:
    found = [card.sentence for card in sentences(lived_in) if card.icon == "eye"]
    assert found == ["Club Excursionista Serra looked at your data 3 times in a way that is not usual."]


def test_looks_and_attempts_stand_in_the_order_of_the_messages_the_newest_first(
    app: Flask, client: FlaskClient, house: House
) -> None:
    ana = person(house, given_name="Ana")
    tokens = connect(app, program(house), ana)
    assert profile(client, tokens["access_token"]).status_code == 200
    with house.reading(ana) as unit:
        (grant,) = grants_of(unit)
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    for minutes in (1, 2):
        with clock.moved(timedelta(minutes=minutes)):
            assert profile(client, tokens["access_token"]).status_code in (401, 403)
            house.lead()
            jobs.watch(house)
            at = clock.now()
    with house.reading(ana) as unit:
        told = [notice for notice in notices_of(unit, ana.customer_id or b"") if notice.kind in ("blocked", "first-look")]
        made = [card for card in cards.waiting_of(unit).cards if card.icon in ("blocked", "eye")]
    assert [notice.sentence for notice in told] == [card.sentence for card in made]
    assert [card.icon for card in made] == ["blocked", "eye"]
    assert abs(told[0].at - at) < timedelta(minutes=1), "of several attempts the last one's"


def test_a_look_that_was_opened_waits_no_more_until_another_follows(app: Flask, client: FlaskClient, house: House) -> None:
    ana = person(house, given_name="Ana")
    token = connect(app, program(house), ana)["access_token"]
    with house.reading(ana) as unit:
        (grant,) = grants_of(unit)

    def looks(status: int) -> None:
        assert profile(client, token).status_code == status
        house.lead()
        jobs.watch(house)

    def shown() -> list[str]:
        with house.reading(ana) as unit:
            return [card.icon for card in cards.waiting_of(unit).cards]

    def follow() -> None:
        page = signed_in(app, ana)
        home = page.get("/").text
        form = {name: find(rf'name="{name}" value="([^"]+)"', home) for name in ("csrf_token", "looks", "next")}
        assert page.post("/messages/follow", data=form).status_code == 303

    looks(200)
    assert shown() == ["eye"]
    follow()
    assert shown() == []
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    looks(401)
    assert shown() == ["blocked"], "another kind of thing"
    with house.writing(ana) as unit:
        mark_seen(unit)
    assert shown() == []
    for minutes in (5, 10):
        with clock.moved(timedelta(minutes=minutes)):
            looks(401)
            with house.reading(ana) as unit:
                [card] = cards.waiting_of(unit).cards
            assert "We blocked an attempt by" in card.sentence, "one more of what was read, and those before are not in it"
            assert card.href.startswith("/activity/")
            follow()
            assert shown() == [], "and it goes again"


def test_a_look_that_was_opened_before_anybody_told_of_it_is_told_as_read(app: Flask, client: FlaskClient, house: House) -> None:
    ana = person(house, given_name="Ana")
    token = connect(app, program(house), ana)["access_token"]
    house.lead()
    jobs.watch(house)
    page = signed_in(app, ana)

    def new() -> list[str]:
        with house.reading(ana) as unit:
            return [one.sentence for one in notices_of(unit, ana.customer_id or b"") if one.is_new]

    def on_home() -> list[str]:
        with house.reading(ana) as unit:
            return [card.sentence for card in cards.waiting_of(unit).cards]

    for attempts in (1, 3):
        assert profile(client, token).status_code == 200
        with house.reading(ana) as unit:
            [grant] = [one for one in grants_of(unit) if one.state == "live"]
        with house.writing(ana) as unit:
            pause(unit, link_id=grant.link_id)
        assert [profile(client, token).status_code for _attempt in range(attempts)] == [403] * attempts
        with house.writing(ana) as unit:
            resume(unit, link_id=grant.link_id)
        house.lead()
        for card in on_home():
            home = page.get("/").text
            form = {name: find(rf'name="{name}" value="([^"]+)"', home) for name in ("csrf_token", "looks", "next")}
            assert page.post("/messages/follow", data=form).status_code == 303
            assert card not in on_home() and sorted(new()) == sorted(on_home()), "at once, and before the worker came"
        assert on_home() == []
        jobs.watch(house)
        assert (new(), on_home()) == ([], []), "and after it"
    with house.reading(ana) as unit:
        told = [one.sentence for one in notices_of(unit, ana.customer_id or b"") if one.kind in ("blocked", "first-look")]
    assert sorted(told) == [
        "Librería del Mar looked at your data for the first time.",
        "We blocked 3 attempts by Librería del Mar to look at your data.",
        "We blocked an attempt by Librería del Mar to look at your data.",
    ], "each was told once, by whoever came first"


def test_looks_that_no_page_names_are_refused(app: Flask, house: House) -> None:
    page = signed_in(app, person(house, given_name="Ana"))
    csrf = find(r'name="csrf_token" value="([^"]+)"', page.get("/").text)
    for looks, status in (("", 400), ("x:given", 404), (f"{text_of(b'0' * 16)}:other", 400), (f"{text_of(b'0' * 16)}:given", 303)):
        assert page.post("/messages/follow", data={"csrf_token": csrf, "looks": looks, "next": "/"}).status_code == status


def find(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found is not None
    return found[1]


def test_what_is_old_needs_nobody(lived_in: House) -> None:
    with clock.moved(timedelta(days=60)):
        assert sentences(lived_in) == []


def test_each_kind_of_card_says_once_what_makes_it_go(lived_in: House) -> None:
    said = {card.icon: card.stays for card in sentences(lived_in)}
    assert said["sharing"] == "A request goes from here once you have answered it."
    assert said["eye"] == said["blocked"] == (
        "A look or a blocked attempt goes from here once you have pressed its button, here or in Messages, and by itself after "
        "seven days."
    )
    assert said["clock"] == "A permission that ends soon goes from here on its last day."
    days = cards.RECENT.days
    assert days == 7, "as many as the sentence says"
    browser = signed_in(create_app(lived_in), actor_of(lived_in, "ana@example.org"))
    page = browser.get("/").text
    assert [page.count(sentence) for sentence in set(said.values())] == [1, 1, 1]


def test_there_are_never_more_than_five(lived_in: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "SOURCES", cards.SOURCES * 3)
    assert len(sentences(lived_in)) == cards.MOST == 5


def test_what_finds_no_room_is_counted_and_its_place_is_named(
    lived_in: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = actor_of(lived_in, "ana@example.org")
    with lived_in.reading(ana) as unit:
        once = [card for source in cards.SOURCES for card in source(unit)]
    assert [card.icon for card in once] == ["sharing", "blocked", "eye", "clock"]
    browser = signed_in(create_app(lived_in), ana)
    assert "4 things are waiting for you." in browser.get("/").text
    assert "most pressing" not in browser.get("/").text
    monkeypatch.setattr(cards, "SOURCES", cards.SOURCES * 2)
    page = browser.get("/").text
    assert "8 things are waiting for you. Here are the five most pressing." in page
    assert page.count("card-sentence") == 5
    assert '<a href="/activity">2 more under “Who looked at your data”</a>' in page
    assert '<a href="/sharing">One more under “Sharing”</a>' in page, "the permission that ends soon"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_place_of_what_finds_no_room_has_its_name_in_every_language(
    lived_in: House, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    monkeypatch.setattr(cards, "MOST", 0)
    with use_locale(locale), lived_in.reading(actor_of(lived_in, "ana@example.org")) as unit:
        found = cards.waiting_of(unit)
    assert found.count == 4
    assert sum(count for _, _, count in found.elsewhere) == 4
    assert ("Sharing" in [name for _, name, _ in found.elsewhere]) is (locale == "en")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_cards_speak_every_language(lived_in: House, locale: str) -> None:
    english = {card.sentence for card in sentences(lived_in)}
    with use_locale(locale):
        said = {card.sentence for card in sentences(lived_in)}
    assert len(said) == len(english)
    assert (said == english) is (locale == "en")


def test_somebody_new_is_asked_for_a_name_and_nothing_else(lived_in: House) -> None:
    people.register(lived_in, "nadia@example.org")
    found = sentences(lived_in, "nadia@example.org")
    assert [card.href for card in found] == ["/data"]


def test_what_somebody_began_again_is_said_to_be_theirs(house: House) -> None:
    vendor, ana = company(house), person(house, given_name="Ana")
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
        share_again(unit, grant_id=grant.id)
    with house.reading(ana) as unit, use_locale("en"):
        found = [card.sentence for card in cards.waiting_of(unit).cards]
    assert found == ["You wanted to share again with Librería del Mar. Your answer is missing."]


def test_what_somebody_went_to_change_is_said_to_be_theirs_and_what_another_reason_asks_is_not(house: House) -> None:
    vendor, ana = company(house), person(house, given_name="Ana")
    early = asked(house, vendor, ana, detail(house), detail(house, CARE))
    given(house, ana, asked(house, vendor, ana))
    asked(house, vendor, ana, detail(house, datatypes=("profile.name",)))
    asked(house, vendor, ana, detail(house, CARE))
    with house.reading(ana) as unit, use_locale("en"):
        found = [(card.sentence, card.button) for card in cards.waiting_of(unit).cards]
        assert early.id not in reads.own_doings(unit, reads.waiting_requests(unit)), "it came before she shared anything"
    change = ("You wanted to change what you share with Librería del Mar. Your answer is missing.", "Decide now")
    assert found.count(change) == 1
    assert found.count(("Librería del Mar asks you to share some of your data.", "See what they ask")) == 2
