"""Somebody whose things were looked at, and what their pages say of it."""

import re

from flask.testing import FlaskClient

from portal.accounts.service import choose_language
from portal.kernel.facts import Fact
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.service import admit
from tests import people
from tests.audit.small_facts import Blocked, Looked, disclose

DELIVERY = "https://w3id.org/dpv#DeliveryOfGoods"


class Story:
    """A customer and two companies, whose looks the test writes."""

    def __init__(self, house: House, client: FlaskClient) -> None:
        self.house, self.client = house, client
        account = people.register(house, "ana@example.org")
        self.ana = people.actor(house, account)
        assert self.ana.holder_id is not None
        self.holder = self.ana.holder_id
        self.shop = self.company("Corner Books", "privacy@books.example")
        self.bank = self.company("Town Bank", None)
        people.sign_in(client, "ana@example.org")

    def company(self, name: str, contact: str | None) -> bytes:
        card = {"privacy_contact": contact} if contact else {}
        with self.house.writing(SYSTEM) as unit:
            return admit(unit, name=name, card=card, mode="live").id

    def looks(self, *fields: str, by: bytes | None = None, holder: bytes | None = None) -> int:
        """An answered read; gives its index."""
        fact = Looked(
            holder=holder or self.holder,
            vendor=by or self.shop,
            asked=fields,
            given=fields,
            purpose=DELIVERY,
            basis="grant",
        )
        return self.append(fact)

    def tries(self, *fields: str, reason: str = "paused") -> int:
        """A refused read; gives its index."""
        return self.append(Blocked(holder=self.holder, vendor=self.shop, asked=fields, reason=reason))

    def append(self, fact: Fact) -> int:
        assert disclose(self.house, fact, actor=Actor("vendor", name="some-client"))
        with self.house.reading() as unit:
            from portal.audit.reads import size_of

            return size_of(unit.connection) - 1

    def speaks(self, locale: str) -> None:
        """From here on Ana reads in this language."""
        assert self.ana.id is not None
        with self.house.writing(self.ana) as unit:
            choose_language(unit, account_id=self.ana.id, locale=locale)

    def page(self, path: str = "/activity", **more: object) -> str:
        answer = self.client.get(path, **more)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.status_code
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
