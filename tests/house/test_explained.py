"""A table is written under a fact that explains it, or it is listed with its reason."""

import pytest

from portal.kernel.unit import UNEXPLAINED
from tests.house.explained import (
    borrowed,
    fact_classes,
    our_tables,
    our_unexplained,
    stray_facts,
    table_faults,
    unread_facts,
)
from tests.house.sources import our_sources
from tests.house.writers import models

OURS = our_sources()
FACTS = fact_classes(OURS)
EXPLAINS = {f"{fact.__module__}.{fact.__name__}": fact.EXPLAINS for fact in FACTS}


def test_every_table_is_explained_or_listed_and_never_both() -> None:
    assert table_faults(our_tables(), set().union(*EXPLAINS.values()), our_unexplained()) == []


def test_a_forgotten_table_a_doubled_one_and_a_ghost_are_caught() -> None:
    faults = table_faults({"cats", "dogs", "rats"}, {"dogs", "rats", "bats"}, {"dogs"})
    assert [fault.split(":")[0] for fault in faults] == ["cats", "dogs", "bats"]


def test_each_unexplained_table_has_its_reason() -> None:
    assert all(len(reason) > 3 for reason in UNEXPLAINED.values())


def test_a_fact_explains_tables_of_its_own_room_and_of_earlier_ones() -> None:
    assert borrowed(EXPLAINS, dict(reversed(owner) for owner in models(OURS).values())) == []


def test_a_fact_that_explains_a_later_rooms_table_is_caught() -> None:
    owners = {"links": "links", "grants": "grants"}
    assert borrowed({"portal.links.facts.LinkMade": {"links", "grants"}}, owners)
    assert not borrowed({"portal.grants.facts.GrantGiven": {"links", "grants"}}, owners)


def test_each_event_has_one_fact_and_is_named_for_its_thing_and_deed() -> None:
    events = [fact.EVENT for fact in FACTS if "EVENT" in vars(fact)]
    assert len(events) == len(set(events))
    assert [event for event in events if not event.replace("_", "").replace(".", "").replace("-", "").isalpha()] == []
    assert [event for event in events if event.count(".") != 1] == []


def test_facts_are_declared_in_facts_modules() -> None:
    assert stray_facts(OURS) == []


@pytest.mark.parametrize(
    "path", ["portal/cats/service.py", "portal/cats/artefacts.py", "portal/cats/facts_of.py", "portal/facts.py", "vendor_api/facts.py"]
)
def test_a_fact_that_is_declared_elsewhere_is_caught(path: str) -> None:
    assert stray_facts(OURS.planted(path, "class CatFed(Fact): ...")) == [f"{path}:1"]


@pytest.mark.parametrize("path", ["portal/cats/facts.py", "portal/cats/facts/naps.py"])
def test_a_fact_in_its_rooms_facts_is_let_through(path: str) -> None:
    assert stray_facts(OURS.planted(path, "class CatFed(Fact): ...")) == []


def test_every_fact_of_the_source_is_among_those_that_are_checked() -> None:
    assert unread_facts(OURS, FACTS) == set()


def test_a_fact_that_no_check_reads_is_caught() -> None:
    assert unread_facts(OURS.planted("portal/cats/facts/naps.py", "class CatSlept(Fact): ..."), FACTS) == {
        "portal.cats.facts.naps.CatSlept"
    }
