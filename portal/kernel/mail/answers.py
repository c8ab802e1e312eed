"""Addresses at which we take answers to letters in: each is of one letter, its reader, and the one thing that it is about.

What stands before the @ is a secret that only the letter bears; of it the hash is kept, with the letter and as long as that.
"""

import re
import secrets
from base64 import b32encode
from typing import NamedTuple

LENGTH = 32
"""Letters of a secret: 160 random bits, in an alphabet that no mail server writes otherwise."""
_TOKEN = re.compile(rf"[a-z2-7]{{{LENGTH}}}")


class About(NamedTuple):
    """What an answer is about: a kind of thing, and which one."""

    kind: str
    id: bytes


def new_token() -> str:
    """A secret of its own for each letter."""
    return b32encode(secrets.token_bytes(20)).decode("ascii").lower()


def address_for(answers_to: str, token: str) -> str:
    """The address with this secret: ``answers+secret@example.net``, or ``secret@answers.example.net`` of a whole domain."""
    local, _, domain = answers_to.rpartition("@")
    return f"{local}+{token}@{domain}" if local else f"{token}@{domain}"


def token_in(answers_to: str, address: str) -> str | None:
    """The secret of an address at which we take answers in; None for any other address."""
    local, _, domain = answers_to.rpartition("@")
    given, _, where = address.strip().strip("<>").lower().rpartition("@")
    before = f"{local}+" if local else ""
    if not answers_to or where.rstrip(".") != domain or not given.startswith(before):
        return None
    token = given.removeprefix(before)
    return token if _TOKEN.fullmatch(token) else None
