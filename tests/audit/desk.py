"""An officer at the desk, before a log with two people's entries."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.audit.reads import Line, size_of
from portal.audit.search import Query, batches
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.service import admit
from tests import people
from tests.audit.small_facts import CITY, EMAIL, NAME, Blocked, Looked, disclose


class Desk:
    """An officer's browser, and a log with two people's entries."""

    def __init__(self, house: House, client: FlaskClient) -> None:
        self.house, self.client = house, client
        self.otto = people.officer(house)
        self.people = [people.actor(house, people.register(house, f"{name}@example.org")) for name in ("ana", "joan")]
        with house.writing(SYSTEM) as unit:
            self.shop = admit(unit, name="Corner Books", card={}, mode="live").id
        for person in self.people:
            self.looks(person, CITY, NAME)
        self.looks(self.people[0], EMAIL)
        refused = Blocked(holder=self.people[0].holder_id, vendor=self.shop, asked=(EMAIL,), reason="paused")
        assert disclose(house, refused, actor=Actor("vendor", name="some-client"))
        people.sign_in(client, "otto@example.org")

    def looks(self, person: Actor, *fields: str) -> None:
        fact = Looked(holder=person.holder_id, vendor=self.shop, asked=fields, given=fields)
        assert disclose(self.house, fact, actor=Actor("vendor", name="some-client"))

    def get(self, path: str) -> TestResponse:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer

    def text(self, path: str) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.get(path).text))

    def found(self, query: str) -> list[int]:
        """The indexes that a search shows, newest first."""
        shown = re.findall(r'<td><a href="/desk/entries/(\d+)["?]', self.get(f"/desk/entries?{query}").text)
        return [int(index) for index in shown]

    def lines(self) -> list[Line]:
        self.house.lead()
        with self.house.reading() as unit:
            size = size_of(unit.connection)
            return [line for batch in batches(unit, Query(), size) for line in batch]

    def events(self) -> list[str]:
        return [line.event for line in self.lines()]
