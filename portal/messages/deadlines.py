"""A letter to a company: until when it must answer, and whom to turn to after that."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_AUTHORITIES = {
    "ES": "Agencia Española de Protección de Datos, AEPD",
    "RO": "Autoritatea Națională de Supraveghere a Prelucrării Datelor cu Caracter Personal, ANSPDCP",
}
"""Their own names, which no language translates. Catalonia's APDCAT is for public bodies alone."""


@dataclass(frozen=True)
class Deadline:
    """The last day for an answer, whether it has passed, and the reader's authority where we know its name."""

    day: date
    is_over: bool
    authority: str | None


def deadline(arrived: datetime, now: datetime, zone: ZoneInfo, country: str | None) -> Deadline:
    """GDPR Article 12(3), by the reader's calendar: a month from the day on which the letter reached the company."""
    last = a_month_after(arrived.astimezone(zone).date())
    return Deadline(last, now.astimezone(zone).date() > last, _AUTHORITIES.get(country or ""))


def a_month_after(day: date) -> date:
    """The same day of the next month, or its last where it has no such day (Regulation 1182/71, Article 3)."""
    first = day.replace(day=1) + timedelta(days=monthrange(day.year, day.month)[1])
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))
