"""The bookshop told no: each refusal of ours in a person's words, and what there is to do."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.demo.bookshop.words import (
    CONNECTED,
    DELIVERY,
    NOT_CONNECTED,
    OTHERWISE,
    PAUSED_STILL,
    REFUSALS,
    SUGGESTIONS,
    UNCHANGED,
)
from portal.grants.choices import Choice, everything
from portal.grants.decision import REASONS
from portal.grants.details import stored
from portal.grants.models import GrantDetail
from portal.grants.reads import details_of, grants_of
from portal.grants.service import give, narrow, revoke, share_again
from portal.kernel.ids import text_of
from portal.links.reads import link_between
from portal.links.service import block, pause, resume
from portal.oauth.models import Token
from tests.demo.street import Street, path_of


def test_a_no_is_taken_well(street: Street) -> None:
    assert REFUSALS["access_denied"] in street.answer("refuse")
    assert "Connect with Freehold" in street.page()


def test_after_a_stop_the_next_visit_shows_the_refusal_and_nothing_else(street: Street) -> None:
    assert "Carrer de la Mar" in street.answer("share")
    with street.house.writing(street.ana) as unit:
        revoke(unit, grant_id=grants_of(unit)[0].id)
    page = street.page()
    assert REFUSALS["revoked"] in page
    assert "Carrer de la Mar" not in page
    assert "Ana Puig" not in page
    assert "Carrer de la Mar" in street.answer("share")


def shared_again_in_freehold(street: Street) -> None:
    """Ana shares for both reasons, later for delivery alone, stops, and shares the first again, all but by the shop."""
    street.answer("share", ("profile.tastes", "orders.line"))
    with street.house.writing(street.ana) as unit:
        both = grants_of(unit)[0].id
        revoke(unit, grant_id=both)
    street.answer("share")
    with street.house.writing(street.ana) as unit:
        again = share_again(unit, grant_id=both)
    with street.house.writing(street.ana) as unit:
        give(unit, request_id=again.id, choices=everything(stored(again.details)))


def test_a_permission_that_was_replaced_is_told_for_each_card_and_never_as_not_shared(street: Street) -> None:
    shared_again_in_freehold(street)
    page = street.page()
    assert page.count(REFUSALS["replaced"]) == 1, "one sentence, for both"
    assert REFUSALS["no-grant"] not in page
    assert "Press Connect again" in REFUSALS["replaced"] and "Connect again</button>" in page


def test_what_alone_was_replaced_is_told_beside_what_can_be_seen(street: Street) -> None:
    street.answer("share", ("profile.tastes",))
    with street.house.writing(street.ana) as unit:
        first = grants_of(unit)[0].id
        again = share_again(unit, grant_id=first)
    with street.house.writing(street.ana) as unit:
        choices = everything(stored(again.details))
        give(unit, request_id=again.id, choices={SUGGESTIONS: choices[SUGGESTIONS]})
    page = street.page()
    assert "Carrer de la Mar" in page and REFUSALS["replaced"] in page
    assert "Connect again</button>" in page, "as the sentence calls it"


def test_a_no_where_nothing_can_be_seen_says_that_the_shop_is_not_connected(street: Street) -> None:
    shared_again_in_freehold(street)
    page = street.answer("refuse")
    assert NOT_CONNECTED in page and UNCHANGED not in page and "refused" not in page
    assert NOT_CONNECTED not in street.page(), "said once"
    assert "Carrer de la Mar" in street.answer("share")
    assert UNCHANGED in street.answer("refuse"), "connected, it sees what it saw"


def test_a_pause_is_told_and_ends_with_one_press(street: Street) -> None:
    street.answer("share")
    with street.house.writing(street.ana) as unit:
        assert street.ana.customer_id is not None
        link = link_between(unit, street.ana.customer_id, street.vendor_id)
        assert link is not None
        pause(unit, link_id=link.id)
    assert REFUSALS["paused"] in street.page()
    button = "Go on sharing"
    assert button in REFUSALS["paused"]
    assert f"{button}<" in street.browser.get(f"/sharing/{text_of(link.id)}").text, "as the shop calls it"
    with street.house.writing(street.ana) as unit:
        resume(unit, link_id=link.id)
    assert "Carrer de la Mar" in street.page()


def paused(street: Street) -> bytes:
    """Ana pauses sharing with the shop; gives the link."""
    assert street.ana.customer_id is not None
    with street.house.writing(street.ana) as unit:
        link = link_between(unit, street.ana.customer_id, street.vendor_id)
        assert link is not None
        pause(unit, link_id=link.id)
    return link.id


def test_in_a_pause_the_one_button_leads_to_the_page_that_ends_it(street: Street) -> None:
    street.answer("share")
    link_id = paused(street)
    page = street.page()
    [way] = re.findall(r'<a class="button" href="([^"]+)">Go on sharing in Freehold</a>', page)
    assert "<button" not in page, "asking again does not end a pause"
    answer = street.browser.get(path_of(way))
    assert answer.headers["Location"] == f"/sharing/{text_of(link_id)}"
    assert "Go on sharing<" in street.browser.get(answer.headers["Location"]).text


def test_a_yes_in_a_pause_is_told_in_one_true_sentence(street: Street) -> None:
    street.answer("share")
    paused(street)
    page = street.answer("share")
    assert PAUSED_STILL in page
    assert CONNECTED not in page
    assert REFUSALS["paused"] not in page
    assert "Carrer de la Mar" not in page
    assert REFUSALS["paused"] in street.page(), "and at the next visit the usual one"


def test_what_was_taken_back_is_kept_to_oneself_and_what_is_empty_is_not_filled_in(street: Street) -> None:
    page = street.answer("share", ("profile.phone", "profile.email", "profile.birth_date"))
    assert (page.count("you keep this to yourself"), page.count("not filled in")) == (0, 2), "phone and date of birth"
    with street.house.writing(street.ana) as unit:
        grant = grants_of(unit)[0]
        kept = {d.purpose: Choice(frozenset(d.datatypes) - {"profile.phone"}, d.ends_at) for d in details_of(unit, grant)}
        narrow(unit, grant_id=grant.id, keep=kept)
    for page in (street.page(), _after_an_hour(street)):
        assert '<dt>Phone</dt><dd><span class="none">you keep this to yourself</span>' in page
        assert '<dt>Date of birth</dt><dd><span class="none">not filled in</span>' in page


def _after_an_hour(street: Street) -> str:
    with street.house.reading() as unit:
        before = unit.at - timedelta(seconds=1)
    street.behind_the_back(update(Token).where(Token.kind == "access").values(expires_at=before))
    return street.page()


def test_what_was_taken_out_is_told_and_the_rest_stays(street: Street) -> None:
    assert "Walking" in street.answer("share", ("profile.tastes",))
    with street.house.writing(street.ana) as unit:
        grant = grants_of(unit)[0]
        kept = {d.purpose: Choice(frozenset(d.datatypes), d.ends_at) for d in details_of(unit, grant)}
        narrow(unit, grant_id=grant.id, keep={DELIVERY: kept[DELIVERY]})
    page = street.page()
    assert REFUSALS["narrowed"] in page
    assert "Walking" not in page
    assert "Carrer de la Mar" in page


def test_a_block_is_told(street: Street) -> None:
    street.answer("share")
    with street.house.writing(street.ana) as unit:
        assert street.ana.customer_id is not None
        link = link_between(unit, street.ana.customer_id, street.vendor_id)
        assert link is not None
        block(unit, link_id=link.id)
    page = street.page()
    assert REFUSALS["blocked"] in page or REFUSALS["revoked"] in page
    assert "Carrer de la Mar" not in page


def test_the_end_of_the_time_is_told(street: Street) -> None:
    street.answer("share")
    with street.house.reading() as unit:
        before = unit.at - timedelta(seconds=1)
    street.behind_the_back(update(GrantDetail).values(expires_at=before))
    assert REFUSALS["expired"] in street.page()


def test_after_one_look_that_was_all_nobody_is_told_to_come_back_later(street: Street) -> None:
    assert "Carrer de la Mar" in street.answer("share", ("once",))
    page = street.page()
    assert REFUSALS["used-up"] in page
    assert "share with us again" in REFUSALS["used-up"]
    assert "later" not in page
    assert "Carrer de la Mar" not in page


def test_a_house_that_cannot_write_its_record_is_told_as_busy(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    street.answer("share")
    monkeypatch.setattr(street.house.log, "disclose", lambda disclosure: False)
    page = street.page()
    assert "Freehold is busy just now" in page
    assert "Carrer de la Mar" not in page


@pytest.mark.parametrize("reason", [*REASONS, "budget", "used-up", "not-connected", "unreachable", "unavailable", "changing"])
def test_every_reason_has_words_of_its_own(reason: str) -> None:
    if reason != "purpose-needed":
        assert REFUSALS[reason] != OTHERWISE
        assert len(REFUSALS[reason].split()) > 4
