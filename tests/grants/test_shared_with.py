"""A company's people see what is shared with it: the API's very answers, decided and written down as any read is."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.accounts import service as accounts
from portal.accounts.models import Role
from portal.grants.service import revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.links.service import pause, resume, set_number
from portal.orders.service import hide
from portal.vendors.reads import vendor_of
from portal.vendors.service import allow_purpose
from tests.audit.faults import refusing
from tests.grants.cast import CARE, DELIVERY, detail, person, signed_in
from tests.oauth.cast import Program, bearing, consented, entries, own_token, program
from tests.orders.cast import an_order, join, line, list_of, tell
from tests.promises.outside import size_of_the_log
from tests.vendors.consoles import at_work

NAMES = ("profile.name", "profile.email", "profile.phone")
ORDERS = ("orders.header", "orders.line", "orders.line.category")
_PRE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)


class Counter:
    """Somebody at the company's counter, before the console."""

    def __init__(self, app: Flask, house: House, made: Program, rank: str = "agent") -> None:
        with house.reading() as unit:
            self.shop = vendor_of(unit, made.vendor_id)
        self.made, self.house = made, house
        self.client: FlaskClient = at_work(app, house, self.shop, f"{rank}@shop.example", rank)
        self.machine = app.test_client(use_cookies=False)

    def look(self, what: str = "", purpose: str | None = DELIVERY, **query: str) -> TestResponse:
        """A page of the console."""
        asked = {"purpose": purpose, **query} if purpose else query
        return self.client.get(f"/console/{self.shop.slug}/shared{what}", query_string=asked)

    def answer(self, page: TestResponse) -> Any:
        """The answer as it stands in the technical view."""
        [shown] = _PRE.findall(page.text)
        return json.loads(unescape(shown))

    def read(self, path: str, **query: str) -> Any:
        """The same by the API, with a token of the company's own."""
        token = own_token(self.machine, self.made)
        answer = self.machine.get(f"/api/v1/{path}", query_string=query, headers=bearing(token))
        assert answer.status_code == 200, answer.text
        return answer.json

    def file(self, what: str = ".csv", purpose: str = DELIVERY) -> list[list[str]]:
        """A file, row by row."""
        answer = self.look(what, purpose)
        assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
        return list(csv.reader(io.StringIO(answer.text)))


@pytest.fixture
def shop(house: House) -> Program:
    """A company with a program, which may ask for all of this."""
    made = program(house)
    with house.writing(SYSTEM) as unit:
        allow_purpose(unit, vendor_id=made.vendor_id, purpose=DELIVERY, datatypes=(*NAMES, *ORDERS))
    return made


@pytest.fixture
def counter(app: Flask, house: House, shop: Program) -> Counter:
    """Somebody who serves its customers."""
    return Counter(app, house, shop)


def shares(app: Flask, shop: Program, customer: Actor, names: tuple[str, ...] = NAMES, **more: Any) -> Any:
    """The customer says yes to these fields; gives the permission."""
    purpose = more.pop("purpose", DELIVERY)
    return consented(app, shop, customer, detail(app.extensions["house"], purpose, names, (), **more))[1]


def test_promise_5_a_page_holds_the_very_answer_that_the_api_gives(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    ana, pere = person(house, given_name="Ana", phone="+34972200000"), person(house, "pere@example.org")
    shares(app, shop, ana)
    shares(app, shop, pere, ("profile.email",))
    shown = counter.answer(counter.look())
    assert shown["profiles"] == counter.read("profiles", purpose=DELIVERY)["profiles"]
    assert [one["profile"] for one in shown["profiles"]] == [
        {"name": "Ana", "email": "ana@example.org", "phone": "+34972200000"},
        {"email": "pere@example.org"},
    ]
    page = counter.look().text
    for words in ("Ana", "+34 972 20 00 00", "pere@example.org", shown["profiles"][0]["sub"]):
        assert words in page


def test_promise_1_without_a_permission_for_the_purpose_nobody_is_shown(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    shares(app, shop, person(house, given_name="Ana"))
    page = counter.look(purpose=CARE)
    assert (page.status_code, "Nobody shares anything for this now" in page.text) == (200, True)
    assert "Ana" not in page.text
    assert counter.answer(page)["profiles"] == []


def test_promise_3_each_customer_on_a_page_has_an_entry_that_names_the_person_beside_the_company(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    people = [person(house, f"p{n}@example.org") for n in range(3)]
    for one in people:
        shares(app, shop, one)
    house.lead()
    before = size_of_the_log(house)
    page = counter.look()
    assert size_of_the_log(house) == before + 3, "appended before the page left"
    looks = entries(house, "profile.disclosed")
    assert len({look["customer"] for look in looks}) == 3
    for look in looks:
        assert look["actor"]["kind"] == "staff"
        assert look["request"] == page.headers["X-Request-Id"]
        assert look["route"] == "/console/<slug>/shared"
        assert "token" not in look
    assert len({look["actor"]["id"] for look in looks}) == 1
    assert len({look["vendor"] for look in looks}) == 1


def test_the_customer_reads_that_a_person_of_the_company_looked_and_under_which_name(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    ana = person(house, given_name="Ana")
    shares(app, shop, ana)
    counter.look()
    look = entries(house, "profile.disclosed")[-1]
    browser = signed_in(app, ana)
    listed = browser.get("/activity").text
    assert f"It was a person at {counter.shop.name}, not a program." in listed
    line = browser.get(f"/activity/{look['index']}").text
    assert f"A person at {counter.shop.name}" in line
    assert look["actor"]["id"] in line


def test_of_a_programs_look_no_person_is_said(app: Flask, house: House, shop: Program, counter: Counter) -> None:
    ana = person(house)
    shares(app, shop, ana)
    counter.read("profiles", purpose=DELIVERY)
    assert "It was a person at" not in signed_in(app, ana).get("/activity").text


def test_promise_3_where_no_entry_can_be_written_no_personal_byte_leaves(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    shares(app, shop, person(house, given_name="Anastasia"))
    house.lead()
    with refusing("log_entries")(house):
        for what in ("", ".csv"):
            answer = counter.look(what)
            assert (answer.status_code, "Anastasia" in answer.text, "ana@" in answer.text) == (503, False, False)
    assert "Anastasia" in counter.look().text


def test_promise_2_after_a_stop_the_next_look_is_refused_and_stands_on_record(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    ana = person(house, given_name="Anastasia")
    grant = shares(app, shop, ana)
    [sub] = [one["sub"] for one in counter.answer(counter.look())["profiles"]]
    assert counter.look(sub=sub).status_code == 200
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    assert counter.answer(counter.look())["profiles"] == []
    refused = counter.look(sub=sub)
    assert (refused.status_code, "the customer had stopped this permission" in refused.text) == (403, True)
    assert "Anastasia" not in refused.text
    blocked = entries(house, "read.refused")[-1]
    assert (blocked["actor"]["kind"], blocked["reason"]) == ("staff", "revoked")
    assert "tried to look" in signed_in(app, ana).get(f"/activity/{blocked['index']}").text


def test_promise_2_a_pause_and_an_end_are_decided_at_the_look(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    ana = person(house, given_name="Ana")
    grant = shares(app, shop, ana, days=3)
    for verb, shown in ((pause, 0), (resume, 1)):
        with house.writing(ana) as unit:
            verb(unit, link_id=grant.link_id)
        assert len(counter.answer(counter.look())["profiles"]) == shown
    with clock.moved(timedelta(days=3)):
        assert "Ana" not in Counter(app, house, shop, "owner").look().text


def test_a_permission_for_two_looks_gives_two_whoever_looks(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    shares(app, shop, person(house), frequency={"max": 2, "period": "P7D"})
    assert len(counter.answer(counter.look())["profiles"]) == 1
    assert len(counter.read("profiles", purpose=DELIVERY)["profiles"]) == 1
    assert counter.answer(counter.look())["profiles"] == []
    assert len(counter.file()) == 1


def test_promise_6_what_is_hidden_leaves_no_trace_on_the_page_or_in_the_file(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    seller, ana = program(house, "Fruites Pla"), person(house)
    tell(house, seller.vendor_id, an_order("F-1", "c1", line("Pears")), an_order("F-2", "c1", line("Figs"), day=2))
    join(house, seller, "c1", ana)
    shares(app, shop, ana, ORDERS)
    with_both = counter.look("/orders").text
    assert "Pears" in with_both and "Figs" in with_both
    figs = next(order for order in list_of(house, ana) if order.number == "F-2")
    with house.writing(ana) as unit:
        hide(unit, order_id=figs.id)
    page, rows = counter.look("/orders"), counter.file("/orders.csv")
    assert counter.answer(page) == counter.read("orders", purpose=DELIVERY, basis="grant")
    assert "Pears" in page.text and "Figs" not in page.text and "F-2" not in page.text
    assert [row[rows[0].index("name")] for row in rows[1:]] == ["Pears"]


def test_the_companys_own_number_leads_to_one_customer(app: Flask, house: House, shop: Program, counter: Counter) -> None:
    ana, pere = person(house, given_name="Ana"), person(house, "pere@example.org", given_name="Pere")
    grant = shares(app, shop, ana)
    shares(app, shop, pere)
    with house.writing(SYSTEM) as unit:
        set_number(unit, link_id=grant.link_id, number="K-17")
    page = counter.look(number="K-17")
    assert "K-17" in page.text and "Ana" in page.text and "Pere" not in page.text
    assert counter.look(number="K-18").status_code == 404
    assert counter.look(sub="nobody").status_code == 404


def test_a_file_holds_all_customers_page_after_page_each_on_record(
    app: Flask, house: House, shop: Program, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.grants.routes.looking.MOST", 2)
    for n in range(5):
        shares(app, shop, person(house, f"p{n}@example.org", given_name=f"P{n}"))
    rows = counter.file()
    assert rows[0] == ["sub", "number", "profile.name", "profile.email", "profile.phone"]
    assert sorted(row[2] for row in rows[1:]) == [f"P{n}" for n in range(5)]
    assert len(entries(house, "profile.disclosed")) == 5


def test_a_file_that_loses_its_role_on_the_way_ends_before_the_next_page(
    app: Flask, house: House, shop: Program, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.grants.routes.looking.MOST", 1)
    for n in range(3):
        shares(app, shop, person(house, f"p{n}@example.org", given_name=f"P{n}"))
    stream = counter.client.get(
        f"/console/{counter.shop.slug}/shared.csv", query_string={"purpose": DELIVERY}, buffered=False
    ).iter_encoded()
    assert b"P0" in next(stream)
    with house.writing(SYSTEM) as unit:
        agent = unit.connection.execute(select(Role.id).where(Role.role == "staff", Role.rank == "agent")).scalar_one()
        accounts.end_role(unit, role_id=agent)
    with pytest.raises(Exception, match="not-found"):
        next(stream)
    assert len(entries(house, "profile.disclosed")) == 1


def test_attack_73_85_no_cell_of_a_file_is_a_formula(app: Flask, house: House, shop: Program, counter: Counter) -> None:
    seller, ana = program(house, "Fruites Pla"), person(house)
    tell(house, seller.vendor_id, an_order("F-1", "c1", *map(line, ("=1+1", "@SUM(A1)", "+34", "-2", "|calc", "%0A"))))
    join(house, seller, "c1", ana)
    shares(app, shop, ana, (*ORDERS, "profile.phone"))
    text = counter.look("/orders.csv").text
    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell[:1] in tuple("=+-@\t\r|%")]


def test_it_is_for_owners_and_agents_of_that_company_alone(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    shares(app, shop, person(house, given_name="Anastasia"))
    developer = Counter(app, house, shop, "developer")
    for what in ("", "/orders", ".csv", "/orders.csv"):
        assert (counter.look(what).status_code, developer.look(what).status_code) == (200, 403)
    other = Counter(app, house, program(house, "Fruites Pla"), "owner")
    for what in ("", "/orders", ".csv", "/orders.csv"):
        theirs = other.client.get(f"/console/{counter.shop.slug}/shared{what}", query_string={"purpose": DELIVERY})
        assert (theirs.status_code, "Anastasia" in theirs.text) == (404, False)


def test_choosing_a_purpose_says_how_many_share_and_names_nobody(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    shares(app, shop, person(house, given_name="Anastasia"))
    house.lead()
    before = len(entries(house, "profile.disclosed"))
    page = counter.look(purpose=None).text
    assert "1 customer shares for it" in page and "Anastasia" not in page
    assert len(entries(house, "profile.disclosed")) == before


def test_orders_are_offered_only_where_the_company_may_ask_for_them_or_is_shared_some(
    app: Flask, house: House, shop: Program, counter: Counter
) -> None:
    def offered() -> tuple[bool, bool]:
        button = re.search(r"/shared/orders\?purpose=[^\"]*DeliveryOfGoods\"", counter.look(purpose=None).text)
        return button is not None, ">Orders</th>" in counter.look().text

    def may_ask_for(*names: str) -> None:
        with house.writing(SYSTEM) as unit:
            allow_purpose(unit, vendor_id=shop.vendor_id, purpose=DELIVERY, datatypes=names)

    shares(app, shop, person(house, given_name="Ana"))
    assert offered() == (True, False), "nobody on the page shares any"
    may_ask_for(*NAMES)
    assert offered() == (False, False)
    may_ask_for(*NAMES, *ORDERS)
    shares(app, shop, person(house, "pere@example.org"), (*NAMES, *ORDERS))
    may_ask_for(*NAMES)
    assert offered() == (True, True), "what is shared already is not ended by it"


def test_the_reason_stands_there_as_what_customers_read(app: Flask, counter: Counter) -> None:
    for what in ("", "/orders"):
        assert "Customers read as the reason: To bring you what you ordered." in counter.look(what).text


@pytest.mark.parametrize("query", [{"purpose": "x" * 200}, {"purpose": "a\x00b"}, {"number": "\x00"}, {"cursor": "made-up"}])
def test_what_no_page_of_ours_sends_is_refused_and_breaks_nothing(counter: Counter, query: dict[str, str]) -> None:
    assert counter.look(**query).status_code in (400, 404)

