"""The whole way of a connection over HTTP, as what is measured: pushed request, page, yes, code, tokens.

Run as a process of its own (``python -m portal.bench.flow``): the plan comes on standard input as JSON, the result goes to
standard output. Customers are signed in; each way comes from an address of its own, as people do.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPResponse
from itertools import count, repeat
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc.jwk import ECKey

from portal.bench.keyed import Signer
from portal.demo.vendor import pkce

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class _Form(HTMLParser):
    """What a browser sends of the form with the id ``answer`` once all that is asked for was ticked: nothing optional comes
    ticked to somebody who shares nothing yet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keeps the action, and fields that have a value by themselves."""
        given = dict(attributes)
        if tag == "form" and given.get("id") == "answer":
            self.action = given.get("action") or ""
        if tag != "input" or not self.action or not given.get("name"):
            return
        ticked = str(given["name"]).startswith("items_")
        if ticked or given.get("type") not in ("checkbox", "radio") or "checked" in given:
            self.fields.append((str(given["name"]), given.get("value") or ""))


@dataclass
class Walker:
    """A row of signed-in customers, or one who connects again and again; the next begins when the one before has arrived."""

    plan: dict[str, Any]
    cookies: Iterator[str]
    addresses: Iterator[int]
    done: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)
    _nonce: str = ""
    _cookie: str = ""

    def walk(self, until: float) -> None:
        """Walks until the time is over, or nobody is left, and counts the ways that came to tokens."""
        for cookie in self.cookies:
            if time.perf_counter() >= until:
                return
            self._cookie = cookie
            started = time.perf_counter()
            arrived = self._once()
            self.seconds.append(time.perf_counter() - started)
            self.done += arrived
            self.failed += not arrived

    def _once(self) -> bool:
        number = next(self.addresses)
        from_ = f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        http = HTTPConnection("127.0.0.1", self.plan["port"], timeout=20, source_address=(from_, 0))
        try:
            return self._way(http)
        except (KeyError, ValueError, OSError):
            return False
        finally:
            http.close()

    def _way(self, http: HTTPConnection) -> bool:
        verifier, challenge = pkce()
        asked = {"response_type": "code", "redirect_uri": self.plan["redirect"], "code_challenge": challenge}
        asked |= {"code_challenge_method": "S256", "authorization_details": json.dumps(self.plan["details"])}
        uri = self._machine(http, "/oauth/par", asked)["request_uri"]
        query = urlencode({"client_id": self.plan["client_id"], "request_uri": uri})
        page = self._person(http, "GET", f"/authorize?{query}")[0]
        form = _Form(self._person(http, "GET", page)[1])
        back = self._person(http, "POST", form.action, urlencode([*form.fields, ("answer", "share")]))[0]
        code = parse_qs(urlsplit(back).query)["code"][0]
        redeemed = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        got = self._machine(http, "/oauth/token", {**redeemed, "redirect_uri": self.plan["redirect"]})
        return "access_token" in got

    def _machine(self, http: HTTPConnection, path: str, form: dict[str, str]) -> dict[str, Any]:
        """A form of the program; sent again where the server gives a new nonce (RFC 9449 section 8)."""
        signer = Signer(self.plan["client_id"], self.plan["origin"], self.plan["key"], lambda: self._nonce)
        for _ in range(2):
            http.request("POST", path, urlencode({**signer.proving(), **form}), {**_FORM, "DPoP": signer.proof("POST", path)})
            answer = http.getresponse()
            got: dict[str, Any] = json.loads(answer.read())
            self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
            if got.get("error") != "use_dpop_nonce":
                break
        return got

    def _person(self, http: HTTPConnection, method: str, path: str, body: str | None = None) -> tuple[str, str]:
        """Where a page leads, and what stands on it."""
        headers = {"Cookie": self._cookie, **(_FORM if body else {}), "Sec-Fetch-Site": "same-origin"}
        http.request(method, path, body, headers)
        answer: HTTPResponse = http.getresponse()
        return answer.headers.get("Location", ""), answer.read().decode()


def main() -> None:
    """Reads the plan, walks it with one thread a customer, writes the result."""
    plan = json.load(sys.stdin)
    plan["key"] = ECKey.import_key(plan["key"])
    addresses = count(1 << 8)
    cookies = iter(plan["cookies"])
    # Each customer once, whoever of the walkers is free; or each walker one customer, again and again.
    rows = [cookies] * plan["walkers"] if plan["once"] else [repeat(cookie) for cookie in plan["cookies"]]
    walkers = [Walker(plan, row, addresses) for row in rows]
    started = time.perf_counter()
    threads = [Thread(target=one.walk, args=(started + plan["seconds"],)) for one in walkers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(second for one in walkers for second in one.seconds) or [0.0]
    result = {
        "done": sum(one.done for one in walkers),
        "failed": sum(one.failed for one in walkers),
        "seconds": time.perf_counter() - started,
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[int(len(ordered) * 0.99)],
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
