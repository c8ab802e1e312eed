"""The officers' desk: search, one entry, export and verification, each look itself on record."""

import csv
import hashlib
import io
import json
import re
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from portal.accounts import service as accounts
from portal.accounts.reads import roles_of
from portal.audit.event_words import HAPPENED
from portal.audit.export import csv_row, safe_cell
from portal.audit.models import LogEntry
from portal.audit.reads import Line, size_of
from portal.audit.search import Query, batches, find
from portal.audit.tree import verify_inclusion
from portal.audit.words import EVENTS, REASONS, REFUSALS
from portal.customers.service import set_attribute
from portal.grants import decision
from portal.grants.service import revoke
from portal.kernel.facts import Fact
from portal.kernel.house import House
from portal.kernel.i18n import zone
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.purposes import sentence_of
from portal.vendors.service import admit
from tests import people
from tests.audit.lists import numbers_follow_from_lists
from tests.audit.small_facts import CITY, EMAIL, NAME, Blocked, Changed, Looked, disclose
from tests.grants.cast import asked, company, given


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


@pytest.fixture
def desk(house: House, client: FlaskClient) -> Desk:
    """Otto at the desk."""
    return Desk(house, client)


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


def test_search_narrows_by_each_thing_it_offers(desk: Desk) -> None:
    lines = {line.index: line for line in desk.lines()}
    looks = [line for line in lines.values() if line.event == "profile.disclosed"]
    ana = looks[0].customer
    wanted: dict[str, Callable[[Line], Any]] = {
        f"company={text_of(desk.shop)}": lambda line: line.vendor == desk.shop,
        f"customer={ana}": lambda line: line.customer == ana,
        "field=profile.email": lambda line: EMAIL in (*line.asked, *line.given),
        "field=profile.address": lambda line: CITY in line.given,
        "event=profile.disclosed": lambda line: line.event == "profile.disclosed",
        "event=profile.": lambda line: line.event.startswith("profile."),
        "outcome=refused": lambda line: line.outcome == "refused",
        f"request={looks[1].request}": lambda line: line.request == looks[1].request,
        f"company={text_of(desk.shop)}&field=profile.email&outcome=given": lambda line: line.given == (EMAIL,),
    }
    for query, fits in wanted.items():
        expected = [index for index in sorted(lines, reverse=True) if fits(lines[index])]
        assert [index for index in desk.found(query) if index in lines] == expected, query
        assert expected


def test_search_by_time_takes_whole_days(desk: Desk) -> None:
    day = desk.lines()[0].time.astimezone(zone()).date()
    everything = len(desk.lines())
    assert len(desk.found(f"since={day}&until={day}")) >= min(everything, 50)
    assert desk.found("until=2020-01-01") == []
    assert desk.found("since=2099-01-01") == []


def test_the_first_entry_of_a_moment_is_found_by_halving(desk: Desk) -> None:
    from portal.audit.search import first_at

    lines = desk.lines()
    with desk.house.reading() as unit:
        for line in lines:
            assert first_at(unit.connection, line.time) == min(x.index for x in lines if x.time >= line.time)


def test_pages_of_a_search_follow_each_other_without_gap_or_repeat(desk: Desk) -> None:
    with desk.house.writing(SYSTEM) as unit:
        for number in range(120):
            unit.note(Changed(code=str(number)))
    path, seen = "/desk/entries?event=test.changed", []
    for _ in range(5):
        page = desk.get(path).text
        seen += [int(index) for index in re.findall(r'<td><a href="/desk/entries/(\d+)["?]', page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if older is None:
            break
        path = older[1].replace("&amp;", "&")
    assert len(seen) == 120
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "customer=x", "field=a'b", "field=profile.nothing", "event=%22", "event=link.never", "request=zz",
        "since=never", "outcome=maybe", "company=x",
    ],
)  # fmt: skip
def test_what_cannot_be_searched_for_is_said_beside_its_field(desk: Desk, query: str) -> None:
    page = desk.get(f"/desk/entries?{query}").text
    name = query.partition("=")[0]
    assert re.search(rf'<(input|select)[^>]* id="{name}"[^>]*', page)
    assert re.findall(r'aria-describedby="(?:\w+-hint )?(\w+)-error" aria-invalid="true"', page) == [name]
    assert 'id="wrong"' in page
    assert "No entry fits" not in page


def test_days_the_wrong_way_round_are_said_beside_the_last_and_both_stay(desk: Desk) -> None:
    page = desk.get("/desk/entries?since=2026-05-02&until=2026-05-01").text
    assert re.findall(r'aria-describedby="(\w+)-error" aria-invalid="true"', page) == ["until"]
    assert "The last day is before the first." in page
    assert re.findall(r'type="date" value="([^"]+)"', page) == ["2026-05-02", "2026-05-01"]
    assert "No entry fits" not in page
    assert desk.client.get("/desk/export.csv?since=2026-05-02&until=2026-05-01").status_code == 422
    day = desk.lines()[0].time.astimezone(zone()).date()
    assert desk.found(f"since={day}&until={day}")


def test_events_and_fields_are_offered_as_choices(desk: Desk) -> None:
    own = disclose(desk.house, Looked(holder=desk.people[0].holder_id, vendor=desk.shop, given=("profile.custom.boat",)))
    assert own
    assert disclose(desk.house, Looked(holder=desk.people[0].holder_id, vendor=desk.shop, given=("demand.files",)))
    page = desk.get("/desk/entries").text
    assert "demand.files · Files that you sent with what you asked about an order" in page
    offered = {name: _options(page, name) for name in ("event", "field")}
    noted = {line.event for line in desk.lines()}
    assert offered["event"] >= noted | {"", "grant.revoked", "grant.", "profile."}
    assert offered["field"] >= {"", EMAIL, CITY, "profile.address", "orders.line", "profile.custom.boat"}
    for name in offered:
        for value in sorted(offered[name])[::9]:
            assert "aria-invalid" not in desk.get(f"/desk/entries?{name}={value}").text, value


def _options(page: str, name: str) -> set[str]:
    select = re.search(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL)
    assert select is not None
    return set(re.findall(r'<option[^>]* value="([^"]*)"', select[0]))


def test_every_kind_of_event_is_offered_with_words(desk: Desk) -> None:
    kinds = {event.partition(".")[0] + "." for event in _events_of_rooms(Fact)}
    assert kinds - {"bench."} == EVENTS.keys()
    page = desk.get("/desk/entries").text
    assert all(f">{kind}* · " in page for kind in kinds - {"bench."})


def _events_of_rooms(kind: type[Fact]) -> set[str]:
    below = kind.__subclasses__()
    own = {fact.EVENT for fact in below if fact.__module__.startswith("portal.") and hasattr(fact, "EVENT")}
    return own.union(*map(_events_of_rooms, below))


def test_every_event_says_in_words_what_happened_and_none_that_is_no_more(desk: Desk) -> None:
    assert {event for event in _events_of_rooms(Fact) if not event.startswith("bench.")} == set(HAPPENED)
    assert "Customer's data read profile. disclosed" in unescape(desk.text("/desk/entries?event=profile.disclosed"))
    assert ">profile.disclosed · Customer&#39;s data read<" in desk.get("/desk/entries").text
    index = desk.found("event=profile.disclosed")[0]
    assert f"Entry {index} Customer's data read" in unescape(desk.text(f"/desk/entries/{index}"))


def test_whoever_opens_an_entry_of_a_search_comes_back_to_what_was_found(desk: Desk) -> None:
    found = desk.get("/desk/entries?event=profile.disclosed&outcome=given")
    opened = re.search(r'<td><a href="([^"]+)"', found.text)
    assert opened is not None
    entry = desk.get(unescape(opened[1])).text
    assert all(re.search(r'<a href="/desk" aria-current="true">', page) for page in (found.text, entry)), "its place stays marked"
    back = re.search(r'<a[^>]* href="([^"]+)"[^>]*>(?:(?!</a>).)*Back to what you searched for', entry, re.S)
    assert back is not None and unescape(back[1]) == "/desk/entries?event=profile.disclosed&outcome=given#found"
    assert "Back to what you searched for" not in desk.get("/desk/entries/1").text


def test_an_event_that_no_room_knows_is_offered_once_it_stands_in_the_log(desk: Desk) -> None:
    with desk.house.transaction("writing") as connection:
        connection.execute(update(LogEntry).where(LogEntry.idx == 2).values(event="forged.in"))
    assert desk.found("event=forged.in") == [2]
    assert desk.found("event=forged.") == [2]


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=99999999999999999999"])
def test_a_page_that_is_none_is_not_found(desk: Desk, query: str) -> None:
    assert desk.client.get(f"/desk/entries?{query}").status_code == 404


def test_an_unknown_customer_and_a_field_that_nobody_asked_for_find_nothing(desk: Desk) -> None:
    for query in (f"customer={text_of(new_id())}", "field=profile.iban"):
        assert desk.found(query) == []
        assert "No entry fits" in desk.text(f"/desk/entries?{query}")


def test_an_entry_is_shown_with_a_proof_that_leads_to_the_root(desk: Desk) -> None:
    for index in (0, 3, len(desk.lines()) - 1):
        page = desk.get(f"/desk/entries/{index}").text
        hashes = [bytes.fromhex(text) for text in re.findall(r'<code class="hash">([0-9a-f]{64})</code>', page)]
        leaf, root, *proof = hashes
        size = next(n for n in range(1, 500) if verify_inclusion(leaf, index, n, proof, root))
        assert size > index
    assert desk.client.get("/desk/entries/100000").status_code == 404
    assert desk.client.get(f"/desk/entries/{1 << 64}").status_code == 404


def test_the_numbers_that_an_entry_has_for_its_fields_follow_from_the_lists_beside_it(desk: Desk) -> None:
    for index in (desk.found("outcome=given&event=profile.disclosed")[0], desk.found("outcome=refused")[0]):
        page = desk.get(f"/desk/entries/{index}").text
        assert "SHA-256 of exactly the text above it" in page
        numbers_follow_from_lists(page)
    assert "SHA-256 of exactly the text above it" not in desk.get("/desk/entries/0").text


@pytest.mark.parametrize(
    ("locale", "asked", "nothing"),
    [
        ("en", "Asked for", "Answered, nothing given"),
        ("ca", "Demanat", "Contestat, sense donar res"),
        ("es", "Pedido", "Respondido, sin dar nada"),
        ("ro", "Cerut", "Răspuns, fără a da nimic"),
    ],
)
def test_fields_that_were_asked_for_are_not_shown_as_given(desk: Desk, locale: str, asked: str, nothing: str) -> None:
    with desk.house.writing(SYSTEM) as unit:
        accounts.choose_language(unit, account_id=desk.otto, locale=locale)
    none = Looked(holder=desk.people[0].holder_id, vendor=desk.shop, asked=(EMAIL,))
    assert disclose(desk.house, none, actor=Actor("vendor", name="some-client"))
    index, earlier = desk.found("outcome=given&event=profile.disclosed")[:2]
    listed = unescape(desk.text("/desk/entries?outcome=given&event=profile.disclosed"))
    assert f"{asked}: profile.email" in listed and nothing in listed
    assert nothing in unescape(desk.text(f"/desk/entries/{index}"))
    assert nothing not in unescape(desk.text(f"/desk/entries/{earlier}"))
    assert f"{asked}:" not in desk.text("/desk/entries?event=attribute.set")


def test_the_desk_says_what_waits_to_be_recorded_and_that_no_read_does(desk: Desk) -> None:
    text = unescape(desk.text("/desk"))
    assert "Whoever reads data gets an answer only after the entry of the read stands in the record for good" in text
    assert "What somebody changed, and an attempt that was blocked, is written down before it is answered" in text
    assert "but waits a moment in a queue before it stands in the record." in text
    assert "the first ten have entries of their own, and of strangers' the first" in text
    assert "A read that is answered never waits there: its entry stands in the record first." in text


def test_the_readme_says_by_the_desks_own_words_where_to_search_by_a_name_and_a_number(desk: Desk) -> None:
    readme = " ".join((Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8").split())
    page = unescape(desk.text("/desk/entries"))
    for words in ("Search", "More to search by", "Customer's name in the record", "Entry number"):
        assert words in page
        assert f"**{words}**" in readme


def test_an_entry_is_found_by_its_number(desk: Desk) -> None:
    assert desk.found("entry=3") == [3]
    assert desk.found("entry=3&outcome=refused") == []
    assert desk.found("entry=999999999") == []
    searched = [line.detail["by"] for line in desk.lines() if line.event == "log.searched"]
    assert searched == [["entry"], ["entry", "outcome"], ["entry"]]
    assert "Entry numbers are made of digits." in desk.get("/desk/entries?entry=-1").text


def test_times_at_the_desk_have_seconds_and_a_zone(desk: Desk) -> None:
    exact = r">\d+ \w+ \d{4}, \d\d:\d\d:\d\d CES?T</time>"
    for path, times in (("/desk", 1), ("/desk/entries?entry=2", 1), ("/desk/entries/2", 2)):
        assert len(re.findall(exact, desk.get(path).text)) == times, path
    assert "Times are those of Madrid." in desk.text("/desk")


def test_an_entry_says_why_they_ask_in_words_with_the_address_of_the_term(desk: Desk) -> None:
    purpose = "https://w3id.org/dpv#DeliveryOfGoods"
    fact = Looked(holder=desk.people[0].holder_id, vendor=desk.shop, asked=(CITY,), given=(CITY,), purpose=purpose)
    assert disclose(desk.house, fact, actor=Actor("vendor", name="some-client"))
    path = f"/desk/entries/{desk.found('outcome=given')[0]}"
    assert f"What for {sentence_of(purpose)} {purpose}" in desk.text(path)
    assert f'<a href="{purpose}" rel="noreferrer">' in desk.get(path).text
    assert "What for" not in desk.text("/desk/entries/0")


def test_what_few_search_by_is_folded_away_until_it_is_used_or_wrong(desk: Desk) -> None:
    def more(query: str) -> str:
        found = re.search(r'<details class="filters-more"[^>]*>', desk.get(f"/desk/entries?{query}").text)
        assert found is not None
        return found[0]

    assert all("open" not in more(query) for query in ("", "event=log.", "since=2026-01-01"))
    assert all(" open" in more(query) for query in ("entry=3", "outcome=given", "request=short", f"field={CITY}"))


def test_in_a_narrow_window_every_cell_of_an_entry_says_what_it_is(desk: Desk) -> None:
    page = desk.get("/desk/entries").text
    assert '<table class="table table-cards table-dense">' in page
    heads = re.findall(r'<th scope="col">(.+?)</th>', page)
    [row, *_] = re.findall(r"<tr>\s*<td>.+?</tr>", page, re.DOTALL)
    assert ["Entry", *re.findall(r'data-label="(.+?)"', row)] == heads


def test_whoever_was_not_signed_in_is_called_that_and_nothing_worse(desk: Desk) -> None:
    signing_in = desk.get("/desk/entries?event=session.signed_in").text
    assert "somebody not yet signed in" in signing_in
    assert "stranger" not in signing_in


def test_why_something_was_blocked_is_said_in_an_officers_words(desk: Desk) -> None:
    assert "the customer had paused sharing" in desk.text("/desk/entries?outcome=refused")
    index = desk.found("outcome=refused")[0]
    assert "the customer had paused sharing · paused" in desk.text(f"/desk/entries/{index}")


def test_every_reason_that_stops_a_read_has_an_officers_words() -> None:
    assert REASONS.keys() >= {*decision.REASONS, *REFUSALS}


def test_what_a_newer_yes_took_the_place_of_is_told_from_a_stop(desk: Desk) -> None:
    ana, shop = desk.people[0], company(desk.house)
    for _turn in range(2):
        grant = given(desk.house, ana, asked(desk.house, shop, ana))
    with desk.house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    ends = [line.index for line in desk.lines() if line.event == "grant.revoked"]
    said = [desk.text(f"/desk/entries/{index}") for index in sorted(ends)]
    assert ["a newer permission took its place" in one for one in said] == [True, False]


def test_a_change_of_a_customers_data_names_its_fields(desk: Desk) -> None:
    ana = desk.people[0]
    assert ana.customer_id is not None
    with desk.house.writing(ana) as unit:
        set_attribute(unit, customer_id=ana.customer_id, path="profile.given_name", value="Ana")
    _, newest, *_ = re.findall(r"<tr>.*?</tr>", desk.get("/desk/entries?event=attribute.changed").text, re.DOTALL)
    assert "<code>profile.given_name</code>" in newest
    index = desk.found("event=attribute.changed")[0]
    assert "Changed fields profile.given_name" in desk.text(f"/desk/entries/{index}")


def test_the_personal_part_stays_closed(desk: Desk) -> None:
    index = desk.found("outcome=refused")[0]
    text = desk.text(f"/desk/entries/{index}")
    assert "Nobody can read it here, officers neither." in text
    assert "203.0.113.7" not in text


def test_an_export_holds_what_the_search_finds_and_is_on_record_at_both_ends(desk: Desk) -> None:
    expected = [line.index for line in desk.lines() if line.vendor == desk.shop]
    answer = desk.get(f"/desk/export.csv?company={text_of(desk.shop)}")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["index"]) for row in rows] == expected
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.mimetype == "text/csv"
    begin, end = [line for line in desk.lines() if line.event.startswith("log.export")]
    assert (begin.event, begin.count, begin.detail["by"]) == ("log.exported", len(expected), ["vendor"])
    assert (end.event, end.count, end.outcome, end.reason) == ("log.export_ended", len(expected), "done", None)
    assert begin.request == end.request
    assert text_of(desk.shop) not in json.dumps(begin.entry)


def test_json_lines_are_the_entries_themselves(desk: Desk) -> None:
    lines = desk.lines()
    told = [json.loads(row) for row in desk.get("/desk/export.jsonl").text.splitlines()]
    assert [one["entry"] for one in told][: len(lines)] == [line.entry for line in lines]
    assert {tuple(one["given"]) for one in told if "given" in one} >= {(CITY, NAME), (EMAIL,)}


def test_the_root_follows_from_the_export_without_a_line_of_ours(desk: Desk) -> None:
    shown = desk.get("/desk").text
    root = re.search(r'<code class="hash">([0-9a-f]{64})</code>', shown)
    size = re.search(r"<dt>Entries</dt><dd>(\d+)</dd>", shown)
    assert root is not None
    assert size is not None
    told = desk.get("/desk/export.jsonl").text.splitlines()
    bodies = [rfc8785.dumps(json.loads(row)["entry"]) for row in told[: int(size[1])]]
    assert _root(bodies).hex() == root[1]


def _root(bodies: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if len(bodies) == 1:
        return hashlib.sha256(b"\0" + bodies[0]).digest()
    half = 1 << (len(bodies) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + _root(bodies[:half]) + _root(bodies[half:])).digest()


def test_the_result_of_the_last_verification_is_one_press_away(desk: Desk) -> None:
    people.post(desk.client, "/desk/verify", page="/desk")
    page = desk.get("/desk").text
    assert "entries were added since" in page or "entry was added since" in page
    led = re.search(r'href="(/desk/entries/\d+)">The result is entry', page)
    assert led is not None
    assert "log.verified" in desk.text(led[1])


def test_a_long_export_is_streamed_and_stops_when_the_role_ends(desk: Desk) -> None:
    with desk.house.writing(SYSTEM) as unit:
        for number in range(1_200):
            unit.note(Changed(code=str(number)))
    answer = desk.client.get("/desk/export.csv", buffered=False)
    stream = iter(answer.response)
    first = [next(stream), next(stream)]
    assert len(b"".join(first)) > 1000
    with desk.house.writing(SYSTEM) as unit:
        (role,) = [role for role in roles_of(unit, desk.otto) if role.role == "officer"]
        accounts.end_role(unit, role_id=role.id)
    with pytest.raises(Exception, match="ended"):
        list(stream)
    end = [line for line in desk.lines() if line.event == "log.export_ended"][-1]
    assert end.reason == "ended"
    assert 256 <= (end.count or 0) < 1_200


def test_an_export_that_is_broken_off_says_how_far_it_came(desk: Desk) -> None:
    answer = desk.client.get("/desk/export.jsonl", buffered=False)
    stream = iter(answer.response)
    next(stream)
    answer.close()
    assert [line.reason for line in desk.lines() if line.event == "log.export_ended"] == ["broken-off"]


@pytest.mark.parametrize("query", ["customer=x", "event=%22"])
def test_an_export_of_what_cannot_be_searched_for_is_refused(desk: Desk, query: str) -> None:
    assert desk.client.get(f"/desk/export.csv?{query}").status_code == 422
    assert desk.client.get("/desk/export.exe").status_code == 404
    assert not [event for event in desk.events() if event.startswith("log.export")]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=x", "|x", "%x", "＝1+1", "＠x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    (read,) = next(csv.reader(io.StringIO(csv_row([cell]))))
    assert read == f"'{cell}"
    assert safe_cell(-1) == "-1"
    assert safe_cell(None) == ""


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
