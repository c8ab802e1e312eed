"""Until when something can be shared, as a form offers it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from portal.grants.choices import Choice
from portal.grants.details import Detail
from portal.grants.once import ends_once, is_once
from portal.kernel.i18n import day, moment, ngettext, zone
from portal.kernel.i18n import gettext as _

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
YEAR = timedelta(days=365)
NOT_YET: Mapping[str, Choice] = {}
"""What is shared now, by purpose, where nothing is."""


def present_ends(details: Sequence[Detail], now: Mapping[str, Choice]) -> Mapping[str, Choice]:
    """The present ends, where each reason has one and what is asked for reaches as far: else it would not be as it is now."""
    asked = {detail.purpose: detail.ends_at for detail in details}
    reach = all(one.ends_at is not None and one.ends_at <= asked[purpose] for purpose, one in now.items())
    return now if reach and now.keys() == asked.keys() else NOT_YET


def last_end(now: Mapping[str, Choice]) -> datetime | None:
    """When the last of what is shared now ends; None where nothing is."""
    return max((one.ends_at for one in now.values() if one.ends_at is not None), default=None)


def presets(
    details: Sequence[Detail],
    at: datetime,
    *,
    since: datetime | None = None,
    now: Mapping[str, Choice] = NOT_YET,
    again: bool = False,
) -> dict[str, str]:
    """The ends to choose from: the present one first, then the one asked for; none later than that, no day twice.

    One look alone can be chosen of what is asked; of what was given at ``since`` one may have been taken already.
    """
    asked, present = max(detail.ends_at for detail in details), last_end(now)
    once = all(is_once(detail, since or at) for detail in details)
    found = {} if present is None else {"now": _as_now(now, present)}
    days = {} if present is None else {_date(present): "now"}
    if _date(asked) not in days:
        found["asked"] = _first(asked, once=once, given=since is not None, again=again)
        days[_date(asked)] = "asked"
    if at + YEAR < asked and _date(at + YEAR) not in days:
        found["year"] = _("One year, until %(day)s", day=day(at + YEAR))
    if at + MONTH < asked and _date(at + MONTH) not in days:
        found["month"] = _("30 days, until %(day)s", day=day(at + MONTH))
    if since is not None and at + DAY < asked:
        found["day"] = _("One day, until %(moment)s", moment=moment(at + DAY))
    if since is None and not once:
        found["once"] = _one_look(details, at)
    return {**found, "date": _("Until another day")}


def _date(at: datetime) -> date:
    return at.astimezone(zone()).date()


def _as_now(now: Mapping[str, Choice], present: datetime) -> str:
    if all(one.once for one in now.values()):
        return _("Once: one look, until %(moment)s at the latest, as it is now", moment=moment(present))
    if len({(one.ends_at and _date(one.ends_at), one.once) for one in now.values()}) > 1:
        return _("As it is now, each reason until its own day: %(day)s at the latest", day=day(present))
    return _("Until %(day)s, as it is now", day=day(present))


def _first(asked: datetime, *, once: bool, given: bool, again: bool) -> str:
    if once and given:
        return _("Once: one look, until %(moment)s at the latest, as it is now", moment=moment(asked))
    if once and again:
        return _("Once: one look, until %(moment)s at the latest, as last time", moment=moment(asked))
    if once:
        return _("Once: one look, until %(moment)s at the latest, as they ask", moment=moment(asked))
    if given:
        return _("Until %(day)s, as it is now", day=day(asked))
    if again:
        return _("Until %(day)s, as long as last time", day=day(asked))
    return _("Until %(day)s, as they ask", day=day(asked))


def _one_look(details: Sequence[Detail], at: datetime) -> str:
    return ngettext(
        "Once: one look, until %(moment)s at the latest",
        "Once: one look for each reason, until %(moment)s at the latest",
        len(details),
        moment=moment(max(ends_once(detail, at) for detail in details)),
    )
