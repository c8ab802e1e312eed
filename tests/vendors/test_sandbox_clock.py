"""The test clock of a sandbox that was read from a great deal: it keeps nobody else waiting."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select

from portal.grants.models import Grant, ReadClaim
from portal.grants.service import age_grants
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from tests.grants.cast import DELIVERY, detail
from tests.oauth.cast import connect
from tests.vendors.test_sandbox import NAMES, Bench


@pytest.fixture
def bench(app: Flask, house: House) -> Bench:
    """A sandbox that was just begun."""
    return Bench(app, house)


def test_all_counted_reads_become_older_by_one_statement(bench: Bench, app: Flask, house: House) -> None:
    often = {"max": 1000, "period": "P30D"}
    connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES, frequency=often))
    with house.writing(SYSTEM) as unit:
        grant = unit.connection.execute(select(Grant.id, Grant.customer_id).where(Grant.vendor_id == bench.twin.id)).one()
        of = {"grant_id": grant.id, "purpose": DELIVERY, "resource": "profile", "customer_id": grant.customer_id}
        times = {"counted_at": unit.at, "until": unit.at + timedelta(days=30)}
        unit.connection.execute(insert(ReadClaim), [{**of, **times, "number": number} for number in range(1, 301)])
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(house.engine, "before_cursor_execute", note)
    with house.writing(SYSTEM) as unit:
        age_grants(unit, vendor_id=bench.twin.id, by=timedelta(days=1))
    event.remove(house.engine, "before_cursor_execute", note)
    assert len([one for one in sent if one.startswith("UPDATE read_claims")]) == 1, "else all others wait for a full sandbox"
    with house.reading() as unit:
        after = set(unit.connection.execute(select(ReadClaim.until)).scalars())
    assert after == {times["until"] - timedelta(days=1)}
