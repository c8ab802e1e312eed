"""The demonstration's half year: made through services, pages and API, so that every page has something true to show."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.app import create_app
from portal.audit.models import LogEntry
from portal.audit.report import SOUND
from portal.audit.verify import verify
from portal.demo.cast import ANA, COMPANIES, INSURER, JOAN, OFFICER, PASSWORD, STAFF
from portal.demo.run import set_up
from portal.kernel import clock
from portal.kernel.clock import from_micros
from portal.kernel.house import House, use_house
from portal.kernel.jobs import Job, run_due
from portal.kernel.log_queue import QueuedFact
from portal.kernel.mail import newest_mails
from portal.orders.models import Order
from tests.plain_browser import Browser
from tests.promises.cast import Inside


@pytest.fixture(scope="module")
def app(make_module_house: Callable[..., House]) -> Iterator[Flask]:
    """The portal after half a year."""
    house = make_module_house("sqlite", demo=True)
    with use_house(house):
        app = create_app(house)
        set_up(house, app)
        yield app


@pytest.fixture
def house(app: Flask) -> House:
    """Its house."""
    found: House = app.extensions["house"]
    return found


def signed_in(app: Flask, email: str) -> Browser:
    """Somebody of the cast before a browser."""
    browser = Browser(Inside(app.test_client())).open("/sign-in")
    browser.write("E-mail address", email)
    browser.write("Password", PASSWORD)
    return browser.press("Sign in")


def entries(house: House) -> list[dict[str, Any]]:
    """The log."""
    with house.reading() as unit:
        return [
            json.loads(body) for body in unit.connection.execute(select(LogEntry.body).order_by(LogEntry.idx)).scalars()
        ]


def test_ana_has_forty_orders_of_companies_one_of_her_own_and_the_bookshop_three_more_to_be_found(app: Flask) -> None:
    assert "41 orders" in signed_in(app, ANA.email).open("/orders").text
    assert Counter(entry["event"] for entry in entries(app.extensions["house"]))["order.put"] == 43


def test_half_a_year_holds_reads_refusals_a_pause_and_a_stop(house: House) -> None:
    told = entries(house)
    events = Counter(entry["event"] for entry in told)
    assert events["profile.disclosed"] + events["orders.disclosed"] >= 100
    assert {entry["reason"] for entry in told if entry["event"] == "read.refused"} == {"revoked", "paused"}
    assert events["grant.given"] == 4
    assert events["grant.revoked"] == events["link.paused"] == events["log.verified"] == events["privacy.written"] == 1
    days = [from_micros(entry["at"]) for entry in told]
    assert timedelta(days=180) < days[-1] - days[0] < timedelta(days=190)


def test_the_log_tells_the_story_forwards_and_verifies(house: House) -> None:
    told = entries(house)
    assert [entry["time"] for entry in told] == sorted(entry["time"] for entry in told)
    late = [entry["event"] for entry in told if entry["time"] - entry["at"] > 60_000_000]
    assert late == [], "it was recorded at the hour at which it happened"
    assert verify(house).exit_code == SOUND


def test_letters_are_dated_when_they_were_written_and_have_left(house: House) -> None:
    with house.reading() as unit:
        letters = newest_mails(unit)
    own = [letter.to for letter in letters if letter.stop is None]
    # Who may act for Ana: she is told of the yes, Joan was asked. Before that he proved his address.
    assert own[:5] == [ANA.email, JOAN.email, JOAN.email, ANA.email, "privacy@casalumen.example"]
    assert {letter.state for letter in letters} == {"delivered"}
    assert all(letter.created_at < clock.now() - timedelta(hours=5) for letter in letters)


def test_nothing_of_the_story_happens_later(house: House) -> None:
    house.lead()
    before = len(entries(house))
    with clock.moved(timedelta(days=10)):
        run_due(house)
        house.lead()
    assert len(entries(house)) == before
    with house.reading() as unit:
        assert set(unit.connection.execute(select(Job.state).distinct()).scalars()) == {"done"}


SHOWN = {
    "/": ("4 things are waiting for you.",),
    "/data": ("Carrer de la Mar 14", "Library card", "companies can read it"),
    "/sharing": ("Until", "Ends on", "Paused", "What you shared has ended.", "Last looked"),
    "/activity": ("Worth a second glance", "Blocked attempt", "outside the hours", "three times as often"),
    "/orders": ("41 orders", "Hidden", "On its way", "Being prepared"),
    "/messages/mails": ("Your letter to Casa Lumen",),
}


@pytest.mark.parametrize("place", SHOWN)
def test_each_of_anas_five_places_has_something_true_to_show(app: Flask, place: str) -> None:
    page = signed_in(app, ANA.email).open(place)
    assert page.status == 200
    missing = [words for words in SHOWN[place] if words not in page.text]
    assert missing == [], page.text


def test_joan_is_new_and_is_told_what_to_do(app: Flask) -> None:
    # Before the walk below: what an officer opens there may be a look at Joan.
    joan = signed_in(app, JOAN.email)
    assert "We do not know your name yet." in joan.open("/").text
    assert "No company has anything yet" in joan.open("/sharing").text
    assert "Nobody has looked yet" in joan.open("/activity").text
    assert "No orders yet" in joan.open("/orders").text


@pytest.mark.parametrize("email", [ANA.email, JOAN.email, OFFICER.email, STAFF[0].email])
def test_every_page_that_leads_on_from_another_opens(app: Flask, email: str) -> None:
    browser = signed_in(app, email)
    waiting, seen = ["/", "/account", "/data/add", "/demo/mail", "/promises"], Counter[str]()
    while waiting:
        path = waiting.pop().partition("#")[0]
        kind = re.sub(r"/[\w-]{22}|/\d+|=.*", "/…", path)
        seen[kind] += 1
        # Two of a kind, and each address once.
        if seen[path] > (kind == path) or seen[kind] > 2:
            continue
        seen[path] += kind != path
        assert browser.open(path).status == 200, path
        waiting += [href for _, href in browser.page.links if href.startswith("/")]
    assert len(seen) > 12


def test_each_companys_order_numbers_rise_with_time(house: House) -> None:
    with house.reading() as unit:
        rows = unit.connection.execute(select(Order.vendor_id, Order.placed_at, Order.number)).all()
    numbers: dict[bytes, list[int]] = {}
    for row in sorted(rows, key=lambda row: row.placed_at):
        numbers.setdefault(row.vendor_id, []).append(int(row.number.partition("-")[2]))
    assert len(numbers) == 5
    assert all(of_one == sorted(of_one) for of_one in numbers.values())


def test_the_officer_is_told_apart_where_one_signs_in_and_greeted_by_name(app: Flask) -> None:
    panel = Browser(Inside(app.test_client())).open("/sign-in").text
    assert f"{OFFICER.name} Audit desk {OFFICER.email}" in panel
    assert f"{ANA.name} {ANA.email}" in panel
    assert "Hello, Olga" in signed_in(app, OFFICER.email).open("/").text


def test_each_company_has_somebody_whom_its_console_lets_in(app: Flask) -> None:
    panel = Browser(Inside(app.test_client())).open("/sign-in").text
    names = {company.key: company.name for company in (*COMPANIES, INSURER)}
    for person in STAFF:
        assert f"{person.name} Console of {names[person.company or '']} {person.email}" in panel
        page = signed_in(app, person.email).open("/console")
        assert "What is set up" in page.text, person.email
        assert person.name.partition(" ")[0] in page.text, "in the menu"


def test_the_desk_tells_of_a_verification_and_finds_the_refusals(app: Flask) -> None:
    officer = signed_in(app, OFFICER.email)
    assert "Last verification at this desk Sound" in officer.open("/desk").text
    officer.follow("Search").choose("Outcome", "Blocked")
    assert officer.press("Search").text.count("read.refused a company's program") == 4


@pytest.mark.slow
@pytest.mark.parametrize("opening", ["2028-02-29T00:04:00", "2027-03-28T01:30:00"])
def test_it_can_be_told_at_any_hour_of_any_day(make_house: Callable[..., House], opening: str) -> None:
    house = make_house("sqlite", demo=True)
    with use_house(house), clock.moved(datetime.fromisoformat(opening).replace(tzinfo=UTC)):
        set_up(house, create_app(house))
        with house.reading() as unit:
            assert unit.connection.execute(select(func.count(QueuedFact.id))).scalar_one() == 0
        assert verify(house).exit_code == SOUND
        assert Counter(entry["event"] for entry in entries(house))["order.put"] == 43
