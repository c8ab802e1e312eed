"""One person's browser as far as HTTP goes: cookies, and redirects followed until they lead away from the server."""

from collections.abc import Mapping
from urllib.parse import urljoin

import requests

from tests.fapi.described import Landed
from tests.plain_browser import Pair

TIMEOUT = 120
_MOST_REDIRECTS = 12


class Web:
    """A browser that belongs to nobody else. It never goes to a client's address: it only learns of it."""

    def __init__(self, origin: str) -> None:
        self._inside = origin + "/"
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = "en"
        self.headers: Mapping[str, str] = {}

    def fetch(self, method: str, address: str, sent: list[Pair]) -> tuple[str, int, str]:
        """One request, and wherever it leads: the last address, its status and source. What it leads away by is kept."""
        form = {"params": sent} if method.lower() == "get" else {"data": sent}
        for _ in range(_MOST_REDIRECTS):
            answer = self._session.request(method, address, timeout=TIMEOUT, allow_redirects=False, **form)  # type: ignore[arg-type]
            self.headers = answer.headers
            if not answer.is_redirect:
                return address, answer.status_code, answer.text
            address = urljoin(address, answer.headers["Location"])
            if not address.startswith(self._inside):
                return address, answer.status_code, ""
            if answer.status_code not in (307, 308):
                method, form = "get", {}
        raise AssertionError(f"led round and round by {address.partition('?')[0]}")

    def landed(self, address: str, status: int, page: str) -> Landed:
        """What the last fetch came to."""
        outside = None if address.startswith(self._inside) else address
        return Landed(outside, status, page, self.headers)

    def look(self, address: str, **headers: str) -> Landed:
        """Opens an address and does nothing there."""
        self._session.headers.update(headers)
        return self.landed(*self.fetch("get", address, []))
