"""``/api/v1/tickets`` and ``/api/v1/interactions``: what a company's program reads and does, each item by itself."""

from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.links.service import block
from portal.oauth.service import make_client
from portal.tickets.machine import ANSWER, CALL, CLOSE, COMPLAINT, REOPEN, REPLY, RESOLVE
from portal.tickets.service import note, rate
from tests.files import corpus
from tests.grants.cast import signed_in
from tests.oauth.cast import BACK, Program, bearing, entries, own_token
from tests.orders.cast import an_order, tell
from tests.tickets.cast import Talk, talk
from tests.tickets.test_attached import sent, upload

PATH = "/api/v1/tickets"
_keys = count(1)


class Shop:
    """A company's program, and the company's customer."""

    def __init__(self, app: Flask, house: House, name: str = "Shop", email: str = "ana@example.org") -> None:
        self.talk: Talk = talk(house, name, email)
        self.customer = str(self.talk.link().number)
        with house.writing(SYSTEM) as unit:
            client_id, secret = make_client(unit, self.talk.shop.id, name, redirect_uris=(BACK,))
        self.program = Program(self.talk.shop.id, client_id, secret)
        self.client: FlaskClient = app.test_client(use_cookies=False)
        self.token = own_token(self.client, self.program)

    def get(self, path: str = PATH, **query: Any) -> Any:
        """What it is answered."""
        return self.client.get(path, query_string=query, headers=bearing(self.token))

    def post(self, path: str, name: str, *items: Any, key: str | None = None) -> Any:
        """Sends items."""
        headers = bearing(self.token, **{"Idempotency-Key": key or f"key-{next(_keys)}"})
        return self.client.post(path, json={name: list(items)}, headers=headers)

    def begins(self, *items: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
        """Begins conversations; gives the results."""
        answer = self.post(PATH, "tickets", *items, key=key)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json["results"]
        return results

    def does(self, *items: dict[str, Any]) -> list[dict[str, Any]]:
        """Does something in conversations; gives the results."""
        answer = self.post(f"{PATH}/actions", "actions", *items)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json["results"]
        return results

    def tells(self, *items: dict[str, Any]) -> list[dict[str, Any]]:
        """Tells of calls and visits; gives the results."""
        answer = self.post("/api/v1/interactions", "interactions", *items)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json["results"]
        return results

    def item(self, number: str, **more: Any) -> dict[str, Any]:
        """A conversation as it is sent."""
        return {"number": number, "customer": self.customer, "words": "About your order.", **more}


@pytest.fixture
def shop(app: Flask, house: House) -> Shop:
    """A company's program on this engine."""
    return Shop(app, house)


def test_a_program_reads_what_customers_wrote_and_answers_as_its_people_do(shop: Shop) -> None:
    shop.talk.begin("Where is it?")
    [read] = shop.get().json["tickets"]
    assert (read["state"], read["opened_by"], read["customer"]) == ("open", "customer", shop.customer)
    assert [said["words"] for said in read["messages"]] == ["Where is it?"]
    assert read["allowed_actions"] == ["take", "answer", "progress", "hold", "resolve", "note", "weigh"]
    number = read["ticket"]
    results = shop.does(
        {"ticket": number, "action": "take"},
        {"ticket": number, "action": "note", "words": "SECRET"},
        {"ticket": number, "action": "weigh", "urgency": 3},
        {"ticket": number, "action": "answer", "words": "On its way."},
        {"ticket": number, "action": "take"},
        {"ticket": number, "action": "answer"},
        {"ticket": number, "action": "answer", "words": "Too late.", "version": 1},
        {"ticket": "Q-2222-2222", "action": "take"},
        {"ticket": number, "action": "reply", "words": "not ours to do"},
    )
    assert [one["outcome"] for one in results] == ["done"] * 4 + ["refused"] * 5
    assert [one["reason"] for one in results[4:]] == ["not-allowed-now", "words-needed", "changed", "not-found", "unknown-word"]
    assert "answer" in results[4]["allowed_actions"]
    one = shop.get(f"{PATH}/{number}").json
    assert (one["state"], one["urgency"], one["version"]) == ("waiting_customer", 3, 3)
    assert "SECRET" not in str(one) and "SECRET" not in repr(shop.talk.thread())
    assert shop.talk.thread().said[-1].words == "On its way."


def test_a_program_finds_the_files_of_what_was_said_and_fetches_each_on_record(app: Flask, house: House, shop: Shop) -> None:
    shop.talk.begin("Where is it?")
    browser = signed_in(app, shop.talk.customer)
    page = f"/messages/conversations/{shop.talk.made[-1].text}"
    assert sent(browser, page, action=REPLY, words="See this.", files=upload()).status_code == 303
    [read] = shop.get().json["tickets"]
    first, second = read["messages"]
    assert first["files"] == [] and second["files"] == [
        {"id": second["files"][0]["id"], "name": "note.txt", "type": "text/plain; charset=utf-8", "size": len(corpus.TEXT)}
    ]
    path = f"{PATH}/{read['ticket']}/files/{second['files'][0]['id']}"
    got = shop.get(path)
    assert (got.data, got.headers["Content-Type"]) == (corpus.TEXT, "application/octet-stream")
    assert (got.headers["Content-Disposition"], got.headers["Cache-Control"]) == ("attachment", "no-store")
    looks = [browser.get(f"/activity/{look['index']}").text.lower() for look in entries(house, "ticket.disclosed")]
    assert [("files that you and they sent" in look, "what you and they wrote" in look) for look in looks] == [
        (True, True),
        (True, False),
    ]
    other = Shop(app, house, "Other", "joan@example.org")
    other.talk.begin("Something else")
    elsewhere = other.get().json["tickets"][0]["ticket"]
    for foreign in (other.get(path), other.get(path.replace(read["ticket"], elsewhere)), shop.get(f"{path}x")):
        assert (foreign.status_code, foreign.json["reason"]) == (404, "not-found")
    shop.talk.begin("Another")
    assert shop.get(path.replace(read["ticket"], shop.talk.number)).status_code == 404, "a file of another conversation"


def test_a_program_begins_conversations_each_taken_or_refused_by_itself(app: Flask, house: House, shop: Shop) -> None:
    tell(house, shop.talk.shop.id, an_order("S-1", shop.customer), an_order("S-2", "stranger"))
    results = shop.begins(
        shop.item("A-1", order="S-1"),
        shop.item("A-1"),
        shop.item("A-2", customer="nobody"),
        shop.item("A-3", customer="stranger"),
        shop.item("A-4", order="S-2"),
        shop.item("A-5", words=" "),
        shop.item("A-6", kind="gossip"),
        {"number": "A-7"},
        {"x": 1},
    )
    said = [one.get("reason", one["outcome"]) for one in results]
    expected = ["created", "unchanged", "unknown-customer", "not-linked", "unknown-order", "words-needed", "unknown-word"]
    assert said == [*expected, "missing", "missing"]
    assert results[0]["ticket"] == results[1]["ticket"]
    shop.talk.number = results[0]["ticket"]
    read = shop.get(f"{PATH}/A-1").json
    assert (read["ticket"], read["order"], read["opened_by"]) == (results[0]["ticket"], "S-1", "vendor")
    assert read["state"] == "waiting_customer"
    page = signed_in(app, shop.talk.customer).get("/messages").text
    assert "Shop wrote to you in a conversation." in page


def test_the_same_request_again_does_nothing_again_and_says_the_same(shop: Shop) -> None:
    first = shop.post(PATH, "tickets", shop.item("A-1"), key="one-key")
    again = shop.post(PATH, "tickets", shop.item("A-1"), key="one-key")
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert len(shop.get().json["tickets"]) == 1
    assert shop.client.post(PATH, json={"tickets": [shop.item("A-9")]}, headers=bearing(shop.token)).status_code == 400


def test_every_read_is_an_entry_of_its_customer_and_a_list_goes_page_by_page(house: House, shop: Shop) -> None:
    for number in range(5):
        shop.talk.begin(f"Number {number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = shop.get(limit=2, **cursor).json
        seen += [one["messages"][0]["words"] for one in answer["tickets"]]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
    assert seen == [f"Number {number}" for number in reversed(range(5))]
    told = entries(house, "ticket.disclosed")
    assert [entry["count"] for entry in told] == [2, 2, 1]
    assert {entry["basis"] for entry in told} == {"own"}
    etag = shop.get().headers["ETag"]
    headers = bearing(shop.token, **{"If-None-Match": etag})
    assert shop.client.get(PATH, headers=headers).status_code == 304
    assert len(entries(house, "ticket.disclosed")) == 5


def test_a_list_is_narrowed_by_state_and_customer(house: House, shop: Shop) -> None:
    shop.talk.begin("open")
    shop.talk.begin("closed")
    shop.talk.says(CLOSE)
    shop.talk.begin("resolved")
    shop.talk.answers(RESOLVE, "Done.")
    for state in ("open", "closed", "resolved"):
        [one] = shop.get(state=state).json["tickets"]
        assert (one["state"], one["messages"][0]["words"]) == (state, state)
    assert shop.get(customer="nobody").json["tickets"] == []
    assert len(shop.get(customer=shop.customer).json["tickets"]) == 3
    for wrong in ({"state": "gossip"}, {"limit": 0}, {"cursor": "forged"}, {"x": "y"}):
        assert shop.get(**wrong).status_code == 400


def test_no_company_reads_or_touches_anothers_conversations(app: Flask, house: House, shop: Shop) -> None:
    shop.talk.begin("mine alone")
    bank = Shop(app, house, "Bank", "joan@example.org")
    assert bank.get().json["tickets"] == []
    assert bank.get(f"{PATH}/{shop.talk.number}").status_code == 404
    for number in ("x", "%00", "a" * 200, "%E2%80%AE"):
        assert bank.get(f"{PATH}/{number}").status_code == 404
    [result] = bank.does({"ticket": shop.talk.number, "action": "answer", "words": "x"})
    assert result["reason"] == "not-found"
    own = {"number": "B-1", "customer": bank.customer, "channel": "phone", "at": "2026-11-01T10:00:00Z"}
    [result] = bank.tells({**own, "ticket": shop.talk.number})
    assert result["reason"] == "not-found"
    narrow = own_token(shop.client, shop.program, "orders:read")
    assert shop.client.get(PATH, headers=bearing(narrow)).json["reason"] == "scope-needed"


def test_after_the_end_of_the_connection_what_is_open_is_read_and_nothing_else(house: House, shop: Shop) -> None:
    shop.talk.begin("over")
    shop.talk.says(CLOSE)
    shop.talk.begin("still open")
    with house.writing(shop.talk.customer) as unit:
        block(unit, link_id=shop.talk.link().id)
    [read] = shop.get().json["tickets"]
    assert (read["messages"][0]["words"], read["allowed_actions"]) == ("still open", [])
    [result] = shop.does({"ticket": read["ticket"], "action": "answer", "words": "x"})
    assert result["reason"] == "blocked"
    [result] = shop.begins(shop.item("A-1"))
    assert result["reason"] == "not-linked"
    shop.talk.says(CLOSE)
    assert shop.get().json["tickets"] == []


def test_calls_and_visits_elsewhere_stand_in_the_same_history(app: Flask, house: House, shop: Shop) -> None:
    shop.talk.begin()
    told = {"customer": shop.customer, "channel": "phone", "at": "2026-11-01T10:00:00Z"}
    results = shop.tells(
        {**told, "number": "C-1", "words": "Said that it comes <soon>.", "ticket": shop.talk.number},
        {**told, "number": "C-1"},
        {**told, "number": "C-2", "channel": "visit"},
        {**told, "number": "C-3", "channel": "telepathy"},
        {**told, "number": "C-4", "at": "2199-01-01T00:00:00Z"},
        {**told, "number": "C-5", "at": "2026-11-01T10:00:00"},
        {**told, "number": "C-6", "customer": "nobody"},
    )
    said = [one.get("reason", one["outcome"]) for one in results]
    expected = ["created", "unchanged", "created", "unknown-word", "date-in-future", "zone-needed", "unknown-customer"]
    assert said == expected
    page = signed_in(app, shop.talk.customer).get("/messages/conversations").text
    assert page.count("Said that it comes &lt;soon&gt;.") == 1 and "Visit, Shop" in page
    assert "soon" not in str(entries(house))


def test_the_feed_tells_of_each_thing_that_a_customer_does_and_of_nothing_else(house: House, shop: Shop) -> None:
    cursor = shop.get("/api/v1/changes", start="now").json["cursor"]
    one = shop.talk
    one.begin(kind=COMPLAINT)
    one.says(REPLY, "More.")
    one.says(CALL, "+34 600 000 000")
    one.answers(ANSWER, "Here.")
    with house.writing(one.agent) as unit:
        note(unit, vendor_id=one.shop.id, number=one.number, words="x")
    one.answers(RESOLVE, "Done.")
    one.says(REOPEN, "No.")
    one.says(CLOSE)
    ending = one.thread().ending
    assert ending is not None
    with house.writing(one.customer) as unit:
        rate(unit, ticket_id=one.id, event_id=ending.id, score=2)
    number = one.number
    one.comes("We began this.")
    events = shop.get("/api/v1/changes", cursor=cursor).json["events"]
    kinds = ("created", "replied", "call_wanted", "reopened", "closed", "rated")
    assert [event["type"] for event in events] == [f"ticket.{kind}" for kind in kinds]
    assert {event["ticket"] for event in events} == {number}
    assert "words" not in str(events)


def test_the_description_names_the_operations_their_scopes_and_their_shapes(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document["paths"][PATH]["get"]["security"] == [{"own": ["tickets:read"]}]
    assert document["paths"][PATH]["post"]["security"] == [{"own": ["tickets:write"]}]
    for path in (f"{PATH}/actions", "/api/v1/interactions"):
        assert "Idempotency-Key" in str(document["paths"][path]["post"]["parameters"])
    assert {"TicketIn", "TicketActionIn", "InteractionIn", "Ticket"} <= document["components"]["schemas"].keys()
