"""Requests that another one made needless: of a company's equal questions one waits, and one answer answers all of them."""

from collections.abc import Callable

from sqlalchemy import update

from portal.grants import reads
from portal.grants.details import stored
from portal.grants.facts import RequestReplaced
from portal.grants.models import WAITING, WITHDRAWN, Request
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit


def take_place(unit: Unit, request: Request) -> None:
    """A request that begins to wait for somebody takes the place of those that asked them the same before.

    What the customer prepared does not take the place of the company's own question: a program waits for that answer.
    """
    own = request.source == "again"
    _replace(unit, request, lambda other: reads.asks_the_same(other, request) and own <= (other.source == "again"))


def clear_given(unit: Unit, request: Request) -> None:
    """After a yes: clears what asked the same, and what the customer had prepared to share again for these reasons."""
    purposes = _purposes(request)

    def needless(other: Request) -> bool:
        return reads.asks_the_same(other, request) or (other.source == "again" and _purposes(other) <= purposes)

    _replace(unit, request, needless)


def clear_refused(unit: Unit, request: Request) -> None:
    """After a no: clears what asked the same."""
    _replace(unit, request, lambda other: reads.asks_the_same(other, request))


def _purposes(request: Request) -> set[str]:
    return {detail.purpose for detail in stored(request.details)}


def _replace(unit: Unit, request: Request, needless: Callable[[Request], bool]) -> None:
    for other in reads.others_waiting(unit, request):
        if needless(other):
            _withdraw(unit, other, request)


def _withdraw(unit: Unit, other: Request, request: Request) -> None:
    done = unit.connection.execute(
        update(Request).where(Request.id == other.id, Request.state == WAITING).values(state=WITHDRAWN)
    )
    if done.rowcount == 1:
        other.state = WITHDRAWN
        unit.note(
            RequestReplaced(
                holder=reads.holder_of(unit, other.customer_id),
                vendor=other.vendor_id,
                request=text_of(other.id),
                by=text_of(request.id),
            )
        )
