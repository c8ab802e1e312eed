"""The three doors of a request: see one's own things, do something, disclose somebody's things.

``@disclose`` is where a read becomes an entry: the view makes bytes, facts and conditions on one snapshot, the snapshot
is closed, the sequencer appends, and only then the bytes leave.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from portal import access
from portal.audit.facts import DelegateLooked, DelegateRefused
from portal.audit.refusals import note_refusal
from portal.kernel.errors import Busy, Problem, Refused
from portal.kernel.facts import Fact
from portal.kernel.house import current_house
from portal.kernel.i18n import current_locale
from portal.kernel.ids import text_of
from portal.kernel.itself import itself
from portal.kernel.log_queue import Condition, Disclosure
from portal.kernel.networks import network_of
from portal.kernel.polling import NO_NEWS
from portal.kernel.polling import OVER as OVER_NOW
from portal.kernel.unit import STRANGER, Actor, Unit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = [
    "Answer",
    "Condition",
    "Whole",
    "check",
    "context",
    "current_actor",
    "disclose",
    "do",
    "reading",
    "record_refusal",
    "see",
    "together",
    "writing",
]

View = Callable[..., ResponseReturnValue]
_TRIES = 3
OVER = "delegation-over"
"""Why a delegate is refused whose delegation ended while they were on their way."""


@dataclass(frozen=True)
class Answer:
    """What a disclosing view gives: bytes that are ready, what they disclose, what that stands on and uses up."""

    body: bytes
    facts: Sequence[Fact]
    conditions: Sequence[Condition] = ()
    claims: Sequence[Condition] = ()
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def current_actor() -> Actor:
    """Who acts in this request; a stranger where nobody signed in."""
    actor: Actor = getattr(itself(g), "actor", STRANGER)
    return actor


def whose() -> dict[str, bytes]:
    """Whose things this request is about, as verbs are told: a customer's, and the holder of their keys."""
    actor = current_actor()
    assert actor.customer_id is not None
    assert actor.holder_id is not None
    return {"customer_id": actor.customer_id, "holder_id": actor.holder_id}


def context() -> dict[str, Any]:
    """What a unit of this request says about it; for units, too, that go on when its answer has begun to leave."""
    asked, personal = itself(request), {}
    if address := asked.remote_addr:
        personal["address"] = address
    agent = asked.environ.get("HTTP_USER_AGENT", "")[:200]
    if agent:
        personal["agent"] = agent
    rule = asked.url_rule
    return {
        "request_id": g.request_id,
        "route": rule.rule if rule else None,
        "locale": current_locale(),
        "personal": personal,
    }


def reading() -> AbstractContextManager[Unit]:
    """A reading unit of this request."""
    return current_house().reading(current_actor(), **context())


@contextmanager
def writing() -> Iterator[Unit]:
    """A writing unit of this request; open it after forms, passwords and signatures were checked.

    A delegate's stands on the delegation, which nobody ends before the unit has committed.
    """
    actor = current_actor()
    with current_house().writing(actor, **context()) as unit:
        if actor.delegation is not None:
            held = current_house().wiring.conditions["delegation_held"]
            if held(unit.connection, [(actor.delegation, actor.id)], unit.at):
                raise Refused(OVER)
        yield unit


def together(work: Callable[[Unit], None]) -> None:
    """A writing unit of this request, committed with those of others: for short work that machines ask for all the time."""
    current_house().together(work, current_actor(), **context())


def in_turn(kind: str) -> AbstractContextManager[None]:
    """The turn of a piece of work (:meth:`House.turn`); to be taken once all that was sent has been read."""
    return current_house().turn(kind)


def see(permission: str) -> Callable[[View], View]:
    """One's own things, or nobody's: a reading unit is passed first; no entry."""

    def door(view: View) -> View:
        @wraps(view)
        def enter(**values: Any) -> ResponseReturnValue:
            _check_here(permission)
            if current_actor().delegation is not None:
                return _lent(view, values, permission)
            with reading() as unit:
                return view(unit, **values)

        return _marked(enter, "see", permission)

    return door


def do(permission: str) -> Callable[[View], View]:
    """Something changes: the view opens :func:`writing` itself, once what was sent is understood."""

    def door(view: View) -> View:
        @wraps(view)
        def enter(**values: Any) -> ResponseReturnValue:
            _check_here(permission)
            try:
                answer = view(**values)
            except Problem as problem:
                _record(problem)
                raise
            return answer if current_actor().delegation is None else _told_delegate(answer, permission)

        return _marked(enter, "do", permission)

    return door


def disclose(permission: str, *, turn: str | None = None) -> Callable[[Callable[..., Answer]], View]:
    """Somebody's things leave the house: written first, answered second.

    ``turn`` is for what machines ask for all the time: such answers are made few at a time (:meth:`House.turn`).
    """

    def door(view: Callable[..., Answer]) -> View:
        @wraps(view)
        def enter(**values: Any) -> ResponseReturnValue:
            try:
                return _disclosed(view, values, permission, turn)
            except Problem as problem:
                _record(problem)
                raise

        return _marked(enter, "disclose", permission)

    return door


def _disclosed(view: Callable[..., Answer], values: dict[str, Any], permission: str, turn: str | None) -> Response:
    house = current_house()
    for _ in range(_TRIES):
        with house.turn(turn), reading() as unit:
            _admit(unit, permission)
            answer = view(unit, **values)
            prepared = unit.prepare(answer.facts)
        # A page of nobody's things has nothing to put on record and stands on no condition.
        if not prepared or house.log.disclose(Disclosure(prepared, answer.conditions, answer.claims)):
            return _response(answer)
    raise Busy("changing", "What you asked for is changing right now. Ask again.")


def _admit(unit: Unit, permission: str) -> None:
    """Who calls, where a machine's token says so, is read in the snapshot that makes the answer."""
    identify: Callable[[Unit], None] | None = g.get("identify")
    if identify is not None:
        identify(unit)
        unit.actor = current_actor()
    check(permission, unit.actor)


def check(permission: str, actor: Actor) -> None:
    """Lets the actor through, or refuses; a delegate's try is a fact."""
    try:
        access.check(permission, actor)
    except Refused as problem:
        if actor.delegation is not None:
            tried = text_of(actor.delegation)
            problem.extra["fact"] = DelegateRefused(
                holder=actor.holder_id, reason=problem.reason, permission=permission, delegation=tried
            )
        raise


def _check_here(permission: str) -> None:
    try:
        check(permission, current_actor())
    except Refused as problem:
        _record(problem)
        raise


def _lent(view: View, values: dict[str, Any], permission: str) -> Response:
    """A customer's page for their delegate: somebody's things leave, so that it is written first and answered second."""
    with reading() as unit:
        response = current_app.make_response(view(unit, **values))
        if response.status_code in (NO_NEWS, OVER_NOW):
            # That nothing is new shows nothing of anybody's.
            return response
        look = _look(unit, permission)
    return _let_out(response, look)


def _told_delegate(answer: ResponseReturnValue, permission: str) -> Response:
    """What a delegate's doing is answered with: a page that shows something is a look as well."""
    response = current_app.make_response(answer)
    if 300 <= response.status_code < 400:
        return response
    with reading() as unit:
        look = _look(unit, permission)
    return _let_out(response, look)


def _look(unit: Unit, permission: str) -> Disclosure:
    actor, area = unit.actor, access.LENT[permission].partition(":")[0]
    assert actor.delegation is not None
    fact = DelegateLooked(holder=actor.holder_id, area=area, delegation=text_of(actor.delegation))
    stands_on = Condition("delegation_live", (actor.delegation, actor.id)), Condition("session_live", (actor.session_id,))
    return Disclosure(unit.prepare([fact]), stands_on)


def _let_out(response: Response, look: Disclosure) -> Response:
    response.get_data()
    if not current_house().log.disclose(look):
        raise Refused(OVER)
    return response


def _response(answer: Answer) -> Response:
    return Whole(answer.body, answer.status, answer.headers, content_type=answer.content_type)


class Whole(Response):
    """Bytes that are all there: their headers are right as they stand and need not be copied and looked through."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """The headers as they were set; the framework's care for answers without a body."""
        return self.headers if self.status_code == 200 else super().get_wsgi_headers(environ)


def _marked(view: View, door: str, permission: str) -> View:
    # Read by the house tests: every route has exactly one door and a permission that access.py knows.
    view.door = (door, permission)  # type: ignore[attr-defined]
    return view


def _record(problem: Problem) -> None:
    fact = problem.extra.pop("fact", None)
    if isinstance(fact, Fact):
        record_refusal(fact)


def record_refusal(fact: Fact) -> None:
    """A refused attempt, written in a unit of its own after the rollback of what was refused."""
    with writing() as unit:
        note_refusal(unit, fact, current_actor(), network_of(request.remote_addr or ""))
