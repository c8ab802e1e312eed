"""What delegates saw and did stands under who looked, in plain words, for the customer alone."""

import pytest
from flask import Flask

from portal.accounts import service
from portal.accounts.delegation_words import AREA_WORDS
from portal.accounts.reads import delegations_of
from portal.audit.delegated_words import DOINGS
from portal.audit.reads import looks_of
from portal.customers.service import erase, set_attribute
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import zone
from portal.kernel.unit import SYSTEM
from portal.messages.kinds import NEW_ADDRESS
from portal.messages.service import Told, tell
from tests import people
from tests.accounts.delegating import entries_of, lent
from tests.accounts.test_acting import Stage
from tests.grants.cast import signed_in
from tests.house.explained import fact_classes
from tests.house.sources import our_sources


@pytest.fixture
def stage(house: House, app: Flask) -> Stage:
    return Stage(house, app)


def _page(stage: Stage, path: str) -> str:
    return " ".join(signed_in(stage.app, stage.ana).get(path).text.split())


def test_a_look_and_a_doing_of_a_delegate_are_told_in_plain_words(stage: Stage) -> None:
    stage.acts({"data": "act"})
    assert stage.client.get("/data").status_code == 200
    assert people.post(stage.client, "/data/profile.phone", value="+34600000000").status_code == 303
    for path in ("/activity", "/activity/delegates"):
        page = _page(stage, path)
        assert "Bruno, for you: looked at My data" in page
        assert "Bruno, for you: changed something in My data" in page


def test_what_a_delegate_reads_in_messages_is_told_as_it_is_new_to_the_customer_no_more(stage: Stage) -> None:
    with stage.house.writing(SYSTEM) as unit:
        told = Told(customer_id=stage.ana.customer_id or b"", kind=NEW_ADDRESS, mark="one", at=unit.at)
        tell(unit, told, holder_id=stage.ana.holder_id or b"")
    stage.acts({"messages": "act"})
    for _ in range(2):
        assert people.post(stage.client, "/messages/seen", "/messages").status_code == 303
    assert _page(stage, "/activity/delegates").count("Bruno, for you: read what was new in Messages") == 1


def test_what_a_delegate_tried_without_being_let_is_refused_written_down_and_told(stage: Stage) -> None:
    stage.acts({"orders": "see"})
    for path in ("/data", "/sharing", "/account", "/account/delegates"):
        assert stage.client.get(path).status_code == 403
    assert people.post(stage.client, "/data/profile.phone", "/orders", value="+34600000000").status_code == 403
    entries = [entry for entry in entries_of(stage.house) if entry["event"] == "delegate.refused"]
    tried = ["data:see", "sharing:see", "account:see", "delegates:see", "data:change"]
    assert [entry["detail"]["permission"] for entry in entries] == tried
    assert {(entry["outcome"], entry["reason"], entry["actor"]["id"]) for entry in entries} == {
        ("refused", "not-lent", stage.bruno.name)
    }
    assert "Bruno, for you: tried something that you do not let them do" in _page(stage, "/activity")


def test_what_a_delegate_did_before_in_a_right_of_their_own_is_not_told(stage: Stage) -> None:
    stage.acts({"data": "see"})
    people.post(stage.client, "/acting/stop", "/data")
    with stage.house.writing(stage.bruno) as unit:
        set_attribute(unit, customer_id=stage.bruno.customer_id or b"", path="profile.phone", value="+34600000000")
    assert "changed something" not in _page(stage, "/activity")


def test_a_delegate_is_told_nothing_of_what_delegates_did(stage: Stage) -> None:
    stage.acts({"sharing": "see"})
    page = stage.client.get("/activity")
    assert (page.status_code, "for you: looked" in page.text) == (200, False)
    assert stage.client.get("/activity/delegates").status_code == 403
    assert "Bruno, for you: looked at Sharing" in _page(stage, "/activity")


def test_looks_of_delegates_are_no_looks_of_companies(stage: Stage) -> None:
    acting = stage.acts({"data": "see"})
    stage.client.get("/data")
    stage.house.lead()
    with stage.house.reading(stage.ana) as unit:
        assert looks_of(unit, acting.holder_id or b"", zone(), since=clock.from_micros(0)) == []


def test_when_it_was_last_used_stands_beside_a_delegation(stage: Stage) -> None:
    stage.acts({"data": "see"})
    assert "Not used so far." in _page(stage, "/account/delegates")
    stage.client.get("/data")
    assert "Last used" in _page(stage, "/account/delegates")


def test_looks_of_somebody_who_is_erased_stay_without_a_name(stage: Stage) -> None:
    stage.acts({"data": "see"})
    stage.client.get("/data")
    with stage.house.writing(SYSTEM) as unit:
        erase(unit, customer_id=stage.bruno.customer_id or b"")
    page = _page(stage, "/activity/delegates")
    assert ("Somebody who is no longer here, for you: looked at My data" in page, "Bruno" in page) == (True, False)


def test_many_lines_stand_on_several_pages(stage: Stage) -> None:
    stage.acts({"data": "see"})
    for _ in range(51):
        assert stage.client.get("/data/profile.phone").status_code == 200
    first = _page(stage, "/activity/delegates")
    assert first.count("for you: looked at") == 50
    (older,) = [part.split('"')[0] for part in first.split('href="')[1:] if part.startswith("/activity/delegates?after=")]
    assert _page(stage, older).count("for you: looked at") == 1


def test_somebody_else_s_delegate_is_not_on_the_page(house: House, app: Flask, stage: Stage) -> None:
    stage.acts({"data": "see"})
    stage.client.get("/data")
    eve = people.actor(house, people.register(house, "eve@example.org"))
    lent(house, eve, stage.bruno)
    assert "for you: looked" not in signed_in(app, eve).get("/activity/delegates").text
    with house.writing(stage.ana) as unit:
        service.end_delegation(unit, delegation_id=_only(stage))
    assert "Bruno, for you: looked at My data" in _page(stage, "/activity")


def _only(stage: Stage) -> bytes:
    with stage.house.reading(stage.ana) as unit:
        (one,) = delegations_of(unit, stage.ana.customer_id or b"")
        return one.id


def test_every_event_with_words_is_one_that_happens() -> None:
    events = {fact.EVENT for fact in fact_classes(our_sources()) if hasattr(fact, "EVENT")}
    assert DOINGS.keys() <= events
    assert set(AREA_WORDS) == {"data", "sharing", "orders", "messages"}
