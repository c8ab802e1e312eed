"""Answers to machines are made few at a time where one interpreter makes them, and nobody is refused for that."""

import threading
import time

import pytest
from flask import Flask

from portal.kernel.house import House
from portal.kernel.turns import LONG, SHORT, Turn
from tests.grants.cast import detail, person
from tests.oauth.cast import bearing, connect, profile, program


@pytest.fixture
def token(app: Flask, house: House) -> str:
    """A customer's token."""
    shop = program(house)
    given: str = connect(app, shop, person(house, "ana@example.org", given_name="Ana"), detail(house))["access_token"]
    return given


def test_who_waited_long_enough_is_answered_beside_the_others(app: Flask, house: House, token: str) -> None:
    with house.turn(SHORT), house.turn(LONG), house.turn(LONG):
        assert profile(app.test_client(), token).status_code == 200


def test_after_a_read_that_was_refused_or_broke_the_turn_is_free(app: Flask, house: House, token: str) -> None:
    client = app.test_client()
    assert profile(client, "nobody's").status_code == 401
    odd = client.get("/api/v1/profile", query_string={"purpose": "https://example.org/none"}, headers=bearing(token))
    assert odd.status_code == 403
    assert profile(client, token).status_code == 200


def test_no_more_than_its_places_are_taken_at_once_and_each_is_given_back() -> None:
    turn, here, most = Turn(threading.Semaphore(2), patience=30), [0], [0]

    def work() -> None:
        for broken in (False, True):
            try:
                with turn.taken():
                    here[0] += 1
                    most[0] = max(most[0], here[0])
                    time.sleep(0.01)
                    here[0] -= 1
                    if broken:
                        raise KeyError
            except KeyError:
                pass

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]


def test_whoever_went_on_without_a_place_gives_none_back() -> None:
    turn = Turn(threading.Lock(), patience=0.01)
    with turn.taken():
        with turn.taken():
            pass
        began = time.monotonic()
        with turn.taken():
            assert time.monotonic() - began >= 0.01
