"""Whoever is invited is written to with a reason, twice at most, is asked and never decided for, and can say no for good."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.mail import message_of
from portal.links import jobs
from portal.links.models import Invitation, Link
from portal.links.reads import links_of
from portal.links.service import block_vendor, end, end_invitations
from portal.vendors.service import block
from tests.customers.someone import someone
from tests.grants.cast import signed_in
from tests.links.bringing import PATH, Bringer, by_mail, letters, link_in, press
from tests.oauth.cast import bearing, entries
from tests.oauth.racing import race
from tests.orders.cast import an_order, list_of, tell
from tests.prove.sizes import size

ROUNDS = size(test=4, prove=250)


@pytest.fixture
def shop(app: Flask, house: House) -> Bringer:
    """The company on this engine."""
    return Bringer(app, house)


def links(house: House) -> int:
    """How many links there are."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(Link)).scalar_one()


def test_promise_8_a_letter_is_in_its_readers_language_and_says_why_it_comes(shop: Bringer, house: House) -> None:
    shop.invite(by_mail("1", "eva@example.org", language="ca"), by_mail("2", "joan@example.org"))
    catalan, english = letters(house)
    assert catalan.subject == "Llibreria Far et convida"
    assert "You get this because a company that has you as its customer" in english.body
    with house.reading() as unit:
        sent = message_of(unit, english.id)
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # What a company writes freely does not go out in our name.
    assert not any(line.endswith(" 2") for line in english.body.splitlines())


def test_one_reminder_goes_and_no_more(shop: Bringer, house: House) -> None:
    shop.invite(by_mail("1", "eva@example.org"))
    [first] = letters(house)
    with clock.moved(timedelta(days=9)):
        assert len(letters(house)) == 1
    with clock.moved(timedelta(days=11)):
        [_, reminder] = letters(house)
        assert link_in(reminder) == link_in(first) and reminder.subject != first.subject
    with clock.moved(timedelta(days=29)):
        assert len(letters(house)) == 2
    assert [entry["count"] for entry in entries(house, "invitation.mailed")] == [1, 2]


def test_whoever_has_come_is_not_reminded(app: Flask, shop: Bringer, house: House) -> None:
    shop.invite(by_mail("1", "eva@example.org"))
    [letter] = letters(house)
    assert press(signed_in(app, someone(house, "eva@example.org")), link_in(letter)).status_code == 303
    with clock.moved(timedelta(days=11)):
        letters(house)
    assert len(entries(house, "invitation.mailed")) == 1


def test_an_address_gets_four_letters_of_a_company_in_a_year_whatever_number_it_stands_under(
    shop: Bringer, house: House
) -> None:
    shop.invite(*(by_mail(str(number), "eva@example.org") for number in range(6)))
    assert len(letters(house)) == 4
    with clock.moved(timedelta(days=40)):
        [refused] = shop.invite(by_mail("7", "eva@example.org"))
        assert (refused["state"], refused["reason"]) == ("refused", "written-often")
        assert len(letters(house)) == 4
    with clock.moved(timedelta(days=370)):
        assert shop.states(by_mail("7", "eva@example.org")) == ["invited"]


@pytest.mark.parametrize("way", ["letter", "link", "portal"])
def test_a_no_is_kept_and_whoever_said_it_is_not_invited_again(
    app: Flask, client: FlaskClient, shop: Bringer, house: House, way: str
) -> None:
    shop.invite(by_mail("1", "eva@example.org"))
    [letter] = letters(house)
    if way == "letter":
        assert letter.stop is not None
        path = letter.stop.removeprefix(house.settings.origin)
        assert "nothing changes" in client.get(path).text and shop.report() == {"1": "waiting"}
        assert client.post(path).status_code == 200
    elif way == "link":
        assert client.get(link_in(letter) + "/decline").status_code == 200 and shop.report() == {"1": "waiting"}
        assert press(client, link_in(letter) + "/decline").status_code == 200
    else:
        eva = signed_in(app, someone(house, "eva@example.org"))
        assert press(eva, _question(eva) + "/no").status_code == 303
        assert "/connect/" not in eva.get("/").text
    assert shop.report() == {"1": "declined"}
    assert shop.states(by_mail("1", "eva@example.org"), by_mail("2", "Eva@Example.org")) == ["declined", "declined"]
    assert shop.states({"number": "1", "deliver": "link"}) == ["declined"]
    with clock.moved(timedelta(days=60)):
        assert shop.states(by_mail("1", "eva@example.org")) == ["declined"]
        assert len(letters(house)) == 1
    assert press(client, link_in(letter) + "/decline").status_code == 410
    assert press(signed_in(app, someone(house, "ana@example.org")), link_in(letter)).status_code == 410


def test_a_no_to_one_company_is_none_to_another(app: Flask, client: FlaskClient, shop: Bringer, house: House) -> None:
    shop.invite(by_mail("1", "eva@example.org"))
    press(client, link_in(letters(house)[0]) + "/decline")
    assert Bringer(app, house, "Floristería").states(by_mail("1", "eva@example.org")) == ["invited"]


def _question(browser: FlaskClient) -> str:
    page = browser.get("/").text
    assert "says that you are its customer" in page
    return "/connect/" + page.partition('href="/connect/')[2].partition('"')[0]


def test_whoever_proved_the_address_is_asked_and_nothing_happens_before_the_yes(
    app: Flask, shop: Bringer, house: House
) -> None:
    tell(house, shop.vendor_id, an_order("A-1", "4711"))
    shop.invite({"number": "4711", "email": "eva@example.org"})
    eva = someone(house, "eva@example.org")
    browser = signed_in(app, eva)
    path = _question(browser)
    assert "Llibreria Far says that you are its customer 4711. Connect?" in browser.get(path).text
    assert list_of(house, eva) == [] and shop.report() == {"4711": "unmatched"}
    assert press(browser, path).status_code == 303
    assert [one.number for one in list_of(house, eva)] == ["A-1"] and shop.report() == {"4711": "joined"}
    assert press(browser, path).status_code == 404


def test_two_numbers_of_one_address_are_two_questions(app: Flask, shop: Bringer, house: House) -> None:
    shop.invite(*({"number": number, "email": "eva@example.org"} for number in ("1", "2")))
    eva = someone(house, "eva@example.org")
    for _ in range(2):
        browser = signed_in(app, eva)
        assert press(browser, _question(browser)).status_code == 303
    assert shop.report() == {"1": "joined", "2": "joined"}
    with house.reading(eva) as unit:
        assert len(links_of(unit, eva.customer_id or b"")) == 1


def test_nobody_else_is_asked(app: Flask, shop: Bringer, house: House) -> None:
    shop.invite({"number": "4711", "email": "eva@example.org"})
    eva, ana = someone(house, "eva@example.org"), someone(house, "ana@example.org")
    path = _question(signed_in(app, eva))
    other = signed_in(app, ana)
    assert "/connect/" not in other.get("/").text
    assert [other.get(path).status_code, press(other, path).status_code, press(other, path + "/no").status_code] == [404] * 3
    assert "Llibreria" not in app.test_client().get(path, follow_redirects=True).text


def test_an_address_put_right_leads_to_the_right_person_alone(app: Flask, shop: Bringer, house: House) -> None:
    shop.invite(by_mail("1", "evva@example.org"))
    assert shop.states(by_mail("1", "eva@example.org")) == ["invited"]
    assert [mail.to for mail in letters(house)] == ["eva@example.org"]
    assert "/connect/" in signed_in(app, someone(house, "eva@example.org")).get("/").text
    assert "/connect/" not in signed_in(app, someone(house, "evva@example.org")).get("/").text


def test_whoever_blocked_a_company_is_neither_written_to_nor_asked_and_the_company_is_not_told(
    app: Flask, shop: Bringer, house: House
) -> None:
    eva = someone(house, "eva@example.org")
    with house.writing(eva) as unit:
        block_vendor(unit, vendor_id=shop.vendor_id)
    shop.invite(by_mail("1", "eva@example.org"), by_mail("2", "who@example.org"))
    assert [mail.to for mail in letters(house)] == ["who@example.org"]
    assert "/connect/" not in signed_in(app, eva).get("/").text
    assert shop.report() == {"1": "waiting", "2": "waiting"}


def test_for_a_company_that_was_shut_out_nobody_is_written_to(shop: Bringer, house: House) -> None:
    shop.invite(by_mail("1", "eva@example.org"))
    with house.writing() as unit:
        block(unit, vendor_id=shop.vendor_id)
    assert letters(house) == []


def test_secret_and_address_lie_sealed_and_are_forgotten_when_it_lapses(shop: Bringer, house: House) -> None:
    shop.invite(by_mail("1", "eva@example.org"))
    [letter] = letters(house)
    secret = link_in(letter).rpartition("/")[2]
    with house.reading() as unit:
        row = unit.connection.execute(select(Invitation.__table__)).one()
    assert not any(word in bytes(value) for value in row if isinstance(value, bytes) for word in (b"eva@", secret.encode()))
    with clock.moved(timedelta(days=31)):
        assert list(jobs.sweep(house)) == [1]
        with house.reading() as unit:
            assert unit.connection.execute(select(Invitation.words)).scalar_one() is None


def test_after_a_restore_nothing_that_was_sent_is_good_and_nothing_goes(shop: Bringer, house: House) -> None:
    shop.invite(by_mail("1", "eva@example.org"))
    with house.writing() as unit:
        end_invitations(unit)
    assert letters(house) == [] and shop.report() == {"1": "lapsed"}
    assert shop.states(by_mail("1", "eva@example.org")) == ["invited"]


def test_whoever_left_a_company_is_not_brought_back_by_it(app: Flask, shop: Bringer, house: House) -> None:
    [made] = shop.invite({"number": "1", "deliver": "link"})
    eva = someone(house, "eva@example.org")
    press(signed_in(app, eva), made["link"].removeprefix(house.settings.origin))
    with house.writing(eva) as unit:
        end(unit, link_id=links_of(unit, eva.customer_id or b"")[0].id)
    [refused] = shop.invite({"number": "1", "deliver": "link"})
    assert (refused["state"], refused["reason"]) == ("refused", "left")


@pytest.mark.slow
def test_one_number_invited_eight_times_at_once_is_one_prospect_with_one_invitation(
    app: Flask, shop: Bringer, house: House
) -> None:
    def made(turn: int) -> list[dict[str, Any]]:
        item = by_mail(f"n{turn}", f"p{turn}@example.org")
        return [
            {
                "path": PATH,
                "method": "POST",
                "json": {"invitations": [item]},
                "headers": bearing(shop.token, **{"Idempotency-Key": f"{turn}-{one}"}),
            }
            for one in range(8)
        ]

    for answers in race(house, [made(turn) for turn in range(ROUNDS)]):
        assert {status for status, _ in answers} == {200}
        assert sorted(body["results"][0]["state"] for _, body in answers) == ["invited"] + ["waiting"] * 7
        assert len({body["results"][0]["sub"] for _, body in answers}) == 1
    assert links(house) == ROUNDS == len(letters(house))


@pytest.mark.slow
def test_one_address_brought_under_eight_numbers_at_once_leads_to_one_of_them(
    app: Flask, shop: Bringer, house: House
) -> None:
    def made(turn: int) -> list[dict[str, Any]]:
        return [
            {
                "path": PATH,
                "method": "POST",
                "json": {"invitations": [by_mail(f"{turn}-{one}", f"p{turn}@example.org")]},
                "headers": bearing(shop.token, **{"Idempotency-Key": f"{turn}-{one}"}),
            }
            for one in range(8)
        ]

    for answers in race(house, [made(turn) for turn in range(ROUNDS)]):
        assert [status for status, _ in answers] == [200] * 8
        assert {body["results"][0]["state"] for _, body in answers} == {"invited"}
    assert len(letters(house)) == 4 * ROUNDS
