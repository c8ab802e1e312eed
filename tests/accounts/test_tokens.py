"""One-time means one time: of eight tries in two processes one succeeds, for every purpose."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.facts.credentials import ResetAsked
from portal.accounts.jobs import sweep
from portal.accounts.models import OneTimeToken, Session
from portal.accounts.service.tokens import LIVES, issue_token
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import digest
from portal.kernel.unit import Unit
from tests import people
from tests.processes import printed_by_two
from tests.prove.sizes import size


def _issue(unit: Unit, account_id: bytes, holder_id: bytes, each: int) -> list[str]:
    return [
        f"{purpose}:{issue_token(unit, account_id=account_id, holder_id=holder_id, purpose=purpose)}"
        for purpose in LIVES
        for _ in range(each)
    ]


def test_of_eight_claims_in_two_processes_one_succeeds(house: House, figure: Callable[..., float]) -> None:
    account_id = people.register(house, "ana@example.org")
    person = people.actor(house, account_id)
    assert person.holder_id is not None
    with house.writing() as unit:
        tokens = _issue(unit, account_id, person.holder_id, size(test=10, prove=250))
        unit.note(ResetAsked())
    listed = house.settings.instance / "tokens.txt"
    listed.write_text("\n".join(tokens))
    said = (str(house.settings.instance), house.settings.database_url, str(listed))
    got = printed_by_two("tests.accounts.claiming", *said)
    assert Counter(got) == Counter(tokens)
    assert figure("mailed links claimed once, of 8 tries each", len(tokens), unit="links") == len(tokens)


def test_links_and_sessions_of_no_use_are_swept_and_live_ones_stay(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, "ana@example.org")
    person = people.actor(house, account_id)
    people.sign_in(client, "ana@example.org")
    assert person.holder_id is not None
    with house.writing() as unit:
        issue_token(unit, account_id=account_id, holder_id=person.holder_id, purpose="undo", email="old@example.org")
        unit.note(ResetAsked())

    def left() -> tuple[int, int]:
        with house.reading() as unit:
            counts = (select(func.count()).select_from(table) for table in (OneTimeToken, Session))
            links, sessions = (unit.connection.execute(count).scalar_one() for count in counts)
            return links, sessions

    assert left() == (2, 1)
    for days, expected in ((2, (1, 1)), (9, (0, 1)), (59, (0, 1)), (61, (0, 0))):
        with clock.moved(timedelta(days=days)), house.writing() as unit:
            sweep(unit)
        assert left() == expected, f"after {days} days"


def test_only_the_digest_of_a_token_is_kept_and_what_it_carries_is_sealed(house: House) -> None:
    account_id = people.register(house, "ana@example.org")
    person = people.actor(house, account_id)
    assert person.holder_id is not None
    with house.writing() as unit:
        secret = issue_token(
            unit, account_id=account_id, holder_id=person.holder_id, purpose="address", email="canary@example.org"
        )
        unit.note(ResetAsked())
    with house.reading() as unit:
        rows = unit.connection.execute(select(*OneTimeToken.__table__.columns)).all()
    row = next(row for row in rows if row.purpose == "address")
    assert row.hash == digest(secret)
    everything = b"".join(value for value in row if isinstance(value, bytes))
    assert secret.encode() not in everything
    assert b"canary" not in everything
