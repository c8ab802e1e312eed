"""People, companies and random choices for `test_no_field_beyond.py`: the portal on one side, the model on the other."""

import json
import re
from dataclasses import dataclass, field
from html import unescape
from random import Random
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.service.proving import prove
from portal.customers.service import remove_attribute, set_attribute
from portal.grants.choices import Choice
from portal.grants.service import ask, claim_request, give, revoke
from portal.kernel.house import House
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import STRANGER, SYSTEM, Actor
from portal.links.reads import link_between
from portal.links.service import pause, resume
from portal.oauth.engine import validate_authorization
from portal.oauth.service import issue_code, make_client, open_authorization
from portal.orders.reads import OrderView
from portal.orders.service import hide, mark_gift, show, unmark_gift
from portal.vendors.reads import vendor_of
from portal.vendors.service import admit, allow_purpose
from tests.grants.cast import CARE, DELIVERY, detail, person, signed_in
from tests.oauth.cast import BACK, Program, answered, authorize_url, bearing, own_token, redeem
from tests.orders.cast import an_order, join, line, list_of, tell
from tests.plain_browser import Browser
from tests.promises import model
from tests.promises.cast import Inside, technical
from tests.promises.model import SETTLED, TASTE, Permission, Person
from tests.vendors.consoles import at_work

PURPOSES = (CARE, DELIVERY, TASTE)
NAMES = (
    *(f"profile.{one}" for one in ("name", "given_name", "email", "phone", "tastes", "birth_date", "age_over_18")),
    *("profile.address", "profile.address.city"),
    *("orders.header", "orders.line", "orders.line.category"),
)
READER, SELLER = "Mercat Verd", "Casa Lumen"


@dataclass
class Someone:
    """A customer of the portal beside what the model knows of them."""

    actor: Actor
    person: Person
    browser: Browser
    sub: str = ""

    @property
    def customer_id(self) -> bytes:
        """The customer's row."""
        assert self.actor.customer_id is not None
        return self.actor.customer_id


@dataclass
class World:
    """A company that reads and sells, another that sells, and people who share, hide, change their mind."""

    app: Flask
    chance: Random
    reader: Program = field(init=False)
    seller: Program = field(init=False)
    people: list[Someone] = field(default_factory=list)
    counter: FlaskClient | None = None
    slug: str = ""

    def __post_init__(self) -> None:
        self.reader, self.seller = self._company(READER), self._company(SELLER)
        self.http = self.app.test_client(use_cookies=False)

    @property
    def house(self) -> House:
        """The portal."""
        house: House = self.app.extensions["house"]
        return house

    def _company(self, name: str) -> Program:
        with self.house.writing(SYSTEM) as unit:
            made = admit(unit, name=name)
            for purpose in PURPOSES:
                allow_purpose(unit, vendor_id=made.id, purpose=purpose, datatypes=NAMES, may_require=NAMES)
            return Program(made.id, *make_client(unit, made.id, name, redirect_uris=(BACK,)))

    def joins(self, number: int) -> None:
        """Somebody more, with a profile and orders at both companies."""
        email = f"somebody{number}@example.org"
        values = {
            "given_name": f"Given{number:03}",
            "family_name": f"Family{number:03}",
            "phone": f"+3461234{number:04}",
            "birth_date": f"{1980 + number % 40}-04-12",
            "tastes": [f"taste{number:03}"],
            "address": {
                "street": f"Street{number:03}",
                "postal_code": f"08{number:03}",
                "city": f"City{number:03}",
                "country": "ES",
            },
        }
        actor = person(self.house, email, **values)
        someone = Someone(actor, Person({**values, "email": email}), Browser(Inside(signed_in(self.app, actor))))
        self.people.append(someone)
        for name, program in ((READER, self.reader), (SELLER, self.seller)):
            for _ in range(4):
                self._buys(someone, name, program, number)
            join(self.house, program, f"c{number}", actor)

    def _buys(self, someone: Someone, name: str, program: Program, number: int) -> None:
        orders = someone.person.orders
        order = f"{name[0]}-{number}-{len(orders)}"
        lines = [
            model.Line(f"thing-{order}-{n}", f"kind-{order}-{n}", 1 + n, 500 + n, self.chance.choice(SETTLED))
            for n in range(self.chance.choice((1, 1, 2, 3)))
        ]
        day = 1 + len(orders)
        sent = [
            line(one.name, None, category=one.category, quantity=one.quantity, unit_price=one.price, status=one.status)
            for one in lines
        ]
        told = an_order(order, f"c{number}", *sent, day=day, status=None)
        tell(self.house, program.vendor_id, {key: value for key, value in told.items() if value is not None})
        orders.append(model.Order(name, order, f"2026-03-{day:02}T10:00:00Z", lines))

    # What people do.

    def shares(self, someone: Someone) -> Permission:
        """A random request, answered at random."""
        self._proves(someone)
        asked = {one: self._some(NAMES) for one in self._some(PURPOSES)}
        chosen = {one: frozenset(self._some(sorted(names))) for one, names in asked.items()}
        details = [
            detail(self.house, one, sorted(names), sorted(set(names) & chosen[one])[:2]) for one, names in asked.items()
        ]
        url = authorize_url(self.house, self.reader, *details)
        with self.app.test_request_context(url) as context, self.house.reading() as unit:
            sent = validate_authorization(unit, context.request)
        with self.house.writing(STRANGER) as unit:
            request = ask(unit, vendor_id=sent.vendor_id, client_id=sent.client_id, details=sent.details)
            open_authorization(unit, sent, request.id)
        with self.house.writing(someone.actor) as unit:
            claim_request(unit, request_id=request.id)
        with self.house.writing(someone.actor) as unit:
            grant = give(unit, request_id=request.id, choices={one: Choice(names) for one, names in chosen.items()})
            back = issue_code(unit, request_id=request.id, grant=grant)
        token = redeem(self.app.test_client(), self.reader, answered(back)["code"]).get_json()["access_token"]
        permission = Permission(dict(chosen), token, text_of(grant.id))
        someone.person.says_yes(permission)
        return permission

    def _proves(self, someone: Someone) -> None:
        """A thousand choices may outlast the ten minutes of a proof: whoever answers has just proved who they are."""
        actor = someone.actor
        assert actor.id is not None and actor.session_id is not None
        with self.house.writing(actor) as unit:
            prove(unit, account_id=actor.id, session_id=actor.session_id, by="password")

    def _some(self, names: Any) -> list[str]:
        return self.chance.sample(list(names), self.chance.randint(1, len(names)))

    def changes_something(self, someone: Someone) -> None:
        """One thing that a customer can do, at random."""
        self.chance.choice((self._hides, self._hides_a_line, self._marks, self._edits, self._pauses, self._stops))(
            someone
        )

    def _order_of(self, someone: Someone) -> tuple[model.Order, OrderView]:
        mine = self.chance.choice(someone.person.orders)
        [row] = [one for one in list_of(self.house, someone.actor) if one.number == mine.number]
        return mine, row

    def _hides(self, someone: Someone) -> None:
        order, row = self._order_of(someone)
        order.hidden = not order.hidden
        with self.house.writing(someone.actor) as unit:
            (hide if order.hidden else show)(unit, order_id=row.id)

    def _hides_a_line(self, someone: Someone) -> None:
        order, row = self._order_of(someone)
        at = self.chance.randrange(len(order.lines))
        order.lines[at].hidden = not order.lines[at].hidden
        with self.house.writing(someone.actor) as unit:
            (hide if order.lines[at].hidden else show)(unit, order_id=row.id, line_id=row.lines[at].id)

    def _marks(self, someone: Someone) -> None:
        order, row = self._order_of(someone)
        at = self.chance.randrange(len(order.lines))
        order.lines[at].gift = not order.lines[at].gift
        with self.house.writing(someone.actor) as unit:
            (mark_gift if order.lines[at].gift else unmark_gift)(unit, order_id=row.id, line_id=row.lines[at].id)

    def _edits(self, someone: Someone) -> None:
        values = someone.person.values
        with self.house.writing(someone.actor) as unit:
            if "tastes" in values:
                del values["tastes"]
                remove_attribute(unit, customer_id=someone.customer_id, path="profile.tastes")
            else:
                values["tastes"] = [f"taste{self.chance.randrange(10**6):06}"]
                set_attribute(unit, customer_id=someone.customer_id, path="profile.tastes", value=values["tastes"])

    def _pauses(self, someone: Someone) -> None:
        someone.person.paused = not someone.person.paused
        with self.house.writing(someone.actor) as unit:
            link = link_between(unit, someone.customer_id, self.reader.vendor_id)
            assert link is not None
            (pause if someone.person.paused else resume)(unit, link_id=link.id)

    def _stops(self, someone: Someone) -> None:
        with self.house.writing(someone.actor) as unit:
            for one in someone.person.permissions:
                if one.names:
                    revoke(unit, grant_id=id_from(one.id))
        someone.person.stops()

    # What the company reads.

    def get(self, path: str, token: str, etag: str | None = None, **query: str) -> TestResponse:
        """One read."""
        headers = bearing(token, **({"If-None-Match": etag} if etag else {}))
        return self.http.get(f"/api/v1/{path}", query_string=query, headers=headers)

    def own(self) -> str:
        """A token of the company's own."""
        return own_token(self.http, self.reader)

    def walk(self, path: str, token: str, **query: str) -> tuple[list[dict[str, Any]], list[TestResponse]]:
        """Every page of a list: what is on them, and the answers."""
        found: list[dict[str, Any]] = []
        answers: list[TestResponse] = []
        while True:
            answer = self.get(path, token, **query)
            assert answer.status_code == 200, answer.text
            got = json.loads(answer.data)
            found += got[path]
            answers.append(answer)
            if got["next"] is None:
                return found, answers
            query.pop("changed_since", None)
            query["cursor"] = got["next"]

    def console(self, what: str, **query: str) -> list[TestResponse]:
        """Every page of what somebody of the company sees of what is shared with it, by following its links on."""
        if self.counter is None:
            with self.house.reading() as unit:
                shop = vendor_of(unit, self.reader.vendor_id)
            self.counter, self.slug = at_work(self.app, self.house, shop), shop.slug
        path: str | None = f"/console/{self.slug}/shared{what}?{urlencode(query)}"
        pages = []
        while path is not None:
            pages.append(self.counter.get(path))
            assert pages[-1].status_code == 200
            found = re.search(r'rel="next" href="([^"]+)"', pages[-1].text)
            path = unescape(found[1]) if found else None
        return pages

    def previews(self, someone: Someone, permission: Permission) -> list[bytes]:
        """What the customer is shown."""
        return technical(someone.browser.open(f"/sharing/grants/{permission.id}/preview"))
