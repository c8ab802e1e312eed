"""An attack of many guesses from many networks: how many are looked at, and that the owner still gets in."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import limits, service
from portal.kernel import clock
from portal.kernel.errors import TooMany
from portal.kernel.house import House
from portal.kernel.ids import new_secret
from tests import people
from tests.prove.sizes import size

ANA = "ana@example.org"
NOON = datetime(2031, 5, 3, 12, tzinfo=UTC)
TRIES, NETWORKS = size(test=1_200, prove=100_000), size(test=60, prove=500)
SPAN = timedelta(hours=2)


def worst(moments: Sequence[datetime], span: timedelta) -> int:
    """The most that any window of this length holds."""
    most = first = 0
    for place, at in enumerate(moments):
        while at - moments[first] >= span:
            first += 1
        most = max(most, place - first + 1)
    return most


def _network(n: int) -> str:
    return f"127.{n // 250}.{n % 250}.1"


def _looked_at(house: House, email: str, network: str, device: str | None = None) -> bool:
    """Whether a password would be compared."""
    try:
        with house.writing() as unit:
            service.begin_sign_in(unit, email=email, network=network, device_of=lambda *_: device)
    except TooMany:
        return False
    return True


def test_of_a_flood_of_passwords_few_are_looked_at_and_the_owners_browser_gets_in_throughout(
    house: House, figure: Callable[..., float]
) -> None:
    people.register(house, ANA)
    at_ana: list[tuple[datetime, str]] = []
    all_of_them: list[datetime] = []
    owner, device = 0, new_secret()
    for n in range(TRIES):
        at, network = NOON + SPAN * n / TRIES, _network(n * 7 % NETWORKS)
        email = ANA if n % 2 else f"nobody{n}@example.org"
        with clock.moved(at):
            if _looked_at(house, email, network):
                all_of_them.append(at)
                at_ana += [(at, network)] * (email == ANA)
            # More often than the limit of one browser allows, the owner would not come either.
            if n % (TRIES // 20) == 0:
                owner += not _looked_at(house, ANA, "198.51.100.7", device)
    five, hour = timedelta(minutes=5), timedelta(hours=1)
    here = max(worst([at for at, where in at_ana if where == network], five) for network in {where for _, where in at_ana})
    for name, value, goal in (
        ("passwords looked at, of one account from one network in 5 minutes", here, limits.SIGN_IN_HERE.most),
        ("passwords looked at, of one account in an hour", worst([at for at, _ in at_ana], hour), limits.SIGN_IN_ACCOUNT.most),
        ("passwords looked at, of all in 5 minutes", worst(all_of_them, five),
         limits.SIGN_IN_ALL.most + NETWORKS * limits.SIGN_IN_PRESSED.most),
        ("times the owner's own browser was kept out", owner, 0),
    ):  # fmt: skip
        assert figure(f"{name}, {house.engine.dialect.name}", value, goal=goal, better="lower") <= goal, name
    assert len(at_ana) >= min(TRIES // 2, limits.SIGN_IN_ACCOUNT.most), "the attack was one"


def test_five_links_to_a_new_password_a_day_however_many_networks_ask(
    house: House, app: Flask, figure: Callable[..., float]
) -> None:
    people.register(house, ANA)
    client = app.test_client()
    token, sent = people.csrf_of(client), list[datetime]()
    for n in range(size(test=20, prove=500)):
        at = NOON + timedelta(days=3) * n / size(test=20, prove=500)
        with clock.moved(at):
            answer = client.post(
                "/reset", data={"csrf_token": token, "email": ANA}, environ_overrides={"REMOTE_ADDR": _network(n)}
            )
            sent += [at] * (answer.status_code == 303)
    most = worst(sent, timedelta(days=1))
    assert figure(f"links sent in a day, {house.engine.dialect.name}", most, goal=5, better="lower") <= 5
    assert len(sent) >= 10, "and each day five of them"


def test_a_window_is_measured_wherever_it_begins() -> None:
    minutes = [NOON + timedelta(minutes=n) for n in (0, 4, 5, 6, 7, 30)]
    assert worst(minutes, timedelta(minutes=5)) == 4
    assert worst(minutes, timedelta(minutes=2)) == 2
    assert worst([], timedelta(minutes=5)) == 0


def test_many_wrong_passwords_are_told_to_the_owner_once_a_day_and_a_few_are_not(house: House) -> None:
    account_id = people.register(house, ANA)
    for tries, told in ((limits.SIGN_IN_MANY - 1, 0), (1, 1), (5, 1)):
        with house.writing() as unit:
            for _ in range(tries):
                limits.charge(unit, limits.SIGN_IN_ACCOUNT, ANA)
            service.refuse_sign_in(unit, account_id=account_id, network="203.0.113.0/24", agent="")
        people.do_jobs(house)
        subjects = [str(mail["Subject"]) for mail in people.mails(house, ANA)]
        assert subjects.count("Somebody tries passwords at your account") == told


def test_while_strangers_try_an_owner_who_is_in_proves_who_they_are_and_changes_the_password(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    with house.writing() as unit:
        for _ in range(limits.SIGN_IN_ACCOUNT.most - 1):
            limits.charge(unit, limits.SIGN_IN_ACCOUNT, ANA)
    changed = {"current_password": people.PASSWORD, "password": "a louder harbour at dawn"}
    assert people.post(client, "/account/password", **changed).status_code == 303
    with pytest.raises(TooMany), house.writing() as unit:
        limits.charge(unit, limits.SIGN_IN_ACCOUNT, ANA)


def test_an_hour_of_passwords_in_a_stolen_session_is_bounded(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    looked = 0
    for minutes in range(0, 60, 5):
        with clock.moved(timedelta(minutes=minutes)):
            for _ in range(limits.CONFIRM_PASSWORD[0].most + 1):
                fields = {"current_password": "a stolen session", "password": "a louder harbour at dawn"}
                looked += people.post(client, "/account/password", **fields).status_code == 422
    assert looked <= limits.CONFIRM_PASSWORD[1].most
