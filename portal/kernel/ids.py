"""Identifiers and secrets: UUIDv7 for rows, 256 random bits for what only its holder may know."""

import base64
import hashlib
import os
import re
import secrets
import threading
import time
from binascii import b2a_base64
from functools import lru_cache

from portal.kernel.errors import NotFound

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_DRAWN = 64
"""For how many ids the system is asked for random bits at once."""
_AT_HAND = 4096
"""How many ids are kept with their texts: a page names those of its company, links and permissions again and again."""
_TEXT = re.compile(r"[A-Za-z0-9_-]{22}\Z")


class _Sequence:
    """Makes UUIDv7 values (RFC 9562 section 5.7) that never go back within one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        # Drawn beforehand: each draw gives up the interpreter to another thread.
        self._drawn: list[bytes] = []
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        # A child that went on with its parent's bytes would make the ids that the parent makes.
        self._lock, self._drawn = threading.Lock(), []

    def next(self, count: int) -> list[bytes]:
        """The next values: 48 bits of milliseconds, 12 bits of fraction, 62 random bits each."""
        millis, nanos = divmod(time.time_ns(), 1_000_000)
        stamp = (millis << 12) | (nanos * 4096 // 1_000_000)
        with self._lock:
            first = max(stamp, self._last + 1)
            self._last = first + count - 1
            while len(self._drawn) < count:
                self._draw()
            drawn = [self._drawn.pop() for _ in range(count)]
        return [_uuid7(first + at, one) for at, one in enumerate(drawn)]

    def _draw(self) -> None:
        drawn = os.urandom(8 * _DRAWN)
        self._drawn += (drawn[at : at + 8] for at in range(0, len(drawn), 8))


def _uuid7(stamp: int, drawn: bytes) -> bytes:
    tail = int.from_bytes(drawn) & _TAIL
    return ((stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 2 << 62 | tail).to_bytes(16)


_TAIL = (1 << 62) - 1
_sequence = _Sequence()


def new_id() -> bytes:
    """A new row id: UUIDv7, 16 bytes, rising within this process."""
    return _sequence.next(1)[0]


def new_ids(count: int) -> list[bytes]:
    """So many of them, in rising order, from one draw: each draw gives up the interpreter to another thread."""
    return _sequence.next(count)


@lru_cache(maxsize=_AT_HAND)
def text_of(id_: bytes) -> str:
    """The id as it stands in URLs, the log and the API: base64url, 22 characters."""
    return b2a_base64(id_, newline=False)[:22].translate(_URL_SAFE).decode("ascii")


@lru_cache(maxsize=_AT_HAND)
def id_from(text: str) -> bytes:
    """The id behind a text of :func:`text_of`; anything else is :class:`NotFound`."""
    if not _TEXT.match(text):
        raise NotFound
    value = base64.urlsafe_b64decode(text + "==")
    if text_of(value) != text:
        raise NotFound
    return value


def new_secret() -> str:
    """256 random bits as base64url, 43 characters: tokens, codes, session keys, client secrets."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret of ours: its SHA-256. 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
