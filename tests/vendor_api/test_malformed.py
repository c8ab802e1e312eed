"""Requests that nobody meant: answered quickly, refused clearly, and none of them by a fault of ours."""

import random
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from flask import Flask

from portal.bench.servers import free_port, our_server
from portal.kernel.house import House
from tests.grants.cast import detail, person, signed_in
from tests.oauth.cast import bearing, connect, own_token, program
from tests.prove.sizes import PROVING, size

REQUESTS = size(test=3_000, prove=100_000)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
ODD: tuple[bytes, ...] = (
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"%00", b"%ff", b"%", b"\\u0000", b"\xe2\x80\xae", b"'", b'"', b"\\", b"{", b"]]", b"&", b"="),
    *(b"..", b"/", b"//", b";", b"%2f", b"-1", b"1e999", b"9" * 40, b"NaN", b"null", b"true", b"[" * 300, b'{"a":' * 40, b" ", b"\t"),
    *(b"a" * 3_000, "\u0130\u00df\ufb01".encode(), b"' OR 1=1--", b"%%%", b"\x1b[31m", b"Bearer ", b"Basic ====", b"dpv#", b"urn:"),
)


@dataclass
class Sent:
    """A request in its parts, each of which may be spoilt."""

    method: bytes
    path: bytes
    query: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""

    def raw(self) -> bytes:
        """As it goes over the wire."""
        target = self.path + (b"?" + self.query if self.query else b"")
        told = {b"Host": b"localhost", b"Content-Length": str(len(self.body)).encode(), **self.headers}
        lines = (name + b": " + value for name, value in told.items())
        return b"\r\n".join((self.method + b" " + target + b" HTTP/1.1", *lines, b"", self.body))


class Wire:
    """One connection that is kept, and opened again where it was closed: whoever sends no HTTP is hung up on."""

    def __init__(self, port: int) -> None:
        self._port, self._socket, self.hung_up = port, None, 0

    def send(self, raw: bytes) -> int | None:
        """The status of the answer; None where the connection was closed without one."""
        for _ in range(2):
            fresh = self._socket is None
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
            try:
                self._socket.sendall(raw)
                status = self._read(self._socket)
            except (ConnectionError, TimeoutError):
                status = None
            if status is not None or fresh:
                self.hung_up += status is None
                return status
            self._close()
        return None

    def _read(self, sock: socket.socket) -> int | None:
        received = b""
        while b"\r\n\r\n" not in received:
            if not (data := sock.recv(1 << 16)):
                self._close()
                return None
            received += data
        head, _, body = received.partition(b"\r\n\r\n")
        lines = dict(line.lower().partition(b": ")[::2] for line in head.split(b"\r\n")[1:])
        wanted = int(lines.get(b"content-length", b"0"))
        while len(body) < wanted and (data := sock.recv(1 << 16)):
            body += data
        if lines.get(b"connection") == b"close" or b"content-length" not in lines:
            self._close()
        return int(head.split(b" ")[1])

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


@pytest.fixture
def seeds(app: Flask, house: House) -> list[Sent]:
    """A good request, or nearly, for each operation of OAuth and the API."""
    shop, ana = program(house), person(house, given_name="Ana", phone="+34600111222")
    both = detail(house, datatypes=("profile.name", "profile.phone", "orders.line.category"), required=())
    client = app.test_client()
    as_customer = _headers(bearing(connect(app, shop, ana, both)["access_token"]))
    as_company, as_program = _headers(bearing(own_token(client, shop))), _headers(shop.basic)
    paths = client.get("/api/v1/openapi.json").get_json()["paths"]
    found = []
    for path, operations in paths.items():
        for method in operations:
            if method in ("get", "post", "put", "delete", "patch"):
                for headers in (as_customer, as_company, as_program):
                    found.append(_seed(method, path, headers))
    assert len(found) > 36
    return [*found, *(Sent(b"GET", b"/authorize", query, {}) for query in _asked(shop.client_id))]


def _headers(told: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in told.items()}


def _seed(method: str, path: str, headers: dict[bytes, bytes]) -> Sent:
    made = Sent(method.upper().encode(), path.replace("{", "").replace("}", "").encode(), b"purpose=dpv%23DeliveryOfGoods&limit=2")
    made.headers = dict(headers)
    if method != "get" and path.startswith("/oauth"):
        form = {"grant_type": "client_credentials", "scope": "profile:read", "token": "fha_x", "code": "y", "client_assertion": "a.b.c"}
        made.query, made.body = b"", urlencode(form).encode()
        made.headers[b"Content-Type"] = FORM.encode()
    elif method != "get":
        made.query, made.body = b"", b'{"number":"1","customer":"7","status":"OrderDelivered","lines":[{"name":"A","amount":1}]}'
        made.headers |= {b"Content-Type": JSON.encode(), b"Idempotency-Key": b"k"}
    return made


def _asked(client_id: str) -> Iterator[bytes]:
    yield urlencode({"client_id": client_id, "request_uri": "urn:ietf:params:oauth:request_uri:x"}).encode()
    asked = {"response_type": "code", "redirect_uri": "http://localhost/x", "code_challenge": "c", "authorization_details": "[{}]"}
    yield urlencode({"client_id": client_id, "code_challenge_method": "S256", "state": "s", **asked}).encode()


def spoilt(seeds: Sequence[Sent], chance: random.Random) -> Sent:
    """One of the requests, with one to four things wrong in it."""
    seed = chance.choice(seeds)
    made = Sent(seed.method, seed.path, seed.query, dict(seed.headers), seed.body)
    for _ in range(chance.randrange(1, 5)):
        chance.choice((_spoil_path, _spoil_query, _spoil_body, _spoil_body, _spoil_header, _spoil_kind))(made, chance)
    return made


def _spoil_path(made: Sent, chance: random.Random) -> None:
    made.path = b"/" + _printable(_odd(made.path[1:], chance))


def _spoil_query(made: Sent, chance: random.Random) -> None:
    made.query = _printable(_odd(made.query, chance))


def _spoil_body(made: Sent, chance: random.Random) -> None:
    made.body = _odd(made.body, chance)


def _spoil_header(made: Sent, chance: random.Random) -> None:
    name = chance.choice((b"Authorization", b"DPoP", b"Idempotency-Key", b"If-None-Match", b"Content-Type", b"Accept-Language", b"X-Request-Id"))
    kept = _odd(made.headers.get(name, b"x"), chance)
    made.headers[name] = bytes(byte for byte in kept if byte not in (0, 10, 13))[:6_000]


def _spoil_kind(made: Sent, chance: random.Random) -> None:
    made.method = chance.choice((b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"BREW"))
    made.headers[b"Content-Type"] = chance.choice((JSON, FORM, "text/plain", "application/json; charset=utf-16", "x", "")).encode()


def _odd(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    until = min(len(text), at + chance.choice((0, 0, 1, 4, 40)))
    return text[:at] + chance.choice(ODD) * chance.choice((1, 1, 1, 5)) + text[until:]


def _printable(text: bytes) -> bytes:
    # What a line of a request cannot hold goes as the escape that says the same.
    return b"".join(bytes([byte]) if 32 < byte < 127 and byte != 35 else b"%%%02x" % byte for byte in text)[:6_000]


def test_a_path_that_holds_a_zero_byte_names_nothing(app: Flask, house: House) -> None:
    machine, reader = app.test_client(), signed_in(app, person(house))
    bearer = bearing(own_token(machine, program(house)))
    paths = {re.sub(r"<[^>]+>", "a%00", rule.rule) for rule in app.url_map.iter_rules() if rule.arguments}
    assert len(paths) > 40
    for path in sorted(paths):
        for client, headers in ((machine, bearer), (reader, {}), (app.test_client(), {})):
            for method in ("GET", "POST", "PUT", "DELETE"):
                answer = client.open(path, method=method, headers=headers)
                assert answer.status_code in (400, 404, 405), f"{method} {path}"


@pytest.mark.slow
@pytest.mark.alone
def test_no_malformed_request_is_answered_by_a_fault_or_slowly_or_fills_the_memory(
    house: House, seeds: list[Sent], figure: Callable[..., float]
) -> None:
    port, chance = free_port(), random.Random(20261128)
    environment = {"FREEHOLD_INSTANCE": str(house.settings.instance), "FREEHOLD_DATABASE_URL": house.settings.database_url}
    statuses: dict[int | None, int] = {}
    longest, faults = 0.0, []
    with our_server(port, {**environment, "FREEHOLD_PORT": str(port), "FREEHOLD_ORIGIN": house.settings.origin}) as server:
        wire = Wire(port)
        for number in range(REQUESTS):
            if number == REQUESTS // 20:
                warm = max(server.mebibytes())
            made = spoilt(seeds, chance)
            started = time.perf_counter()
            status = wire.send(made.raw())
            longest = max(longest, time.perf_counter() - started)
            statuses[status] = statuses.get(status, 0) + 1
            if status is not None and status >= 500:
                faults.append((status, made.method, made.path[:80], made.query[:80], made.headers.get(b"Content-Type"), made.body[:120]))
        grown = max(server.mebibytes()) - warm
    figure("malformed requests answered by a fault", len(faults), goal=0, better="equal")
    figure("longest answer to a malformed request", longest, goal=1.0, unit="s", better="lower")
    figure("memory grown by malformed requests", grown, goal=50, unit="MiB", better="lower")
    assert faults == []
    assert {200, 400, 401, 404, 405} <= statuses.keys(), statuses
    assert wire.hung_up < REQUESTS / 10, "what was tried must come as far as us"
    if PROVING:
        assert longest <= 1.0
        assert grown <= 50
