"""Many pages that lie open, each asking every two seconds over a connection of its own, as browsers do.

A process of its own, so that what is measured beside it is the server: ``python -m tests.tickets.asking PORT SECONDS < FILE``.
Each line of the file is a path and a cookie, with a tab between. Prints what was answered, by status, and how long each took.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence

EVERY = 1.8
"""As static/js/live.js does."""


class Asked:
    """What came of it."""

    def __init__(self) -> None:
        self.answered: Counter[str] = Counter()
        self.taken: list[float] = []


async def _answer(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1].decode()
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return status


async def _page(port: int, path: str, cookie: str, until: float, asked: Asked) -> None:
    await asyncio.sleep(random.random() * EVERY)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    question = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    while time.monotonic() < until:
        began = time.monotonic()
        writer.write(question)
        asked.answered[await _answer(reader)] += 1
        asked.taken.append(time.monotonic() - began)
        await asyncio.sleep(EVERY)
    writer.close()


async def ask(port: int, pages: Sequence[tuple[str, str]], seconds: float) -> Asked:
    """All of them, for so long."""
    asked, until = Asked(), time.monotonic() + seconds
    await asyncio.gather(*(_page(port, path, cookie, until, asked) for path, cookie in pages))
    return asked


def main() -> None:
    """Reads who asks, asks, and prints."""
    pages = [tuple(line.rstrip("\n").split("\t")) for line in sys.stdin]
    asked = asyncio.run(ask(int(sys.argv[1]), pages, float(sys.argv[2])))  # type: ignore[arg-type]
    print(json.dumps({"answered": asked.answered, "taken": sorted(asked.taken)}))


if __name__ == "__main__":
    main()
