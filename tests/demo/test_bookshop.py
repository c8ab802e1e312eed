"""The bookshop, as a shopper meets it: connected over the real endpoints, and what it says of what it received."""

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.customers.said import said
from portal.demo.bookshop.shop import _value
from portal.demo.bookshop.words import (
    REFUSALS,
    UNCHANGED,
)
from portal.grants.reads import grants_of
from portal.grants.service import revoke
from portal.oauth.models import Token
from tests.demo.street import PROFILE, Street
from tests.grants.cast import person, signed_in
from tests.orders.cast import an_order, company, join, line, tell


def test_the_shop_shows_what_is_shared_and_what_is_kept(street: Street) -> None:
    assert "Connect with Freehold" in street.page()
    page = street.answer("share")
    for words in ("Connected.", "Ana Puig", "Carrer de la Mar 14, 08003 Barcelona, Spain"):
        assert words in page
    assert page.count("you keep this to yourself") == 3
    assert "You have not shared this with us." in page


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        ({"street": "Nou 5", "postal_code": "08003", "city": "Barcelona", "region": "Barcelona", "country": "ES"},
         "Nou 5, 08003 Barcelona, Spain"),
        ({"street": "Nou 5", "postal_code": "17001", "city": "Girona", "region": "Catalunya", "country": "ES"},
         "Nou 5, 17001 Girona, Catalunya, Spain"),
        ({"city": "Cluj-Napoca", "country": "RO"}, "Cluj-Napoca, Romania"),
        ({"postal_code": "08003", "country": "ZZZ"}, "08003, ZZZ"),
    ],
)  # fmt: skip
def test_an_address_reads_as_on_a_parcel_and_leaves_nothing_out(parts: dict[str, str], written: str) -> None:
    assert _value({"address": parts}, "profile.address") == written


def test_a_date_of_birth_reads_as_a_date() -> None:
    assert _value({"birth_date": "1986-04-12"}, "profile.birth_date") == "12 April 1986"


def test_a_phone_number_reads_as_freehold_shows_it() -> None:
    assert _value({"phone": "+34612445566"}, "profile.phone") == said("profile.phone", "+34612445566")


def test_the_shop_says_how_many_of_the_lines_it_shows(street: Street) -> None:
    other = company(street.house, "Casa Lumen")
    things = [line(f"Thing {number}", category="Things") for number in range(14)]
    tell(street.house, other.vendor_id, an_order("1", "c", *things))
    join(street.house, other, "c", street.ana)
    page = street.answer("share", ("orders.line", "orders.line.category"))
    assert "(the latest 12 of 14 things that we received)" in page
    assert page.count("(Things)") == 12


def test_kinds_of_things_are_told_as_kinds(street: Street) -> None:
    other = company(street.house, "Casa Lumen")
    tell(street.house, other.vendor_id, an_order("1", "c", line("Reading lamp", category="Lamps")))
    join(street.house, other, "c", street.ana)
    page = street.answer("share", ("orders.line.category",))
    assert "Of late you bought, here and elsewhere, things of these kinds:" in page
    assert "Reading lamp" not in page


def test_whoever_has_just_connected_may_be_somebody_else_and_is_not_welcomed_back(street: Street) -> None:
    assert "Welcome back" not in street.page()
    assert "Welcome back" not in street.answer("share")
    assert "Welcome back" in street.page()
    assert "Welcome back" not in street.answer("share")


def test_the_button_says_what_it_is_for(street: Street) -> None:
    assert "Change what you share" in street.answer("share")
    with street.house.writing(street.ana) as unit:
        revoke(unit, grant_id=grants_of(unit)[0].id)
    page = street.page()
    assert "Connect again</button>" in page
    assert page.count(REFUSALS["revoked"]) == 1, "said once, not for each part"


def test_a_no_to_a_second_question_changes_nothing_and_says_so(street: Street) -> None:
    assert "Carrer de la Mar" in street.answer("share")
    page = street.answer("refuse")
    assert UNCHANGED in page
    assert REFUSALS["access_denied"] not in page
    assert "Carrer de la Mar" in page


def test_the_shop_shows_orders_of_other_companies_for_suggestions(street: Street) -> None:
    other = company(street.house, "Casa Lumen")
    tell(street.house, other.vendor_id, an_order("1", "c", line("Reading lamp", category="Lamps")))
    street.ana = person(street.house, "joan@example.org", **PROFILE)
    join(street.house, other, "c", street.ana)
    street.browser = signed_in(street.app, street.ana)
    page = street.answer("share", ("orders.line", "orders.line.category"))
    heading, bought = page.index("What our suggestions go by"), page.index("Of late you bought, here and elsewhere")
    assert heading < bought < page.index("Reading lamp")
    assert "(Lamps)" in page


def test_a_company_leads_to_what_is_shared_with_it_and_a_stranger_to_it_to_all(street: Street) -> None:
    way = f"/sharing/with/{street.config['client_id']}"
    assert street.browser.get(way).headers["Location"] == "/sharing"
    assert street.browser.get("/sharing/with/nobody").headers["Location"] == "/sharing"
    assert f'href="{street.config["freehold"]}{way}"' in street.answer("share")
    assert street.browser.get(way).headers["Location"] != "/sharing"
    assert "/sign-in" in street.app.test_client().get(way).headers["Location"]


def test_a_token_whose_time_is_over_is_renewed_once_for_all_who_wait(street: Street) -> None:
    street.answer("share", ("profile.tastes",))
    with street.house.reading() as unit:
        before = unit.at - timedelta(seconds=1)
    street.behind_the_back(update(Token).where(Token.kind == "access").values(expires_at=before))
    pages: list[str] = []
    cookie = street.shop.get_cookie("bookshop", "localhost")
    assert cookie is not None

    def visit() -> None:
        client = street.shop.application.test_client()
        client.set_cookie("bookshop", cookie.value, domain="localhost")
        pages.append(client.get("/").text)

    visits = [threading.Thread(target=visit) for _ in range(4)]
    for one in visits:
        one.start()
    for one in visits:
        one.join()
    assert len(pages) == 4
    assert all("Carrer de la Mar" in page and "Walking" in page for page in pages)


def test_both_sides_may_start_again_and_nobody_is_disconnected(street: Street) -> None:
    street.answer("share")
    street.close()
    assert REFUSALS["unreachable"] in street.page()
    street.restart_shop()
    assert REFUSALS["unreachable"] in street.page()
    assert REFUSALS["unreachable"] in _told(street.shop, street.shop.post("/connect").headers["Location"])
    street.open()
    assert "Carrer de la Mar" in street.page()


def _told(shop: FlaskClient, address: str) -> str:
    return shop.get(address).text


def test_an_answer_that_is_not_freeholds_or_not_ours_connects_nobody(street: Street) -> None:
    street.shop.post("/connect")
    for query in ("code=x&state=y", "code=x&state=y&iss=https://evil.example", "error=access_denied", ""):
        street.shop.get(f"/connected?{query}")
        assert REFUSALS["not-connected"] in street.page()
        assert "Connect with Freehold" in street.page()


def test_an_answer_in_another_browser_than_the_one_that_asked_is_said_to_be_kept_in_freehold(street: Street) -> None:
    street.shop.post("/connect")
    other = street.shop.application.test_client()
    other.get("/connected", query_string={"code": "x", "state": "y", "iss": street.house.settings.origin})
    page = other.get("/").text
    assert REFUSALS["mismatching_state"] in page and "Connect with Freehold" in page


def test_another_shoppers_browser_sees_nothing(street: Street) -> None:
    street.answer("share")
    assert "Carrer de la Mar" not in street.shop.application.test_client().get("/").text


def test_the_shop_keeps_a_strict_policy_and_no_copy(street: Street) -> None:
    street.answer("share")
    answer = street.shop.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script|style=|\son\w+=", answer.text)
    stored = Path(street.config["database"]).read_bytes()  # type: ignore[arg-type]
    assert b"Carrer" not in stored
