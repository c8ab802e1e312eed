"""The officers' desk: who may come, what it says of itself, each look itself on record, and verification."""

import json
import re
import time
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import update

from portal.accounts import service as accounts
from portal.accounts.reads import roles_of
from portal.audit.models import LogEntry
from portal.audit.search import Query, find
from portal.kernel.unit import SYSTEM
from tests import people
from tests.audit.desk import Desk
from tests.audit.small_facts import Changed

PAGES = ["/desk", "/desk/entries", "/desk/entries/0", "/desk/export.csv", "/desk/export.jsonl"]


@pytest.mark.parametrize("path", PAGES)
def test_the_desk_is_for_officers_alone(desk: Desk, app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 303
    customer = app.test_client()
    people.sign_in(customer, "ana@example.org")
    assert customer.get(path).status_code == 403
    assert customer.post("/desk/verify", data={"csrf_token": people.csrf_of(customer, "/language")}).status_code == 403


def test_a_role_that_was_ended_closes_the_desk(desk: Desk) -> None:
    with desk.house.writing(SYSTEM) as unit:
        (role,) = [role for role in roles_of(unit, desk.otto) if role.role == "officer"]
        accounts.end_role(unit, role_id=role.id)
    assert desk.client.get("/desk").status_code in (303, 403)


def test_the_first_page_says_what_the_log_proves_and_what_it_does_not(desk: Desk) -> None:
    text = desk.text("/desk")
    for words in ("What it proves", "What it does not prove", "not signed yet", "No witness outside", "cut off"):
        assert words in text
    assert "It does not find that the end was cut off, or the record made anew" in text, "beside what it finds"
    with desk.house.reading() as unit:
        from portal.audit.reads import state_of

        state = state_of(unit.connection)
    assert state.root.hex() not in text  # this look came later than the root it showed
    assert re.search(r"[0-9a-f]{64}", text)


def test_every_look_of_an_officer_is_an_entry(desk: Desk) -> None:
    before = len(desk.lines())
    desk.get("/desk")
    desk.get("/desk/entries?field=profile.email&outcome=refused")
    desk.get("/desk/entries/3")
    new = [line for line in desk.lines()[before:] if line.event.startswith("log.")]
    assert [line.event for line in new] == ["log.desk_opened", "log.searched", "log.entry_read"]
    assert {line.kind for line in new} == {"officer"}
    assert new[1].detail == {"by": ["field", "outcome"]}
    assert new[1].count == 1
    assert new[2].detail == {"entry": 3}
    assert all("profile.email" not in json.dumps(line.entry) for line in new)


def test_every_page_of_the_desk_stands_in_one_frame_so_that_nothing_jumps_between_them(desk: Desk) -> None:
    pages = ("/desk", "/desk/entries", "/desk/entries/0", "/desk/cases", "/desk/cases/new", "/desk/find", "/desk/people")
    for path in pages:
        assert '<body class="with-places wide">' in desk.get(path).text, path


def test_a_customer_sees_that_an_entry_about_them_was_opened(desk: Desk, app: Flask) -> None:
    index = desk.found("outcome=refused")[0]
    desk.get(f"/desk/entries/{index}")
    ana = app.test_client()
    people.sign_in(ana, "ana@example.org")
    assert "Audit (data protection team)" in ana.get("/activity").text
    joan = app.test_client()
    people.sign_in(joan, "joan@example.org")
    assert "Audit (data protection team)" not in joan.get("/activity").text


def test_a_search_by_somebodys_name_in_the_record_stands_on_their_page_and_another_on_nobodys(
    desk: Desk, app: Flask
) -> None:
    ana, joan = app.test_client(), app.test_client()
    people.sign_in(ana, "ana@example.org")
    people.sign_in(joan, "joan@example.org")
    desk.get("/desk/entries?outcome=refused")
    assert "Audit (data protection team)" not in ana.get("/activity").text
    name = desk.people[0].name
    shown = len(desk.found(f"customer={name}"))
    desk.get(f"/desk/export.csv?customer={name}")
    new = [line for line in desk.lines() if line.event in ("log.searched", "log.exported")]
    assert [line.customer for line in new] == [None, name, name]
    listed = ana.get("/activity").text
    assert "they searched by the name that the record has for you" in listed
    assert "They looked for entries about you in the record. Entries name fields and times" in listed
    for line, happened in zip(new[1:], ("They searched the record for", "They took a copy of"), strict=True):
        page = ana.get(f"/activity/{line.index}").text
        told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
        assert "Audit (data protection team) looked in the record about you" in told
        assert "looked at your data</h1>" not in page
        assert f"{happened} entries about you" in told
        assert "Why they ask" not in told, "nobody was asked"
        assert "by the name that the record has for you" in told
        assert "Names of fields and times, never what is in a field" in told
        assert f"How many {line.count} entries" in told
    assert new[1].count == shown
    assert "Audit (data protection team)" not in joan.get("/activity").text


def test_the_desk_says_before_the_press_what_stands_on_a_customers_page(desk: Desk) -> None:
    by_name = "A search or an export by this name stands on the customer's page Who looked, too."
    page = unescape(desk.get("/desk/entries").text)
    assert page.index("Customer's name in the record") < page.index(by_name) < page.index('id="found"')
    assert page.index("Both the search and the opening are shown to that customer, under Who looked.") < page.index("<tbody>")


def test_the_desk_says_what_waits_to_be_recorded_and_that_no_read_does(desk: Desk) -> None:
    text = unescape(desk.text("/desk"))
    assert "Whoever reads data gets an answer only after the entry of the read stands in the record for good" in text
    assert "What somebody changed, and an attempt that was blocked, is written down before it is answered" in text
    assert "but waits a moment in a queue before it stands in the record." in text
    assert "the first ten have entries of their own, and of strangers' the first" in text
    assert "A read that is answered never waits there: its entry stands in the record first." in text


def test_the_result_of_the_last_verification_is_one_press_away(desk: Desk) -> None:
    people.post(desk.client, "/desk/verify", page="/desk")
    page = desk.get("/desk").text
    assert "entries were added since" in page or "entry was added since" in page
    led = re.search(r'href="(/desk/entries/\d+)">The result is entry', page)
    assert led is not None
    assert "log.verified" in desk.text(led[1])


def test_verifying_on_the_desk_shows_the_report_and_is_on_record(desk: Desk) -> None:
    page = people.post(desk.client, "/desk/verify", page="/desk")
    assert page.status_code == 200
    assert "Sound: everything is as it was written." in page.text
    (line,) = [line for line in desk.lines() if line.event == "log.verified"]
    assert line.detail["verdict"] == "sound"
    assert "Sound" in desk.text("/desk")
    with desk.house.transaction("writing") as connection:
        connection.execute(update(LogEntry).where(LogEntry.idx == 2).values(event="forged"))
    page = people.post(desk.client, "/desk/verify", page="/desk")
    assert "log_entries, entry 2" in page.text
    assert "Changed" in desk.text("/desk")


def test_the_queue_and_its_age_stand_on_the_desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.kernel.errors import Busy

    def busy() -> int:
        raise Busy

    monkeypatch.setattr(desk.house.log, "lead", busy)
    later = time.time() + 60
    monkeypatch.setattr("time.time", lambda: later)
    with desk.house.writing(SYSTEM) as unit:
        unit.note(Changed())
    with desk.house.reading() as unit:
        assert find(unit, Query(event="test.changed")).lines == []
        from portal.audit.reads import queue_state

        length, age = queue_state(unit.connection)
    assert length >= 1
    assert 55 < age < 120
