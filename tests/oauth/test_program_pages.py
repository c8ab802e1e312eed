"""A company's developers look after its programs: made, keyed, moved and shut out on pages, each change on record."""

import json
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.accounts.models import Session
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import digest, text_of
from portal.oauth.models import Client
from portal.oauth.reads.programs import ProgramView, programs_of_company
from portal.vendors.reads import VendorView
from tests import people
from tests.oauth.cast import entries
from tests.oauth.keyed import Keyed, new_key
from tests.vendors.consoles import at_work, company, staff

LIST, NEW = "/console/shop/programs", "/console/shop/programs/new"
BACK = "https://shop.example/back"
WRONG_ADDRESSES = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "http://shop.example/back", "https://shop.example/#x",
    "https://user@shop.example/", "//shop.example", "https:///back", "ftp://shop.example", "https://shop.example/\u202e",
)  # fmt: skip


def public(key: Any) -> str:
    """The public half of a key, as somebody pastes it."""
    return json.dumps(key.as_dict(private=False))


def programs(house: House, shop: VendorView) -> list[ProgramView]:
    """The company's programs, as they are kept."""
    with house.reading() as unit:
        return programs_of_company(unit, shop.id)


def made(client: FlaskClient, house: House, shop: VendorView, key: Any) -> ProgramView:
    """A program with this key."""
    answer = people.post(client, NEW, name="Till", redirect_uris=f"{BACK}\r\n", keys=public(key))
    assert answer.status_code == 303, answer.text
    return programs(house, shop)[-1]


def gets_a_token(house: House, shop: VendorView, program: ProgramView, key: Any, client: FlaskClient) -> bool:
    """Whether the program proves itself by the key."""
    answer = Keyed(house, shop.id, program.client_id, key).post(client, "/oauth/token", grant_type="client_credentials")
    return answer.status_code == 200


def test_a_developer_makes_a_program_and_changes_its_key_without_a_gap(app: Flask, house: House) -> None:
    shop, old, new = company(house), new_key(), new_key("PS256")
    client, machine = at_work(app, house, shop, rank="developer"), app.test_client()
    program = made(client, house, shop, old)
    page = f"{LIST}/{program.client_id}"
    assert (program.name, program.redirect_uris, program.keyed) == ("Till", [BACK], True)
    assert gets_a_token(house, shop, program, old, machine)
    assert people.post(client, f"{page}/keys", page, keys=json.dumps({"keys": [json.loads(public(new))]})).status_code == 303
    both = programs(house, shop)[0].live_keys
    assert [gets_a_token(house, shop, program, key, machine) for key in (old,)] == [True]
    assert people.post(client, f"{page}/keys/{text_of(both[0].id)}/end", page).status_code == 303
    assert not gets_a_token(house, shop, program, old, machine)
    people.post(client, f"{page}/keys/{text_of(both[1].id)}/end", page)
    assert "This is the only key" in client.get(page).text
    shown, listed = client.get(page).text, client.get(LIST).text
    assert "ended on" in shown and program.client_id in listed
    # A row that is one link, with name and id on lines of their own.
    assert '<ul class="rows ways">' in listed
    assert "Your machines sign in with these." in listed
    developer = [entry for entry in entries(house) if entry["event"].startswith("client.")]
    assert [entry["event"] for entry in developer] == ["client.made", "client.key-added", "client.key-ended"]
    assert {(entry["actor"]["kind"], entry["vendor"]) for entry in developer} == {("staff", text_of(shop.id))}


def test_a_private_key_is_refused_and_stands_on_no_page(app: Flask, house: House) -> None:
    shop, key = company(house), new_key()
    client = at_work(app, house, shop)
    private = key.as_dict(private=True)
    answer = people.post(client, NEW, name="Till", keys=json.dumps(private))
    assert answer.status_code == 422 and private["d"] not in answer.text
    assert 'id="keys-error"' in answer.text and "It stays with you" in answer.text
    program = made(client, house, shop, key)
    page = f"{LIST}/{program.client_id}"
    answer = people.post(client, f"{page}/keys", page, keys=json.dumps({"keys": [private]}))
    assert answer.status_code == 422 and private["d"] not in answer.text
    assert private["d"] not in str(entries(house))


def test_what_is_no_key_is_refused_beside_its_field(app: Flask, house: House) -> None:
    shop, key = company(house), new_key()
    client = at_work(app, house, shop)
    page = f"{LIST}/{made(client, house, shop, key).client_id}"
    weak = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}
    for text in ("", "x", "[]", "{}", '{"keys": []}', '{"kty": "EC", "kty": "RSA"}', json.dumps(weak), public(key), "[" * 999):
        answer = people.post(client, f"{page}/keys", page, keys=text)
        assert (answer.status_code, 'id="keys-error"' in answer.text) == (422, True), text
    assert len(programs(house, shop)[0].keys) == 1


def test_attack_8_an_address_that_runs_or_leads_elsewhere_is_registered_neither_at_first_nor_later(
    app: Flask, house: House
) -> None:
    shop, key = company(house), new_key()
    client = at_work(app, house, shop)
    for address in WRONG_ADDRESSES:
        answer = people.post(client, NEW, name="Till", redirect_uris=f"{BACK}\n{address}", keys=public(key))
        assert (answer.status_code, 'id="redirect_uris-error"' in answer.text) == (422, True), address
    assert programs(house, shop) == []
    page = f"{LIST}/{made(client, house, shop, key).client_id}"
    for address in WRONG_ADDRESSES:
        answer = people.post(client, f"{page}/addresses", page, redirect_uris=f"{BACK}\n{address}")
        assert (answer.status_code, 'id="redirect_uris-error"' in answer.text) == (422, True), address
    assert programs(house, shop)[0].redirect_uris == [BACK]
    assert people.post(client, f"{page}/addresses", page, redirect_uris="http://localhost:8001/back").status_code == 303
    assert programs(house, shop)[0].redirect_uris == ["http://localhost:8001/back"]
    assert people.post(client, f"{page}/addresses", page, redirect_uris=f"{BACK}\n" * 21).status_code == 422


def _acts(program: ProgramView) -> list[tuple[str, dict[str, str]]]:
    """Every change of a program that a form can ask for."""
    key = text_of(program.live_keys[0].id)
    return [
        ("addresses", {"redirect_uris": "https://evil.example/"}),
        ("keys", {"keys": public(new_key())}),
        (f"keys/{key}/end", {}),
        ("secret", {}),
        ("block", {}),
    ]


def test_attack_16_nobody_sees_or_changes_the_program_of_another_company(app: Flask, house: House) -> None:
    shop, bank = company(house), company(house, "Bank")
    owner, banker = at_work(app, house, shop), at_work(app, house, bank, "banker@bank.example")
    program = made(owner, house, shop, new_key())
    for slug in ("bank", "shop", "nowhere"):
        page = f"/console/{slug}/programs/{program.client_id}"
        assert banker.get(page).status_code == 404
        for act, fields in _acts(program):
            assert people.post(banker, f"{page}/{act}", "/console/bank/card", **fields).status_code == 404, act
    assert banker.get("/console/bank/programs/%00").status_code == 404
    assert programs(house, shop) == [program]


def test_attack_89_an_agent_and_a_reader_come_to_no_program(app: Flask, house: House) -> None:
    shop = company(house)
    program = made(at_work(app, house, shop), house, shop, new_key())
    for rank in ("agent", "reader"):
        client = at_work(app, house, shop, f"{rank}@shop.example", rank)
        for page in (LIST, NEW, f"{LIST}/{program.client_id}"):
            assert client.get(page).status_code == 403
        for act, fields in _acts(program):
            assert people.post(client, f"{LIST}/{program.client_id}/{act}", "/language", **fields).status_code == 403, act
    assert programs(house, shop) == [program]


def test_attack_43_no_form_gives_a_program_a_secret_a_scope_or_a_company_that_it_does_not_offer(
    app: Flask, house: House
) -> None:
    shop, bank = company(house), company(house, "Bank", mode="test")
    client = at_work(app, house, shop)
    more = {"scopes": "admin", "scope": "admin", "profile": "basic", "vendor_id": text_of(bank.id), "state": "blocked"}
    assert people.post(client, NEW, name="Till", proof="secret", **more).status_code == 422, "outside the sandbox by a key alone"
    program = made(client, house, shop, new_key())
    page = f"{LIST}/{program.client_id}"
    assert people.post(client, f"{page}/addresses", page, redirect_uris=BACK, **more).status_code == 303
    assert people.post(client, f"{page}/secret", page).status_code == 404, "what has keys gets no secret"
    assert programs(house, shop) == [program]
    assert programs(house, bank) == []


def _secret(answer: TestResponse) -> str:
    found = re.search(r'<code class="hash">([^<]+)</code>', answer.text)
    assert found is not None
    return found[1]


def test_in_the_sandbox_a_secret_is_shown_once_and_made_anew(app: Flask, house: House) -> None:
    shop = company(house, mode="test")
    client = at_work(app, house, shop)
    answer = people.post(client, NEW, name="First try", proof="secret", redirect_uris=BACK)
    first = _secret(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    page = f"{LIST}/{programs(house, shop)[0].client_id}"
    assert first not in client.get(page).text + client.get(LIST).text
    second = _secret(people.post(client, f"{page}/secret", page))
    with house.reading() as unit:
        kept = unit.connection.execute(select(Client.secret_hash)).scalar_one()
    assert kept == digest(second) != digest(first)
    told = str(entries(house))
    assert first not in told and second not in told
    assert "client.secret-made" in told


def test_a_program_that_is_shut_out_is_gone_and_its_tokens_end(app: Flask, house: House) -> None:
    shop, key = company(house), new_key()
    client, machine = at_work(app, house, shop), app.test_client()
    program = made(client, house, shop, key)
    assert gets_a_token(house, shop, program, key, machine)
    page = f"{LIST}/{program.client_id}"
    assert people.post(client, f"{page}/block").location == LIST
    assert not gets_a_token(house, shop, program, key, machine)
    assert client.get(page).status_code == 404
    assert entries(house, "client.blocked")[0]["count"] == 1


def test_whoever_changes_a_program_has_just_proved_who_they_are(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    program = made(client, house, shop, new_key())
    page = f"{LIST}/{program.client_id}"
    token = people.csrf_of(client, page)
    with house.writing() as unit:
        unit.connection.execute(Session.__table__.update().values(proved_at=clock.from_micros(0)))
    assert client.get(page).status_code == 200
    for act, fields in _acts(program):
        answer = client.post(f"{page}/{act}", data={"csrf_token": token, **fields})
        assert "prove" in answer.text.lower() and answer.status_code in (200, 403), act
    assert programs(house, shop) == [program]


def test_so_many_programs_and_no_more(app: Flask, house: House) -> None:
    from portal.oauth.routes.programs import MOST
    from portal.oauth.service import make_client

    shop = company(house, mode="test")
    client = at_work(app, house, shop)
    staff(house, shop, "other@shop.example")
    with house.writing() as unit:
        for number in range(MOST):
            make_client(unit, shop.id, f"Till {number}")
    assert people.post(client, NEW, name="One more", proof="secret").status_code == 422
    assert len(programs(house, shop)) == MOST
