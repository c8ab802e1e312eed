"""A program's keys may stand at an address of its company's: read by the guarded calls, seldom, and between units."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.app import create_app
from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.house import House, use_house
from portal.kernel.outgoing import Rules
from portal.kernel.unit import SYSTEM
from portal.oauth.fetching import Unfetched, fetch
from portal.oauth.jose import public_key
from portal.oauth.models import Client
from portal.oauth.service import add_key, end_key, make_keyed_client, set_key_address
from tests.grants.cast import company
from tests.kernel.receivers import Receiver, receiving
from tests.oauth.cast import BACK, entries
from tests.oauth.keyed import Keyed, new_key

MINUTE = timedelta(seconds=63)
"""A minute and a slice of its window, which is counted whole."""
HOUR = timedelta(minutes=61)
DAY = timedelta(hours=25)


def named(key: Any, **more: Any) -> dict[str, Any]:
    """The public half of a key, with its name."""
    return {**key.as_dict(private=False), "kid": key.thumbprint(), **more}


@dataclass
class Address:
    """What a company publishes; ``meanwhile`` is done while the caller waits for it."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    status: str = "200 OK"
    meanwhile: Any = None

    def __call__(self, caller: socket.socket) -> None:
        if self.meanwhile is not None:
            self.meanwhile()
        body = json.dumps({"keys": self.keys}).encode()
        head = f"HTTP/1.1 {self.status}\r\nContent-Type: application/jwk-set+json\r\nContent-Length: {len(body)}\r\n\r\n"
        caller.sendall(head.encode() + body)


@pytest.fixture
def house(make_house: Any, engine_name: str) -> Iterator[House]:
    """A house that may call this very machine, where the test's receivers are."""
    made = make_house(engine_name, calls_to_self=True)
    with use_house(made):
        yield made


@contextmanager
def published(house: House, *keys: Any) -> Iterator[tuple[Address, Receiver, Keyed]]:
    """A program whose keys stand at an address and nowhere else; it signs with the first of them."""
    address = Address([named(key) for key in keys])
    with receiving(address) as receiver:
        vendor = company(house, "Farmàcia Sant Pau")
        with house.writing(SYSTEM) as unit:
            uri = f"http://127.0.0.1:{receiver.port}/keys"
            client_id = make_keyed_client(unit, vendor.id, "Farmàcia", (), redirect_uris=(BACK,), jwks_uri=uri)
        yield address, receiver, Keyed(house, vendor.id, client_id, keys[0])


def proves(client: FlaskClient, made: Keyed) -> int:
    """With which status it is answered that a program asks for a token."""
    return made.post(client, "/oauth/token", grant_type="client_credentials").status_code


def test_a_program_is_known_by_the_keys_at_its_address_which_are_read_once_and_are_an_entry(
    house: House, client: FlaskClient
) -> None:
    with published(house, new_key(), new_key("Ed25519")) as (_, receiver, made):
        assert [proves(client, made) for _ in range(3)] == [200] * 3
        assert made.post(client, "/oauth/introspect", token="of nobody").status_code == 200
        assert receiver.connections == 1
    (entry,) = entries(house, "client.keys-fetched")
    assert len(entry["detail"]["keys"]) == 2 and all(len(one) == 12 for one in entry["detail"]["keys"])


def test_a_key_that_is_new_there_proves_once_a_minute_has_passed_and_a_stranger_moves_nothing(
    house: House, client: FlaskClient
) -> None:
    old, new = new_key(), new_key()
    with published(house, old) as (address, receiver, made):
        assert proves(client, made) == 200
        address.keys.append(named(new))
        changed = Keyed(house, made.vendor_id, made.client_id, new)
        strange = Keyed(house, made.vendor_id, made.client_id, new_key())
        assert [proves(client, strange), proves(client, changed)] == [401, 401]
        assert receiver.connections == 1
        with clock.moved(MINUTE):
            assert [proves(client, one) for one in (changed, made, strange)] == [200, 200, 401]
            assert receiver.connections == 2


def test_a_key_that_was_taken_out_there_is_over_within_the_hour_and_a_silent_address_ends_all_within_a_day(
    house: House, client: FlaskClient
) -> None:
    old, new = new_key(), new_key()
    with published(house, old, new) as (address, receiver, made):
        left = Keyed(house, made.vendor_id, made.client_id, new)
        assert proves(client, made) == 200
        address.keys = [named(new)]
        with clock.moved(HOUR):
            assert [proves(client, made), proves(client, left)] == [401, 200]
        address.status = "503 Service Unavailable"
        with clock.moved(2 * HOUR):
            assert [proves(client, left), proves(client, left)] == [200, 200]
            assert receiver.connections == 3
        with clock.moved(HOUR + DAY):
            assert proves(client, left) == 401


def test_the_call_is_made_between_units_and_keeps_no_writer_waiting(house: House, client: FlaskClient) -> None:
    done = []

    def write() -> None:
        company(house, f"Meanwhile {len(done)}")
        done.append(True)

    with published(house, new_key()) as (address, _, made):
        address.meanwhile = write
        assert proves(client, made) == 200
    assert done == [True]


def test_a_key_that_was_ended_here_does_not_come_back_from_there(house: House, client: FlaskClient) -> None:
    lost, kept = new_key(), new_key()
    with published(house, lost, kept) as (_, _, made):
        with house.writing(SYSTEM) as unit:
            add_key(unit, client_id=made.client_id, key=public_key(named(lost)))
            end_key(unit, client_id=made.client_id, kid=lost.thumbprint())
        assert proves(client, made) == 401
        with clock.moved(MINUTE):
            assert proves(client, Keyed(house, made.vendor_id, made.client_id, kept)) == 200


def test_another_address_ends_what_was_read_at_the_first_and_none_needs_a_key_that_stands_here(
    house: House, client: FlaskClient
) -> None:
    with published(house, new_key()) as (_, _, made):
        assert proves(client, made) == 200
        with house.writing(SYSTEM) as unit, pytest.raises(Conflict):
            set_key_address(unit, client_id=made.client_id, jwks_uri=None)
        with house.writing(SYSTEM) as unit:
            set_key_address(unit, client_id=made.client_id, jwks_uri="http://127.0.0.1:9/keys")
        assert proves(client, made) == 401
        with house.writing(SYSTEM) as unit:
            add_key(unit, client_id=made.client_id, key=public_key(named(made.key)))
            set_key_address(unit, client_id=made.client_id, jwks_uri=None)
        assert proves(client, made) == 200
    assert [entry["detail"]["place"] for entry in entries(house, "client.address-set")] == ["set", "none"]


@pytest.mark.parametrize(
    "address", ["https://localhost/keys", "http://keys.example/", "https://a@keys.example/", "https://keys.example:22/", "x"]
)
def test_an_address_that_is_no_outward_one_by_its_form_is_not_taken(
    make_house: Any, engine_name: str, address: str
) -> None:
    outward = make_house(engine_name)
    vendor = company(outward)
    with pytest.raises(Invalid) as wrong, outward.writing(SYSTEM) as unit:
        make_keyed_client(unit, vendor.id, "Books", (), jwks_uri=address)
    assert wrong.value.fields is not None and set(wrong.value.fields) == {"jwks_uri"}


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/", "https://127.0.0.1/", "https://[::1]:8443/",
                                     "https://169.254.169.254/latest", "https://10.0.0.1/", "https://[::ffff:127.0.0.1]/"])  # fmt: skip
def test_whatever_stands_in_the_row_it_is_called_through_the_guard(
    make_house: Any, engine_name: str, address: str
) -> None:
    outward = make_house(engine_name)
    with use_house(outward), receiving(Address()) as receiver:
        vendor, key = company(outward), new_key()
        with outward.writing(SYSTEM) as unit:
            client_id = make_keyed_client(unit, vendor.id, "Books", (), jwks_uri="https://keys.example/")
        with outward.engine.begin() as connection:
            connection.execute(update(Client).values(jwks_uri=address.format(port=receiver.port)))
        app: Flask = create_app(outward)
        app.testing = True
        assert proves(app.test_client(), Keyed(outward, vendor.id, client_id, key)) == 401
        assert receiver.connections == 0
    assert entries(outward, "client.keys-fetched") == []


@pytest.mark.engines("sqlite")  # nothing here is decided by the database
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no-set"),
        (b"[]", "no-set"),
        (b'{"keys": {}}', "no-set"),
        (b'{"keys": [], "keys": []}', "no-set"),
        (b'{"keys": []}', "no-key"),
        (json.dumps({"keys": [new_key().as_dict(private=True)]}).encode(), "no-key"),
        (json.dumps({"keys": [named(new_key(), use="enc")]}).encode(), "no-key"),
        (json.dumps({"keys": [named(new_key()) for _ in range(9)]}).encode(), "too-many"),
        (json.dumps({"keys": [{}] * 33}).encode(), "too-many"),
        (b"x" * 70_000, "too-large"),
    ],
)
def test_what_is_no_set_of_keys_is_not_taken_over(body: bytes, reason: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with receiving(lambda caller: caller.sendall(head + body)) as receiver, pytest.raises(Unfetched) as why:
        fetch(f"http://127.0.0.1:{receiver.port}/", Rules(to_self=True))
    assert why.value.reason == reason


@pytest.mark.engines("sqlite")
def test_of_a_set_the_keys_that_can_prove_a_program_are_taken_each_once() -> None:
    good = [named(new_key()), named(new_key("Ed25519"))]
    address = Address([*good, good[0], named(new_key(), use="enc"), {"kty": "oct", "k": "AAAA"}, {"kty": "EC", "crv": "P-521"}])
    with receiving(address) as receiver:
        keys = fetch(f"http://127.0.0.1:{receiver.port}/", Rules(to_self=True))
    assert [key.kid for key in keys] == [one["kid"] for one in good]
