"""A company's program that follows what happens by polling."""

from typing import Any

from flask.testing import FlaskClient

from portal.customers.service import set_attribute
from portal.kernel.house import House
from portal.kernel.unit import Actor
from tests.grants.cast import detail
from tests.oauth.cast import Program, bearing, own_token

EMAIL, PHONE = "ana.vila@example.org", "+34600123456"


def asks(house: House, purpose: str, *names: str, days: int = 90) -> dict[str, Any]:
    """What the company asks for; nothing of it is required."""
    return detail(house, purpose, names, (), days=days)


class Follower:
    """A company's program that polls, and keeps its cursor."""

    def __init__(self, client: FlaskClient, made: Program) -> None:
        self.client, self.token = client, own_token(client, made)
        self.cursor = self.ask(start="now")["cursor"]

    def ask(self, **query: Any) -> Any:
        """One page."""
        answer = self.client.get("/api/v1/changes", query_string=query, headers=bearing(self.token))
        assert answer.status_code == 200, answer.text
        return answer.json

    def news(self) -> list[dict[str, Any]]:
        """All that happened since it asked last."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask(cursor=self.cursor, limit=2)
            found += page["events"]
            self.cursor = page["cursor"]
            if not page["more"]:
                return found

    def kinds(self) -> list[str]:
        """Of which kinds that is."""
        return [event["type"] for event in self.news()]


def change(house: House, customer: Actor, path: str, value: Any) -> None:
    """A customer writes something else into a line of theirs."""
    assert customer.customer_id is not None
    with house.writing(customer) as unit:
        set_attribute(unit, customer_id=customer.customer_id, path=path, value=value)
