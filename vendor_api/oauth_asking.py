"""How a request to OAuth's own endpoints is read, who sent it, and what is used up by it."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from flask import Response, g, request

from portal.audit.doors import Whole, reading, together, writing
from portal.kernel.facts import Fact
from portal.kernel.house import current_house
from portal.kernel.itself import itself
from portal.kernel.outgoing import Rules
from portal.kernel.unit import Unit
from portal.oauth import engine
from portal.oauth.engine import KeysWanted, OAuthAnswer, OAuthProblem, Proved, Sent
from portal.oauth.fetching import Unfetched, fetch
from portal.oauth.service.fetched import keep_fetched, may_fetch
from vendor_api.outgoing import encoded

log = logging.getLogger(__name__)
T = TypeVar("T")
_BODY = 64 * 1024


class _NothingDone(Exception):  # noqa: N818 - not an error: a unit that wrote nothing is left without a commit
    """Leaves a writing unit in which nothing happened."""


def form_of() -> dict[str, str]:
    """What was sent, each parameter once; OAuthProblem where it cannot be read."""
    asked = itself(request)
    asked.max_content_length = _BODY
    if asked.query_string:
        # Addresses end up in logs and histories: nothing secret is taken from one.
        raise OAuthProblem(detail="Send everything in the body, nothing in the address.")
    if asked.mimetype != "application/x-www-form-urlencoded":
        raise OAuthProblem(detail="Send the body as application/x-www-form-urlencoded.")
    return engine.read_form(asked.get_data(cache=False))


def sent_of() -> Sent:
    """How they prove who they are beside the form."""
    asked = itself(request)
    return Sent(asked.path, asked.environ.get("HTTP_AUTHORIZATION"), asked.environ.get("HTTP_DPOP"))


def proved_of(*, bound: bool = False) -> tuple[dict[str, str], Proved]:
    """The form and who sent it. ``bound`` where programs with keys must show one."""
    form, sent = form_of(), sent_of()

    def prove(fetched: bool) -> Proved:
        with reading() as unit:
            return engine.authenticate_client(unit, form, sent, bound=bound, fetched=fetched)

    proved = with_keys(prove)
    g.actor = engine.actor_of(proved.client)
    return form, proved


def with_keys(work: Callable[[bool], T]) -> T:
    """Does the work, and once more where a program's address had to be read for it first, between units."""
    try:
        return work(False)
    except KeysWanted as wanted:
        _read_keys(wanted)
    return work(True)


def _read_keys(wanted: KeysWanted) -> None:
    """Reads a program's address, once a minute at most; where nothing comes of it, what was known is what is known."""
    with writing() as unit:
        if not may_fetch(unit, wanted.client_row):
            return
    try:
        keys = fetch(wanted.address, Rules.of(current_house().settings))
    except Unfetched as why:
        log.warning("keys of a program were not read: %s", why.reason)
        return
    with writing() as unit:
        keep_fetched(unit, client_row=wanted.client_row, address=wanted.address, keys=keys)


def use_up(proved: Proved) -> None:
    """Uses up what was shown, where nothing else is written."""
    if proved.uses:
        together(proved.use_up)


def changed(
    work: Callable[[Unit], tuple[OAuthAnswer, Fact | None]], proved: Proved
) -> tuple[OAuthAnswer, Fact | None]:
    """Runs the work in a unit that is committed only where something happened, or something was used up."""
    outcome: list[tuple[OAuthAnswer, Fact | None]] = []

    def run(unit: Unit) -> None:
        proved.use_up(unit)
        outcome.append(work(unit))
        if not unit.facts and not proved.uses:
            raise _NothingDone

    with suppress(_NothingDone):
        together(run)
    return outcome[0]


def response_of(answer: OAuthAnswer) -> Response:
    """The answer as it is sent."""
    response = Whole(encoded(answer.body), status=answer.status, content_type="application/json")
    for name, value in answer.headers.items():
        response.headers.add(name, value)
    response.headers.add("Pragma", "no-cache")
    return response
