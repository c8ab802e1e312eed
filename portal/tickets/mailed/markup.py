"""What a page in a mail says to people, as lines of text: what it quotes with a ``>`` before each line. Pure."""

import re
from html.parser import HTMLParser

_QUIET = {"head", "script", "style", "title", "template", "noscript", "object", "svg"}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "header"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul"),
}
_APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
"""Blocks with an empty line before and after them."""
_DEEPEST = 9
"""Quotes within quotes that are told apart."""
_SPACES = re.compile(r"[ \t\r\n\f]+")


def text_of_page(page: str) -> str:
    """The words of a page. What it would load, run or lead to is left aside, but for addresses that its words do not say."""
    reader = _Page()
    reader.feed(page)
    reader.close()
    return "\n".join(reader.lines()).strip("\n")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._line = ""
        self._quiet: list[str] = []
        self._quotes = 0
        self._kept = 0
        self._leads: list[tuple[str, int]] = []

    def lines(self) -> list[str]:
        self._end_line()
        return self._lines

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _QUIET:
            self._quiet.append(tag)
        elif tag == "br":
            self._end_line(always=True)
        elif tag == "blockquote":
            self._end_line()
            self._quotes += 1
        elif tag in _BLOCKS:
            self._block(tag)
        elif tag in ("td", "th") and self._line.strip():
            self._line += " "
        elif tag == "a":
            self._leads.append((next((value or "" for name, value in attrs if name == "href"), ""), len(self._line)))
        elif tag == "img":
            self._say(next((value or "" for name, value in attrs if name == "alt"), ""))
        if tag == "pre":
            self._kept += 1
        if tag == "li":
            self._line += "- "

    def handle_endtag(self, tag: str) -> None:
        if tag in self._quiet:
            while self._quiet.pop() != tag:
                pass
        elif tag == "blockquote":
            self._end_line()
            self._quotes = max(0, self._quotes - 1)
        elif tag in _BLOCKS:
            self._block(tag)
        elif tag == "a" and self._leads:
            self._end_lead(*self._leads.pop())
        if tag == "pre":
            self._kept = max(0, self._kept - 1)

    def handle_data(self, data: str) -> None:
        if self._kept and not self._quiet:
            first, *more = data.split("\n")
            self._line += first
            for line in more:
                self._end_line(always=True)
                self._line += line
        else:
            self._say(_SPACES.sub(" ", data))

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._line += text.lstrip(" ") if not self._line.strip() or self._line.endswith(" ") else text

    def _block(self, tag: str) -> None:
        self._end_line()
        if tag in _APART and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._quoted(""))

    def _end_line(self, *, always: bool = False) -> None:
        if always or self._line.strip():
            self._lines.append(self._quoted(self._line.rstrip()))
        self._line = ""

    def _quoted(self, line: str) -> str:
        return f"{'>' * min(self._quotes, _DEEPEST)} {line}".rstrip() if self._quotes else line

    def _end_lead(self, href: str, since: int) -> None:
        said = self._line[since:].strip()
        if not self._quiet and href.lower().startswith(("http://", "https://")) and said and href not in said:
            plain = href.partition("://")[2].rstrip("/")
            if plain not in said:
                self._line += f" <{href}>"
