"""What a file is called: what its sender called it, without what could mislead whoever saves it. Pure."""

import re
import unicodedata

from portal.files.kinds import KINDS
from portal.kernel.characters import ODD

MOST = 100
"""Characters of a name."""
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_SPACES = re.compile(r"\s+")
# What Windows takes for a device, whatever it ends in.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
_UNNAMED = "file"


def clean_name(sent: str | None, kind: str) -> str:
    """A name that ends as its kind does: the last part of a path, nothing unseen, nothing that turns its letters round."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", sent or ""))[-1]
    plain = _SPACES.sub(" ", _NOT_IN_NAMES.sub("", ODD.sub("", last))).strip(" .")
    endings = KINDS[kind].endings
    ending = next((one for one in endings if plain.lower().endswith(one)), None)
    base = (plain if ending is None else plain[: -len(ending)]).strip(" .")
    if _DEVICES.match(base):
        base = f"_{base}"
    ending = ending or endings[0]
    return (base[: MOST - len(ending)].rstrip(" .") or _UNNAMED) + ending
