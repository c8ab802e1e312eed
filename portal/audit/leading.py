"""What stands around a door: the log is led before it is read, and a long answer is made as it leaves."""

import logging
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue

from portal.audit.doors import current_actor
from portal.kernel.errors import Problem
from portal.kernel.house import current_house

log = logging.getLogger(__name__)

View = Callable[..., ResponseReturnValue]


def led(view: View) -> View:
    """Leads the log before the door opens its snapshot; where that fails, the page says what is being recorded."""

    @wraps(view)
    def enter(**values: object) -> ResponseReturnValue:
        g.log_behind = False
        if current_actor().session_id is not None:
            try:
                current_house().lead()
            except Problem as problem:
                log.warning("the log could not be led before it was read: %s", problem.reason)
                g.log_behind = True
        return view(**values)

    return enter


def streamed(view: View) -> View:
    """After the door has put the export on record, its bytes are made as they leave."""

    @wraps(view)
    def enter(**values: Any) -> ResponseReturnValue:
        response = view(**values)
        assert isinstance(response, Response)
        stream: Callable[[], Iterator[bytes]] = g.stream
        response.response = stream()
        response.headers.pop("Content-Length", None)
        return response

    return enter
