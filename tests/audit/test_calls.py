"""A company's own calls, from the entries that they left: its own alone, without a customer, found by an index."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.dialects import postgresql, sqlite

from portal.audit.reads import calls
from portal.audit.reads.calls import OLDEST, USE, WALK, Sought, calls_of, use_of
from portal.audit.routes.calls import highest_of
from portal.grants.decision import PURPOSE_NEEDED, REASONS
from portal.grants.service import revoke
from portal.kernel import i18n
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.oauth.remedies import REMEDIES
from portal.vendors.reads import vendor_of
from tests.grants.cast import DELIVERY, person
from tests.oauth.cast import Program, answered, bearing, consented, entries, own_token, profile, program, redeem
from tests.vendors.consoles import at_work


@pytest.fixture
def shop(house: House) -> Program:
    """A company with a program."""
    return program(house)


@pytest.fixture
def developer(app: Flask, house: House, shop: Program) -> FlaskClient:
    """Whoever looks after its machines, before the console."""
    return at_work(app, house, company_of(house, shop), "dev@shop.example", "developer")


def company_of(house: House, made: Program) -> Any:
    """The row of a program's company."""
    with house.reading() as unit:
        return vendor_of(unit, made.vendor_id)


def page(client: FlaskClient, house: House, shop: Program, **query: str) -> str:
    """The page of calls."""
    answer = client.get(f"/console/{company_of(house, shop).slug}/calls", query_string=query)
    assert answer.status_code == 200
    return answer.text


def test_each_call_is_one_line_with_its_request_id_and_a_refused_one_with_reason_and_remedy(
    app: Flask, house: House, client: FlaskClient, shop: Program, developer: FlaskClient
) -> None:
    people = [person(house, f"p{n}@example.org", given_name="Anastasia") for n in range(3)]
    made = [consented(app, shop, one) for one in people]
    token = redeem(client, shop, answered(made[0][0])["code"]).json["access_token"]
    own = own_token(client, shop)
    walked = client.get("/api/v1/profiles", query_string={"purpose": DELIVERY}, headers=bearing(own))
    with house.writing(people[0]) as unit:
        revoke(unit, grant_id=made[0][1].id)
    refused = profile(client, token)
    text = page(developer, house, shop)
    for answer in (walked, refused):
        assert text.count(answer.headers["X-Request-Id"]) == 1
    assert "<code>/api/v1/profiles</code>" in text and "3 entries" in text
    assert "<code>revoked</code>" in text and refused.json["detail"] in text
    assert "Anastasia" not in text and "example.org" not in text
    assert not [one for one in entries(house) if one.get("customer") and one["customer"] in text]


def test_calls_are_narrowed_by_outcome_program_and_request(
    app: Flask, house: House, client: FlaskClient, shop: Program, developer: FlaskClient
) -> None:
    back, grant = consented(app, shop, ana := person(house))
    token = redeem(client, shop, answered(back)["code"]).json["access_token"]
    given = profile(client, token).headers["X-Request-Id"]
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    refused = profile(client, token).headers["X-Request-Id"]
    for query, shown in (
        ({"outcome": "refused"}, {refused}),
        ({"outcome": "given"}, {given}),
        ({"request": given}, {given}),
        ({"program": shop.client_id}, {given, refused}),
        ({"request": text_of(bytes(16))}, set()),
    ):
        text = page(developer, house, shop, **query)
        assert {one for one in (given, refused) if f"<code>{one}</code>" in text} == shown, query
    assert "Request ids have 22 characters: letters, digits, “-” and “_”." in page(developer, house, shop, request="no id")


def test_nothing_of_another_companys_is_counted_or_shown(
    app: Flask, house: House, client: FlaskClient, shop: Program, developer: FlaskClient
) -> None:
    other, ana = program(house, "Fruites Pla"), person(house)
    back, _ = consented(app, other, ana)
    theirs = profile(client, redeem(client, other, answered(back)["code"]).json["access_token"])
    text = page(developer, house, shop)
    assert theirs.headers["X-Request-Id"] not in text and "No such calls" in text
    assert developer.get(f"/console/{company_of(house, other).slug}/calls").status_code == 404
    agent = at_work(app, house, company_of(house, shop), "agent@shop.example", "agent")
    assert agent.get(f"/console/{company_of(house, shop).slug}/calls").status_code == 403


def test_use_by_day_counts_calls_and_not_entries(
    app: Flask, house: House, client: FlaskClient, shop: Program, developer: FlaskClient
) -> None:
    assert "the highest bar" not in page(developer, house, shop), "where there is none"
    for n in range(3):
        consented(app, shop, person(house, f"p{n}@example.org"))
    own = own_token(client, shop)
    for _ in range(2):
        client.get("/api/v1/profiles", query_string={"purpose": DELIVERY}, headers=bearing(own))
    client.get("/api/v1/orders", headers=bearing("fha_nobody"))
    house.lead()
    with house.reading() as unit:
        use, left_out = use_of(unit, shop.vendor_id, [shop.client_id])
    assert (len(use), use[-1].answered, use[-1].refused, left_out) == (30, 3, 0, False)
    assert sum(day.answered for day in use[:-1]) == 0
    assert f"the highest bar ({i18n.day(use[-1].day)}): 3" in page(developer, house, shop)


def test_no_day_is_named_as_the_highest_bar_where_several_are_as_high() -> None:
    days = [calls.DayOfUse(date(2026, 11, n), answered, 0) for n, answered in ((1, 4), (2, 0), (3, 4), (4, 1))]
    assert [one.day.day for one in highest_of(days)] == [1, 3]
    assert [one.day.day for one in highest_of(days[1:])] == [3]
    assert highest_of(days[1:2]) == []


def test_pages_follow_each_other_without_gap_or_repeat(
    app: Flask, house: House, client: FlaskClient, shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PAGE", 2)
    consented(app, shop, person(house))
    own = own_token(client, shop)
    made = [
        client.get("/api/v1/profiles", query_string={"purpose": DELIVERY}, headers=bearing(own)).headers["X-Request-Id"]
        for _ in range(5)
    ]
    house.lead()
    seen, below = [], None
    with house.reading() as unit:
        while True:
            found = calls_of(unit, shop.vendor_id, [shop.client_id], Sought(outcome="given"), below=below)
            seen += [call.request for call in found.calls]
            if (below := found.older) is None:
                break
    assert seen == made[::-1]


def test_the_calls_of_a_company_are_found_by_the_index_of_its_entries(house: House) -> None:
    mine = {"vendor": text_of(bytes(16)), "first": 0, "below": 10, "programs": ["nobody"]}
    for statement in (WALK, OLDEST, USE):
        assert "ix_log_entries_vendor_idx" in plan_of(house, statement, mine)


def plan_of(house: House, statement: Any, values: dict[str, Any]) -> str:
    """How the engine goes about it."""
    name = house.engine.dialect.name
    dialect = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}[name]
    mine = {key: value for key, value in values.items() if key in statement.compile().params}
    text = str(statement.params(mine).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    with house.reading() as unit:
        if name == "postgresql":
            unit.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        kind = "EXPLAIN QUERY PLAN" if name == "sqlite" else "EXPLAIN"
        return " ".join(str(row) for row in unit.connection.exec_driver_sql(f"{kind} {text}"))


def test_every_reason_that_stops_a_read_has_a_remedy() -> None:
    assert set(REASONS) - {PURPOSE_NEEDED} <= REMEDIES.keys()
    assert {"step-up-needed", "code-expired"} <= REMEDIES.keys()
    assert all(sentence.endswith((".", ")")) for sentence in REMEDIES.values())
