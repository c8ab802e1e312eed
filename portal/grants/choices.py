"""What a customer says to a request, and what comes of it. Pure: a choice only ever narrows what was asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.customers import catalogue
from portal.grants.details import Detail, narrowed
from portal.grants.once import ends_once, one_look
from portal.kernel.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class Choice:
    """For one purpose: the datatypes that may be read, and until when (None: until the end that was asked for).

    ``once`` allows one look, which can be taken until the end that is named; for a day, where none is.
    """

    datatypes: frozenset[str]
    ends_at: datetime | None = None
    once: bool = False


class NothingLeft(Conflict):
    """After the customer's choices no purpose remains: that is a no (``access_denied``), and nothing was written."""

    default_reason = "nothing-left"


def everything(details: Iterable[Detail], ends_at: datetime | None = None) -> dict[str, Choice]:
    """Yes to all that is asked."""
    return {detail.purpose: Choice(frozenset(detail.datatypes), _sooner(detail, ends_at)) for detail in details}


def required_only(details: Iterable[Detail], ends_at: datetime | None = None) -> dict[str, Choice]:
    """Yes to what is required, no to what is optional: a page before anything was ticked."""
    return {detail.purpose: Choice(detail.required, _sooner(detail, ends_at)) for detail in details}


def _sooner(detail: Detail, ends_at: datetime | None) -> datetime | None:
    return None if ends_at is None else min(ends_at, detail.ends_at)


def is_sensitive(choices: Mapping[str, Choice]) -> bool:
    """Whether a yes gives away what the law gives special care, or what opens other doors."""
    return catalogue.is_sensitive(name for choice in choices.values() for name in choice.datatypes)


def applied(details: Sequence[Detail], choices: Mapping[str, Choice], at: datetime) -> tuple[Detail, ...]:
    """The details that are granted, by purpose. A purpose without a choice is refused.

    Raises Invalid for a choice that would widen the request, and :class:`NothingLeft` when no purpose remains.
    """
    purposes = {detail.purpose for detail in details}
    if not set(choices) <= purposes:
        raise Invalid("not-asked", "A purpose was chosen that nobody asked for.")
    chosen = ((detail, choices.get(detail.purpose)) for detail in details)
    granted = (granted_of(detail, choice, at) for detail, choice in chosen if choice is not None)
    left = tuple(detail for detail in granted if detail is not None)
    if not left:
        raise NothingLeft
    return left


def granted_of(detail: Detail, choice: Choice, at: datetime) -> Detail | None:
    """One detail as it is granted; None where nothing of it is. Raises Invalid for a choice that would widen it."""
    ends_at = _end(detail, choice, at)
    if not choice.datatypes:
        return None
    if ends_at <= at:
        raise Invalid("end-in-the-past", "The end must lie ahead.", fields={"ends": "past"})
    try:
        return narrowed(detail, choice.datatypes, ends_at, one_look(detail, at, ends_at) if choice.once else None)
    except ValueError as error:
        reason = "later-than-asked" if str(error) == "ends_at" else "not-asked"
        raise Invalid(reason, "A choice can only be less than what was asked.") from None


def _end(detail: Detail, choice: Choice, at: datetime) -> datetime:
    return choice.ends_at or (ends_once(detail, at) if choice.once else detail.ends_at)


def as_document(choices: Mapping[str, Choice]) -> dict[str, Any]:
    """Choices as JSON members: how a counter-offer is kept."""
    return {
        purpose: {
            "datatypes": sorted(choice.datatypes),
            **({"ends_at": int(choice.ends_at.timestamp())} if choice.ends_at else {}),
            **({"once": True} if choice.once else {}),
        }
        for purpose, choice in sorted(choices.items())
    }


def chosen_in(document: Mapping[str, Any]) -> dict[str, Choice]:
    """The choices of a counter-offer as it was kept."""
    return {
        purpose: Choice(
            frozenset(kept["datatypes"]),
            datetime.fromtimestamp(kept["ends_at"], UTC) if "ends_at" in kept else None,
            once=kept.get("once", False),
        )
        for purpose, kept in document.items()
    }
