"""Whether a receipt or a record is ours: said plainly of the genuine, of every change, and of whatever else is pasted."""

import base64
import json
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.grants.models import Record
from portal.grants.record import TYP as RECORD
from portal.home.signed import CHANGED, GENUINE, LARGEST, NOT_OURS, OLD_KEY, said_in_receipt, said_in_record, verdict_on
from portal.kernel.errors import Invalid
from portal.kernel.house import House
from portal.migrations.tables import all_tables
from portal.orders.demands.machine import WITHDRAWAL
from portal.orders.demands.reads import receipt_of
from portal.orders.demands.receipts import TYP
from tests import people
from tests.grants.cast import person, signed_in
from tests.orders.cast import CARE, an_order, company, line, shared_with
from tests.orders.guests import Shop, letters
from tests.orders.shelf import Shelf
from tests.prove.sizes import size


@pytest.fixture
def receipt(house: House) -> str:
    """A signed receipt of a withdrawal."""
    shelf = Shelf(house, an_order("A/1", "c", line("Lamp", 1000, quantity=2)))
    demand_id = shelf.ask("A/1", WITHDRAWAL, 2)
    shelf.confirm(demand_id)
    assert shelf.customer.customer_id is not None and shelf.customer.holder_id is not None
    with house.reading(shelf.customer) as unit:
        return receipt_of(unit, shelf.customer.customer_id, unit.box(shelf.customer.holder_id), demand_id)


@pytest.fixture
def record(app: Flask, house: House) -> str:
    """A signed record of a yes."""
    ana = person(house, "eva@example.org")
    shared_with(app, company(house, "Mercat Verd"), ana, CARE)
    assert ana.holder_id is not None
    with house.reading(ana) as unit:
        [row] = unit.connection.execute(select(Record.id, Record.jws).where(Record.customer_id == ana.customer_id))
        return unit.box(ana.holder_id).open("records", "jws", row.id, row.jws)


def check(app: Flask, text: str = "", file: bytes | None = None) -> TestResponse:
    """What the page says to anybody."""
    client = app.test_client()
    data: dict[str, Any] = {"csrf_token": people.csrf_of(client, "/check"), "text": text}
    if file is not None:
        data["file"] = (BytesIO(file), "receipt.jwt")
    return client.post("/check", data=data, content_type="multipart/form-data")


def told(answer: TestResponse) -> str:
    """The heading of a page."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    assert found is not None
    return found[1]


def test_a_receipt_is_read_to_anybody_pasted_or_as_a_file_whole_or_in_a_mail(app: Flask, house: House, receipt: str) -> None:
    wrapped = "Hello,\r\n\r\nKeep this.\r\n\r\n" + "\r\n".join(f"> {receipt[at : at + 60]}" for at in range(0, len(receipt), 60))
    answers = [check(app, receipt), check(app, file=receipt.encode()), check(app, wrapped + "\r\n\r\n--\r\nFreehold")]
    for answer in answers:
        assert (answer.status_code, told(answer)) == (200, "It is genuine")
        for said in ("Llibreria Far", "Ana Puig", "ana@example.org", "A/1", "The whole contract", "2 × Lamp"):
            assert said in answer.text
    shop = Shop(app, house, "Casa Lumen")
    shop.declares(shop.link(), "F-9", "Two <b>lamps</b>.")
    [letter] = [one for one in letters(house) if "Receipt" in one["Subject"]]
    answer = check(app, letter.get_content())
    assert told(answer) == "It is genuine" and "Two &lt;b&gt;lamps&lt;/b&gt;." in answer.text


def test_a_record_of_a_choice_is_read_to_anybody(app: Flask, record: str) -> None:
    answer = check(app, record)
    assert told(answer) == "It is genuine"
    assert "Mercat Verd" in answer.text and "Record of a choice" in answer.text and "<dd>Yes</dd>" in answer.text


def forged(receipt: str, **header: Any) -> str:
    """The same under a key of somebody's own."""
    key = ECKey.generate_key("P-256")
    own = {**json.loads(_bytes(receipt.split(".")[0])), **header}
    return jws.serialize_compact(own, _bytes(receipt.split(".")[1]), key, algorithms=["ES256"])


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def test_what_was_changed_is_not_ours_or_has_a_key_that_is_gone_is_told_apart(app: Flask, house: House, receipt: str) -> None:
    head, body, mark = receipt.split(".")
    other = json.loads(_bytes(body)) | {"contract": "B/2"}
    changed = f"{head}.{_part(json.dumps(other).encode())}.{mark}"
    header = json.loads(_bytes(head))
    plain = {**header, "alg": "none"}
    keys = house.keys.jwks()["keys"]
    hidden = OctKey.import_key(json.dumps(keys[0]).encode())
    by_public = jws.serialize_compact({**header, "alg": "HS256"}, _bytes(body), hidden, algorithms=["HS256"])
    cases = {
        changed: "It was changed, or never was ours",
        forged(receipt): "It was changed, or never was ours",
        receipt[:-20]: "It was changed, or never was ours",
        forged(receipt, kid="a-key-of-before"): "We do not know its key",
        forged(receipt, typ="JWT"): "It is not ours",
        f"{_part(json.dumps(plain).encode())}.{body}.": "It is not ours",
        by_public: "It is not ours",
        f"{_part(json.dumps({**header, 'crit': ['b64'], 'b64': False}).encode())}.{body}.{mark}": "It is not ours",
        f"{_part(json.dumps({**header, 'jwk': keys[0]}).encode())}.{body}.{mark}": "It is not ours",
        house.keys.sign_jws({"n": 1}, "another+jwt"): "It is not ours",
        f"{_part(b'eyJ')}.e.e".replace(_part(b"eyJ"), "eyJxx"): "It is not ours",
    }
    for text, wanted in cases.items():
        answer = check(app, text)
        assert (answer.status_code, told(answer)) == (200, wanted), text[:40]
        assert "Ana Puig" not in answer.text, "nothing is shown of what is not genuine"


def test_what_holds_nothing_signed_is_said_and_kept_and_what_is_too_large_refused(app: Flask) -> None:
    for text in ("", "Hello", "eyJhbGciOiJ", "a.b.c"):
        answer = check(app, text)
        assert answer.status_code == 422 and "There is nothing signed in it" in answer.text
        assert text in answer.text
    assert "This is larger than" in check(app, file=b"e" * (LARGEST + 1)).text
    assert check(app, "e" * (LARGEST + 1)).status_code == 422
    assert check(app, file=b"\xff\xfe\x00eyJ").status_code == 422
    assert check(app, file=b"x" * (4 * LARGEST)).status_code == 422
    assert check(app, file=b"x" * (17 * LARGEST)).status_code == 413


def test_a_check_leaves_nothing_behind(app: Flask, house: House, receipt: str, caplog: pytest.LogCaptureFixture) -> None:
    people.do_jobs(house)
    house.lead()
    before = _all_rows(house)
    check(app, receipt)
    house.lead()
    assert _all_rows(house) == before
    assert receipt[:60] not in caplog.text and "Ana Puig" not in caplog.text


def _all_rows(house: House) -> dict[str, int]:
    with house.reading() as unit:
        return {
            table.name: unit.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in all_tables().sorted_tables
        }


KEY = ECKey.generate_key("P-256", {"kid": "k-1"})
KEYS = {"keys": [KEY.as_dict(private=False)]}


def _signed(content: dict[str, Any], typ: str = TYP) -> str:
    return jws.serialize_compact({"alg": "ES256", "typ": typ, "kid": "k-1"}, json.dumps(content).encode(), KEY, algorithms=["ES256"])


@pytest.mark.engines("sqlite")  # nothing here is decided by the database
@given(st.data())
def test_no_change_of_a_single_character_is_ever_taken_for_genuine_with_another_content(data: st.DataObject) -> None:
    content = {"contract": "A/1", "company": "Far"}
    good = _signed(content)
    at = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from("abcXYZ019-_."))
    changed = good[:at] + other + good[at + 1 :]
    try:
        verdict = verdict_on(changed, KEYS)
    except Invalid:
        return
    assert verdict.standing in (GENUINE, CHANGED, OLD_KEY, NOT_OURS)
    if verdict.standing == GENUINE:
        assert verdict.content == content


@pytest.mark.engines("sqlite")
@given(st.text(max_size=400))
def test_whatever_is_pasted_is_answered(text: str) -> None:
    for pasted in (text, f"eyJ{text}", f"eyJhbGciOiJFUzI1NiJ9.{text}.x"):
        try:
            assert verdict_on(pasted, KEYS).standing != GENUINE
        except Invalid:
            continue


@pytest.mark.engines("sqlite")
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=size(test=6, prove=30),
    )
)
def test_a_genuine_one_of_another_release_never_breaks_the_page(inner: Any) -> None:
    for content in ({"lines": [], "company": inner, "received_at": inner}, {"dct:created": inner}, {}):
        said_in_receipt(content)
        said_in_record(content)
    assert verdict_on(_signed({}, RECORD), KEYS).kind == "record"


def test_the_page_is_linked_where_receipts_and_records_are_kept(app: Flask, house: House) -> None:
    client: FlaskClient = app.test_client()
    assert client.get("/check").status_code == 200
    shelf = Shelf(house, an_order("A/1", "c"))
    demand_id = shelf.ask("A/1", WITHDRAWAL)
    shelf.confirm(demand_id)
    browser = signed_in(app, shelf.customer)
    assert 'href="/check"' in browser.get(f"/orders/demands/{shelf.demand(demand_id).text}").text
