"""What the pages of the room have in common."""

from typing import Any

from flask import Blueprint

from portal.access import is_lent
from portal.files.words import words_of_files
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Actor, Unit
from portal.tickets.machine import ENTRY, GRANT, ORDER
from portal.tickets.service import About
from portal.tickets.words import (
    CHANNEL_WORDS,
    CLOCK_WORDS,
    DONE_WORDS,
    IMPACT_WORDS,
    KIND_WORDS,
    LEFT_OUT_WORDS,
    SCORE_WORDS,
    STATE_KINDS,
    STATE_WORDS,
    THEIR_DONE_WORDS,
    THEIR_STATE_KINDS,
    THEIR_STATE_WORDS,
    URGENCY_WORDS,
)
from portal.vendors.reads import Staff, colleagues_of

blueprint = Blueprint("tickets", __name__)
_SEEN_BY = {ORDER: "orders:see", GRANT: "sharing:see", ENTRY: "activity:see"}


def customer_of(unit: Unit) -> bytes:
    """Whose pages these are."""
    assert unit.actor.customer_id is not None
    return unit.actor.customer_id


def open_kinds(actor: Actor) -> tuple[str, ...]:
    """What whoever reads may write about: a delegate about what they may see, a customer about everything."""
    if actor.delegation is None:
        return tuple(_SEEN_BY)
    return tuple(kind for kind, permission in _SEEN_BY.items() if is_lent(permission, actor))


def about_from(text: str, actor: Actor) -> About | None:
    """What an address or a form says that a conversation is about; NotFound for what it cannot be."""
    kind, _, which = text.partition(":")
    if not text:
        return None
    if kind not in open_kinds(actor):
        raise NotFound
    if kind == ENTRY:
        if not which.isascii() or not which.isdigit() or len(which) > 18:
            raise NotFound
        return About(ENTRY, entry=int(which))
    return About(kind, id_from(which))


def plain_number(number: str) -> str:
    """A conversation's number as an address says it; NotFound for what none of ours is."""
    # PostgreSQL takes not every character, and no number of ours has another.
    if len(number) > 12 or not number.isascii() or not number.isprintable():
        raise NotFound
    return number


def file_at(ticket_id: bytes) -> dict[str, Any]:
    """Where a customer's page of a conversation finds its files."""
    return {"endpoint": "tickets.file", "preview": "tickets.preview", "where": {"ticket": text_of(ticket_id)}}


def colleagues(unit: Unit, staff: Staff) -> dict[bytes, str]:
    """Who acts for the company, by the address under which its others know them."""
    return {one.account_id: one.email for one in colleagues_of(unit, staff.company_id)}


def words_of_company() -> dict[str, Any]:
    """The words of the console's pages."""
    return {
        "kind_words": KIND_WORDS,
        "state_words": THEIR_STATE_WORDS,
        "state_kinds": THEIR_STATE_KINDS,
        "clock_words": CLOCK_WORDS,
        "impact_words": IMPACT_WORDS,
        "urgency_words": URGENCY_WORDS,
        "channel_words": CHANNEL_WORDS,
        "score_words": SCORE_WORDS,
        "left_out_words": LEFT_OUT_WORDS,
        "done_words": THEIR_DONE_WORDS,
        **words_of_files(),
    }


def words() -> dict[str, Any]:
    """The words of every page."""
    return {
        "kind_words": KIND_WORDS,
        "channel_words": CHANNEL_WORDS,
        "state_words": STATE_WORDS,
        "state_kinds": STATE_KINDS,
        "clock_words": CLOCK_WORDS,
        "score_words": SCORE_WORDS,
        "left_out_words": LEFT_OUT_WORDS,
        "done_words": DONE_WORDS,
        **words_of_files(),
    }
