"""At the desk: under which name somebody stands who says who they are, and who has power here."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from portal.accounts.limits import DESK_FIND
from portal.accounts.reads import account_by_email
from portal.customers import service as customers
from portal.customers.facts import TelephonesIndexed
from portal.customers.jobs import index_older
from portal.customers.reads import TELEPHONE, customer_of_account
from portal.kernel import clock
from portal.kernel.blind_index import Identifier
from portal.kernel.common_index import places_of
from portal.kernel.house import House
from portal.kernel.sealing import pseudonym_of
from portal.kernel.unit import SYSTEM
from tests import people
from tests.accounts.test_cases import ANA, OLGA, Desk, text

NOBODY = "nobody@example.org"
JOAN = "joan@example.org"
NUMBER = "+34600123456"


@pytest.fixture
def desk(house: House, app: Flask) -> Desk:
    """Otto, who is an officer, and Ana."""
    return Desk(house, app)


def look_up(client: FlaskClient, email: str, kind: str = "asked") -> TestResponse:
    """An officer looks an address up."""
    return people.post(client, "/desk/find", sought=email, kind=kind)


def test_attack_87_an_address_gives_the_name_in_the_record_alone_and_its_owner_sees_that_it_was_asked(desk: Desk) -> None:
    page = look_up(desk.otto, "Ana@Example.org").text
    assert desk.ana.name in page
    assert "Puig" not in page
    [line] = desk.lines("identity.sought")
    assert (line.customer, line.count, line.detail) == (desk.ana.name, 1, {"kind": "asked", "by": "email"})
    assert ANA not in json.dumps(line.entry)
    ana = desk.browser(ANA)
    listed = text(ana, "/activity")
    assert "Audit (data protection team)" in listed
    assert "Worth a second glance" in listed
    assert listed.count("they searched by your e-mail address") == 2, "list and week"
    told = text(ana, f"/activity/{line.index}")
    assert "Audit (data protection team) looked in the record about you" in told
    assert "By your e-mail address they asked for the name that the record has for you" in told
    assert "The person asked for help" in told


def test_attack_87_an_address_is_not_looked_up_without_a_reason(desk: Desk) -> None:
    for fields in ({"sought": ANA, "kind": ""}, {"sought": ANA, "kind": "curious"}, {"sought": "ana", "kind": "asked"}):
        answer = people.post(desk.otto, "/desk/find", **fields)
        assert answer.status_code == 422
        assert desk.ana.name not in answer.text
    assert desk.lines("identity.sought") == []


def _writes_down(desk: Desk, email: str, path: str, number: str | None) -> str:
    """Somebody writes a number into their data, or takes it out; gives their name in the record."""
    with desk.house.writing(SYSTEM) as unit:
        account_id = account_by_email(unit, email)
        assert account_id is not None
        customer = customer_of_account(unit, account_id)
        assert customer is not None
        if number is None:
            customers.remove_attribute(unit, customer_id=customer.id, path=path)
        else:
            customers.set_attribute(unit, customer_id=customer.id, path=path, value=number)
        return pseudonym_of(unit, customer.holder_id)


def test_attack_87_a_number_gives_the_names_of_all_who_wrote_it_down_and_each_sees_that_it_was_asked(desk: Desk) -> None:
    people.register(desk.house, JOAN)
    names = {_writes_down(desk, ANA, "profile.phone", NUMBER), _writes_down(desk, JOAN, "profile.home_phone", NUMBER)}
    page = look_up(desk.otto, "+34 600-123-456").text
    assert set(re.findall(r'<code class="hash">([^<]+)</code>', page)) == names
    assert "Nobody proves a phone number here" in page
    lines = desk.lines("identity.sought")
    assert {line.customer for line in lines} == names
    assert {(line.count, line.detail["by"]) for line in lines} == {(2, "telephone")}
    assert NUMBER not in json.dumps([line.entry for line in lines])
    [mine] = [line for line in lines if line.customer == desk.ana.name]
    ana = desk.browser(ANA)
    assert "By your phone number they asked for the name that the record has for you" in text(ana, f"/activity/{mine.index}")
    assert "they searched by your phone number" in text(ana, "/activity")


def test_a_number_finds_whoever_has_it_now_and_nobody_who_had_it(desk: Desk) -> None:
    name = _writes_down(desk, ANA, "profile.phone", NUMBER)
    _writes_down(desk, ANA, "profile.home_phone", NUMBER)
    _writes_down(desk, ANA, "profile.phone", "+34 600 123 457")
    assert name in look_up(desk.otto, NUMBER).text
    _writes_down(desk, ANA, "profile.home_phone", None)
    assert "Nobody has this number in their data here." in unescape(look_up(desk.otto, NUMBER).text)
    assert name in look_up(desk.otto, "+34600123457").text


@pytest.mark.parametrize("number", ["600123456", "+34", "+34 12", "+999 600 123 456", "١٢٣٤٥٦٧٨٩", "tel:+34"])
def test_what_is_no_number_with_a_prefix_is_said_beside_the_field_and_looks_nobody_up(desk: Desk, number: str) -> None:
    answer = look_up(desk.otto, number)
    assert answer.status_code == 422
    assert "begins with the country&#39;s prefix" in answer.text
    assert desk.lines("identity.sought") == []


def test_numbers_written_down_before_they_were_looked_up_are_found_once_the_worker_has_been_there(desk: Desk) -> None:
    name = _writes_down(desk, ANA, "profile.phone", NUMBER)
    with desk.house.writing(SYSTEM) as unit:
        unit.connection.execute(delete(Identifier).where(Identifier.kind.in_(places_of(TELEPHONE))))
        unit.note(TelephonesIndexed(count=0))
    assert name not in look_up(desk.otto, NUMBER).text
    assert sum(index_older(desk.house)) == 1
    assert name in look_up(desk.otto, NUMBER).text
    assert sum(index_older(desk.house)) == 0


def test_an_address_that_nobody_has_is_answered_alike_and_leaves_an_entry_of_no_customer(desk: Desk) -> None:
    answers = {email: look_up(desk.otto, email) for email in (ANA, NOBODY)}
    assert {answer.status_code for answer in answers.values()} == {200}
    tags = {email: re.findall(r"<(?:main|form|label|input|select)\b", answer.text) for email, answer in answers.items()}
    assert tags[ANA] == tags[NOBODY]
    sought = desk.lines("identity.sought")
    assert [(line.customer is None, line.count) for line in sought] == [(False, 1), (True, 0)]


def test_one_officer_looks_up_a_few_an_hour_and_another_is_not_held_up(desk: Desk) -> None:
    olga = desk.officer(OLGA)
    codes = [look_up(desk.otto, NOBODY).status_code for _ in range(DESK_FIND.most + 1)]
    assert codes == [200] * DESK_FIND.most + [429]
    assert look_up(olga, ANA).status_code == 200
    assert len(desk.lines("identity.sought")) == DESK_FIND.most + 1


@pytest.mark.parametrize("path", ["/desk/find", "/desk/people"])
def test_attack_89_people_are_found_and_listed_by_officers_alone(desk: Desk, path: str) -> None:
    people.somebody(desk.house, "ada@example.org", "auditor", expires_at=clock.now() + timedelta(days=1))
    assert desk.app.test_client().get(path).status_code == 303
    for email in (ANA, "ada@example.org"):
        client = desk.browser(email)
        assert client.get(path).status_code == 403
        assert people.post(client, "/desk/find", "/language", sought=ANA, kind="asked").status_code == 403
    assert desk.lines("identity.sought", "role.listed") == []


def test_attack_88_an_officer_sets_nobodys_password_and_acts_as_no_customer(desk: Desk) -> None:
    rules = [rule for rule in desk.app.url_map.iter_rules() if rule.rule.startswith("/desk")]
    assert rules
    posts = {rule.rule for rule in rules if "POST" in (rule.methods or ())}
    assert posts == {
        "/desk/verify", "/desk/find", "/desk/cases",
        "/desk/cases/<int:number>/confirm", "/desk/cases/<int:number>/close",
    }  # fmt: skip
    for path in ("/account/password", "/account/address", "/account/sessions/end"):
        people.post(desk.otto, path, "/language", account=ANA, email=ANA, customer=desk.ana.name or "", session="all")
    assert desk.lines("account.password_changed", "account.address_change_asked", "session.ended")[-1].customer != desk.ana.name
    desk.browser(ANA)
