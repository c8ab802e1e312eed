"""An instance that a release left in the middle of a day is upgraded: companies' programs go on where they were."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from portal.audit.models import LogEntry
from portal.audit.verify import verify
from portal.demo.cast import JOAN
from portal.grants.models import Grant
from portal.grants.reads import versions_of
from portal.kernel.house import House
from tests import people
from tests.roof.upgraded.released import PASSWORD, TOLD, just_after, program


def given(house: House) -> int:
    """How many answers to companies are on record."""
    with house.reading() as unit:
        return unit.connection.execute(select(sa.func.count()).where(LogEntry.outcome == "given")).scalar_one()


def test_a_company_goes_on_reading_with_the_tokens_of_before_and_is_on_record(app: Flask, house: House) -> None:
    grocer = program(app, "grocer")
    purpose = grocer.company.asks[0].purpose
    before = given(house)
    grocer.read("profile", purpose)
    grocer.renew()
    grocer.read("profile", purpose)
    grocer.read("orders", grocer.company.asks[1].purpose)
    assert given(house) == before + 3
    assert verify(house).exit_code == 0


def test_each_permission_of_before_tells_how_its_versions_came_about(house: House) -> None:
    with house.reading() as unit:
        rows = unit.connection.execute(select(Grant.id, Grant.version)).all()
        told = {row.id: versions_of(unit, row.id, most=100) for row in rows}
    assert rows
    for row in rows:
        later, first = told[row.id][:-1], told[row.id][-1]
        assert [one.version for one in told[row.id]] == list(range(row.version, 0, -1))
        assert (first.change, first.made_by) in (("created", "client"), ("created", "resource_owner"))
        assert {(one.change, one.made_by) for one in later} <= {("narrowed", "resource_owner")}
        assert all(one.names for one in told[row.id])


def test_what_was_stopped_or_paused_before_stays_so(app: Flask) -> None:
    clinic, household = program(app, "clinic"), program(app, "household")
    clinic.try_to_read("profile", clinic.company.asks[0].purpose)
    household.try_to_read("profile", household.company.asks[0].purpose)
    with pytest.raises(RuntimeError, match="invalid_grant"):
        household.renew()


def test_a_code_of_before_brings_its_tokens_and_a_pushed_request_its_page(app: Flask) -> None:
    bookshop = program(app, "bookshop")
    code = TOLD["code"]
    with just_after():
        bookshop.redeem(code["code"], code["code_verifier"], code["redirect_uri"])
    bookshop.read("profile", bookshop.company.asks[0].purpose)
    browser = app.test_client()
    people.sign_in(browser, JOAN.email, PASSWORD)
    with just_after():
        sent = browser.get("/authorize", query_string={"client_id": bookshop.client_id, "request_uri": TOLD["pushed"]})
    assert sent.status_code == 303
    assert "Llibreria Far" in browser.get(sent.location).text
