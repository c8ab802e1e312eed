"""What somebody wrote themselves in an answer, without the letter that it answers. Pure.

No mail program's words are looked for, and no language's: we know the letter that is answered, every word of it. What is
left out is the letter's own lines below the line that says where to write, lines that a mail program marked as quoted there,
and what a mail program puts before them, which names our own address. All else was written by whoever answers, wherever it
stands, and is kept: a word of theirs that is lost would be worse than one of ours that stays.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_QUOTE = re.compile(r"^\s{0,3}(?:>\s?)+")
_SQUEEZED = re.compile(r"<[^<>]*>|[\s>*_|\[\]\u200b-\u200d\ufeff-]+")
"""What mail programs change when they quote: spaces and ends of lines, marks of emphasis, addresses behind words."""
_SPACE = re.compile(r"\s+|$")
_UNSEEN = " \t\r\xa0\u200b\u200c\u200d\ufeff"
_HEADER = re.compile(r"^[\W_]{0,3}[^\W\d][^:\n]{0,30}:\s*\S")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}|\b\d{4}\b")
_RULE = re.compile(r"^\s*[_=-]{5,}\s*$|^\s*-{2,}.{3,40}-{2,}\s*$")
_ENOUGH = 12
"""Characters of a line that tell whether it is one of the letter's, wherever it stands in it."""
_MOST_BEFORE = 12


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter that is answered: the line above which an answer goes, its text, and what it is from by name or address."""

    mark: str
    body: str
    subject: str
    names: Sequence[str]


def own_words(text: str, letter: Letter) -> str:
    """The words of whoever answers, in the order in which they wrote them."""
    lines = text.split("\n")
    cut = _begin_of_letter(lines, letter)
    above, below = lines[:cut], lines[cut:]
    if below:
        above = _without_heading(above, letter)
    return _tidied([*above, "", *_not_of_letter(below, letter)])


def _squeeze(text: str) -> str:
    return _SQUEEZED.sub("", text).lower()


def _begin_of_letter(lines: Sequence[str], letter: Letter) -> int:
    """Where the letter begins: at its first line, else, where that was deleted, at the first quoted line that is its own."""
    mark, body = _squeeze(letter.mark), _squeeze(letter.body)
    squeezed = [_squeeze(line) for line in lines]
    for at, line in enumerate(squeezed):
        # A narrow window breaks the line in two.
        following = squeezed[at + 1] if at + 1 < len(lines) else ""
        if mark in line or (line and mark.startswith(line) and line + following == mark):
            return at
    for at, line in enumerate(squeezed):
        if len(line) >= _ENOUGH and line in body and _QUOTE.match(lines[at]):
            while at and squeezed[at - 1] in body and _QUOTE.match(lines[at - 1]):
                at -= 1
            return at
    return len(lines)


def _without_heading(lines: list[str], letter: Letter) -> list[str]:
    """Takes off what a mail program puts before a letter that it quotes: who wrote it and when, or its headers."""
    end = _last(lines, len(lines))
    begin = _begin_of_heading(lines, end, letter)
    if begin is None:
        return lines
    before = _last(lines, begin)
    if before and _RULE.match(_QUOTE.sub("", lines[before - 1])):
        begin = before - 1
    return lines[:begin]


def _last(lines: Sequence[str], end: int) -> int:
    while end and not lines[end - 1].strip(" >\t"):
        end -= 1
    return end


def _begin_of_heading(lines: Sequence[str], end: int, letter: Letter) -> int | None:
    begin = end
    while begin and end - begin < _MOST_BEFORE and lines[begin - 1].strip(" >\t") and not _RULE.match(lines[begin - 1]):
        begin -= 1
    block = [_QUOTE.sub("", line) for line in lines[begin:end]]
    found = _headers(block, letter)
    if found is None:
        found = _wrote(block, letter)
    return None if found is None else begin + found


def _headers(block: Sequence[str], letter: Letter) -> int | None:
    """Three lines and more at the end that are headers of the letter: one names who it is from, one is its subject."""
    begin, subject = len(block), _squeeze(letter.subject)
    tail = "".join(map(_squeeze, block))
    if subject not in tail:
        return None
    while begin and (_HEADER.match(block[begin - 1]) or _squeeze(block[begin - 1]) in subject):
        begin -= 1
    return begin if len(block) - begin >= 3 and _names(block[begin:], letter) else None


def _wrote(block: Sequence[str], letter: Letter) -> int | None:
    """One to three lines at the end by which a program says who wrote when: they end in a colon and name us and a time."""
    if not block or not block[-1].rstrip().endswith((":", ":*")):
        return None
    for begin in range(len(block) - 1, max(-1, len(block) - 4), -1):
        said = block[begin:]
        if _names(said, letter) and _TIME.search(" ".join(said)):
            return begin
    return None


def _names(lines: Iterable[str], letter: Letter) -> bool:
    # A line may be broken within an address.
    said = re.sub(r"\s+", "", "".join(lines)).lower()
    return any(re.sub(r"\s+", "", name).lower() in said for name in letter.names if name)


def _not_of_letter(lines: Sequence[str], letter: Letter) -> list[str]:
    """What stands within the quoted letter and below it, and is not the letter's own.

    Its text is followed line by line: a short line is its own only where the letter goes on with just that.
    """
    own, at, kept = _Followed(f"{letter.mark}\n{letter.body}"), 0, list[str]()
    bare = {"", *(line.strip() for line in letter.body.split("\n") if not _squeeze(line))}
    for line in lines:
        plain = _squeeze(line)
        if _QUOTE.match(line):
            at = own.after(plain, at)
            continue
        if not plain:
            # A dash alone is an answer, too; what divides, and what the letter has itself, is not.
            divides = _RULE.match(line) or line.strip(_UNSEEN) in bare
            kept.append("" if divides else line)
            continue
        after = own.after(plain, at)
        if after == at:
            kept.append(line)
        at = after
    return kept


class _Followed:
    """A letter that is followed through what a mail program made of its lines."""

    def __init__(self, letter: str) -> None:
        self._body, self._ends = "", set[int]()
        for line in letter.split("\n"):
            before = len(self._body)
            # Whoever breaks a line breaks it between two words.
            self._ends |= {before + len(_squeeze(line[: space.start()])) for space in _SPACE.finditer(line)}
            self._body += _squeeze(line)

    def after(self, line: str, at: int) -> int:
        """Where the letter goes on after a line of its own; where it was, if the line is not its own."""
        end, is_long = at + len(line), len(line) >= _ENOUGH
        if line and self._body.startswith(line, at) and (is_long or end in self._ends):
            return end
        found = self._body.find(line, at) if is_long else -1
        return at if found < 0 else found + len(line)


def _tidied(lines: Sequence[str]) -> str:
    """Without empty lines at its ends, and with one at most between two others."""
    kept = list[str]()
    for line in (one.rstrip() for one in lines):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n")
