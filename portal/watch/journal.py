"""The journal: one line of JSON an event on standard error, and no personal value in any.

A request's line has its number, the route's template, the kind of answer and how long it took: nothing of what was sent.
What libraries say is kept to the words of their own source, since what they fill in may be anybody's.
"""

import json
import logging
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response, g, request

from portal.kernel.ids import text_of
from portal.kernel.itself import itself
from portal.kernel.polling import NO_NEWS, asked_by_itself

BEGAN = "freehold.began"
"""When a request came, in its WSGI environment."""
_OURS = ("portal", "vendor_api", "__main__")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNTOLD = frozenset({"/healthz", "/readyz", "/metrics", "/api/v1/status"})
"""Asked every few seconds by programs: told only when something is wrong with them."""
_requests = logging.getLogger("portal.requests")


def begin(level: str) -> None:
    """Everything that this process logs from here on is a line of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # What no line says, no record asks for.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class Lines(logging.Formatter):
    """Makes a record of the standard library a line of the journal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if _is_ours(record.name) else str(record.msg),
            "logger": record.name,
            **getattr(record, "told", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            # Never its message: a driver's quotes rows, a parser's what somebody typed.
            line["error"] = record.exc_info[0].__name__
        return _written(line)


def _written(line: dict[str, Any]) -> str:
    """As JSON, of ASCII alone: no byte of a value turns text round, moves a cursor or begins a line."""
    if _SIMPLE.issuperset(map(type, line.values())):
        # Half a character, and a number of more than 64 bits, only the slower writer takes.
        with suppress(orjson.JSONEncodeError):
            quick = orjson.dumps(line).decode()
            if quick.isascii() and "\x7f" not in quick:
                return quick
    return _escaped(line)


_SIMPLE = frozenset((str, int, float, bool, type(None)))
_escaped = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=lambda value: type(value).__name__).encode


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in _OURS


def granian_config() -> dict[str, Any]:
    """The server's own words as lines of the journal."""
    return {
        "formatters": {name: {"()": Lines} for name in ("generic", "access")},
        "handlers": {
            name: {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}
            for name in ("console", "access")
        },
    }


def tell_request(response: Response) -> None:
    """The line of a request. None of its members was chosen by whoever asked."""
    if not _requests.isEnabledFor(logging.INFO):
        return
    asked = itself(request)
    rule = asked.url_rule
    if rule is not None and rule.rule in _UNTOLD and response.status_code < 400:
        return
    if response.status_code == NO_NEWS and asked_by_itself():
        # Hundreds a second where many conversations are open, and each says that nothing happened.
        return
    told = {
        "request": text_of(g.request_id),
        "method": asked.method if asked.method in _METHODS else "other",
        "route": rule.rule if rule is not None else None,
        "status": response.status_code,
        "ms": round(since_arrival(asked.environ) * 1000, 2),
    }
    # Where in our source that was is said of no line, and found out for none.
    record = logging.LogRecord(_requests.name, logging.INFO, "", 0, "request", None, None)
    record.told = told
    _requests.handle(record)


def since_arrival(environ: Mapping[str, Any]) -> float:
    """Seconds that an answer has taken so far."""
    began: float = environ.get(BEGAN, 0.0)
    return time.perf_counter() - began if began else 0.0
