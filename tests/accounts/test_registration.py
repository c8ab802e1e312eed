"""Registering: an address is proved, and nobody learns whose address has an account."""

import re

from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from tests import people
from tests.people import PASSWORD


def _register(client: FlaskClient, email: str, password: str = PASSWORD, **fields: str):
    return people.post(client, "/register", email=email, password=password, **fields)


def test_a_person_registers_confirms_and_is_signed_in_where_they_were_going(house: House, client: FlaskClient) -> None:
    asked = _register(client, "New.Person@Example.org", next="/data")
    assert (asked.status_code, asked.location) == (303, "/register/sent")
    people.do_jobs(house)
    link = people.link_in(people.mails(house, "new.person@example.org")[0])
    assert client.get(link).status_code == 200
    done = people.post(client, link)
    assert (done.status_code, done.location) == (303, "/data")
    assert client.get("/account").status_code == 200
