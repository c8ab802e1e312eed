"""The wiring: reactions end, conditions exist."""

import pytest

from portal.wiring import WIRING
from tests.house.sources import name_of, our_sources
from tests.house.wiring import cycles, fact_edges

OURS = our_sources()


def test_no_chain_of_reactions_comes_back() -> None:
    assert cycles(fact_edges(OURS, WIRING.reactions)) == []


def test_a_chain_that_comes_back_is_caught() -> None:
    assert cycles({"A": ["B"], "B": ["C", "D"], "C": [], "D": ["A"]})[0] == ["A", "B", "D", "A"]
    assert cycles({"A": ["A"]}) == [["A", "A"]]
    assert cycles({"A": ["B", "C"], "B": ["C"]}) == []


@pytest.mark.parametrize("facts", ["portal/cats/facts.py", "portal/cats/facts/naps.py"])
def test_what_a_reaction_notes_is_followed_through_the_services_it_calls(facts: str) -> None:
    class CatFed: ...

    tree = (
        OURS.planted(facts, "class CatFed(Fact): ...\nclass CatSlept(Fact): ...")
        .planted("portal/cats/service/__init__.py", "from portal.cats.service.beds import sleep")
        .planted(
            "portal/cats/service/beds.py",
            f"from {name_of(facts)} import CatSlept\ndef sleep(unit):\n    _note(unit)\n"
            "def _note(unit):\n    unit.note(CatSlept())",
        )
        .planted(
            "portal/cats/reactions.py",
            "from portal.cats.service import sleep\ndef rest(unit, fact):\n    sleep(unit)",
        )
    )

    def rest() -> None: ...

    rest.__module__ = "portal.cats.reactions"
    assert fact_edges(tree, {CatFed: [rest]}) == {"CatFed": {"CatSlept"}}


def test_every_reaction_lives_in_a_reactions_module() -> None:
    strays = [verb for verbs in WIRING.reactions.values() for verb in verbs if ".reactions" not in verb.__module__]
    assert strays == []
