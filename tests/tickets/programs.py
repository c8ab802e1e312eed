"""How mail programs write an answer to a letter of ours, in four languages: what they put above it, and how they quote it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from textwrap import wrap

SENDER, ADDRESS = "Freehold", "no-reply@portal.example.org"
QUOTED = Callable[[str], str]
_WROTE = {
    "en": ("On Mon, 30 Nov 2026 at 10:12, {who} wrote:", "On 11/30/26 10:12, {name} wrote:"),
    "ca": ("El dl., 30 de nov. 2026, 10:12, {who} va escriure:", "El 30/11/26 a les 10:12, {name} ha escrit:"),
    "es": ("El lun, 30 nov 2026 a las 10:12, {who} escribió:", "El 30/11/26 a las 10:12, {name} escribió:"),
    "ro": ("În lun., 30 nov. 2026 la 10:12, {who} a scris:", "Pe 30.11.2026 10:12, {name} a scris:"),
}
_PHONE = {
    "en": ("Sent from my iPhone", "On 30 Nov 2026, at 10:12, {who} wrote:"),
    "ca": ("Enviat des del meu iPhone", "El 30 nov 2026, a les 10:12, {who} va escriure:"),
    "es": ("Enviado desde mi iPhone", "El 30 nov 2026, a las 10:12, {who} escribió:"),
    "ro": ("Trimis de pe iPhone-ul meu", "Pe 30 nov. 2026, la 10:12, {who} a scris:"),
}
_HEADERS = {
    "en": ("From", "Sent", "To", "Subject", "Original Message"),
    "ca": ("De", "Enviat", "Per a", "Assumpte", "Missatge original"),
    "es": ("De", "Enviado", "Para", "Asunto", "Mensaje original"),
    "ro": ("De la", "Trimis", "Către", "Subiect", "Mesaj original"),
}
LANGUAGES = tuple(_WROTE)


@dataclass(frozen=True)
class Answered:
    """A letter, the words of whoever answers, and in which language their program speaks."""

    words: str
    subject: str
    body: str
    language: str


def _who() -> str:
    return f"{SENDER} <{ADDRESS}>"


def marked(text: str) -> str:
    """Each line with a mark before it."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def broken(text: str, width: int = 76) -> str:
    """Lines broken as programs break them on the way."""
    return "\n".join(part for line in text.splitlines() for part in (wrap(line, width, break_long_words=False) or [""]))


def gmail(said: Answered) -> str:
    """Above, a line about who wrote when, which is broken; then the letter, marked."""
    return f"{said.words}\n\n{broken(_WROTE[said.language][0].format(who=_who()), 60)}\n\n{marked(broken(said.body))}\n"


def apple(said: Answered) -> str:
    """From a telephone: what it is, who wrote when, the letter marked."""
    device, wrote = _PHONE[said.language]
    return f"{said.words}\n\n{device}\n\n{wrote.format(who=_who())}\n\n{marked(said.body)}\n"


def outlook(said: Answered) -> str:
    """Above; then a rule, the letter's headers and the letter as it is, its addresses said twice."""
    sent, dated, to, about, _ = _HEADERS[said.language]
    headers = f"{sent}: {_who()}\n{dated}: 30.11.2026 10:12\n{to}: ana@example.org\n{about}: {said.subject}"
    body = "\n".join(f"{line}<{line}>" if line.startswith("http") else line for line in said.body.splitlines())
    return f"{said.words}\n\n{'_' * 32}\n{headers}\n\n{body}\n"


def outlook_plain(said: Answered) -> str:
    """The same without a window: a line that says what follows, and lines of seventy letters."""
    sent, dated, to, about, original = _HEADERS[said.language]
    headers = f"{sent}: {SENDER} [mailto:{ADDRESS}]\n{dated}: 30.11.2026 10:12\n{to}: ana@example.org\n{about}: {said.subject}"
    return f"{said.words}\n\n-----{original}-----\n{headers}\n\n{broken(said.body, 70)}\n"


def thunderbird(said: Answered) -> str:
    """Below the letter, which is marked."""
    return f"{_WROTE[said.language][1].format(name=SENDER)}\n{marked(said.body)}\n\n{said.words}\n"


def thunderbird_above(said: Answered) -> str:
    """Above it, with no empty line before the line about who wrote."""
    return f"{said.words}\n{_WROTE[said.language][1].format(name=SENDER)}\n{marked(said.body)}\n"


def k9(said: Answered) -> str:
    """A free program on telephones: lines between which it quotes."""
    return f"{said.words}\n-- \n\n{_WROTE[said.language][0].format(who=_who())}\n{marked(broken(said.body, 72))}\n"


def nothing_quoted(said: Answered) -> str:
    """The words alone."""
    return f"{said.words}\n"


PROGRAMS: dict[str, Callable[[Answered], str]] = {
    one.__name__: one
    for one in (gmail, apple, outlook, outlook_plain, thunderbird, thunderbird_above, k9, nothing_quoted)
}
ADDED = {apple.__name__: [device for device, _ in _PHONE.values()], k9.__name__: ["--"]}
"""Lines that a program writes for whoever uses it: they are not told from words, and stay."""


def as_page(text: str) -> Iterator[str]:
    """Words as the page of an HTML mail."""
    for line in text.split("\n"):
        yield f"<div>{escape(line) or '<br>'}</div>"


def gmail_page(said: Answered) -> str:
    """What Gmail writes beside the plain words."""
    letter = "<br>\n".join(escape(line) for line in said.body.splitlines())
    wrote = escape(_WROTE[said.language][0].format(who=_who()))
    quote = f'<blockquote class="gmail_quote">{letter}</blockquote>'
    return f'<div dir="ltr">{"".join(as_page(said.words))}</div><br><div class="gmail_quote"><div class="gmail_attr">{wrote}<br></div>{quote}</div>'


def outlook_page(said: Answered) -> str:
    """What Outlook writes: no mark, but a rule and the letter's headers."""
    sent, dated, to, about, _ = _HEADERS[said.language]
    rows = ((sent, _who()), (dated, "30.11.2026 10:12"), (to, "ana@example.org"), (about, said.subject))
    headers = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in rows)
    letter = "".join(f"<p class=MsoNormal>{escape(line) or '&nbsp;'}</p>" for line in said.body.splitlines())
    style = "<style>p.MsoNormal {margin:0} @font-face {font-family:Calibri}</style>"
    return f'<html><head>{style}</head><body>{"".join(as_page(said.words))}<hr><div id="divRplyFwdMsg">{headers}</div>{letter}</body></html>'


PAGES = {one.__name__: one for one in (gmail_page, outlook_page)}
