"""What a request that bears a file takes of the machine's memory: of every process that has to do with it, all in all."""

import io
import os
import re
import threading
from collections.abc import Callable, Iterator

import psutil
import pytest
import requests
from PIL import Image

from portal.kernel.house import House
from tests import people
from tests.browsing import LiveServer
from tests.files import corpus

MOST = 64
"""MiB of a request."""
_MIB = 1024 * 1024


def _bytes_of(process: psutil.Process) -> int:
    """What a process has of its own, and what lies in memory files that it holds open."""
    try:
        own = process.memory_full_info().uss
        held = {}
        for name in os.listdir(f"/proc/{process.pid}/fd"):
            path = f"/proc/{process.pid}/fd/{name}"
            if "memfd:freehold" in os.readlink(path):
                there = os.stat(path)
                held[there.st_ino] = there.st_size
        return int(own) + sum(held.values())
    except (psutil.Error, OSError):
        return 0


def _is_beginning(process: psutil.Process, server: int) -> bool:
    """Whether a process has not begun to be another program yet: until then its memory is its parent's, and counted there."""
    try:
        parent = process.parent()
        return parent is not None and parent.pid != server and parent.cmdline() == process.cmdline()
    except psutil.Error:
        return True


class Watch:
    """The most that a server and its processes had while somebody was at it."""

    def __init__(self, server: LiveServer) -> None:
        assert server.process is not None
        self._server, self._done, self.most = psutil.Process(server.process.pid), threading.Event(), 0

    def now(self) -> int:
        """What they have now."""
        return sum(_bytes_of(one) for one in self._server.children(recursive=True) if not _is_beginning(one, self._server.pid))

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.005):
            self.most = max(self.most, self.now())


def _noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width // 4, height // 4), 80).convert("RGB").resize((width, height))


def _padded(data: bytes) -> bytes:
    return data + bytes(10 * _MIB - len(data))


LARGE: dict[str, Callable[[], bytes]] = {
    "photograph": lambda: corpus.saved(_noise(4032, 3024), "JPEG", quality=95, exif=corpus.exif(6)),
    "photograph of ten megabytes": lambda: _padded(corpus.saved(_noise(4032, 3024), "JPEG", quality=90, exif=corpus.exif(6))),
    "slowly appearing photograph": lambda: corpus.saved(_noise(4032, 3024), "JPEG", quality=90, progressive=True),
    "screen": lambda: corpus.saved(Image.new("RGB", (3800, 2100), "green"), "PNG"),
    "bomb": corpus.png_bomb,
    "flood": corpus.jpeg_of_a_flood,
    "packed text": corpus.png_of_packed_text,
    "pdf": lambda: corpus.pdf(b"<< >>\nstream\n" + os.urandom(9 * _MIB) + b"\nendstream"),
    "packed pdf": lambda: corpus.pdf(corpus.packed(bytes(100 * _MIB))),
    "mail": lambda: corpus.MAIL + b"a line of a long mail\r\n" * (10 * _MIB // 23 - 20),
    "table": lambda: b"date,name,company\n" + b'2026-03-02,"a lamp",Casa Lumen\n' * (10 * _MIB // 31),
    "largest table": lambda: b"date,name,company\n" + (b"2026-03-02,a lamp " + b"x" * 220 + b",Casa Lumen\n") * 499,
    "text": lambda: b"a line of a long text\n" * (10 * _MIB // 22),
}


@pytest.fixture
def signed(house: House, live_server: LiveServer) -> Iterator[requests.Session]:
    """Somebody signed in at the server."""
    people.register(house, "ana@example.org")
    with requests.Session() as session:
        token = _token(session.get(f"{live_server.url}/sign-in").text)
        form = {"csrf_token": token, "email": "ana@example.org", "password": people.PASSWORD}
        assert session.post(f"{live_server.url}/sign-in", data=form).url == f"{live_server.url}/"
        yield session


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.engines("sqlite")  # what a request holds is the same whatever the engine
def test_attack_83_no_file_takes_more_than_64_mebibytes_of_a_request(
    live_server: LiveServer, signed: requests.Session, figure: Callable[..., float]
) -> None:
    token = _token(signed.get(f"{live_server.url}/orders/add").text)

    def send(data: bytes) -> int:
        file = {"file": ("x", io.BytesIO(data), "application/octet-stream")}
        return signed.post(f"{live_server.url}/orders/add", data={"csrf_token": token}, files=file, timeout=120).status_code

    # What the first of a kind loads stays, and is not of a request.
    for small in (corpus.jpeg(), corpus.pdf(), corpus.MAIL, corpus.TEXT):
        assert send(small) == 200
    took = {}
    for name, made in LARGE.items():
        data, watch = made(), Watch(live_server)
        before = watch.now()
        with watch:
            assert send(data) in (200, 422), name
        took[name] = (watch.most - before) / _MIB
    for name, size in took.items():
        figure(f"memory of a request with a file: {name}", size, MOST, "MiB", better="lower")
    assert max(took.values()) <= MOST, took
