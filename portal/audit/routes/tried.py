"""A blocked attempt in plain words: what they asked for, for which reason of theirs, and why it was blocked."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from portal.audit.activity import Look
from portal.audit.reads import Line, lines_of
from portal.audit.words import refusal_sentence
from portal.grants import decision
from portal.grants.reads import grants_of
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.vendors.purposes import find as find_purpose


class Attempt(NamedTuple):
    """What a list says of a blocked attempt beside its fields."""

    why_blocked: str
    why_they_ask: str | None


def attempts_of(unit: Unit, holder_id: bytes, looks: Iterable[Look]) -> dict[int, Attempt]:
    """Those among the looks of a page, by their index: what is not in a look's columns is read for what is shown."""
    blocked = [look.line.index for look in looks if look.line.refused]
    if not blocked:
        return {}
    grants = grants_of(unit)
    lines = lines_of(unit, holder_id, blocked)
    return {index: Attempt(why_blocked(line, grants), why_they_ask(line)) for index, line in lines.items()}


def why_blocked(line: Line, grants: Iterable[Any]) -> str:
    """Why, to whoever shares with the company: what they stopped may be another permission than the one that stood."""
    if line.reason == decision.REVOKED and _newer_stood(line, list(grants)):
        return _("They used an earlier connection, which you had stopped")
    if line.reason == decision.NARROWED and not line.asked:
        return _("You had stopped sharing for this reason")
    return refusal_sentence(line.reason)


def _newer_stood(line: Line, grants: Sequence[Any]) -> bool:
    """Whether, at the moment of the attempt, the company had a permission that is newer than the one it used."""
    used = next((grant for grant in grants if grant.id == line.grant), None)
    if used is None:
        return False
    newer = (grant for grant in grants if grant.link_id == used.link_id and grant.created_at > used.created_at)
    return any(grant.stood_at(line.at) for grant in newer)


def why_they_ask(line: Line) -> str | None:
    """The reason that they gave, in our words where we have some for it."""
    purpose = find_purpose(line.purpose) if line.purpose else None
    return str(purpose.sentence) if purpose else line.purpose


def no_fields(line: Line) -> str:
    """Why an attempt names no fields."""
    if line.event.startswith("token."):
        return _("Nothing yet: they asked for a key to read with, and got none")
    if str(line.reason).startswith("token-"):
        return _("Not looked at: their key was refused before that")
    if line.purpose:
        return _("All that you share with them for this reason, which was nothing at that moment")
    return _("Not known: they did not say what for")
