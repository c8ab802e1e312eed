"""What the pages of sharing say is true of what they show: numbers, what is left, what a press does."""

import re
from datetime import date
from itertools import combinations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.grants.routes.room import unbroken
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links.service import pause
from portal.orders.added.service import add
from portal.orders.added.shapes import Added, Line
from portal.orders.service import hide, mark_gift
from portal.vendors.reads import vendor_of
from tests.grants.answering import mine, page_of, press
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, asked, company, detail, given, person, signed_in
from tests.grants.test_once import shared_once
from tests.grants.test_sharing_pages import words
from tests.oauth.cast import bearing
from tests.orders import cast as orders
from tests.orders.cast import ORDERS, an_order, join, line, list_of, tell


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody whom a company asks."""
    return person(house, given_name="Ana", family_name="Vila")


def test_orders_are_said_to_be_of_all_companies_and_what_is_left_out_is_counted_and_explained(
    app: Flask, house: House, ana: Actor
) -> None:
    shop, other = orders.company(house, "Librería del Mar"), orders.company(house, "Casa Lumen")
    tell(house, other.vendor_id, *(an_order(f"O-{day}", "C-1", day=day) for day in range(1, 5)))
    join(house, other, "C-1", ana)
    one, two = list_of(house, ana)[:2]
    with house.writing(ana) as unit:
        hide(unit, order_id=one.id)
        mark_gift(unit, order_id=two.id, line_id=two.lines[0].id)
        vendor = vendor_of(unit, shop.vendor_id)
    browser = signed_in(app, ana)
    request = asked(house, vendor, None, detail(house, CARE, ORDERS, ()), detail(house, SUGGESTIONS, ORDERS, ()))
    page = words(browser.get(page_of(request)).text)
    assert page.count("left out: you hid") == 2 * len(ORDERS), "under each of them"
    assert "3 orders at all companies 1 is left out: you hid it." in page
    assert "2 orders at all companies 2 are left out: you hid them, or said that they were gifts." in page
    assert "added yourself" not in page
    assert ana.customer_id is not None and ana.holder_id is not None
    bought = Added("Taller Roda Lliure", "318", date(2026, 3, 1), "EUR", [Line("Second-hand bicycle", 1, 18000)])
    with house.writing(ana) as unit:
        add(unit, order=bought, customer_id=ana.customer_id, holder_id=ana.holder_id)
    page = words(browser.get(page_of(request)).text)
    assert "3 orders at all companies 1 is left out: you hid it. Those that you added yourself no company sees." in page
    seen = words(press(browser, page_of(request), "preview", items_0=list(ORDERS), items_1=list(ORDERS)).text)
    assert "Your orders3 orders at all companies" in seen and "Your orders2 orders at all companies" in seen
    assert "1 March 2026Casa Lumen, €10.00, deliveredThing" in seen and "An order" not in seen


TOLD = {
    "orders.header": ["3 May 2026", "Casa Lumen", "€33.00"],
    "orders.line": ["Reading lamp", "2 × €12.50, €25.00", "Linen, white", "€8.00", "elivered"],
    "orders.line.category": ["Lighting", "Textiles"],
}
ROW = re.compile(r"<dt>(?:3 May 2026|Order 1)</dt>.*?</dd>", re.DOTALL)


@pytest.mark.parametrize(
    "names", [names for size in (1, 2, 3) for names in combinations(TOLD, size)], ids=lambda names: "+".join(names)
)
def test_each_order_says_in_words_all_that_is_granted_of_it_and_nothing_else(
    app: Flask, house: House, ana: Actor, names: tuple[str, ...]
) -> None:
    shop, seller = orders.company(house, "Librería del Mar"), orders.company(house, "Casa Lumen")
    lamp = line("Reading lamp", 2500, quantity=2, unit_price=1250, category="Lighting", status="OrderInTransit")
    linen = line("Linen, white", 800, category="Textiles", status="OrderDelivered")
    tell(house, seller.vendor_id, an_order("O-1", "C-1", lamp, linen, placed_at="2026-05-03T10:00:00Z"))
    join(house, seller, "C-1", ana)
    with house.writing(ana) as unit:
        vendor = vendor_of(unit, shop.vendor_id)
    browser, request = signed_in(app, ana), asked(house, vendor, None, detail(house, CARE, names, ()))
    tried = press(browser, page_of(request), "preview", items_0=list(names)).text
    grant = given(house, ana, request)
    for page in (tried, browser.get(f"/sharing/grants/{text_of(grant.id)}/preview").text):
        found = ROW.search(page)
        assert found is not None
        for name, texts in TOLD.items():
            assert [text in found[0] for text in texts] == [name in names] * len(texts), found[0]
        # The state is one of the order, and one of each line.
        assert ("n its way" in found[0]) == (names != ("orders.line.category",))
    if len(names) == 3:
        assert "Casa Lumen, €33.00, on its way<br>Reading lamp (Lighting): 2 × €12.50, €25.00<br>" in found[0]
        assert "<br>Linen, white (Textiles): €8.00, delivered</dd>" in found[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("orders.line.category", "<dd>Lighting: 2 lines<br>Textiles</dd>"),
        ("orders.line", "<dd>Delivered<br>Lamp: €25.00<br>Lamp: €25.00<br>Linen: €8.00</dd>"),
    ],
)
def test_lines_of_which_nothing_but_their_kind_is_told_are_counted(
    app: Flask, house: House, ana: Actor, name: str, said: str
) -> None:
    shop, seller = orders.company(house, "Librería del Mar"), orders.company(house, "Casa Lumen")
    lamp = line("Lamp", 2500, category="Lighting", status="OrderDelivered")
    linen = line("Linen", 800, category="Textiles", status="OrderDelivered")
    tell(house, seller.vendor_id, an_order("O-1", "C-1", lamp, lamp, linen))
    join(house, seller, "C-1", ana)
    with house.writing(ana) as unit:
        vendor = vendor_of(unit, shop.vendor_id)
    page = page_of(asked(house, vendor, None, detail(house, CARE, (name,), ())))
    assert said in press(signed_in(app, ana), page, "preview", items_0=[name]).text


def test_each_optional_item_says_what_is_left_without_it(app: Flask, house: House, ana: Actor) -> None:
    vendor, browser = company(house), signed_in(app, ana)
    request = asked(
        house,
        vendor,
        None,
        detail(house, DELIVERY, ("profile.name", "profile.email")),
        detail(house, CARE, ("profile.email",), ()),
        detail(house, SUGGESTIONS, ("profile.tastes", "profile.birth_date"), ()),
    )
    page = words(browser.get(page_of(request)).text)
    assert page.count("If you leave it out, Librería del Mar gets the rest.") == 1
    assert page.count("If you leave it out, Librería del Mar gets nothing for this reason.") == 1
    assert page.count("If you leave it out, Librería del Mar gets only what else you tick here.") == 2
    assert page.count("with nothing ticked they get nothing for this reason.") == 1


def test_the_preview_says_of_each_reason_without_a_tick_that_they_get_nothing(
    app: Flask, house: House, ana: Actor
) -> None:
    vendor, browser = company(house), signed_in(app, ana)
    request = asked(house, vendor, None, detail(house), detail(house, CARE, ("profile.email",), ()))
    page = press(browser, page_of(request), "preview").text
    seen = words("<main>" + page[page.index('id="seen"') :])
    assert "answer your questions and help you when something goes wrong. They get nothing for this reason." in seen
    assert seen.count("They get nothing for this reason.") == 1
    assert mine(house, ana) == []


def test_a_look_that_was_taken_offers_only_what_still_does_something(
    app: Flask, house: House, client: FlaskClient, ana: Actor
) -> None:
    _, made = shared_once(app, house, ana)
    browser = signed_in(app, ana)
    path = re.search(r'href="(/sharing/[^"/]+)"', browser.get("/sharing").text)
    assert path is not None
    before = words(browser.get(path[1]).text)
    assert "Stop sharing a part" in before and "They see nothing of what you share until you go on." in before
    read = client.get("/api/v1/profile", query_string={"purpose": DELIVERY}, headers=bearing(made["access_token"]))
    assert read.status_code == 200
    after = words(browser.get(path[1]).text)
    assert "Stop sharing a part" not in after and "They see nothing of what you share until you go on." not in after
    assert "What they began to fetch then" not in after, "they got it whole"


def test_a_paused_permission_is_called_paused_and_the_records_say_why_it_is_not_among_them(
    app: Flask, house: House, ana: Actor
) -> None:
    vendor, browser = company(house), signed_in(app, ana)
    grant = given(house, ana, asked(house, vendor, ana))
    path = f"/sharing/{text_of(grant.link_id)}"
    assert "badge-good" in browser.get(path).text
    with house.writing(ana) as unit:
        pause(unit, link_id=grant.link_id)
    page = browser.get(path).text
    card = page[page.index(f'id="permission-{text_of(grant.id)}"') :]
    card = card[: card.index("</section>")]
    assert "Paused" in card and "badge-good" not in card and "Until" in card
    assert "A pause makes no record of a choice" in page
    assert re.search(r'<a href="/sharing" aria-current="page">', page)


def test_the_page_that_asks_before_a_stop_speaks_of_what_would_be(app: Flask, house: House, ana: Actor) -> None:
    vendor, browser = company(house), signed_in(app, ana)
    grant = given(house, ana, asked(house, vendor, ana))
    assert "If you stop, they can read nothing more of:" in browser.get(f"/sharing/grants/{text_of(grant.id)}/stop").text


def test_no_line_ends_behind_the_hyphen_of_a_short_beginning() -> None:
    assert unbroken("by e-mail <b>") == 'by <span class="text-nowrap">e-mail</span> &lt;b&gt;'
    assert unbroken("Ce au citit s-ar putea") == 'Ce au citit <span class="text-nowrap">s-ar</span> putea'
    assert unbroken("well-known") == "well-known"
