"""No entry, no answer: where the log cannot be written, nothing personal leaves and nothing is half-done."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.audit.models import LogEntry
from portal.audit.report import SOUND
from portal.audit.verify import verify
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from tests import people
from tests.audit.faults import FAULTS, refusing
from tests.grants.cast import CARE, DELIVERY, detail, person
from tests.oauth.cast import Program, connect, own_token, profile, program

PERSONAL = (b"Anastasia", b"ana@example.org", b"Girona")


def entries(house: House) -> int:
    """How many entries the log has."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(LogEntry)).scalar_one()


def waiting(house: House) -> int:
    """How many facts wait for their index."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(QueuedFact)).scalar_one()


def says_nothing(answer: TestResponse) -> None:
    """503 with a time to come back, and no personal byte in status, headers or body."""
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    whole = answer.data + str(answer.headers).encode()
    assert not [value for value in PERSONAL if value in whole]


class Shop:
    """A company that was just connected with a customer, and reads."""

    def __init__(self, app: Flask, house: House) -> None:
        self.program: Program = program(house)
        self.ana = person(house, "ana@example.org", given_name="Anastasia", family_name="Vila")
        asked = detail(house, datatypes=("profile.name", "profile.email"), required=())
        self.token = connect(app, self.program, self.ana, asked)["access_token"]
        house.lead()


@pytest.fixture
def shop(app: Flask, house: House) -> Shop:
    """The shop."""
    return Shop(app, house)


@pytest.mark.parametrize("fault", FAULTS)
def test_promise_3_a_read_whose_entry_cannot_be_written_is_not_answered(
    house: House, client: FlaskClient, shop: Shop, fault: str
) -> None:
    before = entries(house)
    with FAULTS[fault](house):
        answered = 0
        while (answer := profile(client, shop.token)).status_code == 200 and answered < 500:
            answered += 1  # a full database has room for a few entries on the pages that it has
        says_nothing(answer)
    assert entries(house) == before + answered
    assert answered == 0 or fault == "full"
    before += answered
    answer = profile(client, shop.token)
    assert (answer.status_code, answer.json["profile"]["name"]) == (200, "Anastasia Vila")
    assert entries(house) == before + 1
    assert verify(house).exit_code == SOUND


def test_a_read_whose_field_list_cannot_be_kept_is_not_answered(
    house: House, client: FlaskClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a process sees it that has not written this list before.
    monkeypatch.setattr(house.log._appending, "_known_lists", set())
    with refusing("log_fields")(house):
        says_nothing(profile(client, shop.token))
    assert profile(client, shop.token).status_code == 200


def test_a_list_whose_entries_cannot_be_written_is_not_answered(house: House, client: FlaskClient, shop: Shop) -> None:
    bearing = {"Authorization": f"Bearer {own_token(client, shop.program)}"}
    with refusing("log_entries")(house):
        says_nothing(client.get("/api/v1/profiles", query_string={"purpose": DELIVERY}, headers=bearing))
    listed = client.get("/api/v1/profiles", query_string={"purpose": DELIVERY}, headers=bearing)
    assert listed.status_code == 200
    assert PERSONAL[0] in listed.data


def test_an_officers_look_that_cannot_be_written_is_not_shown(house: House, client: FlaskClient) -> None:
    people.officer(house)
    people.sign_in(client, "otto@example.org")
    assert client.get("/desk").status_code == 200
    with refusing("log_entries")(house):
        for path in ("/desk", "/desk/entries", "/desk/entries/0", "/desk/export.csv"):
            answer = client.get(path)
            assert answer.status_code == 503, path
            assert b"profile." not in answer.data
            assert b"log_entries" not in answer.data
    assert client.get("/desk").status_code == 200


def test_a_change_whose_fact_cannot_be_queued_is_not_made(
    app: Flask, house: House, client: FlaskClient, shop: Shop
) -> None:
    before = (entries(house), waiting(house))
    with refusing("log_queue")(house):
        answer = client.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=shop.program.basic)
    assert answer.status_code == 503
    assert "access_token" not in answer.json
    assert (entries(house), waiting(house)) == before


def test_changes_go_on_while_the_log_cannot_be_written_and_are_in_it_afterwards(
    house: House, client: FlaskClient, shop: Shop
) -> None:
    before = entries(house)
    with refusing("log_entries")(house):
        own_token(client, shop.program)
        assert waiting(house) == 1
        with pytest.raises(Exception, match="log-unavailable"):
            house.lead()
        assert waiting(house) == 1
    house.lead()
    assert (entries(house), waiting(house)) == (before + 1, 0)


def test_who_waits_behind_a_read_that_fails_is_served_when_the_log_can_be_written_again(
    app: Flask, house: House, client: FlaskClient, shop: Shop
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def read(_number: int) -> int:
        return profile(app.test_client(), shop.token).status_code

    with ThreadPoolExecutor(8) as pool:
        with refusing("log_entries")(house):
            assert set(pool.map(read, range(24))) == {503}
        assert set(pool.map(read, range(24))) == {200}
    other = connect(app, shop.program, shop.ana, detail(house, CARE))["access_token"]
    assert profile(client, other).status_code == 200
