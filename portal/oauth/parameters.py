"""Parameters of OAuth requests: each once, of known length, without odd bytes. Checked before any library sees them."""

import re
from urllib.parse import parse_qsl

MAX_PARAMETERS = 40
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}\Z")
# What RFC 6749 lets an error text repeat: printable ASCII without quote and backslash.
_PLAIN = re.compile(r"[ !#-\[\]-~]*\Z")
_STATE = re.compile(r"[ -~]*\Z")
_LENGTHS = {"authorization_details": 32_768, "state": 2048, "redirect_uri": 2048, "scope": 1024, "client_assertion": 8192}
_LENGTH = 2048


class BadParameter(ValueError):
    """Why the parameters cannot be taken. ``name`` is of our own list, never an echo."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def read(raw: bytes) -> dict[str, str]:
    """The parameters of a query string or form body; an empty one counts as left out (RFC 6749 section 3.1)."""
    values: dict[str, str] = {}
    for name, value in _pairs(raw):
        if not _NAME.match(name):
            raise BadParameter("a parameter has an odd name")
        if name in values:
            raise BadParameter(f"{name} stands twice")
        _check(name, value)
        values[name] = value
    return {name: value for name, value in values.items() if value}


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        # Strictly: whatever a framework would mend or replace has no business here.
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise BadParameter("it is not in plain form encoding, or too long") from None


def _check(name: str, value: str) -> None:
    if len(value) > _LENGTHS.get(name, _LENGTH):
        raise BadParameter(f"{name} is too long")
    if name == "authorization_details":
        ok = "\0" not in value
    else:
        ok = bool((_STATE if name == "state" else _PLAIN).match(value))
    if not ok:
        raise BadParameter(f"{name} holds characters that have no place there")
