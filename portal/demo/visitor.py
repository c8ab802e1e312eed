"""Somebody before a browser, in the demonstration: signs in, opens pages, fills in forms."""

import re
from typing import Any

from flask import Flask

from portal.demo.cast import PASSWORD

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Visitor:
    """A person's browser, without a screen."""

    def __init__(self, app: Flask, origin: str, email: str) -> None:
        self._http = app.test_client()
        self._how: dict[str, Any] = {"base_url": origin, "headers": {"User-Agent": _AGENT}}
        self.send("/sign-in", email=email, password=PASSWORD)

    def open(self, path: str) -> str:
        """A page's source."""
        answer = self._http.get(path, **self._how)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered {answer.status_code}")
        return answer.text

    def send(self, page: str, action: str | None = None, **fields: str) -> None:
        """Opens a page, fills in its form and sends it."""
        token = _CSRF.search(self.open(page))
        if token is None:
            raise RuntimeError(f"{page} has no form")
        sent = {"csrf_token": token[1], **fields}
        answer = self._http.post(action or page, data=sent, **self._how)
        if answer.status_code >= 400:
            raise RuntimeError(f"{action or page} was answered {answer.status_code}")

    def leave(self) -> None:
        """Signs out."""
        self.send("/account", "/sign-out")
