"""What was begun on the page of a request, kept for the way back to it: sealed, in this browser, for half an hour.

What was written of oneself has no place in an address, and a page that answers a press cannot be come back to without
sending it once more. Sealed under the customer's own key, for this session and this request.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from flask import request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.audit.doors import current_actor
from portal.grants.routes.room import my_holder
from portal.kernel.house import current_house
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit

COOKIE = "begun"
LASTS = timedelta(minutes=30)
# A browser keeps 4,096 characters of name and value together.
MOST_CHARACTERS = 3_800


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written of oneself, by path; and what was chosen, where the address does not hold it."""

    written: Mapping[str, str]
    chosen: MultiDict[str, str] | None = None


NOTHING = Begun({})


def sealed(unit: Unit, request_id: bytes, begun: Begun) -> str | None:
    """As it can stand in the browser; None where it is too long for that."""
    chosen = None if begun.chosen is None else begun.chosen.to_dict(flat=False)
    text = json.dumps({"at": unit.at.timestamp(), "written": dict(begun.written), "chosen": chosen})
    found = base64.urlsafe_b64encode(unit.box(my_holder(unit)).seal("requests", COOKIE, _place(request_id), text)).decode()
    return found if len(found) <= MOST_CHARACTERS else None


def read(unit: Unit, request_id: bytes) -> Begun:
    """What this session began here within the time; nothing where anything about it is otherwise."""
    text = request.cookies.get(COOKIE)
    if not text:
        return NOTHING
    try:
        raw = base64.urlsafe_b64decode(text)
        found: Any = json.loads(unit.box(my_holder(unit)).open("requests", COOKIE, _place(request_id), raw))
    except (LookupError, ValueError, InvalidTag):
        return NOTHING
    if not 0 <= unit.at.timestamp() - found["at"] < LASTS.total_seconds():
        return NOTHING
    return Begun(found["written"], None if found["chosen"] is None else MultiDict(found["chosen"]))


def keep(response: Response, request_id: bytes, text: str) -> None:
    """Gives it to the browser, for this request's page alone."""
    _set(response, request_id, text, int(LASTS.total_seconds()))


def forget(response: Response, request_id: bytes) -> None:
    """After an answer: nothing of it is left in the browser."""
    if COOKIE in request.cookies:
        _set(response, request_id, "", 0)


def _set(response: Response, request_id: bytes, value: str, seconds: int) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=seconds,
        path=url_for("grants.request_page", request_id=text_of(request_id)),
        secure=current_house().settings.secure,
        httponly=True,
        samesite="Lax",
    )


def _place(request_id: bytes) -> bytes:
    session_id = current_actor().session_id
    assert session_id is not None
    return session_id + request_id
