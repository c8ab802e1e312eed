"""Who has power here: everybody with a role, its bounds, and when it was last used, which is by what was done under it."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.dialects import postgresql, sqlite

from portal import access
from portal.accounts import service
from portal.accounts.reads import LEAD, Scope
from portal.accounts.reads.power import holdings
from portal.audit.models import DESK_EVENTS
from portal.audit.reads.worked import LAST
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.service import admit
from tests import people
from tests.accounts.test_cases import LEA, OLGA, OTTO, Desk
from tests.audit.small_facts import CITY, Looked, disclose
from tests.pressing import Entry, Walk

LATER = timedelta(minutes=5)
ADA = "ada@example.org"


@pytest.fixture
def desk(house: House, app: Flask) -> Desk:
    """Otto, who is an officer, and Ana."""
    return Desk(house, app)


def _rows(client: FlaskClient) -> list[str]:
    """The rows of the page as they are read, its head among them."""
    page = client.get("/desk/people").text
    return [unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]


def _used(desk: Desk, email: str, role: str = "officer") -> datetime | None:
    """When somebody last used a role."""
    desk.house.lead()
    with desk.house.reading() as unit:
        [found] = [one for one in holdings(unit) if (one.role.account_id, one.role.role) == (desk.accounts[email], role)]
    return found.last_used_at


def test_everybody_with_power_is_shown_with_its_bounds(desk: Desk) -> None:
    desk.officer(OLGA, LEAD)
    with desk.house.writing(SYSTEM) as unit:
        books = admit(unit, name="Corner Books").id
    given = {"auditor": {"scope": Scope(vendors=(books,))}, "staff": {"vendor_id": books, "rank": "reader"}}
    for number, (role, bounds) in enumerate(given.items()):
        ends = clock.now() + timedelta(days=number + 9)
        account_id = people.register(desk.house, f"{role}@example.org")
        with desk.house.writing(SYSTEM) as unit:
            service.grant_role(unit, account_id=account_id, role=role, expires_at=ends, **bounds)
    rows = _rows(desk.otto)
    assert len(rows) == 1 + 4
    for row, words in zip(
        rows[1:],
        (
            (people.actor(desk.house, desk.accounts[OTTO]).name, "You", "Officer", "No end is set", "Yes"),
            (people.actor(desk.house, desk.accounts[OLGA]).name, "Officer · leads", "No end is set", "Yes"),
            ("Auditor from outside", "Corner Books", "No", "Not used yet"),
            ("A company's staff · reads alone", "Corner Books", "Not counted here"),
        ),
        strict=True,
    ):
        assert all(str(word) in row for word in words), row
    assert "@" not in "".join(rows)
    lead = unescape(desk.otto.get("/desk/people").text)
    assert "a company's staff by its owners, too, in their console." in lead
    [line, _] = desk.lines("role.listed")
    assert (line.count, line.kind, line.outcome) == (4, "officer", "given")


def test_a_role_whose_time_is_over_is_power_no_more(desk: Desk) -> None:
    account_id = people.register(desk.house, "ada@example.org")
    with desk.house.writing(SYSTEM) as unit:
        ends = unit.at + timedelta(minutes=20)
        service.grant_role(unit, account_id=account_id, role="auditor", expires_at=ends)
    assert "Auditor from outside" in desk.otto.get("/desk/people").text
    with clock.moved(ends):
        assert "Auditor from outside" not in desk.otto.get("/desk/people").text


def test_a_role_is_used_by_what_is_done_under_it_and_not_by_being_here(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    assert desk.otto.get("/account").status_code == 200
    assert _used(desk, OTTO) is None
    assert ["Not used yet" in row for row in _rows(olga)[1:]] == [True, True]
    with clock.moved(LATER):
        begin = clock.now()
        assert desk.otto.get("/desk").status_code == 200
    used = _used(desk, OTTO)
    assert used is not None
    assert begin <= used < begin + LATER
    with clock.moved(2 * LATER):
        assert desk.otto.get("/account").status_code == 200
        assert _used(desk, OTTO) == used
        assert ["Not used yet" in row for row in _rows(olga)[1:]] == [False, False]


def test_what_an_officer_decides_is_a_use_as_well(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    for number, (email, act) in enumerate(
        ((OTTO, lambda: desk.opens(desk.otto)), (OLGA, lambda: desk.press(olga, "/desk/cases/1/confirm"))), 1
    ):
        with clock.moved(number * LATER):
            begin = clock.now()
            act()
        used = _used(desk, email)
        assert used is not None and used >= begin


def test_an_auditors_read_is_a_use_and_that_of_operators_is_none_and_of_staff_not_counted(desk: Desk) -> None:
    desk.accounts[ADA] = people.somebody(desk.house, ADA, "auditor", expires_at=clock.now() + timedelta(days=9))
    client = desk.browser(ADA)
    assert _used(desk, ADA, "auditor") is None
    assert client.get("/desk/entries").status_code == 200
    assert _used(desk, ADA, "auditor") is not None
    with desk.house.writing(SYSTEM) as unit:
        books = admit(unit, name="Corner Books").id
        service.grant_role(unit, account_id=desk.accounts[OTTO], role="staff", vendor_id=books, rank="owner")
        service.grant_role(unit, account_id=desk.accounts[OTTO], role="operator")
    otto = desk.browser(OTTO)
    assert ["Not counted here" in row for row in _rows(otto) if "A company's staff" in row] == [True]
    assert ["Not used yet" in row for row in _rows(otto) if "Operator" in row] == [True]


def test_whoever_is_officer_and_auditor_uses_what_they_work_as(desk: Desk) -> None:
    with desk.house.writing(SYSTEM) as unit:
        ends = unit.at + timedelta(days=9)
        service.grant_role(unit, account_id=desk.accounts[OTTO], role="auditor", expires_at=ends)
    assert desk.browser(OTTO).get("/desk").status_code == 200
    assert _used(desk, OTTO) is not None
    assert _used(desk, OTTO, "auditor") is None


def test_a_role_that_is_given_anew_was_not_used_since(desk: Desk) -> None:
    assert desk.otto.get("/desk").status_code == 200
    with desk.house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=desk.accounts[OTTO], role="officer", rank=LEAD)
    assert _used(desk, OTTO) is None


def test_a_customers_own_doings_and_a_companys_reads_are_no_use_of_a_role(desk: Desk) -> None:
    name = people.actor(desk.house, desk.accounts[OTTO]).name
    assert disclose(desk.house, Looked(holder=desk.ana.holder_id, given=(CITY,)), actor=Actor("vendor", name=name))
    assert people.post(desk.otto, "/data/profile.phone", value="+34600000000").status_code == 303
    assert _used(desk, OTTO) is None


def _past_the_index(entries: Iterable[Entry]) -> set[str]:
    """Events of officers and auditors that would count as no use of a role."""
    return {entry["event"] for entry in entries if entry["actor"]["kind"] in ("officer", "auditor")} - set(DESK_EVENTS)


@pytest.mark.engines("sqlite")  # which events there are, whatever the engine
def test_whatever_is_done_at_the_desk_counts_as_use(desk: Desk) -> None:
    lea = desk.officer(LEA, LEAD)
    case, *_waiting = [desk.opens(desk.otto) for _ in range(3)]
    assert desk.press(lea, f"{case}/confirm") == 303
    desk.accounts[ADA] = people.somebody(desk.house, ADA, "auditor", expires_at=clock.now() + timedelta(days=9))
    walks = []
    for client in (desk.otto, lea, desk.browser(ADA)):
        walks.append(Walk(desk.house, desk.app, client, _at_the_desk, (desk.ana.name or "", "+34 600 111 333")))
        walks[-1].through("/desk")
    assert set.intersection(*(set(walk.untried()) for walk in walks)) == set()
    entries = [entry for walk in walks for entry in walk.entries()]
    assert _past_the_index(entries) == set()
    assert set(DESK_EVENTS) - {entry["event"] for entry in entries} == {"case.refused"}


def _at_the_desk(permission: str) -> bool:
    return permission.partition(":")[0] in ("desk", "cases", "people") and permission in access.PERMISSIONS


def test_an_act_at_the_desk_that_would_not_count_is_caught() -> None:
    officer, system = {"kind": "officer", "id": "o"}, {"kind": "system", "id": "system"}
    entries = [{"event": "log.searched", "actor": officer}, {"event": "orders.moved", "actor": system}]
    assert _past_the_index(entries) == set()
    assert _past_the_index([*entries, {"event": "log.burnt", "actor": officer}]) == {"log.burnt"}


def test_when_a_role_was_last_used_is_found_by_its_index(house: House) -> None:
    dialect = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}[house.engine.dialect.name]
    values = {"name": "somebody", "below": 99}
    text = str(LAST.params(values).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    with house.reading() as unit:
        if house.engine.dialect.name == "postgresql":
            unit.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        kind = "EXPLAIN QUERY PLAN" if house.engine.dialect.name == "sqlite" else "EXPLAIN"
        plan = " ".join(str(row) for row in unit.connection.exec_driver_sql(f"{kind} {text}"))
    assert "ix_log_entries_desk" in plan, plan
