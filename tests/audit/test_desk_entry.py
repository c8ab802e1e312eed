"""The officers' desk: one entry, in an officer's words and with its proof."""

import re
from html import unescape

import pytest

from portal.accounts import service as accounts
from portal.audit.words import REASONS, REFUSALS
from portal.customers.service import set_attribute
from portal.grants import decision
from portal.grants.service import revoke
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.purposes import sentence_of
from tests.audit.desk import Desk
from tests.audit.lists import numbers_follow_from_lists
from tests.audit.small_facts import CITY, EMAIL, Looked, disclose
from tests.grants.cast import asked, company, given


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
