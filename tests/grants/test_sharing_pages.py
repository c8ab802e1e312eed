"""Sharing: what each company has, and every way to less; one confirmed step each."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from portal.accounts.service import choose_language
from portal.customers.facts import ProfileDisclosed
from portal.grants import reads
from portal.grants.choices import Choice
from portal.grants.models import Grant
from portal.grants.service import revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import day, stamp
from portal.kernel.ids import text_of
from portal.kernel.log_queue import Disclosure
from portal.kernel.unit import Actor
from portal.links.service import set_number
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, given, person, signed_in
from tests.oauth.cast import authorize_url, connect, program
from tests.orders.cast import an_order, line, tell

NAMES = {"given_name": "Ana", "family_name": "Vila"}


def send(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sharing").text)
    assert token is not None
    return client.post(path, data={"csrf_token": token[1], **fields})


def words(page: str) -> str:
    """The page's text, without its tags and breaks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page[page.index("<main") :]))


def state(house: House, actor: Actor, grant: Grant) -> tuple[str, int]:
    with house.reading(actor) as unit:
        now = reads.grant_of(unit, grant.id)
        return now.state, now.version


def test_an_empty_page_says_what_to_do(app: Flask, house: House) -> None:
    page = words(signed_in(app, person(house)).get("/sharing").text)
    assert "No company has anything yet" in page and "Fill in my data" in page


def test_each_company_is_a_card_with_what_it_has_until_when_and_its_last_look(app: Flask, house: House) -> None:
    vendor, other, ana = company(house), company(house, "Florista"), person(house)
    with clock.moved(-timedelta(days=3)):
        grant = given(house, ana, asked(house, vendor, ana))
        looked(house, ana, grant)
    waiting = asked(house, other, ana)
    page = words(signed_in(app, ana).get("/sharing").text)
    assert "Librería del Mar Until" in page and "Full name" in page and "Last looked 3 days ago" in page
    assert "Florista asks for some of your data" in page
    assert f"/requests/{text_of(waiting.id)}" in signed_in(app, ana).get("/sharing").text


def looked(house: House, actor: Actor, grant: Grant) -> None:
    """The company reads, and it is on record."""
    fact = ProfileDisclosed(
        holder=actor.holder_id, vendor=grant.vendor_id, link=grant.link_id, grant=grant.id, given=["profile.name"]
    )
    with house.reading(Actor("vendor", name="shop", vendor_id=grant.vendor_id)) as unit:
        prepared = unit.prepare([fact])
    assert house.log.disclose(Disclosure(prepared))


def test_a_stop_is_one_confirmed_step_that_says_what_it_does_not_do(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    looked(house, ana, grant)
    with house.writing() as unit:
        set_number(unit, link_id=grant.link_id, number="C-1")
    tell(house, vendor.id, an_order("O-1", "C-1", line(status="OrderInTransit")), an_order("O-2", "C-1", line()))
    path = f"/sharing/grants/{text_of(grant.id)}/stop"
    client = signed_in(app, ana)
    page = words(client.get(path).text)
    assert "1 order on its way keeps the address" in page and "they may still hold." in page
    for asking in (path, path.replace("/stop", "/less")):
        way = re.search(r'<a href="([^"]+)">Ask them to delete it</a>', client.get(asking).text)
        assert way is not None, "the words lead to a letter that Freehold sends and keeps"
        letter = client.get(way[1]).text
        assert "Your letter goes to privacy@books.example" in words(letter) and 'name="message"' in letter
    assert state(house, ana, grant) == ("live", 1)
    assert send(client, path).status_code == 303
    assert state(house, ana, grant) == ("ended", 1)
    assert send(client, path).status_code == 303 and client.get(path).status_code == 303


def test_pages_that_ask_first_speak_of_orders_and_looks_only_where_there_are_any(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    client = signed_in(app, ana)
    grants, link = f"/sharing/grants/{text_of(grant.id)}", f"/sharing/{text_of(grant.link_id)}"
    for path in (grants + "/stop", grants + "/less", link + "/block"):
        page = words(client.get(path).text)
        assert "still see" not in page and "on its way" not in page and "What stopping does not do" not in page
    with house.writing() as unit:
        set_number(unit, link_id=grant.link_id, number="C-1")
    tell(house, vendor.id, an_order("O-1", "C-1", line()))
    for path in (grants + "/stop", grants + "/less"):
        page = words(client.get(path).text)
        assert "They still see the order that you placed with them" in page and "on its way" not in page
    assert "still see" not in words(client.get(link + "/block").text)
    tell(house, vendor.id, an_order("O-2", "C-1", line(status="OrderInTransit")))
    assert "They still see the 2 orders" in words(client.get(grants + "/stop").text)
    assert "one order of yours that is not finished" in words(client.get(link + "/block").text)
    waiting = f"/requests/{text_of(asked(house, vendor, ana).id)}"
    send(client, link + "/block")
    still = "It can ask nothing, and read nothing but one order of yours that is not finished"
    for path in (link, waiting):
        page = words(client.get(path).text)
        assert still in page and "read nothing." not in page
    tell(house, vendor.id, an_order("O-2", "C-1", line(status="OrderDelivered")))
    for path in (link, waiting):
        assert "It can ask nothing and read nothing." in words(client.get(path).text)


def test_a_block_from_a_request_says_what_it_ends(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    client, path = signed_in(app, ana), f"/requests/{text_of(asked(house, vendor, ana).id)}/block"
    assert "What you share with it ends now" not in words(client.get(path).text)
    given(house, ana, asked(house, vendor, ana))
    assert "What you share with it ends now" in words(client.get(path).text)


def test_a_part_can_be_stopped_and_the_rest_goes_on(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    care = detail(house, CARE, ("profile.email",), ())
    grant = given(house, ana, asked(house, vendor, ana, detail(house), care))
    path = f"/sharing/grants/{text_of(grant.id)}/less"
    client = signed_in(app, ana)
    assert client.get(path).text.count(" checked>") >= 4
    answer = send(
        client, path, version="1", items_0=["profile.email"], items_1=["profile.name", "profile.email"], no_0="y"
    )
    assert answer.status_code == 303
    with house.reading(ana) as unit:
        left = {one.purpose: set(one.datatypes) for one in reads.details_of(unit, reads.grant_of(unit, grant.id))}
    assert left == {DELIVERY: {"profile.name", "profile.email"}}
    for odd in ("1", "", "9" * 5000, "²", "٢", "-2", "2 "):
        assert send(client, path, version=odd, items_0=["profile.name"]).status_code == 409, odd[:9]
    assert send(client, path, version="2", items_0=["profile.name", "profile.iban"]).status_code == 422
    assert send(client, path, version="2", items_0=["profile.name"], until_date="2090-01-01").status_code == 422
    assert state(house, ana, grant) == ("live", 2)
    assert send(client, path, version="2").status_code == 303
    assert state(house, ana, grant) == ("ended", 2)


def test_a_pause_ends_nothing_and_goes_on_with_one_press(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house, **NAMES)
    grant = given(house, ana, asked(house, vendor, ana))
    client, link = signed_in(app, ana), f"/sharing/{text_of(grant.link_id)}"
    preview = f"/sharing/grants/{text_of(grant.id)}/preview"
    assert "Ana Vila" in words(client.get(preview).text)
    assert send(client, link + "/pause").status_code == 303
    assert "Paused since" in words(client.get(link).text) and "Paused" in words(client.get("/sharing").text)
    paused = words(client.get(preview).text)
    assert "they get nothing. You have paused sharing." in paused and "Ana Vila" not in paused
    assert send(client, link + "/resume").status_code == 303
    assert "Ana Vila" in words(client.get(preview).text) and state(house, ana, grant) == ("live", 1)


def test_a_block_is_asked_about_first_and_can_be_taken_back(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    client, link = signed_in(app, ana), f"/sharing/{text_of(grant.link_id)}"
    assert "stays ended if you change your mind" in words(client.get(link + "/block").text)
    assert state(house, ana, grant)[0] == "live"
    assert send(client, link + "/block").status_code == 303
    assert state(house, ana, grant)[0] == "ended" and "You blocked" in words(client.get(link).text)
    assert send(client, link + "/unblock").status_code == 303
    assert "Share again" in words(client.get(link).text)


def test_share_again_needs_the_same_yes_and_is_ticked_as_it_was(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(
        house, ana, asked(house, vendor, ana), {DELIVERY: Choice(frozenset({"profile.name", "profile.email"}))}
    )
    client = signed_in(app, ana)
    send(client, f"/sharing/grants/{text_of(grant.id)}/stop")
    again = send(client, f"/sharing/grants/{text_of(grant.id)}/again")
    page = client.get(again.location)
    assert (
        page.text.count("Share again with Librería del Mar?") == 2
        and page.text.count("checked aria") + page.text.count(" checked>") >= 2
    )
    with house.reading(ana) as unit:
        assert [one.state for one in reads.grants_of(unit)] == ["ended"]
    notice = re.search(r'name="notice"[^>]*value="([^"]*)"', page.text)
    send(
        client,
        again.location,
        answer="share",
        notice=notice[1] if notice else "",
        items_0=["profile.name"],
        sure="profile.name",
        until="asked",
    )
    with house.reading(ana) as unit:
        assert [one.state for one in reads.grants_of(unit)] == ["live", "ended"]


def test_records_can_be_read_printed_and_taken_away_signed(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    client = signed_in(app, ana)
    page = client.get(f"/sharing/{text_of(grant.link_id)}").text
    path = re.search(r'href="(/records/[^"]+)"', page)
    assert path is not None
    shown = words(client.get(path[1]).text)
    assert "You said yes" in shown and "The text you saw" in shown and "sha256:" in shown
    with house.reading(ana) as unit:
        (record,) = reads.records_of(unit)
    assert stamp(record.made_at) in shown and f"What it is aboutPermission of {day(grant.created_at)}" in shown
    plain, signed = client.get(path[1] + ".json"), client.get(path[1] + ".jwt")
    assert plain.mimetype == "application/ld+json" and "attachment" in signed.headers["Content-Disposition"]
    keys = KeySet.import_key_set(app.test_client().get("/oauth/jwks").json)
    checked = jws.deserialize_compact(signed.text, keys, algorithms=["ES256"])
    assert json.loads(checked.payload) == json.loads(plain.text)


def test_a_record_names_what_was_shared_in_the_readers_language_and_quotes_the_text_in_its_own(
    app: Flask, house: House
) -> None:
    vendor, ana = company(house), person(house)
    given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        record = text_of(reads.records_of(unit)[0].id)
        choose_language(unit, account_id=ana.id or b"", locale="ca")
    page = signed_in(app, ana).get(f"/records/{record}").text
    ours, quoted = page.split('<div lang="en">')
    assert "Adreça de casa" in ours and "Nom complet (imprescindible)" in ours and "Home address" not in ours
    assert "Admitted to this portal on" not in ours
    assert "Who admitted it" in quoted and "Admitted to this portal on" in quoted and "Qui l" not in quoted
    assert "Home address (optional)." in quoted and "Full name (required)." in quoted
    assert "If you say no: They cannot deliver to you through this connection." in re.sub(r"<[^>]+>", "", quoted)


def test_what_ends_soon_is_marked_on_both_pages(app: Flask, house: House) -> None:
    vendor, ana, soon = company(house), person(house), clock.now() + timedelta(days=9)
    names = {DELIVERY: Choice(frozenset({"profile.name"}), soon)}
    grant = given(house, ana, asked(house, vendor, ana, detail(house)), names)
    client, its_page = signed_in(app, ana), f"/sharing/{text_of(grant.link_id)}"
    for path in ("/sharing", its_page):
        assert f"Ends on {day(soon)}" in words(client.get(path).text)
    given(house, ana, asked(house, vendor, ana, detail(house, CARE, ("profile.email",), ())))
    assert f"A part ends on {day(soon)}" in words(client.get("/sharing").text)
    page = words(client.get(its_page).text)
    assert page.count("Ends on") == 1 and "Until" in page


def test_taking_no_tick_out_says_that_nothing_was_changed(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    client = signed_in(app, ana)
    path, all_ = f"/sharing/grants/{text_of(grant.id)}/less", ["profile.name", "profile.address", "profile.email"]
    for items, said in ((all_, "Nothing was changed."), (all_[:2], "Saved. They still see: home address and full name.")):
        send(client, path, version="1", items_0=items, until="asked")
        assert said in client.get(f"/sharing/{text_of(grant.link_id)}").text


def test_the_record_of_less_does_not_say_that_its_text_was_before_whoever_pressed(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    client = signed_in(app, ana)
    send(client, f"/sharing/grants/{text_of(grant.id)}/less", version="1", items_0=["profile.name"], until="asked")
    with house.reading(ana) as unit:
        kinds = {record.kind: text_of(record.id) for record in reads.records_of(unit)}
    for kind, said in (("given", "The text you saw"), ("narrowed", "The text you saw when you said yes")):
        page = client.get(f"/records/{kinds[kind]}").text
        assert re.search(rf">\s*{said}\s*<", page) and f"Language of {said[0].lower()}{said[1:]}<" in page


def test_what_is_shared_again_says_where_it_has_to_be_connected_before_anything_is_seen(app: Flask, house: House) -> None:
    ana, shop = person(house, given_name="Ana", family_name="Puig"), program(house)
    connect(app, shop, ana)
    client = signed_in(app, ana)
    with house.writing(ana) as unit:
        grant = revoke(unit, grant_id=reads.grants_of(unit)[0].id)
    link = f"/sharing/{text_of(grant.link_id)}"
    again = send(client, f"/sharing/grants/{text_of(grant.id)}/again")
    page = client.get(again.location)
    assert "once more. Until then their site gets nothing of it; people who work there may look at it here." in words(page.text)
    fields = dict(re.findall(r'name="(notice|sure|shown)"[^>]*value="([^"]*)"', page.text))
    items = re.findall(r'name="items_0"[^>]*value="([^"]+)"[^>]*checked', page.text)
    send(client, again.location, answer="share", items_0=items, until="asked", **fields)
    assert "is not connected with what you share now, and gets nothing of it" in words(client.get(link).text)
    with house.reading(ana) as unit:
        live = next(one for one in reads.grants_of(unit) if one.state == "live")
    shown = words(client.get(f"/sharing/grants/{text_of(live.id)}/preview").text)
    assert "gets nothing now" in shown and "at this moment" not in shown and "people who work there may see here" in shown
    client.get(client.get(authorize_url(house, shop)).location)
    said = "You wanted to connect the site of Librería del Mar with what you share. Your answer is missing."
    assert said in words(client.get("/sharing").text) and said in words(client.get("/").text)


def test_a_companys_own_orders_are_said_wherever_it_is_said_what_it_sees(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    client, link = signed_in(app, ana), f"/sharing/{text_of(grant.link_id)}"
    permission = f"/sharing/grants/{text_of(grant.id)}"
    for path in (link, permission + "/preview"):
        assert "wrote themselves" not in words(client.get(path).text), "there are none"
    with house.writing() as unit:
        set_number(unit, link_id=grant.link_id, number="C-1")
    tell(house, vendor.id, an_order("O-1", "C-1", line()))
    besides, still = "Besides, they see the order that you placed with them", "They still see the order that you placed"
    for path in (link, permission + "/preview"):
        assert besides in words(client.get(path).text)
    send(client, permission + "/less", version="1", items_0=["profile.name", "profile.address"], until="asked")
    assert f"They still see: home address and full name. {still}" in words(client.get(link).text)
    send(client, link + "/pause")
    assert still in words(client.get(link).text)
    send(client, link + "/resume")
    send(client, permission + "/stop")
    assert still in words(client.get(link).text)


def test_what_ended_is_listed_after_its_reason_and_the_company_leads_to_its_own_looks(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    page = signed_in(app, ana).get(f"/sharing/{text_of(grant.link_id)}").text
    assert "Delivery: home address, e-mail address and full name." in words(page)
    assert f'<a href="/activity?company={text_of(vendor.id)}">See when they looked</a>' in page


@pytest.mark.parametrize(
    "path",
    ["/sharing/{link}", "/sharing/{link}/block", "/sharing/grants/{grant}/stop", "/sharing/grants/{grant}/less",
     "/sharing/grants/{grant}/preview", "/records/{record}", "/records/{record}.json", "/records/{record}.jwt"],
)  # fmt: skip
def test_nothing_of_somebody_elses_is_there(app: Flask, house: House, path: str) -> None:
    vendor, ana, joan = company(house), person(house), person(house, "joan@example.org")
    grant = given(house, ana, asked(house, vendor, ana))
    with house.reading(ana) as unit:
        record = reads.records_of(unit)[0].id
    where = path.format(link=text_of(grant.link_id), grant=text_of(grant.id), record=text_of(record))
    assert signed_in(app, ana).get(where).status_code == 200
    assert signed_in(app, joan).get(where).status_code == 404
    assert app.test_client().get(where).status_code == 303


@pytest.mark.parametrize("verb", ["pause", "resume", "block", "unblock"])
def test_nobody_changes_somebody_elses(app: Flask, house: House, verb: str) -> None:
    vendor, ana, joan = company(house), person(house), person(house, "joan@example.org")
    grant = given(house, ana, asked(house, vendor, ana))
    client = signed_in(app, joan)
    assert send(client, f"/sharing/{text_of(grant.link_id)}/{verb}").status_code == 404
    for path in ("stop", "less", "again"):
        assert send(client, f"/sharing/grants/{text_of(grant.id)}/{path}", version="1").status_code == 404
    assert state(house, ana, grant) == ("live", 1)
