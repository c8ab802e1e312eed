"""How two answers are compared, and what making one costs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from werkzeug.test import TestResponse

from portal.kernel.house import House

_OWN = (
    (re.compile(r'name="csrf_token" value="[^"]*"'), 'name="csrf_token"'),
    (re.compile(r'value="[^"@]*@example\.org"'), 'value="address"'),
    (re.compile(r"message to [^ ]+@example\.org\."), "message to address."),
)


def _plain(answer: TestResponse) -> tuple[int, dict[str, str], str]:
    headers = {name: value for name, value in answer.headers.items() if name not in ("X-Request-Id", "Date")}
    if "Set-Cookie" in headers:
        # Its value is sealed anew each time, and its end is counted from this second.
        headers["Set-Cookie"] = re.sub(r"(?<=Expires)=[^;]*|^([^=]*)=[^;]*", r"\1=", headers["Set-Cookie"])
    headers.pop("Content-Length", None)
    body = answer.text
    for pattern, instead in _OWN:
        body = pattern.sub(instead, body)
    return answer.status_code, headers, body


def same(one: TestResponse, other: TestResponse) -> None:
    """Status, headers and body are equal, but for the token of the form and the address that was typed."""
    assert _plain(one) == _plain(other)


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """The statements that the block sends to the database, in order."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(house.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(house.engine, "before_cursor_execute", note)
