"""Withdrawals without an account: every address is answered alike, what is declared counts once, and nothing of an order shows."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import event, func, select

from portal.accounts.limits import WITHDRAW_ADDRESS, WITHDRAW_EMAIL, WITHDRAW_MAILBOX
from portal.customers.reads import customer_of
from portal.kernel import clock
from portal.kernel.errors import Conflict, Gone, NotFound
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.jobs import Job
from portal.kernel.mail import Mail
from portal.kernel.sealing import DataKey, Holder
from portal.kernel.unit import STRANGER, Actor
from portal.links.reads import folds_into, link_by_number
from portal.links.service import fold, invite_all, part
from portal.messages.kinds import WITHDRAWN
from portal.messages.reads import Notice, notices_of
from portal.orders.demands.guests import jobs
from portal.orders.demands.guests.models import GuestWithdrawal
from portal.orders.demands.guests.reads import guest_of, guests_of
from portal.orders.demands.guests.service import Declaration, GuestAnswer, answer_guest, declare
from portal.orders.demands.guests.states import KEPT_AFTER_END, KEPT_WITHOUT, LIFE
from portal.orders.demands.machine import RETURN, WITHDRAWAL
from portal.orders.demands.reads import DemandView, demands_of
from portal.orders.demands.service import Answered, Asked, answer, ask
from portal.orders.models import Demand
from tests import people
from tests.grants.cast import person, signed_in
from tests.orders.cast import an_order, found, line, list_of, tell
from tests.orders.guests import GUEST, Shop, letters, signed_in_letter, token_in
from tests.prove.sizes import size
from tests.vendor_api.test_orders import entries
from tests.vendors.consoles import company as admitted

ANA = "ana@example.org"
_CSRF = re.compile(r'(name="csrf_token" value=")[^"]+')


@pytest.fixture
def shop(app: Flask, house: House) -> Shop:
    """A company whose customers come without an account."""
    return Shop(app, house)


def asked_of(house: House, customer: Actor) -> list[DemandView]:
    """What stands in somebody's portal as asked by them."""
    assert customer.customer_id is not None and customer.holder_id is not None
    with house.reading(customer) as unit:
        return demands_of(unit, customer.customer_id, unit.box(customer.holder_id))[0]


def told_of(house: House, customer: Actor) -> list[Notice]:
    """What stands in a customer's inbox."""
    assert customer.customer_id is not None
    with house.reading(customer) as unit:
        return notices_of(unit, customer.customer_id)


def said_in(app: Flask, signed: str) -> dict[str, Any]:
    """What a receipt says, checked by the house's public keys."""
    keys = KeySet.import_key_set(app.test_client().get("/oauth/jwks").json)
    found: dict[str, Any] = json.loads(jws.deserialize_compact(signed, keys, algorithms=["ES256"]).payload)
    return found


def test_every_address_is_answered_alike_and_gets_one_mail_alike(app: Flask, house: House, shop: Shop) -> None:
    tell(house, shop.vendor.id, an_order("1", "c"))
    found(house, shop.seller, "c", ANA)
    tell(house, shop.vendor.id, an_order("2", "d"))
    list(invite_all(house.writing, vendor_id=shop.vendor.id, items=[{"number": "d", "email": "paula@example.org"}]))
    pages, mails = set(), set()
    for email in (ANA, "paula@example.org", GUEST):
        browser = app.test_client()
        answer = shop.asks(email, browser)
        assert (answer.status_code, answer.location) == (303, f"/withdraw/{shop.vendor.slug}/sent")
        pages.add(_CSRF.sub(r"\1", browser.get(answer.location).text))
        [mail] = [one for one in letters(house, email) if "/withdrawals/" in one.get_content()]
        opened = app.test_client().get(f"/withdrawals/{token_in(mail)}").text
        pages.add(_CSRF.sub(r"\1", opened).replace(token_in(mail), "…"))
        mails.add((mail["Subject"], mail.get_content().replace(token_in(mail), "…")))
    assert len(pages) == 2 and len(mails) == 1
    assert not any(word in page for page in pages for word in ("Thing", ANA, "paula"))


def test_what_is_pressed_looks_nothing_up_and_is_the_same_work_for_every_address(app: Flask, house: House, shop: Shop) -> None:
    tell(house, shop.vendor.id, an_order("1", "c"))
    found(house, shop.seller, "c", ANA)
    shop.asks("first@example.org")
    people.do_jobs(house)
    statements: list[list[str]] = []
    for email in (ANA, GUEST):
        browser = app.test_client()
        token = people.csrf_of(browser, f"/withdraw/{shop.vendor.slug}")
        seen: list[str] = []
        listen = lambda _c, _cursor, statement, *_rest, seen=seen: seen.append(statement)  # noqa: E731
        event.listen(house.engine, "before_cursor_execute", listen)
        browser.post(f"/withdraw/{shop.vendor.slug}", data={"csrf_token": token, "email": email})
        event.remove(house.engine, "before_cursor_execute", listen)
        statements.append(seen)
    assert statements[0] == statements[1]
    assert not any("identifiers" in one or "accounts" in one for one in statements[0])


def test_a_link_opened_by_a_program_changes_nothing_and_what_is_declared_in_two_steps_counts_from_then(
    app: Flask, house: House, shop: Shop
) -> None:
    token = shop.link()
    before = shop.rows()
    browser, path = app.test_client(), f"/withdrawals/{token}"
    for _again in range(2):
        assert browser.get(path).status_code == browser.head(path).status_code == 200
    said = {"name": "Gina Roca", "number": "F-77 / 2026", "scope": "some", "words": ""}
    unclear = people.post(browser, path, **said)
    assert unclear.status_code == 422 and 'value="F-77 / 2026"' in unclear.text
    said["words"] = "Two of the lamps."
    second = people.post(browser, path, **said)
    assert "Two of the lamps." in second.text and GUEST in second.text
    back = people.post(browser, path, back="1", **said)
    assert "Go on to the confirmation" in back.text and "Two of the lamps." in back.text
    assert shop.rows() == before, "nothing is declared yet"
    at = clock.now()
    done = people.post(browser, f"{path}/confirm", page=path, **said)
    assert (done.status_code, done.location) == (303, path)
    assert "You have withdrawn" in browser.get(path).text
    [letter] = [one for one in letters(house) if "Receipt" in one["Subject"]]
    receipt = said_in(app, signed_in_letter(letter))
    assert (receipt["contract"], receipt["scope"], receipt["described"]) == ("F-77 / 2026", "described", "Two of the lamps.")
    assert (receipt["company"], receipt["name"], receipt["email"]) == ("Llibreria Far", "Gina Roca", GUEST)
    text = letter.get_content()
    assert "Two of the lamps." in text and "accepted" not in text and "received your declaration" in text
    with house.reading() as unit:
        [one] = guests_of(unit, shop.vendor.id, most=9)
    assert at <= one.declared_at <= clock.now() and receipt["received_at"] == one.declared_at.isoformat().replace("+00:00", "Z")
    assert (one.state, one.number, one.words, one.name) == ("receipt_sent", "F-77 / 2026", "Two of the lamps.", "Gina Roca")


def test_pressed_twice_it_is_declared_once(house: House, shop: Shop) -> None:
    token = shop.link()
    for _twice in range(2):
        assert shop.declares_at_once(token, "9").status_code == 303
    assert len(shop.rows()) == 1
    assert len([one for one in letters(house) if "Receipt" in one["Subject"]]) == 1
    assert len(entries(house, "withdrawal.declared")) == 1


@pytest.mark.engines("postgresql")  # its writers run beside each other
@pytest.mark.parametrize("turn", range(size(test=2, prove=40)))
def test_however_many_confirm_one_link_at_one_moment_it_is_declared_once(house: House, shop: Shop, turn: int) -> None:
    tell(house, shop.vendor.id, an_order("1", "c", line("Lamp", quantity=3)))
    found(house, shop.seller, "c", ANA)
    tokens = [shop.link(ANA), shop.link()]
    barrier = Barrier(6)

    def press(place: int) -> None:
        barrier.wait()
        with house.writing(STRANGER) as unit:
            declare(unit, secret=tokens[place % 2], said=Declaration("Ana", "1"))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(press, range(6)))
    with house.reading() as unit:
        assert unit.connection.execute(select(func.count()).select_from(Demand)).scalar_one() == 1
        assert len(guests_of(unit, shop.vendor.id, most=9)) == 1


def test_an_order_of_whoever_proved_the_address_gets_the_declaration_and_nobody_is_told_so(app: Flask, house: House) -> None:
    shop, other = Shop(app, house), Shop(app, house, "Casa Lumen")
    tell(house, shop.vendor.id, an_order("1", "c", line("Lamp", 1000, quantity=2), line("Bulb", 300)))
    ana = found(house, shop.seller, "c", ANA)
    known, unknown = shop.link(ANA), shop.link(ANA)
    pages = [app.test_client().get(shop.declares(token, number).location).text for token, number in ((known, " #1 "), (unknown, "7"))]
    moment = re.compile(r"on [^,]+(, | at )[^.]+")
    alike = [_CSRF.sub(r"\1", moment.sub("", page)).replace(token, "") for page, token in zip(pages, (known, unknown), strict=True)]
    assert alike[0] == alike[1]
    [demand] = asked_of(house, ana)
    assert (demand.kind, demand.state, demand.has_receipt, demand.preview) == (WITHDRAWAL, "receipt_sent", True, 1300)
    assert [(one.name, one.quantity) for one in demand.pieces] == [("Lamp", 2), ("Bulb", 1)]
    assert [one.action for one in demand.steps] == ["declare", "send-receipt"]
    receipts = [one for one in letters(house, ANA) if "Receipt" in one["Subject"]]
    assert len(receipts) == 2 and all("Lamp" not in one.get_content() for one in receipts)
    assert {said_in(app, signed_in_letter(one))["id"] for one in receipts} >= {text_of(demand.id)}
    with house.reading() as unit:
        assert [one.number for one in guests_of(unit, shop.vendor.id, most=9)] == ["7"]
        assert guests_of(unit, other.vendor.id, most=9) == []
    browser = signed_in(app, ana)
    page = browser.get(f"/orders/demands/{text_of(demand.id)}").text
    assert "without signing in" in page and "Keep the signed receipt" in page
    assert said_in(app, browser.get(f"/orders/demands/{text_of(demand.id)}/receipt.jwt").text)["contract"] == "#1"
    [notice] = [one.sentence for one in told_of(house, ana) if one.kind == WITHDRAWN]
    assert notice == "Somebody withdrew from a contract of yours with Llibreria Far without signing in, by a link."
    assert any(notice in one.get_content().replace("\n", " ") for one in letters(house, ANA)), "whoever it was, Ana is told"
    assert shop.rows()[0].email is None, "what goes on in the portal needs no second address"


def test_a_right_number_with_an_address_that_is_not_its_customers_stands_without_an_order(house: House, shop: Shop) -> None:
    tell(house, shop.vendor.id, an_order("1", "c"))
    ana = found(house, shop.seller, "c", ANA)
    assert shop.declares(shop.link(GUEST), "1").status_code == 303
    assert asked_of(house, ana) == []
    with house.reading() as unit:
        [one] = guests_of(unit, shop.vendor.id, most=9)
    assert one.email == GUEST


def test_a_number_that_no_order_can_have_is_taken_as_it_was_written(house: House, shop: Shop) -> None:
    written = ["1\0", "1\n2", "ț" * 64, "#", "\u202e1"]
    for at, number in enumerate(written):
        assert shop.declares_at_once(shop.link(f"g{at}@example.org"), number).status_code == 303
    with house.reading() as unit:
        assert [one.number for one in guests_of(unit, shop.vendor.id, most=9)] == written


def test_nothing_that_was_asked_before_stands_in_the_way_of_the_declaration(house: House, shop: Shop) -> None:
    over = "2026-03-02T10:00:00Z"
    tell(house, shop.vendor.id, an_order("1", "c", line("Lamp", quantity=1), return_until=over, status="OrderReturned"))
    ana = found(house, shop.seller, "c", ANA)
    assert shop.declares(shop.link(ANA), "1").status_code == 303
    [demand] = asked_of(house, ana)
    assert (demand.pieces, demand.preview, demand.words) == ((), None, None)
    tell(house, shop.vendor.id, an_order("2", "c", line("Lamp", quantity=2)))
    [order] = [one for one in list_of(house, ana) if one.number == "2"]
    with house.writing(ana) as unit:
        ask(unit, order_id=order.id, asked=Asked(RETURN, {order.lines[0].id: 2}), seen=0)
    shop.declares(shop.link(ANA), "2", "The one that is blue.")
    assert [(one.kind, one.words) for one in asked_of(house, ana)[:2]] == [(WITHDRAWAL, "The one that is blue."), (RETURN, None)]


def test_whoever_has_no_account_is_told_by_mail_what_the_company_answers(app: Flask, house: House, shop: Shop) -> None:
    tell(house, shop.vendor.id, an_order("1", "c"))
    list(invite_all(house.writing, vendor_id=shop.vendor.id, items=[{"number": "c", "email": GUEST}]))
    shop.declares(shop.link(), "1")
    shop.declares(shop.link(), "unknown here")
    with house.reading() as unit:
        [demand_id] = unit.connection.execute(select(Demand.id)).scalars()
        [alone] = guests_of(unit, shop.vendor.id, most=9)
    for action, words in (("acknowledge", None), ("settle", "Paid back today.")):
        with house.writing() as unit:
            said = Answered(action, words)
            answer(unit, vendor_id=shop.vendor.id, order_number=None, demand_id=demand_id, answered=said)
            answer_guest(unit, vendor_id=shop.vendor.id, withdrawal_id=alone.id, answered=GuestAnswer(action, words))
    told = [one.get_content() for one in letters(house) if "About your withdrawal" in one["Subject"]]
    assert len(told) == 4 and sum("Paid back today." in one for one in told) == 2
    assert {"order 1 " in one for one in told} == {True, False}
    with clock.moved(KEPT_AFTER_END + timedelta(days=1)):
        assert sum(jobs.sweep(house)) == 2, "an answer that ends it ends the keeping of the address, too"


def test_a_company_answers_by_the_machine_once_and_no_other_company_sees_it(app: Flask, house: House, shop: Shop) -> None:
    other = Shop(app, house, "Casa Lumen")
    shop.declares(shop.link(), "9")
    with house.reading() as unit:
        [one] = guests_of(unit, shop.vendor.id, most=9)
        assert guest_of(unit, other.vendor.id, one.id) is None

    def does(action: str, seen: str | None = None, words: str | None = None, vendor_id: bytes = shop.vendor.id) -> str:
        with house.writing() as unit:
            said = GuestAnswer(action, words, seen)
            return answer_guest(unit, vendor_id=vendor_id, withdrawal_id=one.id, answered=said)

    with pytest.raises(NotFound):
        does("acknowledge", vendor_id=other.vendor.id)
    for wrong in ("settle", "dispute", "accept", "send-receipt"):
        with pytest.raises(Conflict) as refused:
            does(wrong)
        assert refused.value.extra["allowed_actions"] == ["acknowledge"]
    assert [does("acknowledge", "receipt_sent") for _twice in range(2)] == ["acknowledged_by_vendor"] * 2
    with pytest.raises(Conflict):
        does("dispute", "receipt_sent")
    assert does("dispute", "acknowledged_by_vendor", "We have no such order.") == "disputed"
    with house.reading() as unit:
        seen = guest_of(unit, shop.vendor.id, one.id)
    assert seen is not None and seen.answer == "We have no such order." and seen.actions == ()
    assert [step for step, _at in seen.steps] == ["confirm", "send-receipt", "acknowledge", "dispute"]
    assert len([mail for mail in letters(house) if "About your withdrawal" in mail["Subject"]]) == 2


def test_how_often_an_address_was_written_to_is_told_to_nobody_and_its_links_outlast_the_wait(
    app: Flask, house: House, shop: Shop
) -> None:
    for _time in range(WITHDRAW_EMAIL.most + 2):
        answer = shop.asks(GUEST)
        assert answer.status_code == 303
    mails = [one for one in letters(house) if "/withdrawals/" in one.get_content()]
    assert len(mails) == WITHDRAW_EMAIL.most
    assert timedelta(seconds=WITHDRAW_EMAIL.seconds) <= LIFE
    assert all(app.test_client().get(f"/withdrawals/{token_in(one)}").status_code == 200 for one in mails)
    assert shop.asks("other@example.org").status_code == 303
    assert len(letters(house, "other@example.org")) == 1
    assert WITHDRAW_MAILBOX.most > WITHDRAW_EMAIL.most


def test_one_network_that_asks_again_and_again_is_told_to_wait_and_what_it_typed_stays(app: Flask, shop: Shop) -> None:
    browser = app.test_client()
    for at in range(WITHDRAW_ADDRESS.most):
        assert shop.asks(f"g{at}@example.org", browser).status_code == 303
    late = shop.asks("late@example.org", browser)
    assert late.status_code == 429 and int(late.headers["Retry-After"]) > 0
    assert 'value="late@example.org"' in late.text and "Too many tries" in late.text


def test_no_link_is_good_after_a_day_nor_one_that_was_never_sent(app: Flask, house: House, shop: Shop) -> None:
    token = shop.link()
    browser = app.test_client()
    with clock.moved(LIFE + timedelta(minutes=1)):
        assert browser.get(f"/withdrawals/{token}").status_code == 410
        with pytest.raises(Gone), house.writing(STRANGER) as unit:
            declare(unit, secret=token, said=Declaration("Gina", "1"))
    assert browser.get("/withdrawals/nonsense").status_code == 410
    said = {"name": "Gina", "number": "1", "scope": "all", "words": ""}
    assert people.post(browser, "/withdrawals/nonsense/confirm", page="/sign-in", **said).status_code == 410


def test_what_was_declared_by_a_link_looks_the_same_for_ever_whether_there_is_such_an_order(
    app: Flask, house: House, shop: Shop
) -> None:
    tell(house, shop.vendor.id, an_order("1", "c"))
    found(house, shop.seller, "c", ANA)
    tokens = [shop.link(ANA), shop.link(ANA)]
    for token, number in zip(tokens, ("1", "2"), strict=True):
        shop.declares(token, number)
    for later in (timedelta(hours=1), LIFE + timedelta(hours=1), timedelta(days=40)):
        with clock.moved(later):
            list(jobs.sweep(house))
            statuses = {app.test_client().get(f"/withdrawals/{token}").status_code for token in tokens}
        assert statuses == ({200} if later < LIFE else {410})


def test_a_link_that_nobody_used_goes_with_its_key_and_its_mail_and_so_does_what_was_settled_long_ago(
    house: House, shop: Shop
) -> None:
    shop.link("nobody@example.org")
    shop.declares(shop.link(), "1")
    shop.declares(shop.link(), "2")
    people.do_jobs(house)
    with house.reading() as unit:
        settled, _open = guests_of(unit, shop.vendor.id, most=9)
    for action in ("acknowledge", "settle"):
        with house.writing() as unit:
            answer_guest(unit, vendor_id=shop.vendor.id, withdrawal_id=settled.id, answered=GuestAnswer(action))
    people.do_jobs(house)
    left = []
    for later in (LIFE + timedelta(hours=1), KEPT_AFTER_END + timedelta(days=1), KEPT_WITHOUT + timedelta(days=1)):
        with clock.moved(later):
            list(jobs.sweep(house))
        left.append(_left(house))
    assert left == [(2, 2, 2), (1, 1, 1), (0, 0, 0)]
    assert sum(json.loads(one.body)["count"] for one in entries(house, "withdrawal.forgotten")) == 3


def _left(house: House) -> tuple[int, int, int]:
    """How many rows, keys and holders there are of people without an account; none of their mails without a row."""
    guests = select(Holder.id).where(Holder.kind == "guest")
    with house.reading() as unit:
        keys = select(func.count()).select_from(DataKey).where(DataKey.holder_id.in_(guests))
        rows = [
            unit.connection.execute(statement).scalar_one()
            for statement in (
                select(func.count()).select_from(GuestWithdrawal),
                keys,
                select(func.count()).select_from(Holder).where(Holder.kind == "guest"),
                select(func.count()).select_from(Mail).where(Mail.holder_id.in_(guests)),
                select(func.count()).select_from(Job).where(Job.holder_id.in_(guests)),
            )
        ]
    assert bool(rows[0]) or not any(rows[3:])
    return rows[0], rows[1], rows[2]


def test_nothing_that_somebody_wrote_lies_open_in_the_table_or_stands_in_the_log(house: House, shop: Shop) -> None:
    shop.declares(shop.link(), "F-123456789", "the purple umbrella")
    written = repr([tuple(row) for row in shop.rows()]).encode()
    house.lead()
    for name in ("withdrawal.link-sent", "withdrawal.declared"):
        [entry] = entries(house, name)
        written += bytes(entry.body, "utf-8") if isinstance(entry.body, str) else bytes(entry.body)
    for word in (b"purple", b"F-123456789", b"Gina", b"gina@", b"Roca"):
        assert word not in written


def test_what_was_declared_before_orders_were_somebodys_stays_with_them_when_they_go(house: House, shop: Shop) -> None:
    tell(house, shop.vendor.id, an_order("1", "c", line("Lamp")), an_order("2", "c", line("Bulb")))
    list(invite_all(house.writing, vendor_id=shop.vendor.id, items=[{"number": "c", "email": GUEST}]))
    shop.declares(shop.link(), "1", "The lamp.")
    ana = person(house, ANA)
    assert ana.customer_id is not None
    with house.writing(ana) as unit:
        link = link_by_number(unit, shop.vendor.id, "c")
        assert link is not None
        kept = fold(unit, prospect_link=link.id, into=ana.customer_id)
    shop.declares(shop.link(ANA), "2")
    assert sorted(one.order_number for one in asked_of(house, ana)) == ["1", "2"]
    with house.reading(ana) as unit:
        [one] = folds_into(unit, kept.id)
    with house.writing(ana) as unit:
        part(unit, fold_id=one.id)
    assert asked_of(house, ana) == []
    with house.reading() as unit:
        rows = unit.connection.execute(select(Demand.id, Demand.customer_id, Demand.words)).all()
        assert len(rows) == 1, "what she declared herself was about somebody else's order"
        [row] = rows
        box = unit.box(customer_of(unit, row.customer_id).holder_id)
        assert box.open("order_demands", "words", row.id, row.words) == "The lamp."


def test_a_company_is_found_by_its_name_and_a_sandbox_by_none(app: Flask, house: House, shop: Shop) -> None:
    client: FlaskClient = app.test_client()
    shown = client.get("/withdraw?company=llibreria").text
    assert f"/withdraw/{shop.vendor.slug}" in shown
    assert "No company of this name" in client.get("/withdraw?company=Nowhere").text
    assert client.get("/withdraw/nowhere").status_code == 404
    assert client.get("/withdraw?company=" + "x" * 200).status_code == 200
    toy = admitted(house, "Toy Shop", mode="test")
    assert "/withdraw/toy" not in client.get("/withdraw?company=toy").text
    assert client.get(f"/withdraw/{toy.slug}").status_code == 404
    assert 'href="/withdraw"' in client.get("/sign-in").text
