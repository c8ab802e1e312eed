"""What the page of a request says of what is shared now, of orders, and of the very text that was read."""

import hashlib
import re

import pytest
from flask import Flask

from portal.accounts.service import choose_language
from portal.grants import reads
from portal.grants.service import ask
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.orders.service import hide, mark_gift
from portal.vendors import service as vendors
from tests.grants.answering import field_of, mine, named, opened, page_of, press, ticks
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, asked, company, detail, signed_in
from tests.oauth.cast import program
from tests.orders.cast import an_order, join, list_of, tell


def test_what_is_shared_now_and_what_a_no_leaves_is_said(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client = signed_in(app, ana)
    path = page_of(asked(house, vendor))
    assert "shared now" not in client.get(path).text
    press(client, path, "share", items_0=["profile.name", "profile.email"])
    path = page_of(asked(house, vendor))
    page = client.get(path).text
    assert "With “Leave it as it is” that stays as it is." in page
    marked = [label for label in ("Full name", "Home address", "E-mail address") if _marked(page, label)]
    assert marked == ["Full name", "E-mail address"]
    assert ticks(page) == {"profile.name": True, "profile.address": False, "profile.email": True}
    said = client.post(path, data={**opened(client, path), "answer": "refuse"}, follow_redirects=True).text
    assert "Nothing has changed: what you share with them stays as it is." in said
    assert "what you share with them stays as it is" in client.get(path).text
    assert mine(house, ana) == [{DELIVERY: {"profile.name", "profile.email"}}]


def _marked(page: str, label: str) -> bool:
    item = page[page.index(f">{label} <span") :]
    return "shared now" in item[: item.index("check-more")]


def test_the_number_of_orders_is_that_of_the_preview(app: Flask, house: House) -> None:
    vendor, other, ana = company(house), program(house, name="Casa Lumen"), named(house)
    tell(house, other.vendor_id, *(an_order(f"L-{at}", "C-9") for at in range(4)))
    join(house, other, "C-9", ana)
    one, two = list_of(house, ana)[:2]
    with house.writing(ana) as unit:
        hide(unit, order_id=one.id)
        mark_gift(unit, order_id=two.id, line_id=two.lines[0].id)
    names = ("orders.line.category",)
    request = asked(house, vendor, None, detail(house, SUGGESTIONS, names, ()), detail(house, CARE, names, ()))
    page = signed_in(app, ana).get(page_of(request)).text
    assert re.findall(r"(\d) orders? at all companies</span>", page) == ["3", "2"]


def test_a_request_says_at_once_that_orders_are_those_at_every_company(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    names = ("orders.header", "orders.line", "orders.line.category", "profile.tastes")
    with house.writing(SYSTEM) as unit:
        vendors.allow_purpose(unit, vendor_id=vendor.id, purpose=SUGGESTIONS, datatypes=names)
    path = page_of(asked(house, vendor, None, detail(house, SUGGESTIONS, names, ())))
    client = signed_in(app, ana)
    said = "No orders yet This includes what you order at any company, not only at Librería del Mar."
    page = client.get(path).text
    items = re.findall(r'<div class="form-check">.*?</small>', page, re.DOTALL)
    told = {found[1]: said in " ".join(re.sub(r"<[^>]+>", " ", one).split())
            for one in items if (found := re.search(r'value="([^"]+)"', one))}  # fmt: skip
    assert told == {name: name.startswith("orders.") for name in names}
    with house.writing(ana) as unit:
        assert ana.id is not None
        choose_language(unit, account_id=ana.id, locale="ro")
    assert "Include comenzile pe care le faci la orice companie, nu numai la Librería del Mar." in client.get(path).text
    press(client, path, "refuse")
    with house.reading(ana) as unit:
        (record,) = reads.records_of(unit)
    assert "Include comenzile pe care le faci" in client.get(f"/records/{text_of(record.id)}").text, "it is of the text that is kept"


def test_a_request_can_be_left_for_later(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    page = client.get(path).text
    assert '<a href="/sharing">Decide later</a>' in page and "You go to Sharing, where the request waits until" in page
    assert path in client.get("/sharing").text


def test_with_one_reason_it_is_said_once(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client = signed_in(app, ana)
    one = client.get(page_of(asked(house, vendor))).text
    both = (detail(house), detail(house, CARE, ("profile.email",), ()))
    two = client.get(page_of(asked(house, vendor, None, *both))).text
    assert [page.count("<strong>To bring you what you ordered.") for page in (one, two)] == [1, 2]


def test_a_text_that_changed_since_it_was_opened_is_shown_again_first(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    answer = press(client, path, "share", notice="0" * 64)
    assert answer.status_code == 409 and "Please look again" in answer.text and mine(house, ana) == []
    assert field_of(answer.text, "notice") != "0" * 64


@pytest.mark.parametrize("sent", [{}, {"notice": ""}, {"notice": "00"}])
def test_a_yes_that_names_no_text_is_shown_the_text_first(app: Flask, house: House, sent: dict[str, str]) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    form = {**opened(client, path), "answer": "share"}
    del form["notice"]
    answer = client.post(path, data={**form, **sent})
    assert answer.status_code == 409 and "Please look again" in answer.text and mine(house, ana) == []


def test_a_no_cites_the_text_of_the_page_and_none_that_came_after_it(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, cited = signed_in(app, ana), []
    for changed in (False, True):
        path = page_of(asked(house, vendor))
        form = {**opened(client, path), "answer": "refuse"}
        if changed:
            with house.writing(SYSTEM) as unit:
                vendors.set_card(unit, vendor_id=vendor.id, card={"description": {"en": "We are somebody else now."}})
        assert client.post(path, data=form).status_code == 303
        with house.reading(ana) as unit:
            record = reads.records_of(unit)[0]
            body = reads.notice_of(unit, record)
        page = client.get(f"/records/{text_of(record.id)}").text
        assert ("Language of the text you saw" in page) is ("The text you saw" in page) is not changed
        cited.append(None if body is None else hashlib.sha256(body).hexdigest() == form["notice"])
    assert cited == [True, None]


def test_what_a_company_says_of_itself_turns_nothing_round_that_stands_beside_it(app: Flask, house: House) -> None:
    vendor, ana = company(house, "ספרים"), named(house)
    words = detail(house, purpose_text={"ca": "להביא לך"})
    with house.writing(SYSTEM) as unit:
        vendors.set_card(unit, vendor_id=vendor.id, card={"city": "תל אביב", "description": {"en": "אנחנו"}})
        request = ask(unit, vendor_id=vendor.id, details=[words], source="vendor", customer_id=ana.customer_id)
    page = signed_in(app, ana).get(page_of(request)).text
    assert "<bdi>ספרים</bdi>" in page and "<bdi>תל אביב</bdi>" in page
    assert re.findall(r'<q lang="\w+" dir="auto">([^<]+)</q>', page) == ["אנחנו", "להביא לך"]
