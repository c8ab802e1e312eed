"""Keys that are none: too short, made by hand, or printed where everybody can read them."""

import base64
import hashlib
import itertools

_LEAST = 32
_KINDS_OF_BYTES = 12
"""Of 32 random bytes more than these differ, but for one key in 10**20."""
_WORDS = (
    "", "secret", "secret-key", "secret_key", "dev", "test", "key", "password", "changeme", "change-me", "default",
    "freehold", "admin", "hello", "insecure",
)  # fmt: skip
_PRINTED = (
    "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",  # RFC 7515, A.3
    "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",  # RFC 7517, A.2
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",  # RFC 7515, A.1
)


def _known() -> frozenset[bytes]:
    printed = (base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in _PRINTED)
    return frozenset([*printed, *(hashlib.sha256(word.encode()).digest() for word in _WORDS)])


_KNOWN = _known()


def weakness(key: bytes) -> str | None:
    """What is wrong with a key, to be said after "the key in …"; None where nothing is."""
    if len(key) < _LEAST:
        return "is shorter than 256 bits"
    if len(set(key)) == 1:
        return "is one byte again and again"
    if key in _KNOWN:
        return "is one that everybody knows"
    steps = {(after - before) % 256 for before, after in itertools.pairwise(key)}
    if len(steps) == 1 or len(set(key)) < _KINDS_OF_BYTES or all(0x20 <= byte < 0x7F for byte in key):
        return "was not made at random"
    return None
