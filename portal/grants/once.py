"""A permission for one look: one read in a span that reaches from its first moment to its end. Pure."""

from datetime import datetime, timedelta

from portal.grants import durations
from portal.grants.details import Detail, Frequency

LASTS = timedelta(days=1)


def ends_once(detail: Detail, at: datetime) -> datetime:
    """When one look that is allowed at ``at`` can be taken no more: a day from its beginning, if not sooner."""
    return min(_begins(detail, at) + LASTS, detail.ends_at)


def one_look(detail: Detail, at: datetime, ends_at: datetime) -> Frequency:
    """One read from ``at`` to the end and no second; a longer span that was asked for stays: it is never more than that."""
    whole = durations.Duration(max(1, -((_begins(detail, at) - ends_at) // LASTS)))
    asked = whole if detail.frequency is None else durations.parse(detail.frequency.period)
    return Frequency(max=1, period=str(max(whole, asked)))


def is_once(detail: Detail, since: datetime) -> bool:
    """Whether a permission that was given at ``since`` allows one read over its whole life."""
    often = detail.frequency
    return often is not None and spans(often.max, often.period, _begins(detail, since), detail.ends_at)


def spans(most: int | None, period: str | None, begins: datetime, ends: datetime) -> bool:
    """Whether so many reads in such a period are one read between a beginning and an end."""
    return most == 1 and period is not None and durations.parse(period).after(begins) >= ends


def _begins(detail: Detail, at: datetime) -> datetime:
    return max(at, detail.begins_at or at)
