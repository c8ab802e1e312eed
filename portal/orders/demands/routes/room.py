"""What the pages of what is asked have in common: their words, and whose they are."""

from typing import Any

from portal.files.words import words_of_files
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.demands.words import EFFECTS, KIND_WORDS, NAMES, REASONS, STATE_WORDS, STEP_WORDS, TYPES, WHY_NOT

WORDS: dict[str, Any] = {
    "kind_words": KIND_WORDS,
    "demand_names": NAMES,
    "demand_effects": EFFECTS,
    "demand_states": STATE_WORDS,
    "step_words": STEP_WORDS,
    "why_not": WHY_NOT,
    "type_words": TYPES,
    "reason_words": REASONS,
    **words_of_files(),
}


def customer_of_page(unit: Unit) -> bytes:
    """Whose pages these are."""
    assert unit.actor.customer_id is not None
    return unit.actor.customer_id


def box_of_page(unit: Unit) -> Box:
    """What opens their things."""
    assert unit.actor.holder_id is not None
    return unit.box(unit.actor.holder_id)
