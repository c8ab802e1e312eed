"""What a press in the sandbox does and says: where the company learns of it, and how each made-up customer stands."""

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from tests.grants.cast import DELIVERY, detail
from tests.oauth.cast import bearing, connect, own_token
from tests.vendors.test_sandbox import NAMES, Bench

PAGE = "/console/shop/sandbox"


@pytest.fixture
def bench(app: Flask, house: House) -> Bench:
    """A sandbox that was just begun."""
    return Bench(app, house)


def told(bench: Bench) -> dict[str, str]:
    """What the feed of changes tells the sandbox now, by the ids of the events: each one's kind."""
    bench.house.lead()
    answer = bench.machine.get("/api/v1/changes", headers=bearing(own_token(bench.machine, bench.program)))
    return {event["id"]: event["type"] for event in answer.json["events"]}


def press(bench: Bench, what: str, who: str = "0") -> tuple[str, list[str]]:
    """The page after a press, and the kinds of what the feed tells since and did not tell before."""
    before = told(bench)
    page = unescape(bench.press("event", what=what, who=who))
    return page, [kind for id_, kind in told(bench).items() if id_ not in before]


def test_a_press_says_as_what_the_feed_tells_it(bench: Bench, app: Flask, house: House) -> None:
    connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES))
    for what, kind in (("address", "customer.changed"), ("less", "grant.narrowed"), ("stop", "grant.ended")):
        page, since = press(bench, what)
        assert since == [kind]
        assert f"The feed of changes tells it within seconds, as {kind}." in page


def test_an_order_is_read_where_the_press_says_and_never_told_by_the_feed(
    bench: Bench, app: Flask, house: House
) -> None:
    connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES))
    own = bearing(own_token(bench.machine, bench.program))
    before = bench.machine.get("/api/v1/orders", headers=own).json["orders"]
    page, since = press(bench, "order")
    assert "It is read at GET /api/v1/orders; the feed of changes does not tell a company its own orders." in page
    assert since == []
    assert len(bench.machine.get("/api/v1/orders", headers=own).json["orders"]) == len(before) + 1


def test_a_pause_is_learned_of_at_a_read_and_its_end_by_the_feed_and_the_press_says_which_it_was(
    bench: Bench, app: Flask, house: House
) -> None:
    tokens = connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES))
    page, since = press(bench, "pause")
    assert "Ada Prova paused. The feed of changes does not tell it" in page
    assert since == []
    assert bench.read(tokens["access_token"])["reason"] == "paused"
    page, since = press(bench, "address")
    assert "While they pause, nothing is told of it" in page
    assert since == []
    page, since = press(bench, "pause")
    assert "Ada Prova goes on. The feed of changes tells it within seconds, as customer.changed." in page
    assert set(since) == {"customer.changed"}, "and with it the move"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("address", "Bogdan Test moved house. They share nothing of that with the sandbox, so nothing is told of it."),
        ("pause", "Bogdan Test paused. They share nothing with the sandbox, so nothing is told of it."),
    ],
)
def test_of_whoever_shares_nothing_nothing_is_told_and_the_press_says_so(bench: Bench, what: str, said: str) -> None:
    page, since = press(bench, what, "1")
    assert said in page
    assert since == []


def test_each_made_up_customer_stands_there_with_what_they_share_and_whether_they_have_paused(
    bench: Bench, app: Flask, house: House
) -> None:
    def rows(client: FlaskClient) -> list[str]:
        page = unescape(client.get(PAGE).text)
        return [row.partition("</p></div>")[0] for row in page.split('<p class="row-title" translate="no">')[1:4]]

    assert all("Shares nothing" in row and "Paused" not in row for row in rows(bench.client))
    connect(app, bench.program, bench.actor(), detail(house, DELIVERY, NAMES))
    bench.press("event", what="pause", who="0")
    ada, bogdan, _ = rows(bench.client)
    assert "Shares for: Delivery" in ada
    assert "Paused" in ada
    assert "Shares nothing" in bogdan
    bench.press("event", what="pause", who="0")
    assert "Paused" not in rows(bench.client)[0]
