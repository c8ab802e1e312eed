"""Who looked, of those who act for the reader: what they saw and did, newest first."""

from datetime import datetime
from typing import NamedTuple

from flask import render_template, request, url_for

from portal.accounts.reads import delegates_in_the_log
from portal.audit.delegated_words import DOINGS, nobody, sentence_of
from portal.audit.doors import see
from portal.audit.reads.delegated import delegated_of
from portal.audit.routes.room import blueprint, holder, led
from portal.audit.routes.told import name_in
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.vendors.reads import vendors_of

PAGE = 50
_CURSOR = "activity.delegates"


class Told(NamedTuple):
    """One thing that was seen or done for the reader."""

    entry: int
    at: datetime
    sentence: str


def delegated(unit: Unit, most: int, below: int | None = None) -> list[Told]:
    """The newest of them; nothing to whoever is a delegate themselves."""
    if unit.actor.delegation is not None or unit.actor.customer_id is None:
        return []
    names = delegates_in_the_log(unit, unit.actor.customer_id)
    lines = delegated_of(unit, holder(unit), names, DOINGS, most=most, below=below)
    company = name_in(vendors_of(unit, {line.vendor for line in lines if line.vendor is not None}))
    return [
        Told(line.index, line.at, sentence_of(line, names.get(line.actor_name or "") or nobody(), company(line.vendor)))
        for line in lines
    ]


@blueprint.get("/activity/delegates")
@led
@see("delegates:see")
def delegates(unit: Unit) -> str:
    """All of it, page by page."""
    audience = text_of(holder(unit))
    after = request.args.get("after")
    lines = delegated(unit, PAGE, open_cursor(unit.house, _CURSOR, audience, after)["i"] if after else None)
    older = seal_cursor(unit.house, _CURSOR, audience, {"i": lines[-1].entry}) if len(lines) == PAGE else None
    return render_template(
        "audit/delegates.html",
        lines=lines,
        newer=url_for("audit.delegates") if after else None,
        older=older and url_for("audit.delegates", after=older),
    )
