"""What delegates saw and did, newest first: before those for whom it was, and before themselves."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from flask import render_template, request, url_for

from portal.accounts.reads import acted_for, delegates_in_the_log
from portal.audit.delegated_words import DOINGS, OWN, no_longer, nobody, own_sentence_of, sentence_of
from portal.audit.doors import see
from portal.audit.leading import led
from portal.audit.reads import Line
from portal.audit.reads.delegated import acted_by, delegated_of
from portal.audit.routes.room import blueprint, holder
from portal.audit.routes.told import name_in
from portal.customers.reads import name_for_delegate
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.vendors.reads import vendors_of

PAGE = 50


class Told(NamedTuple):
    """One thing that was seen or done for somebody."""

    entry: int
    at: datetime
    sentence: str


def delegated(unit: Unit, most: int, below: int | None = None) -> list[Told]:
    """The newest that was done for the reader; nothing to whoever is a delegate themselves."""
    if unit.actor.delegation is not None or unit.actor.customer_id is None:
        return []
    names = delegates_in_the_log(unit, unit.actor.customer_id)
    lines = delegated_of(unit, holder(unit), names, DOINGS, most=most, below=below)
    return _told(unit, lines, lambda line, company: sentence_of(line, names.get(line.actor_name or "") or nobody(), company))


def acted(unit: Unit, most: int, below: int | None = None) -> list[Told]:
    """The newest that the reader did for others; nothing while they are at it."""
    if unit.actor.delegation is not None or unit.actor.id is None or unit.actor.name is None:
        return []
    names = _called(unit, unit.actor.id)
    lines = acted_by(unit, unit.actor.name, names, OWN, most=most, below=below) if names else []
    return _told(unit, lines, lambda line, company: own_sentence_of(line, names[line.customer], company))


def _called(unit: Unit, account_id: bytes) -> Mapping[str, str]:
    """What each customer is called for whom the reader acts or acted, by all their names in the log."""
    found = {}
    for one in acted_for(unit, account_id):
        # What somebody is called now is no longer for whoever acts for them no longer.
        called = name_for_delegate(unit, one.customer_id, one.account_id) if one.is_live else no_longer()
        found.update(dict.fromkeys(one.names, called))
    return found


def _told(unit: Unit, lines: list[Line], say: Callable[[Line, str], str]) -> list[Told]:
    company = name_in(vendors_of(unit, {line.vendor for line in lines if line.vendor is not None}))
    return [Told(line.index, line.at, say(line, company(line.vendor))) for line in lines]


@blueprint.get("/activity/delegates")
@led
@see("delegates:see")
def delegates(unit: Unit) -> str:
    """All that was done for the reader, page by page."""
    return _page(unit, delegated, "audit/delegates.html", "audit.delegates")


@blueprint.get("/activity/for-others")
@led
@see("delegates:see")
def for_others(unit: Unit) -> str:
    """All that the reader did for others, page by page."""
    return _page(unit, acted, "audit/for_others.html", "audit.for_others")


def _page(unit: Unit, gather: Callable[[Unit, int, int | None], list[Told]], template: str, here: str) -> str:
    audience = text_of(holder(unit))
    after = request.args.get("after")
    lines = gather(unit, PAGE, open_cursor(unit.house, here, audience, after)["i"] if after else None)
    older = seal_cursor(unit.house, here, audience, {"i": lines[-1].entry}) if len(lines) == PAGE else None
    return render_template(
        template, lines=lines, newer=url_for(here) if after else None, older=older and url_for(here, after=older)
    )
