"""Export of entries as CSV or JSON Lines: the entry of the export first, the bytes after, a closing entry at the end."""

from collections.abc import Iterator
from typing import Any

from flask import g

from portal.audit.doors import Answer, disclose
from portal.audit.export import FORMS
from portal.audit.facts import LogExported, LogExportEnded
from portal.audit.leading import led, streamed
from portal.audit.reads import size_of
from portal.audit.routes.desk import bounded, officers, search_form
from portal.audit.routes.room import blueprint
from portal.audit.search import Query, batches, count, holder_named
from portal.kernel import clock
from portal.kernel.errors import Invalid, NotFound, Problem, Refused
from portal.kernel.house import House, current_house
from portal.kernel.log_queue import Condition
from portal.kernel.unit import Actor, Unit

ASK_AGAIN = 256


@blueprint.get("/desk/export.<form>")
@led
@streamed
@disclose("desk:export")
def export(unit: Unit, form: str) -> Answer:
    """What the search finds below the log's present size."""
    if form not in FORMS:
        raise NotFound
    asked = search_form(unit)
    if not asked.validate():
        raise Invalid(fields={name: str(errors[0]) for name, errors in asked.errors.items() if name})
    query, size = bounded(unit, asked.query()), size_of(unit.connection)
    conditions = officers(unit)
    g.stream = _Stream(current_house(), unit, form, query, size, conditions).bytes
    fact = LogExported(
        holder=holder_named(unit.connection, query.customer),
        form=form,
        by=query.by(),
        size=size,
        count=count(unit, query, size),
        personal=query.words(),
    )
    headers = {"Content-Disposition": f'attachment; filename="access-log-{size}.{form}"', "Cache-Control": "no-store"}
    return Answer(b"", [fact], conditions, content_type=FORMS[form][0], headers=headers)


class _Stream:
    """The export once it is under way: it outlives the unit and the request it began in."""

    def __init__(
        self, house: House, unit: Unit, form: str, query: Query, size: int, conditions: tuple[Condition, ...]
    ) -> None:
        self._house, self._form, self._query, self._size = house, form, query, size
        self._actor: Actor = unit.actor
        self._request, self._route = unit.request_id, unit.route
        self._conditions = conditions
        self._sent = 0

    def bytes(self) -> Iterator[bytes]:
        """Head and lines; the closing entry says how many left, whole or broken off."""
        reason: str | None = "broken-off"
        try:
            _type, head, write = FORMS[self._form]
            yield head().encode()
            for chunk in self._chunks():
                yield "".join(map(write, chunk)).encode()
                self._sent += len(chunk)
            reason = None
        except Problem as problem:
            # The answer has begun: it cannot become an error page, only end without its last chunk.
            reason = problem.reason
            raise
        finally:
            self._close(reason)

    def _chunks(self) -> Iterator[list[Any]]:
        """Slices, each from a short unit of its own: entries never change, so many snapshots are as good as one."""
        last = -1
        while True:
            with self._house.reading(self._actor) as unit:
                lines = next(batches(unit, self._query, self._size, after=last), [])
            for start in range(0, len(lines), ASK_AGAIN):
                self._ask_again()
                yield lines[start : start + ASK_AGAIN]
            if not lines:
                return
            last = lines[-1].index

    def _ask_again(self) -> None:
        with self._house.reading(self._actor) as unit:
            for condition in self._conditions:
                check = self._house.wiring.conditions[condition.name]
                if check(unit.connection, [condition.args], clock.now()):
                    raise Refused("ended")

    def _close(self, reason: str | None) -> None:
        with self._house.writing(self._actor, request_id=self._request, route=self._route) as unit:
            unit.note(LogExportEnded(form=self._form, count=self._sent, reason=reason))
