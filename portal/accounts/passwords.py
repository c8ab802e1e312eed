"""Passwords: the rules for a new one, and Argon2id with a bound on how many are computed at once."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.kernel.errors import Busy

SHORTEST = 10
LONGEST = 256
# What one more person may wait for a place before the house says that it is busy.
PATIENCE = 5.0

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_places = threading.BoundedSemaphore(2)


@cache
def common_passwords() -> frozenset[str]:
    """Long enough and still guessed first; kept as data beside this module."""
    lines = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip().casefold() for line in lines if line.strip())


def weakness(password: str, email: str = "") -> str | None:
    """Why this password is refused (``too-short``, ``too-long``, ``too-common``, ``too-obvious``), or None.

    Length and a list of what is guessed first, no rules about which characters (NIST SP 800-63B).
    """
    plain = _normal(password)
    if len(plain) < SHORTEST:
        return "too-short"
    if len(plain) > LONGEST:
        return "too-long"
    folded = plain.casefold()
    if folded in common_passwords() or len(set(folded)) < 4:
        return "too-common"
    return "too-obvious" if _obvious(folded, email.casefold()) else None


def _obvious(folded: str, email: str) -> bool:
    stripped = folded.strip("0123456789!.?-_ ")
    return bool(stripped) and stripped in {email, email.partition("@")[0], "freehold"}


def hash_password(password: str) -> str:
    """The Argon2id hash that is stored; Busy when no place comes free in time."""
    with _place():
        return _hasher.hash(_normal(password))


def matches(stored: str, password: str) -> bool:
    """Whether the password is the one stored. An empty ``stored`` costs the same time and matches nothing."""
    if len(password) > LONGEST * 4:
        password = ""
    with _place():
        try:
            return _hasher.verify(stored or _dummy(), _normal(password)) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _dummy() -> str:
    return _hasher.hash("nobody's password")


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE):
        raise Busy("busy", retry_after=5)
    try:
        yield
    finally:
        _places.release()


def _normal(password: str) -> str:
    # The same word typed on two keyboards must be the same bytes.
    return unicodedata.normalize("NFKC", password)
