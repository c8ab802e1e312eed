"""The words by which a customer finds an order again: without accents, small, each once. Pure."""

import re
import unicodedata
from collections.abc import Iterable

MOST = 400
"""Words of one order that are looked up by; a list of two hundred lines has no more that anybody would look for."""
_WORD = re.compile(r"[^\W_]+")


def words_of(texts: Iterable[str | None]) -> list[str]:
    """The words of some texts, each once, in their order."""
    found: dict[str, None] = {}
    for text in texts:
        if text:
            found.update(dict.fromkeys(_WORD.findall(_plain(text))))
    return list(found)[:MOST]


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
