"""The page of a record: what was chosen then, said of what has ended as of what has ended."""

import re
from datetime import timedelta

from flask import Flask

from portal.grants import reads
from portal.grants.choices import Choice
from portal.grants.service import narrow, refuse, revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import day
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links import service as links
from portal.links.reads import sub_of
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, asked, company, detail, given, person, signed_in

EMAIL = Choice(frozenset({"profile.email"}))
NAME = Choice(frozenset({"profile.name"}))
STILL = ("The law it rests on", "You can take it back", "Where to stop it")


def words(page: str) -> str:
    """The page's text, a space for each tag."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :]))


def newest(app: Flask, house: House, actor: Actor, kind: str) -> str:
    """The words of the page of the actor's newest record of a kind."""
    with house.reading(actor) as unit:
        record = next(one for one in reads.records_of(unit) if one.kind == kind)
    return words(signed_in(app, actor).get(f"/records/{text_of(record.id)}").text)


def two_reasons(house: House) -> tuple[dict[str, object], dict[str, object]]:
    return detail(house), detail(house, CARE, ("profile.email", "profile.phone"), ())


def test_a_no_says_what_was_asked_and_that_nothing_was_shared(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    with house.writing(ana) as unit:
        refuse(unit, request_id=request.id)
    page = newest(app, house, ana, "refused")
    assert "They asked for: Home address E-mail address Full name (required) With this answer you shared nothing." in page
    assert "What you shared with them before Nothing" in page
    assert "Your number at this company None: you were not connected with them." in page
    before, _ = page.split("Technical view")
    assert not any(said in before for said in (*STILL, "Until", "urn:", "6(1)(a)"))


def test_a_no_to_a_company_that_knows_the_customer_names_their_number_there(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    request = asked(house, vendor, ana, detail(house, CARE, ("profile.email",), ()))
    with house.writing(ana) as unit:
        refuse(unit, request_id=request.id)
    with house.reading(ana) as unit:
        number = sub_of(unit, grant.link_id)
    page = newest(app, house, ana, "refused")
    assert f"Your number at this company {number}" in page and "urn:" not in page


def test_a_no_to_more_says_what_went_on_unchanged_and_leads_to_it(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    with clock.moved(-timedelta(days=3)):
        grant = given(house, ana, asked(house, vendor, ana, detail(house, datatypes=("profile.name", "profile.email"))))
    more = asked(house, vendor, ana)
    with house.writing(ana) as unit:
        refuse(unit, request_id=more.id)
    allowed = f"Delivery: e-mail address and full name. Until {day(grant.ends_at)}."
    unchanged = f"What you shared with them before Your no left it unchanged. Permission of {day(grant.created_at)} {allowed}"
    page = newest(app, house, ana, "refused")
    assert "They asked for: Home address E-mail address Full name (required) With this answer you shared nothing more." in page
    assert f"{unchanged} It goes on unchanged." in page and "Until" not in page[: page.index("What you shared with")]
    with house.reading(ana) as unit:
        record = next(one for one in reads.records_of(unit) if one.kind == "refused")
    leads_to = f'href="/sharing/{text_of(grant.link_id)}#permission-{text_of(grant.id)}"'
    assert leads_to in signed_in(app, ana).get(f"/records/{text_of(record.id)}").text
    with house.writing(ana) as unit:
        links.pause(unit, link_id=grant.link_id)
    assert f"{unchanged} It goes on unchanged. You have paused sharing." in newest(app, house, ana, "refused")
    with house.writing(ana) as unit:
        narrow(unit, grant_id=grant.id, keep={DELIVERY: NAME})
    assert f"{unchanged} It covers less now. You have" in newest(app, house, ana, "refused")
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    assert f"{unchanged} You stopped it on {day(clock.now())}." in newest(app, house, ana, "refused")


def test_what_ended_before_or_with_a_no_or_came_after_it_did_not_go_on(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    with clock.moved(-timedelta(days=9)):
        grants = [
            given(house, ana, asked(house, vendor, ana, detail(house, purpose, ("profile.email",), (), days=days)))
            for purpose, days in ((DELIVERY, 2), (CARE, 90), (SUGGESTIONS, 90))
        ]
    with clock.moved(-timedelta(days=8)), house.writing(ana) as unit:
        revoke(unit, grant_id=grants[1].id)
    request = asked(house, vendor, ana)
    with house.writing(ana) as unit:
        refuse(unit, request_id=request.id)
        links.block(unit, link_id=grants[2].link_id)
    with house.writing(ana) as unit:
        links.unblock(unit, link_id=grants[2].link_id)
    given(house, ana, asked(house, vendor, ana))
    page = newest(app, house, ana, "refused")
    assert "What you shared with them before Nothing" in page and "Your no left" not in page


def test_what_was_stopped_is_told_as_past(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    with clock.moved(-timedelta(days=3)):
        grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    with house.reading(ana) as unit:
        ended = reads.grant_of(unit, grant.id)
    assert ended.ended_at is not None
    page = newest(app, house, ana, "withdrawn")
    assert f"Was until {day(ended.ends_at)}; stopped on {day(ended.ended_at)}." in page
    assert "The law it rested on" in page and "You took it back (article 7(3))." in page
    assert not any(said in page for said in STILL)
    yes = newest(app, house, ana, "given")
    assert f"Since then You stopped it on {day(ended.ended_at)}." in yes
    assert "The law it rested on" in yes and not any(said in yes for said in STILL)


def test_what_a_newer_choice_took_the_place_of_is_told_as_past(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    with clock.moved(-timedelta(days=3)):
        first = given(house, ana, asked(house, vendor, ana), {DELIVERY: Choice(NAME.datatypes, once=True)})
    with clock.moved(-timedelta(days=3)):
        given(house, ana, asked(house, vendor, ana))
    page = newest(app, house, ana, "replaced")
    with house.reading(ana) as unit:
        ended = reads.grant_of(unit, first.id)
    assert ended.ended_at is not None
    assert (
        f"Was for one look, until {day(ended.ends_at)}; your newer choice took its place on {day(ended.ended_at)}." in page
    )
    assert "Your newer choice has a record of its own." in page and not any(said in page for said in STILL)


def test_a_yes_still_says_the_law_and_where_to_stop(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    given(house, ana, asked(house, vendor, ana))
    page = newest(app, house, ana, "given")
    assert all(said in page for said in STILL) and "Since then" not in page


def test_a_no_to_one_of_two_reasons_stands_in_the_record_of_the_yes(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    given(house, ana, asked(house, vendor, ana, *two_reasons(house)), {CARE: EMAIL})
    page = newest(app, house, ana, "given")
    no = "To bring you what you ordered. They asked for: home address, e-mail address and full name. You shared nothing of it."
    assert no in page and page.count("You shared nothing of it.") == 1


def test_less_names_what_was_taken_out(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana, *two_reasons(house)))
    with house.writing(ana) as unit:
        narrow(unit, grant_id=grant.id, keep={DELIVERY: NAME, CARE: EMAIL})
    page = newest(app, house, ana, "narrowed")
    assert "You took out: home address and e-mail address." in page and "You took out: phone number." in page
    with house.writing(ana) as unit:
        sooner = clock.now() + timedelta(days=2)
        narrow(unit, grant_id=grant.id, keep={CARE: Choice(EMAIL.datatypes, sooner)})
    page = newest(app, house, ana, "narrowed")
    assert "To bring you what you ordered. You took out this reason: full name." in page
    assert f"Until {day(sooner)}" in page and f"Before, it was until {day(grant.ends_at)}." in page


def test_less_by_a_newer_choice_says_so(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    given(house, ana, asked(house, vendor, ana, *two_reasons(house)))
    given(house, ana, asked(house, vendor, ana, detail(house)))
    page = newest(app, house, ana, "narrowed")
    assert "Your newer choice took over a part" in page and "You went on with less" not in page
    assert "A newer permission has this reason now: home address, e-mail address and full name." in page
    assert "Your newer choice took over a part" in company_page(app, house, ana)


def company_page(app: Flask, house: House, actor: Actor) -> str:
    with house.reading(actor) as unit:
        link = text_of(reads.grants_of(unit)[0].link_id)
    return words(signed_in(app, actor).get(f"/sharing/{link}").text)


def test_a_block_is_called_a_block_also_after_it_was_taken_back(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    request = asked(house, vendor, ana)
    grant = given(house, ana, request)
    with house.writing(ana) as unit:
        links.block(unit, link_id=grant.link_id)
    with house.reading(ana) as unit:
        ended = reads.grant_of(unit, grant.id).ended_at
    assert ended is not None
    said = f"It ended on {day(ended)}, when you blocked the company."
    for _time in range(2):
        page = company_page(app, house, ana)
        assert said in page and "You blocked the company Record of your choice" in page and "or ended" not in page
        record = newest(app, house, ana, "withdrawn")
        assert "You blocked the company. " in record and "You stopped sharing" not in record
        assert f"ended on {day(ended)}, when you blocked the company." in record
        with house.writing(ana) as unit:
            links.unblock(unit, link_id=grant.link_id)


def test_an_ended_connection_is_called_that(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    grant = given(house, ana, asked(house, vendor, ana))
    with house.writing(ana) as unit:
        links.end(unit, link_id=grant.link_id)
    page = company_page(app, house, ana)
    assert "when you ended the connection." in page and "You ended the connection Record" in page


def test_the_keys_of_a_record_are_where_it_says(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house)
    given(house, ana, asked(house, vendor, ana))
    client = signed_in(app, ana)
    with house.reading(ana) as unit:
        page = client.get(f"/records/{text_of(reads.records_of(unit)[0].id)}").text
    keys = re.search(r'<a href="([^"]+)">the keys of this portal</a>', page)
    assert keys is not None, page[page.index("The signed file") :][:200]
    assert "keys" in (client.get(keys[1]).json or {})
