"""Who looked: by company and week, each line in plain words, and from a line to stop, less, or a letter."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from flask import g, render_template, request, url_for

from portal.audit.activity import Look, by_week, page_of_week, unusual_first
from portal.audit.doors import see
from portal.audit.leading import led
from portal.audit.reads import first_looks, lists_of, look_of, looks_of, waiting_of
from portal.audit.routes.delegated import acted, delegated
from portal.audit.routes.empty import empty_among
from portal.audit.routes.offers import offers_of
from portal.audit.routes.room import blueprint, holder
from portal.audit.routes.told import (
    fields_in_words,
    grant_of,
    heading_of,
    link_of,
    name_in,
    rows_of,
    under_permission,
)
from portal.audit.routes.tried import attempts_of
from portal.audit.unusual import week_of
from portal.audit.words import UNUSUAL
from portal.customers.catalogue import label_of
from portal.kernel.clock import now
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import NotFound
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.vendors.reads import VendorView, vendors_of

WEEKS = 13
UNUSUAL_MOST = 5  # the page says the number as a word
LINES_MOST = 7  # whoever looks once a day is shown whole
LINES_SPARE = 3
LINES_ROOM = 120
DELEGATED_MOST = 7
PAGE = 50
_LIVE = "live"
_CURSOR = "activity"


@blueprint.get("/activity")
@led
@see("activity:see")
def activity(unit: Unit) -> str:
    """Who looked, week by week; unusual things first."""
    vendor_id = id_from(request.args["company"]) if request.args.get("company") else None
    first = first_looks(unit, holder(unit))
    companies = vendors_of(unit, {id_ for id_ in (*first, vendor_id) if id_ is not None})
    if vendor_id is not None and vendor_id not in companies:
        raise NotFound
    since, until = _span()
    looks = looks_of(unit, holder(unit), zone(), since=since, until=until, vendor_id=vendor_id)
    whole = "week" in request.args
    told = _one_week(unit, looks) if whole else _weeks(looks, since, first, vendor_id)
    shown = list(_shown(told))
    return render_template(
        "audit/activity.html",
        companies=companies,
        chosen=vendor_id,
        until=until,
        waiting=waiting_of(unit, holder(unit)) if g.log_behind else 0,
        whole=whole,
        delegated=[] if request.args else delegated(unit, DELEGATED_MOST),
        acted=[] if request.args else acted(unit, DELEGATED_MOST),
        **told,
        attempts=attempts_of(unit, holder(unit), shown),
        empty=empty_among(unit, holder(unit), shown),
        **_words(companies),
    )


def _shown(told: dict[str, Any]) -> Iterator[Look]:
    """The lines that the page shows."""
    yield from told.get("unusual", ())
    for week in told["weeks"]:
        for group in week.groups:
            yield from group.shown


def _weeks(
    looks: list[Look], since: datetime, first: dict[bytes | None, datetime], vendor_id: bytes | None
) -> dict[str, Any]:
    """Many weeks, a few lines of each company."""
    began = [at for id_, at in first.items() if vendor_id in (None, id_)]
    unusual = unusual_first(looks, UNUSUAL_MOST + 1)
    return {
        "weeks": by_week(looks, zone(), LINES_MOST, LINES_ROOM, LINES_SPARE),
        "unusual": unusual[:UNUSUAL_MOST],
        "more_unusual": len(unusual) > UNUSUAL_MOST,
        "older": since.date().isoformat() if any(at < since for at in began) else None,
    }


def _one_week(unit: Unit, looks: list[Look]) -> dict[str, Any]:
    """One week, all its lines, page by page."""
    audience = text_of(holder(unit))
    after = request.args.get("after")
    below = open_cursor(unit.house, _CURSOR, audience, after)["i"] if after else None
    page = page_of_week(looks, zone(), below, PAGE)
    cursor = None if page.next is None else seal_cursor(unit.house, _CURSOR, audience, {"i": page.next})
    place: dict[str, Any] = {name: value for name in ("company", "week") if (value := request.args.get(name))}
    return {
        "weeks": page.weeks,
        "on": cursor and url_for("audit.activity", **place, after=cursor),
        "back": url_for("audit.activity", **place) if after else None,
    }


def _span() -> tuple[datetime, datetime | None]:
    """The weeks to show: the newest, those before a Monday, or one week alone."""
    if "week" in request.args:
        start = _begin(request.args["week"])
        return start, start + timedelta(days=7)
    if "before" in request.args:
        end = _begin(request.args["before"])
        return end - timedelta(weeks=WEEKS), end
    monday = datetime.combine(week_of(now(), zone()), time(), zone())
    return monday - timedelta(weeks=WEEKS - 1), None


def _begin(text: str) -> datetime:
    try:
        at = datetime.combine(datetime.strptime(text, "%Y-%m-%d").date(), time(), zone())  # noqa: DTZ007 - a day
    except ValueError:
        raise NotFound from None
    if not 1990 <= at.year <= 2190:
        raise NotFound
    return at


@blueprint.get("/activity/<int:entry>")
@led
@see("activity:see")
def line(unit: Unit, entry: int) -> str:
    """One line, everything said, and what can be done about it."""
    look = look_of(unit, holder(unit), zone(), entry)
    companies = vendors_of(unit, {look.line.vendor} if look.line.vendor else set())
    grant, link = grant_of(unit, look.line), link_of(unit, look.line)
    return render_template(
        "audit/line.html",
        look=look,
        heading=heading_of(look.line, name_in(companies)(look.line.vendor)),
        rows=rows_of(unit, look, companies, grant),
        under_permission=under_permission(look.line),
        company=companies.get(look.line.vendor) if look.line.vendor else None,
        grant=grant,
        live=grant is not None and grant.state == _LIVE and grant.ends_at > unit.at,
        link=link,
        offers=offers_of(unit, link) if link else None,
        entry=look.line.entry,
        lists=lists_of(look.line),
        **_words(companies),
    )


def _words(companies: dict[bytes, VendorView]) -> dict[str, Any]:
    return {
        "who": name_in(companies),
        "label_of": label_of,
        "fields_in_words": cache(fields_in_words),
        "unusual_words": UNUSUAL,
        "text_of": text_of,
    }


blueprint.add_app_template_filter(label_of, "label_of")
