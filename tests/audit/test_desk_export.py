"""The officers' desk: export as a table and as JSON Lines."""

import csv
import hashlib
import io
import json
import re

import pytest
import rfc8785

from portal.accounts import service as accounts
from portal.accounts.reads import roles_of
from portal.audit.export import csv_row, safe_cell
from portal.audit.tree import verify_inclusion
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from tests.audit.desk import Desk
from tests.audit.small_facts import CITY, EMAIL, NAME, Changed


def test_an_entry_is_shown_with_a_proof_that_leads_to_the_root(desk: Desk) -> None:
    for index in (0, 3, len(desk.lines()) - 1):
        page = desk.get(f"/desk/entries/{index}").text
        hashes = [bytes.fromhex(text) for text in re.findall(r'<code class="hash">([0-9a-f]{64})</code>', page)]
        leaf, root, *proof = hashes
        size = next(n for n in range(1, 500) if verify_inclusion(leaf, index, n, proof, root))
        assert size > index
    assert desk.client.get("/desk/entries/100000").status_code == 404
    assert desk.client.get(f"/desk/entries/{1 << 64}").status_code == 404


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
