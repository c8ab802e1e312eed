"""Characters that no name and no sentence needs: those nobody sees, and those that turn round how others are read.

With them a company could be shown under another's name, or a sentence could say on the page what its record does not.
The joiners within words (U+200C, U+200D) stay: Persian and many pictures are written with them.
"""

import re

ODD = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks of direction
    "\u2028\u2029"  # ends of lines and paragraphs
    "\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\u180e"  # of no width
    "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that are blank
    "\ud800-\udfff"  # halves of characters
    "\U000e0000-\U000e007f"  # tags, which hide a text within another
    "]"
)


def is_plain(text: str) -> bool:
    """Whether a text holds nothing odd."""
    return ODD.search(text) is None


def is_name(text: str) -> bool:
    """Whether a text can stand for somebody: nothing odd, and at least one letter or digit to read."""
    return is_plain(text) and any(character.isalnum() for character in text)
