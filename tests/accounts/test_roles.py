"""Roles: what each lets do, what bounds it, and that it ends by itself."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import service
from portal.accounts.reads import LEAD, Scope, held_roles, role_live, roles_of
from portal.audit.reads import Line, size_of
from portal.audit.search import Query, batches
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.service import admit
from tests import people
from tests.audit.small_facts import CITY, NAME, Looked, disclose

AUDITOR = "ada@example.org"
SHOWN = re.compile(r'<td><a href="/desk/entries/(\d+)["?]')
HOUR = timedelta(hours=1)


class Record:
    """Two companies that looked at one customer, and whoever is let in to read about it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ana = people.actor(house, people.register(house, "ana@example.org"))
        with house.writing(SYSTEM) as unit:
            self.books, self.lamps = (admit(unit, name=name).id for name in ("Corner Books", "Casa Lumen"))
        for vendor in (self.books, self.lamps):
            self.looks(vendor)

    def looks(self, vendor: bytes) -> None:
        """A company looks at the customer."""
        fact = Looked(holder=self.ana.holder_id, vendor=vendor, asked=(CITY, NAME), given=(CITY,))
        assert disclose(self.house, fact, actor=Actor("vendor", name="some-client"))

    def auditor(self, client: FlaskClient, scope: Scope | None, until: datetime | None = None) -> bytes:
        """Somebody from outside, signed in."""
        ends = until or clock.now() + timedelta(days=30)
        account_id = people.somebody(self.house, AUDITOR, "auditor", scope=scope, expires_at=ends)
        people.sign_in(client, AUDITOR)
        return account_id

    def lines(self) -> list[Line]:
        """All entries."""
        self.house.lead()
        with self.house.reading() as unit:
            return [line for batch in batches(unit, Query(), size_of(unit.connection)) for line in batch]


@pytest.fixture
def record(house: House) -> Record:
    """A log of two companies."""
    return Record(house)


def found(client: FlaskClient, query: str = "") -> list[int]:
    """The entries that a search shows."""
    answer = client.get(f"/desk/entries?{query}")
    assert answer.status_code == 200
    return [int(index) for index in SHOWN.findall(answer.text)]


def test_an_auditor_sees_the_entries_of_named_companies_and_no_others(record: Record, client: FlaskClient) -> None:
    record.auditor(client, Scope(vendors=(record.books,)))
    lines = record.lines()
    wanted = {line.index for line in lines if line.vendor == record.books}
    assert wanted
    for query in ("", f"customer={lines[-1].customer or ''}", f"company={text_of(record.books)}", "event=vendor."):
        assert set(found(client, query)) <= wanted, query
    assert set(found(client)) == wanted
    for line in lines:
        assert client.get(f"/desk/entries/{line.index}").status_code == (200 if line.index in wanted else 404)
    exported = client.get("/desk/export.jsonl").text
    assert exported.count("\n") == len(wanted)
    assert text_of(record.lamps) not in exported + client.get("/desk/export.csv").text


def test_a_company_outside_of_an_auditors_part_is_none_that_can_be_chosen(record: Record, client: FlaskClient) -> None:
    record.auditor(client, Scope(vendors=(record.books,)))
    page = client.get(f"/desk/entries?company={text_of(record.lamps)}").text
    assert "Casa Lumen" not in page
    assert SHOWN.findall(page) == []
    assert client.get(f"/desk/export.csv?company={text_of(record.lamps)}").status_code == 422


def test_an_auditor_sees_nothing_from_before_the_first_day(record: Record, client: FlaskClient) -> None:
    since = clock.now() + timedelta(seconds=1)
    with clock.moved(since + timedelta(seconds=1)):
        record.looks(record.lamps)
        record.auditor(client, Scope(since=since))
        lines = record.lines()
        assert set(found(client)) >= {line.index for line in lines if line.time >= since}
        before = [line.index for line in lines if line.time < since]
        assert before
        assert not set(found(client)) & set(before)
        assert {client.get(f"/desk/entries/{index}").status_code for index in before} == {404}


def test_a_role_whose_time_is_over_opens_nothing_although_nobody_ended_it(record: Record, client: FlaskClient) -> None:
    until = clock.now() + timedelta(minutes=30)
    account_id = record.auditor(client, None, until)
    with clock.moved(until - timedelta(seconds=30)):
        assert client.get("/desk").status_code == 200
    with clock.moved(until):
        assert client.get("/desk").status_code == 403
        with record.house.reading() as unit:
            assert roles_of(unit, account_id) == []
            assert held_roles(unit) == []
    with record.house.reading() as unit:
        wanted = [(account_id, "auditor")]
        assert role_live(unit.connection, wanted, until - timedelta(seconds=1)) == set()
        assert role_live(unit.connection, wanted, until) == {0}


def test_an_export_stops_where_the_auditors_time_is_over(
    record: Record, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = clock.now() + HOUR / 2
    record.auditor(client, None, until)
    answer = client.get("/desk/export.csv", buffered=False)
    stream = iter(answer.response)
    next(stream)
    with clock.moved(until), pytest.raises(Exception, match="ended"):
        list(stream)


OFFICERS_ALONE = [("POST", "/desk/verify")]


@pytest.mark.parametrize(("method", "path"), OFFICERS_ALONE)
def test_attack_89_an_auditor_does_nothing_but_read_the_record(
    record: Record, client: FlaskClient, method: str, path: str
) -> None:
    record.auditor(client, None)
    fields = {"csrf_token": people.csrf_of(client, "/language")} if method == "POST" else None
    assert client.open(path, method=method, data=fields).status_code == 403
    assert "Verify now" not in client.get("/desk").text


def test_attack_89_no_path_outside_the_desk_makes_anybody_an_officer_or_an_auditor(
    record: Record, client: FlaskClient
) -> None:
    record.auditor(client, None)
    client.get("/account")
    client.get("/desk")
    kinds = {line.kind for line in record.lines() if line.event.startswith("log.")}
    assert kinds == {"auditor"}
    people.register(record.house, "joan@example.org")
    other = client.application.test_client()
    people.sign_in(other, "joan@example.org")
    assert other.get("/desk").status_code == 403


def test_attack_89_a_role_that_is_given_anew_has_the_new_bounds_alone_and_ends_sessions(
    record: Record, app: Flask, client: FlaskClient
) -> None:
    account_id = record.auditor(client, None)
    assert set(found(client)) > {line.index for line in record.lines() if line.vendor == record.books}
    with record.house.writing(SYSTEM) as unit:
        scope, ends = Scope(vendors=(record.books,)), unit.at + HOUR
        first = service.grant_role(unit, account_id=account_id, role="auditor", scope=scope, expires_at=ends)
        again = service.grant_role(unit, account_id=account_id, role="auditor", scope=scope, expires_at=ends)
    assert first == again
    assert client.get("/desk").status_code == 303
    people.sign_in(client, AUDITOR)
    assert set(found(client)) == {line.index for line in record.lines() if line.vendor == record.books}
    with record.house.reading() as unit:
        assert [role.scope for role in roles_of(unit, account_id)] == [scope]


Bounds = dict[str, object]


@pytest.mark.parametrize(
    "bounds",
    [
        lambda unit_at: {"role": "auditor"},
        lambda unit_at: {"role": "auditor", "expires_at": unit_at},
        lambda unit_at: {"role": "auditor", "expires_at": unit_at + HOUR, "rank": LEAD},
        lambda unit_at: {"role": "officer", "scope": Scope()},
        lambda unit_at: {"role": "officer", "rank": "owner"},
        lambda unit_at: {"role": "customer", "rank": LEAD},
        lambda unit_at: {"role": "lead"},
        lambda unit_at: {"role": "staff"},
    ],
)
def test_attack_89_a_role_without_its_bounds_or_with_anothers_is_not_given(
    house: House, bounds: Callable[[datetime], Bounds]
) -> None:
    account_id = people.register(house, "rada@example.org")
    with pytest.raises(Invalid), house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=account_id, **bounds(unit.at))


def test_a_lead_is_an_officer_with_one_right_more(house: House) -> None:
    plain = people.officer(house)
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=plain, role="officer", rank=LEAD)
    assert people.actor(house, plain).roles == {"customer", "officer", LEAD}
    with house.reading() as unit:
        assert [role.rank for role in roles_of(unit, plain)] == [LEAD]
        assert role_live(unit.connection, [(plain, "officer"), (plain, LEAD)], unit.at) == set()


def test_what_bounds_a_role_stands_in_the_record(record: Record, client: FlaskClient) -> None:
    record.auditor(client, Scope(vendors=(record.books,)))
    granted = [line for line in record.lines() if line.event == "role.granted"][-1]
    assert granted.detail["companies"] == [text_of(record.books)]
    assert granted.detail["until"] > 0
