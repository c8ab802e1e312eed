"""The officers' desk: search by all that it offers, and what it finds."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from portal.audit.event_words import HAPPENED
from portal.audit.models import LogEntry
from portal.audit.reads import Line
from portal.audit.words import EVENTS
from portal.kernel.facts import Fact
from portal.kernel.i18n import zone
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import SYSTEM
from tests.audit.desk import Desk
from tests.audit.small_facts import CITY, EMAIL, Changed, Looked, disclose


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
