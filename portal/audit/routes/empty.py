"""An answer that held no field, and why: decided once, for the list of looks and for the page of one."""

from collections.abc import Iterable
from typing import NamedTuple

from portal.audit.activity import Look
from portal.audit.reads import Line, lines_of
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit

LISTED = "grant.listed"
FOLLOWED = "change.disclosed"
SOUGHT = "identity.sought"
SEARCHED, EXPORTED = "log.searched", "log.exported"


class Empty(NamedTuple):
    """What is said of it: a sentence by itself, and the words under "What they got"."""

    sentence: str
    words: str


def empty_among(unit: Unit, holder_id: bytes, looks: Iterable[Look]) -> dict[int, str]:
    """The sentence of those among the looks of a page that got no field, by their index."""
    silent = [look.line.index for look in looks if not look.line.refused and not look.line.given]
    return {index: empty_of(line).sentence for index, line in lines_of(unit, holder_id, silent).items()}


def empty_of(line: Line) -> Empty:
    """What an answer without a field held instead, or why it held nothing."""
    if line.event.startswith("log."):
        return _of_the_record(line)
    if line.event == LISTED:
        return Empty(_none(), _("The state and the dates of these permissions, nothing of your data"))
    if line.event == FOLLOWED:
        return Empty(_none(), _("What had changed and when, not what it says now"))
    if line.event == SOUGHT:
        return Empty(_none(), _("A name that tells nobody who you are, nothing of your data"))
    if of_orders(line.asked):
        return _of_orders(line)
    if any(name.startswith("profile.") for name in line.asked):
        return Empty(_("They got nothing: you have filled in none of it."), _("Nothing: you have filled in none of it"))
    return Empty(_none(), _("Nothing of your data"))


def _none() -> str:
    return _("They got none of your data.")


def _of_the_record(line: Line) -> Empty:
    named = _("Names of fields and times, never what is in a field")
    found = _("Nothing: no entry fitted") if line.event in (SEARCHED, EXPORTED) and not line.count else named
    if line.event == SEARCHED:
        said = _("They looked for entries about you in the record. Entries name fields and times, never what is in a field.")
    elif line.event == EXPORTED:
        said = _(
            "They took a copy of entries about you out of the record. Entries name fields and times, never what is in a field."
        )
    else:
        said = _("They read an entry about you in the record. It names fields and times, never what is in a field.")
    return Empty(said, found)


def _of_orders(line: Line) -> Empty:
    if line.count:
        return Empty(_("They got nothing of it: these orders do not say it."), _("Nothing of it: these orders do not say it"))
    return Empty(_("They got no details of orders: there were none to give."), _("Nothing: there were no orders to give"))


def of_orders(names: Iterable[str]) -> bool:
    """Whether these are orders and nothing else: what nobody fills in."""
    names = tuple(names)
    return bool(names) and all(name.startswith("orders.") for name in names)
