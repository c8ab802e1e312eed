"""How a page of a conversation asks what came since it was made: where, and from which place on."""

from typing import Any

from flask import request, url_for

from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import BadRequest
from portal.kernel.ids import text_of
from portal.kernel.polling import NO_NEWS, OVER
from portal.kernel.unit import Unit
from portal.tickets.clocks import CLOSED
from portal.tickets.reads.news import Standing

_CURSOR = "tickets.since"


def since_in(unit: Unit, ticket_id: bytes) -> int:
    """The version after which something would be new; BadRequest for a place that is none, or of another conversation."""
    after = request.args.get("after")
    if not after:
        raise BadRequest("bad-cursor", "Open the conversation again.")
    version: int = open_cursor(unit.house, _CURSOR, text_of(ticket_id), after)["v"]
    return version


def no_news(standing: Standing, after: int) -> int | None:
    """What is answered where nothing is new; None where something is."""
    if standing.version != after:
        return None
    return OVER if standing.is_over else NO_NEWS


def asks_of_customer(unit: Unit, ticket: Any) -> str | None:
    """Where the page of a conversation asks its customer's question; nowhere once it is closed."""
    return _asks(unit, ticket.state, ticket, "tickets.since", ticket=text_of(ticket.id))


def asks_of_guest(unit: Unit, ticket: Any, secret: str) -> str | None:
    """The same for whoever holds a guest's link."""
    return _asks(unit, ticket.state, ticket, "tickets.talk_since", secret=secret)


def asks_of_company(unit: Unit, slug: str, case: Any) -> str | None:
    """The same for the page of a company's people."""
    return _asks(unit, case.state, case.row, "tickets.case_since", slug=slug, number=case.row.number)


def _asks(unit: Unit, state: str, row: Any, endpoint: str, **which: Any) -> str | None:
    if state == CLOSED:
        return None
    place = seal_cursor(unit.house, _CURSOR, text_of(row.id), {"v": row.version})
    return url_for(endpoint, after=place, **which)
