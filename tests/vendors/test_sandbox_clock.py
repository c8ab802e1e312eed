"""The test clock of a sandbox that was read from a great deal: it keeps nobody else waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select

from portal.grants.models import Grant, ReadClaim
from portal.grants.service import age_grants
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.oauth.models import Token
from portal.oauth.service import age_tokens
from tests.grants.cast import DELIVERY, detail
from tests.oauth.cast import connect, own_token
from tests.vendors.test_sandbox import NAMES, Bench


@pytest.fixture
def bench(app: Flask, house: House) -> Bench:
    """A sandbox that was just begun."""
    return Bench(app, house)


@contextmanager
def updates(house: House, table: str) -> Iterator[list[str]]:
    """The statements that change rows of a table within the block."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(f"UPDATE {table} "):
            sent.append(statement)

    event.listen(house.engine, "before_cursor_execute", note)
    yield sent
    event.remove(house.engine, "before_cursor_execute", note)


def test_all_counted_reads_become_older_by_one_statement(bench: Bench, app: Flask, house: House) -> None:
    often = {"max": 1000, "period": "P30D"}
    connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES, frequency=often))
    with house.writing(SYSTEM) as unit:
        grant = unit.connection.execute(select(Grant.id, Grant.customer_id).where(Grant.vendor_id == bench.twin.id)).one()
        of = {"grant_id": grant.id, "purpose": DELIVERY, "resource": "profile", "customer_id": grant.customer_id}
        times = {"counted_at": unit.at, "until": unit.at + timedelta(days=30)}
        unit.connection.execute(insert(ReadClaim), [{**of, **times, "number": number} for number in range(1, 301)])
    with house.writing(SYSTEM) as unit, updates(house, "read_claims") as sent:
        age_grants(unit, vendor_id=bench.twin.id, by=timedelta(days=1))
    assert len(sent) == 1, "else all others wait for a full sandbox"
    with house.reading() as unit:
        after = set(unit.connection.execute(select(ReadClaim.until)).scalars())
    assert after == {times["until"] - timedelta(days=1)}


def test_all_tokens_become_older_by_one_statement(bench: Bench, house: House) -> None:
    for _ in range(5):
        own_token(bench.machine, bench.program)
    with house.writing(SYSTEM) as unit, updates(house, "tokens") as sent:
        assert age_tokens(unit, vendor_id=bench.twin.id, by=timedelta(days=1)) == 5
    assert len(sent) == 1
    with house.reading() as unit:
        live = unit.connection.execute(select(Token.id).where(Token.vendor_id == bench.twin.id, Token.expires_at > unit.at))
        assert live.all() == []
