"""The bookshop, as a shopper meets it: connected over the real endpoints, and told each no in a person's words."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.serving import BaseWSGIServer, make_server

from portal.app import create_app
from portal.customers.said import said
from portal.demo.bookshop.shop import _value, create_shop
from portal.demo.bookshop.words import (
    ASKED,
    CONNECTED,
    DELIVERY,
    NOT_CONNECTED,
    OTHERWISE,
    PAUSED_STILL,
    REFUSALS,
    SUGGESTIONS,
    UNCHANGED,
)
from portal.grants.choices import Choice, everything
from portal.grants.decision import REASONS
from portal.grants.details import stored
from portal.grants.models import GrantDetail
from portal.grants.reads import details_of, grants_of
from portal.grants.service import give, narrow, revoke, share_again
from portal.kernel.db import WRITING
from portal.kernel.house import House, use_house
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.links.reads import link_between
from portal.links.service import block, pause, resume
from portal.oauth.models import Token
from portal.oauth.service import make_client
from portal.vendors import service as vendors
from tests.browsing import free_port
from tests.grants.cast import person, signed_in
from tests.orders.cast import an_order, company, join, line, tell

Maker = Callable[..., House]
PROFILE = {
    "given_name": "Ana",
    "family_name": "Puig",
    "address": {"street": "Carrer de la Mar 14", "postal_code": "08003", "city": "Barcelona", "country": "ES"},
    "tastes": ["Walking"],
}


class Street:
    """The portal on a real port, the bookshop beside it, and a shopper with a browser for each."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.port = urlsplit(house.settings.origin).port or 0
        shop_url = f"http://localhost:{free_port()}"
        with house.writing(SYSTEM) as unit:
            vendor = vendors.admit(unit, name="Llibreria Far")
            for purpose, names in ASKED.items():
                needed = [name for name in names if name in ("profile.name", "profile.address")]
                vendors.allow_purpose(unit, vendor_id=vendor.id, purpose=purpose, datatypes=names, may_require=needed)
            client_id, secret = make_client(unit, vendor.id, vendor.name, redirect_uris=[f"{shop_url}/connected"])
        self.vendor_id = vendor.id
        self.config = {
            "name": vendor.name,
            "freehold": house.settings.origin,
            "client_id": client_id,
            "client_secret": secret,
            "redirect_uri": f"{shop_url}/connected",
            "port": urlsplit(shop_url).port,
            "secret_key": "a key of the shop's own",
            "database": str(folder / "shop.db"),
        }
        self.app = create_app(house)
        self.server: BaseWSGIServer | None = None
        self.open()
        self.ana: Actor = person(house, "ana@example.org", **PROFILE)
        self.browser = signed_in(self.app, self.ana)
        self.shop = create_shop(self.config).test_client()

    def open(self) -> None:
        """The portal answers."""
        self.server = make_server("localhost", self.port, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """The portal does not answer any more."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def restart_shop(self) -> None:
        """The shop's program ends and begins again; the shopper's browser keeps its cookie."""
        cookie = self.shop.get_cookie("bookshop", "localhost")
        assert cookie is not None
        self.shop = create_shop(self.config).test_client()
        self.shop.set_cookie("bookshop", cookie.value, domain="localhost")

    def ask(self) -> tuple[str, str]:
        """Presses Connect and follows it to the portal's question; gives its address and text."""
        leaving = self.shop.post("/connect").headers["Location"]
        assert leaving.startswith(f"{self.house.settings.origin}/authorize?")
        address = self.browser.get(_path(leaving)).headers["Location"]
        return address, self.browser.get(_path(address)).text

    def answer(self, press: str, ticked: Sequence[str] = ()) -> str:
        """Answers the question with what is ticked, and gives the shop's page that this leads to."""
        address, page = self.ask()
        fields: dict[str, list[str]] = {"answer": [press]}
        for tag in re.findall(r"<input[^>]*>", page):
            given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            chosen = given.get("type") in ("checkbox", "radio")
            if not chosen or "checked" in tag.split() or " checked" in tag or given.get("value") in ticked:
                if given.get("type") == "radio":
                    fields[given.get("name", "")] = []
                fields.setdefault(given.get("name", ""), []).append(given.get("value", ""))
        back = self.browser.post(_path(address), data=fields)
        assert back.status_code == 303, back.text
        assert back.headers["Location"].startswith(self.config["redirect_uri"])
        arrived = self.shop.get(_path(back.headers["Location"]))
        assert arrived.status_code == 303
        return self.page()

    def page(self) -> str:
        """The shop's page at this visit."""
        return self.shop.get("/").text

    def behind_the_back(self, statement: object) -> None:
        """A change of the tables that no service makes."""
        with self.house.transaction(WRITING) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.fixture
def street(make_house: Maker, engine_name: str, tmp_path: Path) -> Iterator[Street]:
    """The street on this engine."""
    port = free_port()
    house = make_house(engine_name, port=port, origin=f"http://localhost:{port}")
    with use_house(house):
        street = Street(house, tmp_path)
        yield street
        street.close()


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


def test_a_no_is_taken_well(street: Street) -> None:
    assert REFUSALS["access_denied"] in street.answer("refuse")
    assert "Connect with Freehold" in street.page()


def test_after_a_stop_the_next_visit_shows_the_refusal_and_nothing_else(street: Street) -> None:
    assert "Carrer de la Mar" in street.answer("share")
    with street.house.writing(street.ana) as unit:
        revoke(unit, grant_id=grants_of(unit)[0].id)
    page = street.page()
    assert REFUSALS["revoked"] in page
    assert "Carrer de la Mar" not in page
    assert "Ana Puig" not in page
    assert "Carrer de la Mar" in street.answer("share")


def shared_again_in_freehold(street: Street) -> None:
    """Ana shares for both reasons, later for delivery alone, stops, and shares the first again, all but by the shop."""
    street.answer("share", ("profile.tastes", "orders.line"))
    with street.house.writing(street.ana) as unit:
        both = grants_of(unit)[0].id
        revoke(unit, grant_id=both)
    street.answer("share")
    with street.house.writing(street.ana) as unit:
        again = share_again(unit, grant_id=both)
    with street.house.writing(street.ana) as unit:
        give(unit, request_id=again.id, choices=everything(stored(again.details)))


def test_a_permission_that_was_replaced_is_told_for_each_card_and_never_as_not_shared(street: Street) -> None:
    shared_again_in_freehold(street)
    page = street.page()
    assert page.count(REFUSALS["replaced"]) == 1, "one sentence, for both"
    assert REFUSALS["no-grant"] not in page
    assert "Press Connect again" in REFUSALS["replaced"] and "Connect again</button>" in page


def test_what_alone_was_replaced_is_told_beside_what_can_be_seen(street: Street) -> None:
    street.answer("share", ("profile.tastes",))
    with street.house.writing(street.ana) as unit:
        first = grants_of(unit)[0].id
        again = share_again(unit, grant_id=first)
    with street.house.writing(street.ana) as unit:
        choices = everything(stored(again.details))
        give(unit, request_id=again.id, choices={SUGGESTIONS: choices[SUGGESTIONS]})
    page = street.page()
    assert "Carrer de la Mar" in page and REFUSALS["replaced"] in page
    assert "Connect again</button>" in page, "as the sentence calls it"


def test_a_no_where_nothing_can_be_seen_says_that_the_shop_is_not_connected(street: Street) -> None:
    shared_again_in_freehold(street)
    page = street.answer("refuse")
    assert NOT_CONNECTED in page and UNCHANGED not in page and "refused" not in page
    assert NOT_CONNECTED not in street.page(), "said once"
    assert "Carrer de la Mar" in street.answer("share")
    assert UNCHANGED in street.answer("refuse"), "connected, it sees what it saw"


def test_a_pause_is_told_and_ends_with_one_press(street: Street) -> None:
    street.answer("share")
    with street.house.writing(street.ana) as unit:
        assert street.ana.customer_id is not None
        link = link_between(unit, street.ana.customer_id, street.vendor_id)
        assert link is not None
        pause(unit, link_id=link.id)
    assert REFUSALS["paused"] in street.page()
    button = "Go on sharing"
    assert button in REFUSALS["paused"]
    assert f"{button}<" in street.browser.get(f"/sharing/{text_of(link.id)}").text, "as the shop calls it"
    with street.house.writing(street.ana) as unit:
        resume(unit, link_id=link.id)
    assert "Carrer de la Mar" in street.page()


def paused(street: Street) -> bytes:
    """Ana pauses sharing with the shop; gives the link."""
    assert street.ana.customer_id is not None
    with street.house.writing(street.ana) as unit:
        link = link_between(unit, street.ana.customer_id, street.vendor_id)
        assert link is not None
        pause(unit, link_id=link.id)
    return link.id


def test_in_a_pause_the_one_button_leads_to_the_page_that_ends_it(street: Street) -> None:
    street.answer("share")
    link_id = paused(street)
    page = street.page()
    [way] = re.findall(r'<a class="button" href="([^"]+)">Go on sharing in Freehold</a>', page)
    assert "<button" not in page, "asking again does not end a pause"
    answer = street.browser.get(_path(way))
    assert answer.headers["Location"] == f"/sharing/{text_of(link_id)}"
    assert "Go on sharing<" in street.browser.get(answer.headers["Location"]).text


def test_a_yes_in_a_pause_is_told_in_one_true_sentence(street: Street) -> None:
    street.answer("share")
    paused(street)
    page = street.answer("share")
    assert PAUSED_STILL in page
    assert CONNECTED not in page
    assert REFUSALS["paused"] not in page
    assert "Carrer de la Mar" not in page
    assert REFUSALS["paused"] in street.page(), "and at the next visit the usual one"


def test_a_company_leads_to_what_is_shared_with_it_and_a_stranger_to_it_to_all(street: Street) -> None:
    way = f"/sharing/with/{street.config['client_id']}"
    assert street.browser.get(way).headers["Location"] == "/sharing"
    assert street.browser.get("/sharing/with/nobody").headers["Location"] == "/sharing"
    assert f'href="{street.config["freehold"]}{way}"' in street.answer("share")
    assert street.browser.get(way).headers["Location"] != "/sharing"
    assert "/sign-in" in street.app.test_client().get(way).headers["Location"]


def test_what_was_taken_back_is_kept_to_oneself_and_what_is_empty_is_not_filled_in(street: Street) -> None:
    page = street.answer("share", ("profile.phone", "profile.email", "profile.birth_date"))
    assert (page.count("you keep this to yourself"), page.count("not filled in")) == (0, 2), "phone and date of birth"
    with street.house.writing(street.ana) as unit:
        grant = grants_of(unit)[0]
        kept = {d.purpose: Choice(frozenset(d.datatypes) - {"profile.phone"}, d.ends_at) for d in details_of(unit, grant)}
        narrow(unit, grant_id=grant.id, keep=kept)
    for page in (street.page(), _after_an_hour(street)):
        assert '<dt>Phone</dt><dd><span class="none">you keep this to yourself</span>' in page
        assert '<dt>Date of birth</dt><dd><span class="none">not filled in</span>' in page


def _after_an_hour(street: Street) -> str:
    with street.house.reading() as unit:
        before = unit.at - timedelta(seconds=1)
    street.behind_the_back(update(Token).where(Token.kind == "access").values(expires_at=before))
    return street.page()


def test_what_was_taken_out_is_told_and_the_rest_stays(street: Street) -> None:
    assert "Walking" in street.answer("share", ("profile.tastes",))
    with street.house.writing(street.ana) as unit:
        grant = grants_of(unit)[0]
        kept = {d.purpose: Choice(frozenset(d.datatypes), d.ends_at) for d in details_of(unit, grant)}
        narrow(unit, grant_id=grant.id, keep={DELIVERY: kept[DELIVERY]})
    page = street.page()
    assert REFUSALS["narrowed"] in page
    assert "Walking" not in page
    assert "Carrer de la Mar" in page


def test_a_block_is_told(street: Street) -> None:
    street.answer("share")
    with street.house.writing(street.ana) as unit:
        assert street.ana.customer_id is not None
        link = link_between(unit, street.ana.customer_id, street.vendor_id)
        assert link is not None
        block(unit, link_id=link.id)
    page = street.page()
    assert REFUSALS["blocked"] in page or REFUSALS["revoked"] in page
    assert "Carrer de la Mar" not in page


def test_the_end_of_the_time_is_told(street: Street) -> None:
    street.answer("share")
    with street.house.reading() as unit:
        before = unit.at - timedelta(seconds=1)
    street.behind_the_back(update(GrantDetail).values(expires_at=before))
    assert REFUSALS["expired"] in street.page()


def test_after_one_look_that_was_all_nobody_is_told_to_come_back_later(street: Street) -> None:
    assert "Carrer de la Mar" in street.answer("share", ("once",))
    page = street.page()
    assert REFUSALS["used-up"] in page
    assert "share with us again" in REFUSALS["used-up"]
    assert "later" not in page
    assert "Carrer de la Mar" not in page


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


def test_a_house_that_cannot_write_its_record_is_told_as_busy(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    street.answer("share")
    monkeypatch.setattr(street.house.log, "disclose", lambda disclosure: False)
    page = street.page()
    assert "Freehold is busy just now" in page
    assert "Carrer de la Mar" not in page


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


@pytest.mark.parametrize("reason", [*REASONS, "budget", "used-up", "not-connected", "unreachable", "unavailable", "changing"])
def test_every_reason_has_words_of_its_own(reason: str) -> None:
    if reason != "purpose-needed":
        assert REFUSALS[reason] != OTHERWISE
        assert len(REFUSALS[reason].split()) > 4


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
