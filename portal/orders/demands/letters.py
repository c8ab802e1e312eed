"""A letter to a company that did not answer by its day, or said no: all that is on record, ready to be sent. Pure.

Whoever asked sends it themselves. It is in their language and speaks of the company, not to a person there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from portal.kernel.i18n import country_name, day, lazy_gettext, moment, money, number, stamp
from portal.kernel.i18n import gettext as _
from portal.orders.demands.machine import (
    CANCELLATION,
    CHANGE,
    CLAIM,
    NOT_MINE,
    REORDER,
    RETURN,
    WAITING,
    WITHDRAWAL,
)
from portal.orders.demands.words import NAMES, REASONS, TYPES

DAYS = timedelta(days=14)
"""By when a letter wants an answer."""

STEPS: dict[str, str] = {
    "begin": lazy_gettext("Begun"),
    "ask": lazy_gettext("Request made"),
    "confirm": lazy_gettext("Declaration confirmed"),
    "declare": lazy_gettext("Declared by a link in a mail"),
    "send-receipt": lazy_gettext("Receipt signed and sent"),
    "accept": lazy_gettext("Answer of the company: yes"),
    "decline": lazy_gettext("Answer of the company: no"),
    "receive": lazy_gettext("Things arrived back at the company"),
    "close": lazy_gettext("Closed by the company"),
    "take-back": lazy_gettext("Request taken back"),
    "remind": lazy_gettext("Reminder to the company"),
    "acknowledge": lazy_gettext("Known to the company, by its own word"),
    "settle": lazy_gettext("Settled, by the company's own word"),
    "dispute": lazy_gettext("Disputed by the company"),
}
WANTED: dict[str, str] = {
    CANCELLATION: lazy_gettext("the confirmation that the order is cancelled, and repayment of what I paid for it"),
    RETURN: lazy_gettext("an answer to the return, and repayment of what I paid as soon as the things are back"),
    "replace": lazy_gettext("a replacement or a repair, free of charge (Directive (EU) 2019/771, Articles 13 and 14)"),
    "refund": lazy_gettext("repayment of what I paid for it (Directive (EU) 2019/771, Articles 13 and 16)"),
    WITHDRAWAL: lazy_gettext(
        "repayment of all that I paid, with what the usual delivery cost, to be made within 14 days of the declaration "
        "(Directive 2011/83/EU, Article 13)"
    ),
    CHANGE: lazy_gettext("an answer to the change that I asked for"),
    REORDER: lazy_gettext("an answer to what I asked for"),
    NOT_MINE: lazy_gettext(
        "the confirmation that this order is not mine, and the correction of what is stored about me with it (Regulation (EU) "
        "2016/679, Article 16)"
    ),
}
"""What is demanded, by kind; of a claim by what it is for."""


Asked = Any
"""A demand as its customer sees it (:class:`portal.orders.demands.reads.DemandView`)."""


class Block(NamedTuple):
    """A part of a letter: an address, a date, a heading, a paragraph or a list, by its lines."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter by its parts, and as one text."""

    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The whole letter, to be copied."""
        marks = {"list": "- "}
        parts = ("\n".join(marks.get(kind, "") + line for line in lines) for kind, lines in self.blocks)
        return "\n\n".join(parts) + "\n"


def letter_about(
    asked: Asked, card: Mapping[str, Any], *, origin: str, sender: tuple[str, ...], files: Sequence[str] = ()
) -> Letter:
    """The letter as of now; ``sender`` are the lines it is signed with, none where its writer signs it by hand.

    ``files`` is what those are called that went with what was asked.
    """
    otherwise = _("Otherwise I turn to the authority for consumers, or to a body that settles disputes, and keep all my rights.")
    parts = (
        Block("address", tuple(_addressee(asked.company, card))),
        Block("date", (day(asked.seen_at),)),
        Block("subject", (_subject(asked),)),
        *_story(asked, origin, files),
        Block("text", (_wanted_by(asked),)),
        Block("list", (_wanted(asked),)),
        Block("text", (otherwise,)),
        Block("text", sender or (_("Name and signature:"), "_" * 24)),
    )
    return Letter(parts)


def _addressee(company: str, card: Mapping[str, Any]) -> Iterator[str]:
    yield card.get("legal_name") or company
    if card.get("legal_name") and card["legal_name"] != company:
        yield company
    country = card.get("country")
    places = [card.get("city"), country_name(country) if country else None]
    if any(places):
        yield ", ".join(place for place in places if place)
    if card.get("register_number"):
        yield _("Register number: %(number)s", number=card["register_number"])
    if card.get("email"):
        yield card["email"]


def _subject(asked: Asked) -> str:
    return _("%(what)s: order %(number)s", what=NAMES[asked.kind], number=asked.order_number)


def _story(asked: Asked, origin: str, files: Sequence[str]) -> Iterator[Block]:
    about = {"moment": stamp(asked.asked_at), "number": asked.order_number}
    if asked.kind == WITHDRAWAL:
        began = _("On %(moment)s I declared that I withdraw from the contract of order %(number)s. It is about:", **about)
    else:
        began = _("On %(moment)s I asked for the following about order %(number)s:", **about)
    yield Block("text", (began,))
    yield Block("list", tuple(_what(asked)))
    if files:
        sent = _("These files went with it, and have been with the company since: %(names)s", names=", ".join(files))
        yield Block("text", (sent,))
    if asked.has_receipt:
        receipt = {"number": asked.text, "url": f"{origin}/check"}
        proof = _("It was received at that moment: signed receipt number %(number)s, which can be checked at %(url)s.", **receipt)
        yield Block("text", (proof,))
    yield Block("text", (_promise(asked),))
    yield Block("text", (_("What has happened since:"),))
    steps = (f"{moment(step.at)}: {STEPS['begin' if step.state == 'started' else step.action]}" for step in asked.steps)
    yield Block("list", tuple(steps))
    yield from _refusal(asked)


def _what(asked: Asked) -> Iterator[str]:
    yield str(NAMES[asked.kind])
    for piece in asked.pieces:
        yield f"{number(piece.quantity)} × {piece.name or _('Everything in this order')}"
    if asked.kind == WITHDRAWAL and not asked.pieces and not asked.words:
        yield _("The whole contract")
    if asked.preview is not None and asked.currency is not None:
        yield _("Price: %(sum)s.", sum=money(asked.preview, asked.currency))
    yield from (str(words[name]) for words, name in ((TYPES, asked.type), (REASONS, asked.reason)) if name)
    if asked.words:
        yield asked.words


def _promise(asked: Asked) -> str:
    due = moment(asked.due_at)
    if asked.is_promised:
        said = _("The company promises on its card in Freehold when it answers: here, by %(moment)s.", moment=due)
    else:
        said = _("The company promised no time; an answer was to be expected by %(moment)s.", moment=due)
    return said


def _refusal(asked: Asked) -> Iterator[Block]:
    if asked.state in ("declined", "disputed") or asked.answer:
        said = _("The company wrote: %(words)s", words=asked.answer) if asked.answer else _("The company gave no reason.")
        yield Block("text", (said,))
    if asked.state == "acknowledged_by_vendor":
        yield Block("text", (_("To this day it is not settled."),))
    elif asked.state in WAITING:
        yield Block("text", (_("To this day there is no answer."),))


def _wanted_by(asked: Asked) -> str:
    return _("I ask for the following within 14 days, by %(day)s:", day=day(asked.seen_at + DAYS))


def _wanted(asked: Asked) -> str:
    return str(WANTED[(asked.type or "refund") if asked.kind == CLAIM else asked.kind])
