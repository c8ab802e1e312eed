"""What programs that watch the house ask: whether it lives, whether it can serve, and its figures."""

import hmac

from flask import Flask, Response, json, request
from flask.typing import ResponseReturnValue

from portal.kernel.errors import Problem
from portal.kernel.house import House, current_house
from portal.watch.metrics import Metrics
from portal.watch.standing import standing_of


def register(app: Flask, house: House) -> Metrics | None:
    """Adds the three addresses; gives the figures. Without a key there are none, and their address is nothing."""
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    if not house.settings.metrics_key:
        return None
    figures = Metrics(house)
    app.add_url_rule("/metrics", "metrics", lambda: _metrics(figures))
    return figures


def healthz() -> ResponseReturnValue:
    """The process answers; and whom it takes the caller for, so that what stands in front can be checked from outside."""
    seen = {"address": request.remote_addr, "scheme": request.scheme, "host": request.host}
    return _json(200, {"status": "ok", "seen": seen})


def readyz() -> ResponseReturnValue:
    """Whether requests can be served: 503 without the database or its tables.

    What is late is an alarm and no 503: this process serves all the same, and no other would do better.
    """
    try:
        found = standing_of(current_house())
    except Problem:
        return _json(503, {"status": "no-database", "alarms": ["database"]})
    body = {
        "status": "ready" if found.is_current else "other-tables",
        "alarms": found.alarms,
        "queue": {"length": found.queue, "seconds": round(found.queue_age, 3)},
        "jobs": {"due": found.jobs, "seconds": round(found.jobs_age, 3), "given_up": found.dead},
        "mail": {"waiting": found.mail},
        "worker": {"silent_seconds": None if found.worker_silent is None else round(found.worker_silent, 1)},
    }
    return _json(200 if found.is_current else 503, body)


def _metrics(figures: Metrics) -> ResponseReturnValue:
    key = current_house().settings.metrics_key
    sent = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if not hmac.compare_digest(sent, f"Bearer {key}".encode()):
        return Response(status=401, headers={"WWW-Authenticate": 'Bearer realm="freehold metrics"'})
    return Response(figures.page(), content_type=figures.content_type)


def _json(status: int, body: object) -> Response:
    return Response(json.dumps(body) + "\n", status=status, content_type="application/json")
