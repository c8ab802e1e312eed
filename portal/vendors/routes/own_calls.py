"""One call to our own API: as curl and as Python for whoever reads, and made for real through the API's own doors.

Only paths that stand in the code are called, within this process: no address that somebody wrote is ever looked up, and a
call can do nothing that the same call over HTTP could not.
"""

import json
import shlex
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request
from werkzeug.test import Client

from portal.kernel.house import current_house

PATHS = ("/oauth/par", "/authorize", "/oauth/token", "/api/v1/profile")
"""All that a walk calls."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    body: str
    location: str | None = None

    @property
    def value(self) -> Any:
        """The body's JSON; nothing where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def pretty(self) -> str:
        """The body's JSON as it is shown; nothing of a page that was meant for a person."""
        return json.dumps(self.value, indent=2, ensure_ascii=False) if self.value else ""


@dataclass(frozen=True, slots=True)
class OwnCall:
    """A call of a program: a form to an endpoint of OAuth with its secret, or a read with its token."""

    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    pair: tuple[str, str] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The whole address."""
        origin = current_house().settings.origin
        return origin + self.path + (f"?{urlencode(self.query)}" if self.query else "")

    def curl(self) -> str:
        """For a shell."""
        parts = ["curl -s"]
        if self.pair is not None:
            parts.append(f"-u {shlex.quote(':'.join(self.pair))}")
        if self.token is not None:
            parts.append(f"-H {shlex.quote(f'Authorization: Bearer {self.token}')}")
        parts += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in self.form.items()]
        return " \\\n  ".join([*parts, shlex.quote(self.url)])

    def python(self) -> str:
        """For Python with requests."""
        lines = ["import requests", ""]
        if self.form:
            lines += [f"form = {_literal(self.form)}", f"answer = requests.post({self.url!r}, data=form, auth={self.pair!r})"]
        else:
            headers = {"Authorization": f"Bearer {self.token}"}
            lines += [f"headers = {_literal(headers)}", f"answer = requests.get({self.url!r}, headers=headers)"]
        return "\n".join([*lines, "print(answer.status_code, answer.json())"])

    def make(self) -> Answered:
        """Makes it, as whoever sits before the page: from their network, without their session."""
        if self.path not in PATHS:
            raise ValueError("a call of our own goes to our own API")
        sent: dict[str, Any] = {
            "method": "POST" if self.form else "GET",
            "data": dict(self.form) or None,
            "query_string": dict(self.query) or None,
            "headers": {} if self.token is None else {"Authorization": f"Bearer {self.token}"},
            "auth": self.pair,
            "base_url": current_house().settings.origin,
            "environ_base": {"REMOTE_ADDR": request.remote_addr or ""},
        }
        # In a context of its own: within this one it would share what is kept for this request, who acts among it.
        return Context().run(_answered, Client(current_app.wsgi_app), self.path, sent)


def _answered(client: Client, path: str, sent: Mapping[str, Any]) -> Answered:
    answer = client.open(path, **sent)
    try:
        return Answered(answer.status_code, answer.get_data(as_text=True), answer.headers.get("Location"))
    finally:
        answer.close()


def _literal(values: Mapping[str, str]) -> str:
    inner = "".join(f"    {name!r}: {value!r},\n" for name, value in values.items())
    return f"{{\n{inner}}}"
