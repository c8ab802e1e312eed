"""A worker process of the outbox test, and a mail server whose every word a test may choose."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from portal.kernel.house import House, Wiring
from portal.kernel.jobs import run_due
from portal.kernel.mail import sending  # noqa: F401 - to import it is to register who sends
from portal.kernel.settings import Settings

PHASES = ("banner", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT")
_USUAL = {"banner": "220 here", "EHLO": "250 here", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", ".": "250 taken"}
SILENT = "silent"
TRICKLE = "trickle"
Answer = Callable[[str, str], str | None]
"""What to say at a phase, given it and what came; None for the usual word."""


class Server:
    """Speaks SMTP line by line; ``taken`` is what it said "taken" to, or fell silent at."""

    def __init__(self, answer: Answer = lambda phase, line: None, port: int = 0) -> None:
        self.answer, self.taken = answer, list[str]()
        self._open = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """No further conversation."""
        self._open.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            if not self._say(connection, "banner", ""):
                return
            while line := lines.readline().decode("latin-1").strip():
                phase = line.split(" ")[0].split(":")[0].upper()
                if not self._say(connection, phase, line):
                    return
                if phase == "DATA":
                    words = list(iter(lambda: lines.readline().decode("latin-1").rstrip("\r\n"), "."))
                    self.taken.append("\n".join(words))
                    if not self._say(connection, ".", self.taken[-1]):
                        return

    def _say(self, connection: socket.socket, phase: str, line: str) -> bool:
        word = self.answer(phase, line) or _USUAL.get(phase, "221 bye")
        if word == SILENT:
            self._open.wait(30)
            return False
        if word == TRICKLE:
            while not self._open.wait(0.05):
                connection.sendall(b"2")
            return False
        if phase == "." and not word.startswith("2"):
            self.taken.pop()
        connection.sendall(f"{word}\r\n".encode())
        return not word.startswith("4") or phase == "."


@contextmanager
def serving(answer: Answer = lambda phase, line: None, port: int = 0) -> Iterator[Server]:
    """A server for the length of a block."""
    server = Server(answer, port)
    try:
        yield server
    finally:
        server.close()


def main(instance: str, url: str, port: str) -> None:
    """Sends what is due until somebody kills it."""
    settings = Settings(
        instance=Path(instance), database_url=url, smtp_host="127.0.0.1", smtp_port=int(port), smtp_starttls=False
    )
    house = House.open(settings, Wiring())
    while True:
        run_due(house)
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:4])
