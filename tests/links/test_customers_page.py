"""A company's staff bring its customers: a file is looked through before anybody is invited, by those alone who may."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from tests.customers.someone import someone
from tests.grants.cast import signed_in
from tests.links.bringing import count, letters, press
from tests.oauth.cast import entries
from tests.people import csrf_of
from tests.vendors.consoles import at_work, company

HERE = "/console/shop/customers"
GOOD = b"number;email;language;deliver\r\n4711;eva@example.org;ca;mail\r\n12;;;link\r\n"


def look_through(client: FlaskClient, data: bytes, deliver: str = "mail") -> Any:
    """Sends a file to be looked through."""
    form = {"csrf_token": csrf_of(client, HERE), "deliver": deliver, "file": (io.BytesIO(data), "customers.csv")}
    return client.post(HERE, data=form, content_type="multipart/form-data")


def send(client: FlaskClient, data: bytes, deliver: str = "mail") -> Any:
    """Sends what was looked through."""
    form = {"csrf_token": csrf_of(client, HERE), "deliver": deliver, "text": data.decode()}
    return client.post(HERE + "/send", data=form)


def test_a_file_is_looked_through_first_and_then_everybody_in_it_is_invited(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    page = look_through(client, GOOD)
    assert page.status_code == 200 and "We write to 1 customer." in page.text and "You get a link for 1 customer." in page.text
    assert count(house) == 0
    sent = send(client, GOOD)
    assert (sent.status_code, sent.location) == (303, HERE + "/links")
    sheet = client.get(HERE + "/links").text
    assert "<svg" in sheet and "/invitations/" in sheet and "Customer 12" in sheet
    assert [mail.to for mail in letters(house)] == ["eva@example.org"]
    assert "4711" in client.get(HERE, query_string={"state": "waiting"}).text
    assert {entry["actor"]["kind"] for entry in entries(house, "invitation.made")} != {"vendor"}


def test_where_a_line_is_wrong_it_is_named_and_nobody_is_invited(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    bad = GOOD + b"13;nobody;;mail\r\n"
    page = look_through(client, bad)
    assert page.status_code == 422 and "Line 4" in page.text and "this is no e-mail address" in page.text
    assert send(client, bad).status_code == 422
    assert count(house) == 0


@pytest.mark.parametrize("data", [b"", b"a;b\n1;2\n", b"\xff\xfe1\x00", b"number\n" + b"1" * 300_000])
def test_what_is_no_such_file_is_said_beside_it(app: Flask, house: House, data: bytes) -> None:
    assert look_through(at_work(app, house, company(house)), data).status_code == 422


def test_a_formula_in_a_file_is_no_number(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    send(client, b'number\n"=HYPERLINK(""https://else.example"")"\n')
    page = client.get(HERE).text
    assert "<a href=\"https://else.example" not in page


@pytest.mark.parametrize(("rank", "status"), [("owner", 200), ("agent", 200), ("developer", 403), ("reader", 403)])
def test_owners_and_agents_bring_customers(app: Flask, house: House, rank: str, status: int) -> None:
    client = at_work(app, house, company(house), f"{rank}@shop.example", rank)
    assert client.get(HERE).status_code == status


def test_another_companys_staff_and_customers_are_not_let_in(app: Flask, house: House) -> None:
    shop, bank = company(house), company(house, "Bank")
    send(at_work(app, house, shop), GOOD)
    other = at_work(app, house, bank, "bea@bank.example")
    assert other.get(HERE).status_code == 404
    assert other.post(HERE + "/withdraw", data={"csrf_token": csrf_of(other, "/console/bank"), "number": "12"}).status_code == 404
    assert "12" not in other.get("/console/bank/customers").text.partition("Your invitations")[2]
    assert signed_in(app, someone(house, "eva@example.org")).get(HERE).status_code == 403


def test_an_invitation_is_taken_back_with_a_press(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    send(client, GOOD)
    form = {"csrf_token": csrf_of(client, HERE), "number": "12"}
    assert client.post(HERE + "/withdraw", data=form).status_code == 303
    assert len(entries(house, "invitation.withdrawn")) == 1
    for nobodys in ("13", "a\0b", "ñ", "9" * 400, ""):
        assert client.post(HERE + "/withdraw", data={**form, "number": nobodys}).status_code == 404


def test_each_look_at_how_invitations_stand_names_who_looked(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    send(client, GOOD)
    client.get(HERE)
    looks = entries(house, "invitation.listed")
    assert len(looks) == 2 and {look["actor"]["kind"] for look in looks} != {"vendor"} and all("vendor" in look for look in looks)
    assert press(client, HERE + "/nothing").status_code == 404
