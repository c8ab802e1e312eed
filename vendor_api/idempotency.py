"""``Idempotency-Key``: a write that is said again changes nothing, and goes on where it stopped.

    run = begin("orders")
    if run.finished:
        return run.response()
    with run:
        for batch in ...:                      # the items after the first run.done
            with writing() as unit:
                run.advance(unit, results)     # in the transaction that did the batch
                run.keep(unit, 200, body)      # in that of the last one
        return run.finish(200, body)
"""

from collections.abc import Sequence
from typing import Any, Self

from flask import Response, request

from portal.audit.doors import writing
from portal.kernel.errors import Problem
from portal.kernel.unit import Unit
from portal.oauth.service import repeats
from vendor_api.auth import current_token


class Run:
    """One request of a key, in hand until its block ends: then it is answered for good, or let go of."""

    def __init__(self, progress: repeats.Progress) -> None:
        self._progress = progress
        self._kept: repeats.Progress | None = None

    @property
    def finished(self) -> bool:
        """Whether it was answered before."""
        return self._progress.status is not None

    @property
    def done(self) -> int:
        """How many items are done."""
        return self._progress.done

    @property
    def results(self) -> list[Any]:
        """What came of them, in their order."""
        return self._progress.results

    def advance(self, unit: Unit, results: Sequence[Any]) -> None:
        """Adds what came of the next items, in the transaction that does them."""
        self._progress = repeats.advance(unit, self._progress, results)

    def keep(self, unit: Unit, status: int, body: bytes) -> None:
        """Keeps the answer in the transaction that does the last items: :meth:`finish` then only gives it."""
        self._kept = repeats.finish(unit, self._progress, status=status, answer=body)

    def finish(self, status: int, body: bytes) -> Response:
        """Keeps the answer, where it is not kept yet, and gives it."""
        if self._kept is None:
            with writing() as unit:
                self.keep(unit, status, body)
        assert self._kept is not None
        self._progress = self._kept
        return Response(body, status=status, content_type="application/json")

    def response(self) -> Response:
        """The answer that was kept, once more."""
        response = Response(self._progress.answer, status=self._progress.status, content_type="application/json")
        response.headers["Idempotency-Replayed"] = "true"
        return response

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None or self.finished:
            return
        try:
            with writing() as unit:
                repeats.release(unit, self._progress)
        except Problem:
            # Nothing can be written now: the request is let go of when its minute is over.
            return


def begin(route: str, *, of: str = "") -> Run:
    """Takes this request's key in hand; BadRequest ``key-needed`` without one, Conflict while another is at it.

    ``of`` is what its address names: the same bytes about another thing are another request.
    """
    key, body = request.headers.get("Idempotency-Key"), request.get_data(cache=True)
    with writing() as unit:
        body = body + b"\0" + of.encode() if of else body
        return Run(repeats.begin(unit, client_id=current_token().client_id, route=route, key=key, request=body))
