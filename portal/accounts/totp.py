"""Codes of authenticator apps (RFC 6238): the seed, the picture that an app reads, and which codes count at a moment. Pure.

A code lives for its own half minute and the next one, for whoever types slowly; none that comes from the future counts.
"""

import hmac
import io
from datetime import datetime
from urllib.parse import quote

import pyotp

STEP = 30
DIGITS = 6
ISSUER = "Freehold"


def new_seed() -> str:
    """160 random bits in base32, as apps take them."""
    return pyotp.random_base32()


def step_of(at: datetime) -> int:
    """The number of the half minute that a moment lies in."""
    return int(at.timestamp()) // STEP


def code_at(seed: str, step: int) -> str:
    """The code of one step."""
    return pyotp.HOTP(seed, digits=DIGITS).at(step)


def step_that_matches(seed: str, code: str, at: datetime) -> int | None:
    """Of which step the code is, of the present one and the one before; None for any other code."""
    now = step_of(at)
    # Both are computed whatever the first says: how long it takes tells nothing.
    hits = [step for step in (now, now - 1) if hmac.compare_digest(code_at(seed, step), code)]
    return hits[0] if hits else None


def address_of(seed: str, email: str) -> str:
    """What an app reads (``otpauth:``): the seed, and under which name it stands there."""
    label = f"{ISSUER}:{quote(email, safe='@')}"
    return f"otpauth://totp/{label}?secret={seed}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP}"


def picture_of(address: str, title: str) -> str:
    """The address as a QR code: an SVG of plain marks, without a style or a script."""
    import segno  # loaded with the first picture: a megabyte a process

    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=4, omitsize=True, title=title, svgclass="qr", lineclass=None,
        light="#fff", dark="#000",
    )  # fmt: skip
    return out.getvalue().decode("utf-8")


def spaced(seed: str) -> str:
    """The seed in groups of four, for whoever types it."""
    return " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
