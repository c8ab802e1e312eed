"""What the customer began: sharing again, and changing what is shared. Nobody asks there, and no end is pushed on."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.service import choose_language
from portal.grants import reads
from portal.grants.choices import Choice
from portal.grants.models import Grant
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import day
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from tests.grants.answering import opened, page_of, press, ticks
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, given, person, signed_in
from tests.grants.test_sharing_pages import looked, send, words
from tests.oauth.cast import authorize_url, program

NAME_AND_EMAIL = frozenset({"profile.name", "profile.email"})
MONTH = timedelta(days=30)


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody who shares, stops, and shares again."""
    return person(house, given_name="Ana", family_name="Vila")


def ends(page: str) -> dict[str, str]:
    """The ends that a page offers, by their name in the form; the chosen one begins with a star."""
    found = re.findall(r'<input([^>]*name="until"[^>]*)><label[^>]*>([^<]*)</label>', page)
    said = {}
    for field, label in found:
        value = re.search(r'value="(\w+)"', field)
        assert value is not None
        said[value[1]] = ("*" if "checked" in field else "") + label
    return said


def again(client: FlaskClient, grant: Grant) -> str:
    """She stops, and presses "Share again"; gives where that leads."""
    send(client, f"/sharing/grants/{text_of(grant.id)}/stop")
    return str(send(client, f"/sharing/grants/{text_of(grant.id)}/again").location)


def test_what_she_shares_again_nobody_asks_for(app: Flask, house: House, ana: Actor) -> None:
    grant = given(house, ana, asked(house, company(house), ana), {DELIVERY: Choice(NAME_AND_EMAIL)})
    client = signed_in(app, ana)
    path = again(client, grant)
    page = client.get(path).text
    text = words(page)
    assert "hey ask" not in text and "They keep asking?" not in text and "What they ask for" not in text
    assert "As long as last time: until" in text and "You can share less than last time" in text
    assert ticks(page) == {"profile.name": True, "profile.email": True}
    assert "What you shared last time comes ticked, what is optional too." in text
    late = press(client, path, "share", until="date", until_date="2090-01-01")
    assert late.status_code == 422 and "hey ask" not in words(late.text)
    assert "Decide now" in words(client.get("/sharing").text)


@pytest.mark.parametrize("language", ["ca", "es", "ro"])
def test_nobody_asks_in_any_language(app: Flask, house: House, ana: Actor, language: str) -> None:
    grant = given(house, ana, asked(house, company(house), ana), {DELIVERY: Choice(NAME_AND_EMAIL)})
    client = signed_in(app, ana)
    path = again(client, grant)
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    text = words(client.get(path).text)
    told = {"ca": "l'última vegada", "es": "la última vez", "ro": "data trecută"}[language]
    assert text.replace("&#39;", "'").count(told) == 4
    assert not re.search(r"\b([Dd]emanen|[Pp]iden|[Cc]er)\b", text)


def test_no_day_is_offered_twice(app: Flask, house: House, ana: Actor) -> None:
    with clock.moved(-timedelta(minutes=5)):
        request = asked(house, company(house), ana)
        grant = given(house, ana, request, {DELIVERY: Choice(NAME_AND_EMAIL, clock.now() + MONTH)})
    client = signed_in(app, ana)
    offered = ends(client.get(again(client, grant)).text)
    assert offered["asked"] == f"*Until {day(clock.now() + MONTH)}, as long as last time"
    assert "month" not in offered and {"once", "date"} < set(offered)


def test_whoever_changes_what_they_share_keeps_the_end_that_they_chose(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    grant = given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME_AND_EMAIL)})
    sooner = clock.now() + timedelta(days=20)
    with house.writing(ana) as unit:
        narrow(unit, grant_id=grant.id, keep={DELIVERY: Choice(NAME_AND_EMAIL, sooner)})
    path = page_of(asked(house, vendor))
    page = client.get(path).text
    offered = ends(page)
    assert next(iter(offered)) == "now" and offered["now"] == f"*Until {day(sooner)}, as it is now"
    assert offered["asked"].endswith("as they ask") and not offered["asked"].startswith("*")
    assert "They keep asking?" not in page
    waits = words(client.get("/sharing").text)
    assert "You wanted to change what you share with Librería del Mar. Your answer is missing. Decide now" in waits
    press(client, path, "share", until="now")
    with house.reading(ana) as unit:
        newest = reads.grants_of(unit)[0]
        assert newest.id != grant.id and newest.ends_at == reads.grant_of(unit, grant.id).ends_at


def test_whoever_stops_what_they_went_to_change_is_not_said_to_be_asked(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    grant = given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME_AND_EMAIL)})
    client.get(page_of(asked(house, vendor)))
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    said = "You wanted to change what you share with Librería del Mar before you stopped. Your answer is missing."
    assert f"{said} Decide now" in words(client.get("/sharing").text) and said in words(client.get("/").text)
    client.get(page_of(asked(house, vendor, None, detail(house, CARE, ("profile.email",), ()))))
    assert "Librería del Mar asks" in words(client.get("/sharing").text), "for another reason, and after the stop"


def test_each_reason_keeps_its_own_end(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    both = (detail(house), detail(house, CARE, ("profile.email",), ()))
    kept = {DELIVERY: clock.now() + timedelta(days=20), CARE: clock.now() + timedelta(days=40)}
    names = {DELIVERY: NAME_AND_EMAIL, CARE: frozenset({"profile.email"})}
    choices = {purpose: Choice(names[purpose], at) for purpose, at in kept.items()}
    given(house, ana, asked(house, vendor, ana, *both), choices)
    path = page_of(asked(house, vendor, None, *both))
    offered = ends(client.get(path).text)
    assert offered["now"] == f"*As it is now, each reason until its own day: {day(kept[CARE])} at the latest"
    press(client, path, "share", until="now", items_0=sorted(NAME_AND_EMAIL), items_1=["profile.email"])
    with house.reading(ana) as unit:
        found = {one.purpose: one.ends_at for one in reads.details_of(unit, reads.grants_of(unit)[0])}
    assert {purpose: day(at) for purpose, at in found.items()} == {purpose: day(at) for purpose, at in kept.items()}


def test_one_look_that_waits_stays_one_look(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    once = Choice(NAME_AND_EMAIL, once=True)
    given(house, ana, asked(house, vendor, ana), {DELIVERY: once})
    path = page_of(asked(house, vendor))
    offered = ends(client.get(path).text)
    assert offered["now"].startswith("*Once: one look") and offered["now"].endswith("as it is now")
    press(client, path, "share", until="now")
    with house.reading(ana) as unit:
        (newest,) = reads.details_of(unit, reads.grants_of(unit)[0])
    assert newest.frequency is not None and newest.frequency.max == 1


def test_as_it_is_now_is_never_taken_for_more_once_it_has_ended(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    grant = given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME_AND_EMAIL, clock.now() + MONTH)})
    path = page_of(asked(house, vendor))
    form = {**opened(client, path), "until": "now", "answer": "share"}
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    answer = client.post(path, data=form)
    assert answer.status_code == 422 and "Choose again until when." in words(answer.text)
    with house.reading(ana) as unit:
        assert [one.state for one in reads.grants_of(unit)] == ["ended"]


def test_a_company_that_asks_for_the_first_time_can_be_blocked_there(app: Flask, house: House, ana: Actor) -> None:
    page = signed_in(app, ana).get(page_of(asked(house, company(house)))).text
    assert "They keep asking? Block Librería del Mar" in page and "now" not in ends(page)


def test_what_a_newer_permission_stands_for_is_not_offered_again(app: Flask, house: House, ana: Actor) -> None:
    vendor, client = company(house), signed_in(app, ana)
    old = given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME_AND_EMAIL)})
    path = f"/sharing/{text_of(old.link_id)}"
    send(client, f"/sharing/grants/{text_of(old.id)}/stop")
    assert "Share again" in words(client.get(path).text)
    given(house, ana, asked(house, vendor, ana))
    assert "Share again" not in words(client.get(path).text)


def test_the_page_says_where_both_answers_lead(app: Flask, house: House, ana: Actor) -> None:
    client = signed_in(app, ana)
    back = "Whether you share or not, afterwards you are back at"
    assert f"{back} Librería del Mar." in words(client.get(client.get(authorize_url(house, program(house))).location).text)
    assert back not in words(client.get(page_of(asked(house, company(house, "Florista")))).text)


def test_the_stop_page_names_the_reason_as_the_permission_does_and_what_was_read_until_when(
    app: Flask, house: House, ana: Actor
) -> None:
    client, grant = signed_in(app, ana), given(house, ana, asked(house, company(house), ana))
    looked(house, ana, grant)
    page = words(client.get(f"/sharing/grants/{text_of(grant.id)}/stop").text)
    why = "To bring you what you ordered."
    assert f"It is shared for this reason: {why}" in page and why in words(client.get(f"/sharing/{text_of(grant.link_id)}").text)
    assert f"What they read up to {day(clock.now())} they may still hold." in page


def test_a_no_in_the_records_says_that_it_was_to_a_request_or_that_all_stayed_as_it_was(
    app: Flask, house: House, ana: Actor
) -> None:
    vendor, client = company(house), signed_in(app, ana)
    grant = given(house, ana, asked(house, vendor, ana))
    page = f"/sharing/{text_of(grant.link_id)}"
    press(client, page_of(asked(house, vendor)), "refuse")
    assert "You left what you share as it was" in words(client.get(page).text)
    assert "You said no to a request" not in words(client.get(page).text)
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    press(client, page_of(asked(house, vendor)), "refuse")
    assert "You said no to a request" in words(client.get(page).text)
