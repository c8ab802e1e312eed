"""An erased customer is nobody any more: nothing opens, nothing finds them, and the record still adds up."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts import service as accounts
from portal.accounts.reads import account_by_email
from portal.audit.models import LogEntry
from portal.audit.verify import verify
from portal.customers import service
from portal.customers.models import Customer
from portal.customers.reads import erasure_of
from portal.kernel import anchor, clock
from portal.kernel.errors import Busy, NotFound
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.links.reads import link_by_number
from tests import people
from tests.customers.erased import everything, keys_of, names_of, places_of
from tests.grants.cast import DELIVERY
from tests.orders.cast import an_order, line
from tests.people import PASSWORD
from tests.promises.cast import PERSONAL, Company, company, customer
from tests.promises.cast import Customer as Shares

# Three digits stand in any time or id.
WORDS = [word for word in PERSONAL if word != b"612"]
WEEK = timedelta(days=7)
EMAIL = "ana@example.org"


def erase(house: House, ana: Actor) -> None:
    assert ana.customer_id is not None
    with house.writing(SYSTEM) as unit:
        service.erase(unit, customer_id=ana.customer_id)
    house.lead()


def sound(house: House) -> None:
    house.lead()
    report = verify(house)
    assert (report.findings, report.could_not) == ([], None)


@pytest.fixture
def ana(app: Flask) -> Shares:
    return customer(app)


@pytest.fixture
def bookshop(app: Flask, ana: Shares) -> Company:
    shop = ana.shares(company(app, "Llibreria Far"), "Phone number")
    shop.sold(ana, "A-1", "The heron atlas")
    assert shop.read(purpose=DELIVERY).status_code == 200
    return shop


def test_of_an_erased_customer_no_key_no_place_in_the_index_and_no_account_is_left(
    house: House, ana: Shares, bookshop: Company
) -> None:
    holder = ana.actor.holder_id
    assert holder is not None
    keys, places = keys_of(house, holder), places_of(house, holder)
    assert len(keys) == 2, "one of the account, one of the prospect who joined it"
    assert places
    erase(house, ana.actor)
    left = everything(house)
    for lost in (*(key.wrapped for key in keys), *(key.pseudonym for key in keys), *places):
        assert lost not in left
    for digest in places:
        assert digest.hex().encode() not in left
    assert not any(word in left for word in (*WORDS, b"heron atlas"))
    with house.reading() as unit:
        assert account_by_email(unit, EMAIL) is None
        with pytest.raises(NotFound):
            unit.box(holder)


def test_the_record_stays_whole_and_says_whose_personal_parts_nobody_opens(
    house: House, ana: Shares, bookshop: Company
) -> None:
    keys = keys_of(house, ana.actor.holder_id or b"")
    sound(house)
    erase(house, ana.actor)
    report = verify(house)
    assert (report.findings, report.could_not) == ([], None)
    assert report.erasures == 1
    assert report.erased > 5, "what was sealed for them opens no more, as the erasure explains"
    with house.reading() as unit:
        body = unit.connection.execute(select(LogEntry.body).where(LogEntry.event == "customer.erased")).scalar_one()
    assert all(name.encode() in body for name in names_of(keys))


def test_a_company_is_told_that_it_ended_as_after_a_stop_and_reads_nothing_more(
    house: House, ana: Shares, bookshop: Company
) -> None:
    before = bookshop.own_read("profiles", purpose=DELIVERY).json
    sub = before["profiles"][0]["sub"]
    assert bookshop.own_read("orders").json["orders"]
    erase(house, ana.actor)
    after = bookshop.own_read("profiles", purpose=DELIVERY, changed_since=before["position"])
    assert after.json["ended"] == [{"sub": sub, "purpose": DELIVERY, "reason": "revoked"}]
    assert bookshop.own_read("profiles", purpose=DELIVERY).json["profiles"] == []
    assert bookshop.own_read("orders").json["orders"] == []
    assert bookshop.own_read("orders/A-1").status_code == 404
    refused = bookshop.read(purpose=DELIVERY)
    assert refused.status_code in (401, 403)
    assert not any(word in refused.data for word in WORDS)
    assert [one["state"] for one in bookshop.own_read("grants").json["grants"]] == ["ended"]
    sound(house)


def test_a_browser_of_theirs_is_signed_out_and_the_address_begins_anew(house: House, ana: Shares, app: Flask) -> None:
    erase(house, ana.actor)
    assert ana.browser.open("/data").address.startswith("/sign-in")
    fresh = app.test_client()
    assert people.post(fresh, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 422
    people.register(house, EMAIL)
    people.sign_in(fresh, EMAIL)
    page = fresh.get("/data").text
    assert "Anastasia" not in page
    assert "Carrer Nou" not in page


def test_a_company_that_writes_again_under_its_number_makes_somebody_of_its_own(
    house: House, ana: Shares, bookshop: Company
) -> None:
    erase(house, ana.actor)
    with house.reading() as unit:
        assert link_by_number(unit, bookshop.program.vendor_id, "Llibreria Far 7") is None
    bookshop.tells(an_order("A-2", "Llibreria Far 7", line("A pencil", 100)))
    with house.reading() as unit:
        link = link_by_number(unit, bookshop.program.vendor_id, "Llibreria Far 7")
        assert link is not None
        assert (link.state, link.customer_id != ana.actor.customer_id) == ("prospect", True)
    assert [order["number"] for order in bookshop.own_read("orders").json["orders"]] == ["A-2"]


def test_erasing_twice_changes_nothing_and_leaves_one_line(house: House, ana: Shares) -> None:
    erase(house, ana.actor)
    size = verify(house).size
    erase(house, ana.actor)
    assert verify(house).size == size
    lines = house.settings.anchor.read_text().splitlines()
    assert len(lines) == 1
    assert anchor.erased(house.settings.anchor) == [ana.actor.holder_id]


def test_the_line_of_an_erasure_names_all_its_holders_and_nobody(
    house: House, ana: Shares, bookshop: Company
) -> None:
    with house.reading() as unit:
        mine = (Customer.id == ana.actor.customer_id) | (Customer.joined_into == ana.actor.customer_id)
        holders = set(unit.connection.execute(select(Customer.holder_id).where(mine)).scalars())
    erase(house, ana.actor)
    assert len(holders) == 2
    assert set(anchor.erased(house.settings.anchor)) == holders
    written = house.settings.anchor.read_bytes()
    assert not any(word in written for word in WORDS)
    assert house.settings.anchor.stat().st_mode & 0o777 == 0o600


def test_who_cannot_be_written_down_as_erased_is_not_erased(house: House, ana: Shares) -> None:
    house.settings.anchor.mkdir()
    with pytest.raises(Busy, match="anchor"):
        erase(house, ana.actor)
    assert keys_of(house, ana.actor.holder_id or b"")


def test_half_a_line_spoils_neither_the_one_before_nor_the_one_after(house: House) -> None:
    path = house.settings.anchor
    anchor.append(path, [b"1" * 16], clock.now())
    with path.open("ab") as file:
        file.write(b'{"at":17')
    anchor.append(path, [b"2" * 16], clock.now())
    assert anchor.erased(path) == [b"1" * 16, b"2" * 16]


@pytest.mark.engines("sqlite")  # PostgreSQL's files are its own: see docs/backup.md
def test_after_the_job_no_file_of_the_database_holds_the_keys(house: House, ana: Shares, client: FlaskClient) -> None:
    keys = keys_of(house, ana.actor.holder_id or b"")
    with house.writing(ana.actor) as unit:
        service.ask_to_erase(unit, customer_id=ana.actor.customer_id or b"")
    folder = house.settings.instance
    files = [folder / "freehold.db", folder / "freehold.db-wal"]
    assert any(keys[0].wrapped in file.read_bytes() for file in files)
    with clock.moved(WEEK):
        people.do_jobs(house)
    assert not any(keys[0].wrapped in file.read_bytes() for file in files)


# The week, and its pages.


def _asks(client: FlaskClient, password: str = PASSWORD) -> int:
    return people.post(client, "/account/erasing", current_password=password).status_code


def _link(house: House, to: str = EMAIL) -> str:
    people.do_jobs(house)
    asked = next(mail for mail in people.mails(house, to) if "will be deleted" in mail["Subject"])
    return people.link_in(asked)


@pytest.fixture
def signed(house: House, client: FlaskClient) -> bytes:
    account_id = people.register(house, EMAIL)
    people.sign_in(client, EMAIL)
    return account_id


def test_attack_63_a_session_alone_deletes_nothing(house: House, client: FlaskClient, signed: bytes) -> None:
    assert _asks(client, "a stolen session") == 422
    customer_id = people.actor(house, signed).customer_id or b""
    with house.reading() as unit:
        assert erasure_of(unit, customer_id) is None
    people.do_jobs(house)
    assert people.mails(house, EMAIL)[0]["Subject"] != "Your account will be deleted"


def test_after_the_week_and_not_a_minute_before_the_account_is_gone(
    house: House, client: FlaskClient, signed: bytes
) -> None:
    holder = people.actor(house, signed).holder_id or b""
    assert _asks(client) == 303
    with clock.moved(WEEK - timedelta(minutes=1)):
        people.do_jobs(house)
        assert keys_of(house, holder)
    with clock.moved(WEEK + timedelta(minutes=1)):
        people.do_jobs(house)
        assert not keys_of(house, holder)
        assert client.get("/account").status_code == 303
    assert people.mails(house) == [], "a house that writes its letters into files keeps none of theirs"
    sound(house)


def test_whoever_signs_in_meets_it_and_keeps_the_account_with_one_press(
    house: House, client: FlaskClient, signed: bytes
) -> None:
    assert _asks(client) == 303
    assert "Your account will be deleted on" in client.get("/").text
    assert "Keep my account" in client.get("/account").text
    assert people.post(client, "/account/erasing/keep", page="/account").status_code == 303
    assert "Your account will be deleted on" not in client.get("/").text
    people.do_jobs(house)
    assert people.mails(house, EMAIL)[0]["Subject"] == "Your account stays"
    with clock.moved(WEEK + timedelta(days=1)):
        people.do_jobs(house)
        assert keys_of(house, people.actor(house, signed).holder_id or b"")


def test_a_minute_after_the_week_it_is_too_late_and_the_page_says_so(
    house: House, client: FlaskClient, signed: bytes
) -> None:
    assert _asks(client) == 303
    link = _link(house)
    with clock.moved(WEEK + timedelta(minutes=1)):
        late = people.post(client, "/account/erasing/keep", page="/account")
        assert (late.status_code, "This link no longer works" in late.text) == (410, True)
        assert people.post(client, link, page="/account").status_code == 410


def test_whoever_reads_the_mail_keeps_the_account_without_signing_in(
    house: House, app: Flask, client: FlaskClient, signed: bytes
) -> None:
    assert _asks(client) == 303
    link, owner = _link(house), app.test_client()
    assert link.startswith("/account/keep/")
    assert "will be deleted on" in owner.get(link).text
    with house.reading() as unit:
        assert erasure_of(unit, people.actor(house, signed).customer_id or b""), "looking changes nothing"
    assert people.post(owner, link).status_code == 200
    assert owner.get(link).status_code == 410
    assert people.post(owner, link, page="/sign-in").status_code == 410
    with house.reading() as unit:
        assert erasure_of(unit, people.actor(house, signed).customer_id or b"") is None


def test_every_proved_address_is_told_the_one_that_was_changed_a_day_ago_too(
    house: House, client: FlaskClient, signed: bytes
) -> None:
    people.post(client, "/account/address", email="thief@example.org", current_password=PASSWORD)
    people.do_jobs(house)
    people.post(client, people.link_in(people.mails(house, "thief@example.org")[0]))
    assert _asks(client) == 303
    assert _link(house, EMAIL).startswith("/account/keep/")
    assert _link(house, "thief@example.org").startswith("/account/keep/")


def test_whoever_takes_the_account_back_from_a_thief_is_not_erased(
    house: House, app: Flask, client: FlaskClient, signed: bytes
) -> None:
    people.post(client, "/account/address", email="thief@example.org", current_password=PASSWORD)
    people.do_jobs(house)
    people.post(client, people.link_in(people.mails(house, "thief@example.org")[0]))
    people.do_jobs(house)
    undo = people.link_in(people.mails(house, EMAIL)[0])
    assert _asks(client) == 303
    people.post(app.test_client(), undo)
    with house.reading() as unit:
        assert erasure_of(unit, people.actor(house, signed).customer_id or b"") is None


def test_asked_twice_the_week_is_the_first_one(house: House, client: FlaskClient, signed: bytes) -> None:
    customer_id = people.actor(house, signed).customer_id or b""
    with house.writing() as unit:
        first = service.ask_to_erase(unit, customer_id=customer_id)
    with clock.moved(timedelta(days=1)), house.writing() as unit:
        assert service.ask_to_erase(unit, customer_id=customer_id) == first


def test_whoever_acts_for_others_has_that_ended_first(house: House, client: FlaskClient, signed: bytes) -> None:
    with house.writing(SYSTEM) as unit:
        accounts.grant_role(unit, account_id=signed, role="officer")
    people.sign_in(client, EMAIL)
    page = client.get("/account/erasing").text
    assert "Have that role ended first" in page
    assert 'name="current_password"' not in page
    assert people.post(client, "/account/erasing", page="/account/password", current_password=PASSWORD).status_code == 403


def test_the_page_says_plainly_what_deleting_does_not_do(client: FlaskClient, signed: bytes) -> None:
    page = client.get("/account/erasing").text
    for sentence in ("What companies have read stays with them.", "remain, without a name", "writing here about its own customers"):
        assert sentence in page
