"""Until when a complaint must be answered by law, and whom to turn to after that. Pure; sources are in DECISIONS.md.

Two laws are told apart: a complaint about what was done with somebody's data, and one about what was bought or served.
Where we know of no date, none is shown: a date that nobody owes is worse than none.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.messages.deadlines import a_month_after, deadline
from portal.tickets.machine import ENTRY, GRANT

DATA, CONSUMER = LAWS = ("data", "consumer")
_MONTH = "month"
_CONSUMERS: dict[str, tuple[str | None, str]] = {
    # Texto refundido de la Ley General para la Defensa de los Consumidores y Usuarios, art. 21.3.
    "ES": (_MONTH, "Oficina Municipal de Información al Consumidor, OMIC"),
    # No law that we know of names a day for the company's own answer.
    "RO": (None, "Autoritatea Națională pentru Protecția Consumatorilor, ANPC"),
}
"""By the country of the customer: the time the company has, and the next authority under its own name."""


@dataclass(frozen=True, slots=True)
class Legal:
    """Which law a complaint is under, the last day for an answer where there is one, and the authority where it is known."""

    law: str
    day: date | None
    authority: str | None

    def is_over(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether the day has passed by the reader's calendar."""
        return self.day is not None and now.astimezone(zone).date() > self.day


def law_of(about: str | None) -> str:
    """The law for what a complaint is about."""
    return DATA if about in (GRANT, ENTRY) else CONSUMER


def legal_of(law: str, arrived: datetime, zone: ZoneInfo, country: str | None) -> Legal:
    """What holds for a complaint that arrived then, for somebody who lives there."""
    if law == DATA:
        found = deadline(arrived, arrived, zone, country)
        return Legal(DATA, found.day, found.authority)
    span, authority = _CONSUMERS.get(country or "", (None, None))
    day = a_month_after(arrived.astimezone(zone).date()) if span == _MONTH else None
    return Legal(CONSUMER, day, authority)
