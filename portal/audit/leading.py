"""The first thing that a page does which reads the log: it is led, so that nothing that was acknowledged is missing."""

import logging
from collections.abc import Callable
from functools import wraps

from flask import g
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
