"""The lines of an address card (RFC 6350 and before): unfolded, parted and decoded, each in one pass.

Anybody may send any file, so no pattern here can go back over what it has read: possessive, from one end to the other.
"""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_ENDING = re.compile(r"\r\n|\r|\n")
_HEAD = re.compile(r'(?:[\w-]++\.)?+([\w-]++)((?:;[^":;]*+(?:"[^"]*+"[^":;]*+)*+)*+):', re.ASCII)
_PARAMETER = re.compile(r';([^";=]*+)(?:=((?:"[^"]*+"|[^";]++)*+))?+')
_PIECE = re.compile(r"\\(.)|([;,])|([^\\;,]++)|\\", re.DOTALL)
_CHARSET = re.compile(r"utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-r")
_PRINTABLE = "quoted-printable"


@dataclass(frozen=True, slots=True)
class Line:
    """One property: its name in small letters, the words of its TYPE, its text as it stands behind the colon."""

    name: str
    kinds: frozenset[str]
    value: str

    @property
    def text(self) -> str:
        """The value as one text, without its escapes."""
        return "".join(
            {"n": "\n", "N": "\n"}.get(escaped, escaped) or mark or plain
            for escaped, mark, plain in _PIECE.findall(self.value)
        )

    def parts(self) -> list[list[str]]:
        """The value as a structure: parts between semicolons, each a list between commas."""
        found: list[list[list[str]]] = [[[]]]
        for escaped, mark, plain in _PIECE.findall(self.value):
            if mark == ";":
                found.append([[]])
            elif mark:
                found[-1].append([])
            else:
                found[-1][-1].append(" " if escaped in ("n", "N") else escaped or plain)
        return [["".join(pieces) for pieces in part] for part in found]


def first_card(text: str) -> Sequence[Line] | None:
    """The lines of the first card of a file; None where there is no whole one. What no card can hold is passed over."""
    card: list[Line] = []
    depth = 0
    for line in filter(None, map(_line, _logical(text))):
        inner = line.value.strip().casefold()
        if line.name == "begin" and (depth or inner == "vcard"):
            depth += 1
        elif line.name == "end" and depth:
            depth -= 1
            if not depth:
                return card
        elif depth == 1:
            card.append(line)
    return None


def _logical(text: str) -> Iterator[str]:
    """Lines as they were before they were folded to fit; older cards end a line that goes on with "="."""
    parts: list[str] = []
    printable = False
    for line in _ENDING.split(text):
        if parts and printable and parts[-1].endswith("="):
            parts += "\n", line
        elif parts and line[:1] in (" ", "\t") and line.strip():
            parts.append(line[1:])
        else:
            if parts:
                yield "".join(parts)
            parts = [line] if line.strip() else []
            printable = _PRINTABLE in line.partition(":")[0].casefold()
    if parts:
        yield "".join(parts)


def _line(logical: str) -> Line | None:
    head = _HEAD.match(logical)
    if head is None:
        return None
    parameters = _parameters(head[2])
    value = logical[head.end() :]
    if _PRINTABLE in (*parameters.get("encoding", ()), *parameters.get("", ())):
        value = _decoded(value, "".join(parameters.get("charset", ())[:1]))
    return Line(head[1].casefold(), frozenset((*parameters.get("type", ()), *parameters.get("", ()))), value)


def _parameters(text: str) -> Mapping[str, list[str]]:
    """Values by name, all in small letters; those that older cards write without a name stand under none."""
    found: dict[str, list[str]] = {}
    for name, values in _PARAMETER.findall(text.casefold()):
        # A list may stand in quotes as a whole: TYPE="voice,home".
        named = values.replace('"', "").split(",") if values else [name]
        found.setdefault(name.strip() if values else "", []).extend(value.strip() for value in named)
    return found


def _decoded(value: str, charset: str) -> str:
    data = codecs.decode(value.encode("utf-8", "surrogatepass"), "quopri")
    # Only what writes letters: among Python's encodings there are some whose work grows with the square of a text.
    for encoding in (charset if _CHARSET.fullmatch(charset) else "utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")
