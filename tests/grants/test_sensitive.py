"""A yes to what the law gives special care, or what opens other doors, needs a fresh proof of who says it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import update

from portal.accounts.models import Account
from portal.customers.catalogue import CATALOGUE
from portal.grants.choices import Choice, is_sensitive
from portal.kernel import clock
from portal.kernel.house import House
from portal.vendors import service as vendors
from tests import people
from tests.grants.answering import mine, opened, page_of
from tests.grants.cast import CARE, asked, company, detail, person, signed_in

LATER = timedelta(minutes=11)
SENSITIVE = ("birth_date", "nationality", "identity_number", "tax_number", "iban", "diet", "allergies", "memberships")


def test_the_catalogue_says_what_is_sensitive() -> None:
    found = {path for path, attribute in CATALOGUE.items() if attribute.sensitive}
    assert found == {f"profile.{name}" for name in SENSITIVE}
    assert is_sensitive({CARE: Choice(frozenset({"profile.name"})), "x": Choice(frozenset({"profile.iban"}))})
    assert not is_sensitive({CARE: Choice(frozenset({"profile.name", "profile.age_over_18"}))})


@pytest.mark.parametrize("name", ["birth_date", "name"])
def test_attack_63_a_yes_to_what_is_sensitive_needs_a_fresh_proof_and_keeps_what_was_ticked(
    house: House, app: Flask, name: str
) -> None:
    ana = person(house, given_name="Ana", family_name="Vila", birth_date="1986-04-12")
    with house.transaction("writing") as connection:
        connection.execute(update(Account).values(password_hash=people.hashed(people.PASSWORD)))
    shop = company(house)
    with house.writing() as unit:
        vendors.allow_purpose(
            unit, vendor_id=shop.id, purpose=CARE, datatypes=("profile.birth_date", "profile.name"), may_require=(), text={}
        )
    request = asked(house, shop, ana, detail(house, CARE, ("profile.birth_date", "profile.name"), ()))
    client, path = signed_in(app, ana), page_of(request)
    with clock.moved(LATER):
        form = {**opened(client, path), "items_0": [f"profile.{name}"], "answer": "share"}
        sent = client.post(path, data=form)
        if name == "name":
            assert sent.status_code == 303
            return
        assert sent.status_code == 403
        assert mine(house, ana) == []
        carried = re.findall(r'<input type="hidden" name="([\w.-]+)" value="([^"]*)">', sent.text)
        again = {key: unescape(value) for key, value in carried}
        assert (again["items_0"], again["answer"]) == ("profile.birth_date", "share")
        again["proof_password"] = people.PASSWORD
        proved = client.post("/account/prove", data=again)
        assert (proved.status_code, proved.location) == (307, path)
        assert client.post(path, data=again).status_code == 303
        assert mine(house, ana) == [{CARE: {"profile.birth_date"}}]


def test_a_no_and_a_look_at_what_they_would_get_need_none(house: House, app: Flask) -> None:
    ana = person(house, birth_date="1986-04-12")
    request = asked(house, company(house), ana, detail(house, CARE, ("profile.birth_date",), ()))
    client, path = signed_in(app, ana), page_of(request)
    with clock.moved(LATER):
        form = {**opened(client, path), "items_0": ["profile.birth_date"]}
        assert client.post(path, data={**form, "answer": "preview"}, follow_redirects=True).status_code == 200
        assert client.post(path, data={**form, "answer": "refuse"}).status_code == 303
