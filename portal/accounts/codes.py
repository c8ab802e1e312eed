"""Recovery codes: how they are made, written down and read back. Pure.

Eighty random bits need no slow hash. Letters that look like others are left out (Crockford's base 32).
"""

import secrets

MANY = 10
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_LENGTH = 16


def new_codes() -> list[str]:
    """Ten codes, as they are written down: four groups of four."""
    plain = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(MANY)]
    return ["-".join(code[at : at + 4] for at in range(0, _LENGTH, 4)) for code in plain]


def normal_code(typed: str) -> str | None:
    """What a code is compared by, however it was typed; None for what is none."""
    plain = "".join(typed.upper().split()).replace("-", "").translate(_ALIKE)
    return plain if len(plain) == _LENGTH and set(plain) <= set(_LETTERS) else None
