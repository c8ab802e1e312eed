"""The sandbox: its people and its company meet nobody else, its clock touches nothing else, and all of it is marked."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.grants.jobs import tell_over
from portal.grants.models import Grant
from portal.grants.service import age_grants, ask, claim_request
from portal.kernel import clock
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.mail import Mail
from portal.kernel.unit import SYSTEM, Actor
from portal.links.jobs import send_invitations
from portal.links.reads.invitations import questions_of
from portal.links.service import ensure
from portal.oauth.service import age_tokens, change_redirects
from portal.vendors.models import SandboxCustomer
from portal.vendors.reads import VendorView, sandbox_of, vendor_of
from portal.vendors.service import allow_purpose, block, make_sandbox
from tests import people
from tests.customers.someone import someone
from tests.grants.cast import DELIVERY, detail, person
from tests.links.bringing import Bringer
from tests.oauth.cast import BACK, Program, bearing, connect, entries, own_token, program, refresh
from tests.vendors.consoles import at_work, company

LETTERS = "/console/shop/sandbox/letters"
NAMES = ("profile.name", "profile.address", "orders.line")


class Bench:
    """A company's developer before the sandbox."""

    def __init__(self, app: Flask, house: House) -> None:
        self.house, self.app, self.live = house, app, company(house)
        with house.writing(SYSTEM) as unit:
            allow_purpose(unit, vendor_id=self.live.id, purpose=DELIVERY, datatypes=NAMES, may_require=("profile.name",))
        self.client = at_work(app, house, self.live, "dev@shop.example", "developer")
        self.machine = app.test_client(use_cookies=False)
        shown = self.press("begin")
        self.once = [unescape(one) for one in re.findall(r"<code>([^<]+)</code>", shown)]
        self.emails = re.findall(r"[a-z]+\.[0-9a-f]+@sandbox\.example\.net", shown)
        with house.reading() as unit:
            found = sandbox_of(unit, self.live.id)
            assert found is not None
            self.twin: VendorView = vendor_of(unit, found.vendor_id)
        self.program = Program(self.twin.id, self.once[0], self.once[1])
        with house.writing(SYSTEM) as unit:
            change_redirects(unit, client_id=self.program.client_id, redirect_uris=(BACK,))

    def press(self, button: str, **fields: str) -> str:
        """Presses a button of the sandbox's page; gives what comes of it."""
        page = "/console/shop/sandbox"
        answer = people.post(self.client, f"{page}/{button}", page, **fields)
        return answer.text if answer.status_code == 200 else self.client.get(answer.location).text

    def actor(self, place: int = 0) -> Actor:
        """A made-up customer."""
        with self.house.reading() as unit:
            mine = select(SandboxCustomer.account_id).where(SandboxCustomer.place == place)
            account_id = unit.connection.execute(mine).scalar_one()
        return people.actor(self.house, account_id)

    def read(self, token: str) -> Any:
        """What the program gets."""
        return self.machine.get("/api/v1/profile", query_string={"purpose": DELIVERY}, headers=bearing(token)).json


@pytest.fixture
def bench(app: Flask, house: House) -> Bench:
    """A sandbox that was just begun."""
    return Bench(app, house)


def test_a_sandbox_has_a_program_three_people_and_their_orders_and_shows_its_secrets_once(bench: Bench) -> None:
    assert len(bench.once) == 5 and len(bench.emails) == 3
    token = own_token(bench.machine, bench.program)
    orders = bench.machine.get("/api/v1/orders", headers=bearing(token)).json["orders"]
    assert sorted(order["customer"] for order in orders) == ["T-1", "T-2", "T-3"]
    later = bench.client.get("/console/shop/sandbox").text
    assert bench.once[0] in later and not [secret for secret in bench.once[1:] if secret in later]
    assert "sandbox" in bench.press("begin"), "pressed again, it is the one that is there"


def test_all_that_happens_in_a_sandbox_is_marked_as_a_test(bench: Bench, app: Flask, house: House) -> None:
    tokens = connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES))
    assert bench.read(tokens["access_token"])["profile"]["name"] == "Ada Prova"
    theirs = [entry for entry in entries(house) if entry.get("vendor") == text_of(bench.twin.id)]
    assert {"grant.given", "token.issued", "profile.disclosed", "order.put"} <= {entry["event"] for entry in theirs}
    assert {one["event"] for one in theirs if one["mode"] != "test"} == {"client.moved"}, "which this test did itself"


def test_attack_no_real_person_meets_a_sandbox_and_no_made_up_one_a_company(
    bench: Bench, app: Flask, house: House
) -> None:
    ana, ada, shop = person(house), bench.actor(), program(house)
    for who, vendor_id in ((ana, bench.twin.id), (ada, shop.vendor_id)):
        assert who.customer_id is not None
        with house.writing(SYSTEM) as unit:
            asked = ask(unit, vendor_id=vendor_id, details=[detail(house, datatypes=NAMES[:2])])
        with house.writing(who) as unit, pytest.raises(NotFound):
            claim_request(unit, request_id=asked.id)
        with house.writing(who) as unit, pytest.raises(NotFound):
            ensure(unit, customer_id=who.customer_id, vendor_id=vendor_id)


def test_the_test_clock_ends_what_was_given_and_touches_nothing_else(bench: Bench, app: Flask, house: House) -> None:
    ana, shop = person(house, given_name="Ana"), program(house)
    mine = connect(app, shop, ana, detail(house, days=20))["access_token"]
    tokens = connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES, days=20))
    before = ends(house, shop.vendor_id)
    assert "30 days have passed" in bench.press("clock", days="30")
    assert bench.read(tokens["access_token"])["reason"] == "expired"
    renewed = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert bench.machine.post("/oauth/token", data=renewed, headers=bench.program.basic).status_code == 400
    assert bench.read(mine)["profile"] == {"name": "Ana", "email": "ana@example.org"}, "nobody else's is older"
    assert ends(house, shop.vendor_id) == before
    again = connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES, days=20))
    assert "profile" in bench.read(again["access_token"]), "what is given afterwards begins anew"


def test_a_day_of_the_test_clock_gives_the_next_days_read_and_nobody_elses_any(
    bench: Bench, app: Flask, house: House
) -> None:
    daily = {"max": 2, "period": "P1D"}
    shop = program(house)
    real = connect(app, shop, person(house), detail(house, frequency=daily))["access_token"]
    tokens = connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES, frequency=daily))

    def reads(token: str) -> list[str]:
        return [bench.read(token).get("reason", "read") for _ in range(3)]

    assert reads(tokens["access_token"]) == reads(real) == ["read", "read", "budget"]
    bench.press("clock", days="1")
    again = refresh(bench.machine, bench.program, tokens["refresh_token"]).json["access_token"]
    assert reads(again) == ["read", "read", "budget"]
    assert reads(real) == ["budget"] * 3


def ends(house: House, vendor_id: bytes) -> list[Any]:
    """When a company's permissions end."""
    with house.reading() as unit:
        return list(unit.connection.execute(select(Grant.ends_at).where(Grant.vendor_id == vendor_id)).scalars())


@pytest.mark.parametrize("verb", [age_grants, age_tokens])
def test_attack_no_company_but_a_sandbox_can_be_made_older(house: House, verb: Any) -> None:
    shop = company(house)
    with house.writing(SYSTEM) as unit, pytest.raises(NotFound):
        verb(unit, vendor_id=shop.id, by=timedelta(days=30))


def test_an_end_that_the_clock_brought_is_told_by_the_feed(bench: Bench, app: Flask, house: House) -> None:
    connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES, days=20))
    tell_over(house)
    bench.press("clock", days="30")
    tell_over(house)
    [ended] = entries(house, "grant.expired")
    assert ended["vendor"] == text_of(bench.twin.id)


def test_a_press_does_as_a_made_up_customer_what_customers_do_and_names_who_pressed(
    bench: Bench, app: Flask, house: House
) -> None:
    tokens = connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES))
    street = bench.read(tokens["access_token"])["profile"]["address"]["street"]
    bench.press("event", what="address", who="0")
    assert bench.read(tokens["access_token"])["profile"]["address"]["street"] != street
    changed = entries(house, "attribute.changed")[-1]
    assert (changed["actor"]["kind"], changed["second"]["kind"], changed["mode"]) == ("customer", "staff", "test")
    bench.press("event", what="pause", who="0")
    assert bench.read(tokens["access_token"])["reason"] == "paused"
    bench.press("event", what="pause", who="0")
    bench.press("event", what="less", who="0")
    assert entries(house, "grant.narrowed")
    bench.press("event", what="stop", who="0")
    assert bench.read(tokens["access_token"])["reason"] == "revoked"
    assert "shares too little" in bench.press("event", what="stop", who="0")
    assert "Carmen Ensayo placed an order" in bench.press("event", what="order", who="2")


@pytest.mark.parametrize("fields", [{"what": "order", "who": "7"}, {"what": "fly", "who": "0"}, {"what": "order", "who": "a"}])
def test_a_press_that_the_page_does_not_offer_is_not_found(bench: Bench, fields: dict[str, str]) -> None:
    page = "/console/shop/sandbox"
    assert people.post(bench.client, f"{page}/event", page, **fields).status_code == 404
    assert people.post(bench.client, f"{page}/clock", page, days="-30").status_code == 404


def test_a_made_up_customer_signs_in_with_the_password_that_was_shown_until_another_is(bench: Bench, app: Flask) -> None:
    browser = app.test_client()
    people.sign_in(browser, bench.emails[0], bench.once[2])
    assert "Ada" in browser.get("/data").text
    shown = bench.press("passwords")
    assert browser.get("/data").status_code == 303, "its sessions ended"
    again = dict(re.findall(r"<dt[^>]*>([^<]+@sandbox[^<]+)</dt><dd><code>([^<]+)</code>", shown))
    assert set(again) == set(bench.emails)
    people.sign_in(app.test_client(), bench.emails[0], again[bench.emails[0]])


def test_nothing_is_mailed_to_made_up_people(bench: Bench, house: House) -> None:
    bench.press("passwords")
    people.do_jobs(house)
    assert not [mail for mail in people.mails(house) if "sandbox.example.net" in str(mail["To"])]
    with house.reading() as unit:
        assert set(unit.connection.execute(select(Mail.state)).scalars()) <= {"suppressed", "delivered"}


def invite(bench: Bench, **invited: str) -> None:
    """The sandbox's program invites somebody, and what is to be mailed is mailed."""
    headers = bearing(own_token(bench.machine, bench.program), **{"Idempotency-Key": invited["number"]})
    answer = bench.machine.post("/api/v1/invitations", json={"invitations": [invited]}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json["results"][0]["state"] in ("invited", "held")
    people.do_jobs(bench.house)


def test_a_sandboxs_invitation_goes_to_nobody_and_is_read_in_the_sandbox(bench: Bench, app: Flask, house: House) -> None:
    assert "No letter yet" in bench.client.get(LETTERS).text
    invite(bench, number="T-9", email="ana@example.org", deliver="mail", language="ca")
    with clock.moved(timedelta(days=11)):
        for _ in send_invitations(house):
            pass
        people.do_jobs(house)
    assert not people.mails(house, "ana@example.org"), "the address is somebody's"
    assert [entry["mode"] for entry in entries(house, "invitation.mailed")] == ["test", "test"]
    page = bench.client.get(LETTERS).text
    assert page.count("ana@example.org") == 2, "the reminder, too"
    assert "et convida" in page
    [path] = set(re.findall(r'href="https?://[^"/]+(/invitations/[^"]+)"', page))
    ada = app.test_client()
    people.sign_in(ada, bench.emails[0], bench.once[2])
    page = unescape(ada.get(path).text)
    assert bench.twin.name in page
    assert "les comandes teves que ens comuniquin més endavant sortiran" in page, "there are none of this number yet"
    assert people.post(ada, path, "/").location == "/orders", "a made-up customer takes it up"


def test_attack_nobody_but_its_companys_machines_people_reads_a_sandboxs_letters(
    bench: Bench, app: Flask, house: House
) -> None:
    invite(bench, number="T-9", email="ana@example.org", deliver="mail")
    other: FlaskClient = at_work(app, house, company(house, "Bank"), "eve@bank.example", "owner")
    assert other.get(LETTERS).status_code == 404
    assert "No letter yet" not in bench.client.get(LETTERS).text
    agent = at_work(app, house, bench.live, "agent@shop.example", "agent")
    assert agent.get(LETTERS).status_code == 403


def test_attack_a_real_person_is_asked_nothing_by_a_sandbox_that_was_told_their_address(
    bench: Bench, app: Flask, house: House
) -> None:
    ana = someone(house, "ana@example.org")
    shop = Bringer(app, house)
    invite(bench, number="T-9", email="ana@example.org")
    shop.invite({"number": "K-1", "email": "ana@example.org"})
    with house.reading(ana) as unit:
        assert [one.vendor_id for one in questions_of(unit)] == [shop.vendor_id]


def test_the_sandboxs_own_console_is_open_to_its_companys_people_and_to_nobody_elses(
    bench: Bench, app: Flask, house: House
) -> None:
    page = bench.client.get(f"/console/{bench.twin.slug}")
    assert (page.status_code, "Sandbox" in page.text) == (200, True)
    assert bench.client.get(f"/console/{bench.twin.slug}/calls").status_code == 200
    other: FlaskClient = at_work(app, house, company(house, "Bank"), "eve@bank.example", "owner")
    assert other.get(f"/console/{bench.twin.slug}").status_code == 404
    agent = at_work(app, house, bench.live, "agent@shop.example", "agent")
    assert agent.get("/console/shop/sandbox").status_code == 403


def test_where_a_company_is_shut_out_its_sandbox_is_for_its_people(bench: Bench, house: House) -> None:
    with house.writing(SYSTEM) as unit:
        block(unit, vendor_id=bench.live.id)
    for page in ("sandbox", "calls", "try"):
        assert bench.client.get(f"/console/{bench.twin.slug}/{page}").status_code == 403


def test_a_sandbox_has_no_sandbox(bench: Bench, house: House) -> None:
    with house.writing(SYSTEM) as unit, pytest.raises(Invalid):
        make_sandbox(unit, vendor_id=bench.twin.id)
